"""Teaches a trained BLIP that "a picture of a cat" and "cat" ask for the same.

Names have no articles, and people who search write them. The text side learns to give for a
phrase what it gave for the bare caption before: the same embedding, the same matching logits. The
vision tower stays as it is.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from . import models
from .align import MAX_SCALE, Trainer
from .augment import augment
from .batches import encode, phrased
from .losses import soft_cross_entropy
from .match import candidates

#: Share of captions that stand in a phrase.
PHRASED = 0.6


class PhraseTrainer(Trainer):
    """Trains the text side of ``tower`` towards ``teacher``, the same model as it was.

    :ivar texts: queries a step whose matching is compared, :ivar wrong: wrong pictures a query
    """

    texts = 32
    wrong = 2

    def __init__(self, teacher: models.Tower, tower: models.Tower, *arguments, **named):
        super().__init__(tower, *arguments, **named)
        self.teacher = teacher.eval().requires_grad_(False)
        tower.requires_grad_(False)
        for part in (tower.model.text_encoder, tower.model.text_proj, tower.model.itm_head):
            part.requires_grad_(True)

    def parameters(self) -> list[Tensor]:
        """Return all that is trained."""
        return [p for p in self.tower.parameters() if p.requires_grad]

    def loss(self, keep: float) -> tuple[Tensor, dict]:
        """Return the loss of one step and numbers for the log."""
        batch = self.batches.draw(self.options.batch)
        plain = encode(self.tokenizer, batch.captions)
        ids, mask = encode(self.tokenizer, [
            phrased(caption, PHRASED, self.batches.random) for caption in batch.captions])
        with torch.no_grad():
            pixels = augment(batch.first, batch.second, self.options.strength)
            images, tokens = self.teacher.image(pixels)
            wanted = self.teacher.text(*plain)
            scale = self.teacher.scale.clamp(max=MAX_SCALE).exp()
            chosen = torch.randperm(len(ids))[:self.texts]
            rivals = candidates(wanted[chosen] @ images.T, batch.positive.T[chosen], self.wrong,
                                hardness=20.0)
            of_text = chosen.repeat_interleave(1 + self.wrong)
            of_image = torch.cat([chosen.view(-1, 1), rivals], 1).flatten()
            logits = self.teacher.match(plain[0][of_text], plain[1][of_text], tokens[of_image])
        text = self.tower.text(ids, mask)
        parts = {
            "text": (1 - (text * wanted).sum(1)).mean(),
            "find": soft_cross_entropy(scale * text @ images.T, batch.positive.T),
            "logits": functional.mse_loss(
                self.tower.match(ids[of_text], mask[of_text], tokens[of_image]), logits),
        }
        weights = {"text": 20.0, "logits": 0.3}
        loss = sum(weights.get(name, 1.0) * part for name, part in parts.items())
        return loss, {name: part.item() for name, part in parts.items()}
