"""A small CLIP that follows a trained BLIP: quicker pictures and texts for the first stage.

The teacher's embeddings of the very same augmented pictures and captions are the target, so the
two models share one embedding space, and the student needs far fewer pictures than its teacher.
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

#: Share of captions that the student reads inside a phrase ("a picture of a …"), while the teacher
#: reads them bare: names have no articles, and people who search write them.
PHRASED = 0.5


class DistilTrainer(Trainer):
    """Trains ``tower``, a CLIP with a vision tower of its own, towards ``teacher``.

    The loss of a step, with ``s`` the teacher's logit scale and ``T`` the teacher's embeddings of
    all names: cross entropy of ``s * image @ T`` against the right name and against the teacher's
    own distribution (Hinton et al., arXiv 1503.02531, temperature 1), ten times the distance
    ``1 - cosine`` of pictures and of texts to the teacher's, and the contrast of the student's
    texts to its pictures.
    """

    def __init__(self, teacher: models.Tower, tower: models.Tower, *arguments, **named):
        super().__init__(tower, *arguments, **named)
        self.teacher = teacher.eval().requires_grad_(False)
        tower.scale.data.copy_(teacher.scale.data)
        tower.scale.requires_grad_(False)
        self.names = self.plain_names(teacher)

    def parameters(self) -> list[Tensor]:
        """Return all that is trained."""
        return [p for p in self.tower.parameters() if p.requires_grad]

    def loss(self, keep: float) -> tuple[Tensor, dict]:
        """Return the loss of one step and numbers for the log."""
        batch = self.batches.draw(self.options.batch)
        pixels = augment(batch.first, batch.second, self.strength())
        plain = encode(self.tokenizer, batch.captions)
        ids, mask = encode(self.tokenizer, [
            phrased(caption, PHRASED, self.batches.random) for caption in batch.captions])
        with torch.no_grad():
            wanted_image, wanted_text = self.teacher.image(pixels)[0], self.teacher.text(*plain)
            scale = self.teacher.scale.clamp(max=MAX_SCALE).exp()
            soft = (scale * wanted_image @ self.names.T).softmax(1)
        image, text = self.tower.image(pixels, keep)[0], self.tower.text(ids, mask)
        logits = scale * image @ self.names.T
        row = self.plain_row[batch.emoji]
        parts = {
            "right": functional.cross_entropy(logits, row, ignore_index=-100),
            "soft": -(soft * logits.log_softmax(1)).sum(1).mean(),
            "image": (1 - (image * wanted_image).sum(1)).mean(),
            "text": (1 - (text * wanted_text).sum(1)).mean(),
            "find": soft_cross_entropy(scale * text @ image.T, batch.positive.T),
        }
        weights = {"image": 10.0, "text": 10.0}
        loss = sum(weights.get(name, 1.0) * part for name, part in parts.items())
        return loss, {name: part.item() for name, part in parts.items()}
