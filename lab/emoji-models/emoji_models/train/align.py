"""Image-text contrastive training, in one process or in several with averaged gradients."""

from __future__ import annotations

import json
import math
import random
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from ..emoji.sources import VALIDATION_STYLE
from ..emoji.store import Store
from ..evaluation.ranking import ranks, recall
from .augment import augment, normalise
from .batches import Batches, encode
from .losses import Memory, classify, contrast, soft_cross_entropy
from .models import Tower
from .optim import optimisers

MAX_SCALE = math.log(100.0)
PROXY_RATE = 1e-2


@dataclass
class Options:
    """How to train.

    :param steps: optimiser steps (an upper bound when ``minutes`` is given)
    :param minutes: wall-clock length that rules the schedule instead of steps, or None
    :param batch: pictures a step and process
    :param lr: peak learning rate of both optimisers
    :param warmup: steps of linear warm-up
    :param decay: last share of the run in which the rate falls linearly to a fiftieth
    :param keep: share of patch tokens kept (FLIP) until ``full_from``
    :param full_from: progress in [0, 1] from which all tokens are kept
    :param strength: augmentation strength in [0, 1], reached at the end of the run
    :param gentle: share of ``strength`` at the start; easy pictures first
    :param match_from: progress in [0, 1] from which a BLIP learns matching
    :param seed: of every random number
    """

    steps: int = 2000
    minutes: float | None = None
    batch: int = 192
    lr: float = 1.5e-3
    warmup: int = 100
    decay: float = 0.0
    keep: float = 0.5
    full_from: float = 1.0
    strength: float = 1.0
    gentle: float = 1.0
    match_from: float = 0.4
    seed: int = 1


class Clock:
    """Progress of a run in [0, 1], by steps or by wall clock."""

    def __init__(self, options: Options):
        self.options, self.start, self.step = options, time.time(), 0

    def progress(self) -> float:
        """Return how much of the run is done."""
        done = self.step / self.options.steps
        if self.options.minutes:
            done = max(done, (time.time() - self.start) / (60 * self.options.minutes))
        return min(1.0, done)

    def rate(self, progress: float) -> float:
        """Return the factor of the learning rate: warm-up, plateau, linear decay."""
        warm = min(1.0, (self.step + 1) / max(1, self.options.warmup))
        decay = self.options.decay
        if decay <= 0 or progress < 1 - decay:
            return warm
        return warm * max(0.02, (1 - progress) / decay)


