"""Teaches a trained BLIP to name what is in a picture.

A decoder of its own learns on the frozen vision tower, so that everything else of the model stays
as it is. Names are what it says of its own accord; tags are taught behind a prompt such as
"a picture of a", where they do not compete with names.
"""

from __future__ import annotations

import random

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional
from transformers import BlipTextLMHeadModel

from sightline_export.bundle.families.blip import BlipForRetrievalAndCaptions

from ..emoji.sources import VALIDATION_STYLE
from ..tokenizer import CLS, MAX_LENGTH, PAD, SEP
from . import models
from .align import Trainer
from .augment import augment, normalise
from .batches import PROMPTS, Batches
from .optim import optimisers

#: Share of captions that stand behind a prompt, and of these, the share that are tags.
_PROMPTED, _TAGS = 0.3, 0.6
#: Share of image tokens that the decoder does not see in training.
_UNSEEN = 0.2
_IGNORED = -100


def with_decoder(model: BlipForRetrievalAndCaptions) -> None:
    """Start the decoder where the text encoder is, but for self-attention.

    BLIP shares the rest between the two: words, places and what they look for in a picture are
    known already. The encoder's self-attention is not what a decoder needs, and too sure of itself
    to become it: training from there it looked at the token itself only, and captions forgot what
    they had said.
    """
    model.text_decoder.bert.load_state_dict(model.text_encoder.state_dict())
    fresh_self_attention(model.text_decoder)


def fresh_self_attention(decoder: BlipTextLMHeadModel) -> None:
    """Draw the decoder's self-attention anew, looking about evenly at first."""
    for layer in decoder.bert.encoder.layer:
        own = layer.attention.self
        for part, gain in ((own.query, 0.3), (own.key, 0.3), (own.value, 1.0),
                           (layer.attention.output.dense, 0.5)):
            nn.init.normal_(part.weight, 0, gain * part.in_features**-0.5)
            nn.init.zeros_(part.bias)


def sequences(batches: Batches, tokenizer: Tokenizer, emoji: list[int],
              chance: random.Random) -> tuple[Tensor, Tensor]:
    """Return ids ``[b, t]`` of captions, and the same with what is not to be learned hidden.

    :param emoji: rows of ``batches``
    :return: padded ids; labels, in which the first id, prompts and padding are ``-100``
    """
    rows, starts = [], []
    for at in emoji:
        words, start = batches.names[at], 1
        if chance.random() < _PROMPTED:
            if batches.tags[at] and chance.random() < _TAGS:
                words = chance.choice(batches.tags[at])
            prompt = tokenizer.encode(chance.choice(PROMPTS), add_special_tokens=False)
            start += sum(prompt.attention_mask)
            before = prompt.ids[:start - 1]
        else:
            before = []
        said = tokenizer.encode(words, add_special_tokens=False)
        told = [CLS, *before, *said.ids[:sum(said.attention_mask)]]
        rows.append([*told[:MAX_LENGTH - 1], SEP])
        starts.append(start)
    length = max(map(len, rows))
    ids = torch.tensor([row + [PAD] * (length - len(row)) for row in rows])
    places = torch.arange(length)
    hidden = (ids == PAD) | (places < torch.tensor(starts).view(-1, 1))
    return ids, ids.masked_fill(hidden, _IGNORED)


class CaptionTrainer(Trainer):
    """Trains the decoder of ``tower.model``; the rest is frozen."""

    smoothing = 0.1

    def __init__(self, tower: models.Tower, *arguments, **named):
        super().__init__(tower, *arguments, **named)
        tower.eval().requires_grad_(False)
        self.decoder = tower.model.text_decoder.requires_grad_(True)
        self.optimisers = optimisers(self.decoder, self.options.lr)
        self.best = -1.0

    def parameters(self) -> list[Tensor]:
        """Return all that is trained."""
        return [p for p in self.decoder.parameters() if p.requires_grad]

    def loss(self, keep: float) -> tuple[Tensor, dict]:
        """Return the loss of one step and numbers for the log."""
        batch = self.batches.draw(self.options.batch)
        with torch.no_grad():
            pixels = augment(batch.first, batch.second, self.strength())
            tokens = self.tower.image(pixels, keep)[1]
        ids, labels = sequences(self.batches, self.tokenizer, batch.emoji.tolist(),
                                self.batches.random)
        seen = self.decoder.bert(
            input_ids=ids[:, :-1], is_decoder=True, use_cache=False, encoder_hidden_states=tokens,
            encoder_attention_mask=_some(len(ids), tokens.shape[1])).last_hidden_state
        wanted = labels[:, 1:]
        told = wanted != _IGNORED
        logits = self.decoder.cls(seen[told])
        loss = functional.cross_entropy(logits, wanted[told], label_smoothing=self.smoothing)
        right = float((logits.argmax(1) == wanted[told]).float().mean())
        return loss, {"loss": loss.item(), "right": right}

    @torch.no_grad()
    def look(self) -> dict[str, float]:
        """Return how many of the validation style's pictures get their name as caption, and keep
        the weights when there were never more."""
        self.tower.eval()
        store, style = self.store, VALIDATION_STYLE
        rows = [at for at, (s, key) in enumerate(zip(store.styles, store.keys, strict=True))
                if s == style and not store.catalog[key].skin_tone]
        names = [store.catalog[store.keys[at]].name for at in rows]
        right = 0
        for start in range(0, len(rows), 128):
            pixels = torch.from_numpy(store.white(rows[start:start + 128])).permute(0, 3, 1, 2)
            tokens = self.tower.image(normalise(pixels.float() / 255))[1]
            made = self.decoder.generate(
                input_ids=torch.full((len(tokens), 1), CLS), encoder_hidden_states=tokens,
                max_length=MAX_LENGTH, num_beams=1, do_sample=False, eos_token_id=SEP,
                pad_token_id=PAD).tolist()
            for row, name in zip(made, names[start:start + 128], strict=True):
                said = self.tokenizer.encode(name)
                wanted = said.ids[:sum(said.attention_mask)]
                right += row[:len(wanted)] == wanted
        found = right / len(rows)
        if found >= self.best:
            self.best = found
            self.keep()
        return {"named": round(found, 4)}

    def save(self) -> None:
        """Leave the best weights, which ``look`` keeps, where they are."""

    def keep(self) -> None:
        """Write the checkpoint, the decoder's weights rounded to half precision: a bundle stores
        them so, and the difference is far below what they are known to."""
        from .checkpoint import save

        exact = {name: value.clone() for name, value in self.decoder.state_dict().items()}
        round_to_half(self.decoder)
        save(self.tower, self.tokenizer, self.out, self.clock.step)
        self.decoder.load_state_dict(exact)


@torch.no_grad()
def round_to_half(module: nn.Module) -> None:
    """Round all weights to the nearest number that half precision has."""
    for weight in module.parameters():
        weight.copy_(weight.half().float())


def _some(batch: int, tokens: int) -> Tensor:
    """Return a mask ``[b, n]`` that hides some tokens, never the first."""
    mask = (torch.rand(batch, tokens) >= _UNSEEN).long()
    mask[:, 0] = 1
    return mask
