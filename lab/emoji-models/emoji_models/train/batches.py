"""Draws training batches: which emoji, in which styles, with which captions."""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from ..emoji.sources import TEST_STYLE, VALIDATION_STYLE
from ..emoji.store import Store

#: How often a style is drawn relative to others; near-copies of one artist count less.
_STYLE_WEIGHT = {"fluent-flat": 0.6, "fluent-modern": 0.6, "fluent-contrast": 0.7,
                 "emojione-mono": 0.7, "openmoji-black": 0.7, "twemoji": 1.3}
#: How people put what they look for; only the first stage's model is taught them.
_PHRASES = ("a {}", "an {}", "the {}", "one {}", "some {}", "my {}", "this is a {}",
            "there is a {}", "a picture of {}", "a picture of a {}", "picture of the {}",
            "a photo of a {}", "an image of a {}", "image of {}", "a drawing of a {}",
            "an icon of a {}", "an emoji of a {}", "{} emoji", "{} icon", "{} picture",
            "a small {}", "show me a {}", "where is the {}", "find {}", "{}.", "{}!", "{} please",
            "something like a {}")
#: Those that a caption can go on from.
PROMPTS = tuple(phrase.removesuffix("{}") for phrase in _PHRASES if phrase.endswith(" {}"))
_TONE_SHARE = 0.1
_NAME_SHARE = 0.65


@dataclass
class Batch:
    """One drawn batch of ``b`` emoji.

    :param first: uint8 ``[b, 64, 64, 4]``
    :param second: the same emoji, in another style where there is one
    :param emoji: row of each emoji in ``Batches.keys``, int64 ``[b]``
    :param captions: drawn captions
    :param positive: bool ``[b, b]``: caption of column j is true of the picture of row i
    """

    first: Tensor
    second: Tensor
    emoji: Tensor
    captions: list[str]
    positive: Tensor


class Batches:
    """Endless batches of distinct emoji; plain emoji come round evenly, toned ones rarely."""

    def __init__(self, store: Store, seed: int):
        self.pixels = store.pixels
        self.random = random.Random(seed)
        rows: dict[str, list[tuple[int, float]]] = {}
        for row, (style, key) in enumerate(zip(store.styles, store.keys, strict=True)):
            if style not in (TEST_STYLE, VALIDATION_STYLE):
                rows.setdefault(key, []).append((row, _STYLE_WEIGHT.get(style, 1.0)))
        self.keys = list(rows)
        self.rows = [rows[key] for key in self.keys]
        self.names = [store.catalog[key].name for key in self.keys]
        self.tags = [store.catalog[key].tags for key in self.keys]
        captions = sorted({c for at in range(len(rows)) for c in (self.names[at], *self.tags[at])})
        self._caption_row = {caption: at for at, caption in enumerate(captions)}
        self._truth = torch.zeros(len(rows), len(captions), dtype=torch.bool)
        for at in range(len(rows)):
            for caption in (self.names[at], *self.tags[at]):
                self._truth[at, self._caption_row[caption]] = True
        tones = [store.catalog[key].skin_tone for key in self.keys]
        self.plain = [at for at, tone in enumerate(tones) if not tone]
        self.toned = [at for at, tone in enumerate(tones) if tone]
        self._queues: dict[bool, list[int]] = {False: [], True: []}

    def _next(self, toned: bool) -> int:
        if not self._queues[toned]:
            self._queues[toned] = list(self.toned if toned else self.plain)
            self.random.shuffle(self._queues[toned])
        return self._queues[toned].pop()

    def draw(self, size: int) -> Batch:
        """Return ``size`` distinct emoji."""
        chosen: dict[int, None] = {}
        while len(chosen) < size:
            chosen[self._next(self.random.random() < _TONE_SHARE)] = None
        emoji = list(chosen)
        pairs = [self._styles(at) for at in emoji]
        captions = [self.caption(at) for at in emoji]
        rows = torch.tensor(emoji)
        first, second = (torch.from_numpy(np.stack([self.pixels[p[i]] for p in pairs]))
                         for i in (0, 1))
        return Batch(first, second, rows, captions, self.truth(rows, rows, captions))

    def truth(self, pictures: Tensor, emoji: Tensor, captions: list[str]) -> Tensor:
        """Return bool ``[pictures, captions]``: whether the caption is true of the picture.

        :param pictures: emoji rows of pictures
        :param emoji: emoji row that each caption was drawn for
        :param captions: names, tags, or mixtures (true of their own emoji only)
        """
        columns = torch.tensor([self._caption_row.get(c, -1) for c in captions])
        out = self._truth[pictures][:, columns.clamp(min=0)] & (columns >= 0)
        return out | (pictures.view(-1, 1) == emoji)

    def _styles(self, at: int) -> tuple[int, int]:
        rows = [row for row, _ in self.rows[at]]
        weights = [weight for _, weight in self.rows[at]]
        a, b = self.random.choices(rows, weights, k=2)
        return a, b

    def caption(self, at: int) -> str:
        """Return a name, a tag or a mixture that is true of an emoji."""
        tags = self.tags[at]
        if not tags or self.random.random() < _NAME_SHARE:
            return self.names[at]
        if self.random.random() < 0.6:
            return self.random.choice(tags)
        parts = self.random.sample(tags, min(len(tags), self.random.randint(2, 3)))
        if self.random.random() < 0.5:
            parts[0] = self.names[at]
        return " ".join(parts)


def phrased(caption: str, share: float, random: random.Random) -> str:
    """Return the caption as part of a phrase, for a share of the calls; else as it is."""
    return random.choice(_PHRASES).format(caption) if random.random() < share else caption


def encode(tokenizer: Tokenizer, texts: list[str]) -> tuple[Tensor, Tensor]:
    """Return int64 ids and mask ``[b, t]``, padded to the longest."""
    encoded = tokenizer.encode_batch(texts)
    return (torch.tensor([e.ids for e in encoded]),
            torch.tensor([e.attention_mask for e in encoded]))