class Trainer:
    """One process of contrastive training."""

    def __init__(self, tower: Tower, tokenizer: Tokenizer, store: Store, out: Path,
                 options: Options, together: bool = False):
        seed = options.seed + (dist.get_rank() if together else 0)
        random.seed(seed), np.random.seed(seed), torch.manual_seed(seed)
        self.tower, self.tokenizer, self.store, self.out = tower, tokenizer, store, out
        self.options, self.together = options, together
        #: Whether this process looks at validation and saves.
        self.first = not together or dist.get_rank() == 0
        self.batches = Batches(store, seed)
        self.clock = Clock(options)
        self.progress = 0.0
        self.optimisers = optimisers(tower, options.lr)
        self.plain = torch.tensor(self.batches.plain)
        self.plain_row = torch.full((len(self.batches.keys),), -100)
        self.plain_row[self.plain] = torch.arange(len(self.plain))
        # One free vector per emoji that pictures and texts are both drawn to: it moves faster
        # than the text tower and spares pictures the chase after it.
        self.proxies = nn.Parameter(torch.randn(len(self.plain), tower.model.config.projection_dim))
        self.optimisers.append(torch.optim.Adam([self.proxies], PROXY_RATE, betas=(0.9, 0.98)))
        dimensions = tower.model.config.projection_dim
        self.memory = Memory(2048, dimensions)
        out.mkdir(parents=True, exist_ok=True)
        self.log = (out / "log.jsonl").open("a", encoding="utf-8")
        self.note({"options": asdict(options)})

    def note(self, record: dict) -> None:
        """Append one line to the log."""
        self.log.write(json.dumps(record) + "\n")
        self.log.flush()

    @torch.no_grad()
    def proxies_from_names(self) -> None:
        """Put each emoji's vector where its name already is."""
        texts = self.plain_names(self.tower)
        self.proxies.copy_(texts * texts.shape[1] ** 0.5)

    @torch.no_grad()
    def plain_names(self, tower: Tower) -> Tensor:
        """Return ``tower``'s embeddings ``[n, d]`` of the names of all plain emoji."""
        names = [self.batches.names[at] for at in self.batches.plain]
        return torch.cat([tower.text(*encode(self.tokenizer, names[start:start + 512]))
                          for start in range(0, len(names), 512)])

    def strength(self) -> float:
        """Return the augmentation strength at this point of the run."""
        gentle = self.options.gentle
        return self.options.strength * (gentle + (1 - gentle) * self.progress)

    def contrastive(self, keep: float):
        """Draw a batch.

        :return: loss, numbers for the log, the batch, its image embeddings ``[b, d]``, text
            embeddings ``[b, d]``, image tokens ``[b, n, hidden]``, ids and mask ``[b, t]``
        """
        batch = self.batches.draw(self.options.batch)
        pixels = augment(batch.first, batch.second, self.strength())
        images, tokens = self.tower.image(pixels, keep)
        ids, mask = encode(self.tokenizer, batch.captions)
        texts = self.tower.text(ids, mask)
        scale = self.tower.scale.clamp(max=MAX_SCALE).exp()
        older, emoji = self.memory.entries()
        true_of = self.batches.truth(emoji, batch.emoji, batch.captions)
        loss = contrast(images, texts, batch.positive, scale, (older, emoji), true_of)
        numbers = {"itc": loss.item()}
        proxies = functional.normalize(self.proxies, dim=-1)
        loss = loss + classify(images, proxies, self.plain_row[batch.emoji], scale)
        known = self.batches.truth(self.plain, batch.emoji, batch.captions).T
        rows = known.any(1)
        loss = loss + 0.5 * soft_cross_entropy(scale * texts[rows] @ proxies.T, known[rows])
        self.memory.add(images, batch.emoji)
        numbers["all"] = loss.item()
        return loss, numbers, batch, images, texts, tokens, ids, mask

    def loss(self, keep: float) -> tuple[Tensor, dict]:
        """Return the loss of one step and numbers for the log."""
        loss, numbers = self.contrastive(keep)[:2]
        return loss, numbers

    def average(self) -> None:
        """Average the gradients over the processes."""
        if not self.together:
            return
        tensors = [p for p in self.parameters() if p.grad is not None]
        flat = torch.cat([t.grad.flatten() for t in tensors])
        dist.all_reduce(flat)
        self._scatter(flat / dist.get_world_size(), [t.grad for t in tensors])
        if self.clock.step % 100 == 0:
            self.synchronise()

    def synchronise(self) -> None:
        """Average the weights over the processes: rounding makes the copies drift apart."""
        tensors = [p.data for p in self.parameters()]
        flat = torch.cat([t.flatten() for t in tensors])
        dist.all_reduce(flat)
        self._scatter(flat / dist.get_world_size(), tensors)

    def parameters(self) -> list[Tensor]:
        """Return all that is trained."""
        return [*self.tower.parameters(), self.proxies]

    @staticmethod
    def _scatter(flat: Tensor, targets: list[Tensor]) -> None:
        at = 0
        for target in targets:
            target.copy_(flat[at:at + target.numel()].view_as(target))
            at += target.numel()

    def agreed_progress(self) -> float:
        """Return progress, the same in all processes even when clocks differ."""
        value = torch.tensor([self.clock.progress()])
        if self.together:
            dist.broadcast(value, 0)
        return float(value)

    def run(self, save_every: float = 180.0, look_every: int = 250) -> None:
        """Train to the end; saves every few minutes and looks at the validation style."""
        saved, shown, count = time.time(), time.time(), 0
        sums: dict[str, float] = {}
        progress = self.agreed_progress()
        while progress < 1.0:
            self.progress = progress
            for optimiser in self.optimisers:
                for group in optimiser.param_groups:
                    group.setdefault("peak", group["lr"])
                    group["lr"] = group["peak"] * self.clock.rate(progress)
                optimiser.zero_grad(set_to_none=True)
            keep = 1.0 if progress >= self.options.full_from else self.options.keep
            loss, numbers = self.loss(keep)
            loss.backward()
            self.average()
            torch.nn.utils.clip_grad_norm_(self.parameters(), 5.0)
            for optimiser in self.optimisers:
                optimiser.step()
            self.clock.step += 1
            count += 1
            for key, value in numbers.items():
                sums[key] = sums.get(key, 0.0) + value
            if self.clock.step % 50 == 0:
                speed = count * self.options.batch / (time.time() - shown)
                self.note({"step": self.clock.step, "progress": round(progress, 4),
                           "images_per_s": round(speed), "scale": round(self.tower.scale.item(), 3),
                           **{k: round(v / count, 4) for k, v in sums.items()}})
                shown, sums, count = time.time(), {}, 0
            if self.clock.step % look_every == 0 and self.first:
                self.note({"step": self.clock.step, "validation": self.look()})
                shown = time.time()
            if time.time() - saved > save_every and self.first:
                self.save()
                saved = time.time()
            progress = self.agreed_progress()
        self.note({"step": self.clock.step, "validation": self.look()})
        if self.first:
            self.save()

    @torch.no_grad()
    def look(self) -> dict[str, float]:
        """Return recall of names against the validation style's pictures."""
        self.tower.eval()
        found = style_ranks(self.tower, self.tokenizer, self.store, VALIDATION_STYLE)
        self.tower.train()
        return recall(found)

    def save(self) -> None:
        """Write the checkpoint."""
        from .checkpoint import save

        save(self.tower, self.tokenizer, self.out, self.clock.step)


@torch.no_grad()
def style_ranks(tower: Tower, tokenizer: Tokenizer, store: Store, style: str,
                toned: bool = False) -> np.ndarray:
    """Return ranks of all names of a style against its pictures (contrastive similarity)."""
    rows = [at for at, (s, key) in enumerate(zip(store.styles, store.keys, strict=True))
            if s == style and (toned or not store.catalog[key].skin_tone)]
    names = [store.catalog[store.keys[at]].name for at in rows]
    images, texts = [], []
    for start in range(0, len(rows), 256):
        pixels = torch.from_numpy(store.white(rows[start:start + 256])).permute(0, 3, 1, 2)
        images.append(tower.image(normalise(pixels.float() / 255))[0])
        texts.append(tower.text(*encode(tokenizer, names[start:start + 256])))
    scores = (torch.cat(texts) @ torch.cat(images).T).numpy()
    return ranks(scores, names, names)
