"""Training of the two bundled models: emoji-blip first, then emoji-clip from it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import torch
import torch.distributed as dist
import torch.multiprocessing as multiprocessing

from ..emoji import store as artwork
from ..emoji.sources import VALIDATION_STYLE
from . import checkpoint, clip_text, initial, models
from .align import Options, style_ranks
from .evaluate import recall
from .match import MatchTrainer
from .optim import initialise
from .refine import refine
from .tokenizer import build

WIDTH, LAYERS, STEM = 128, 2, 24
TEXT_WIDTH, DIMENSIONS = 128, 128
TEXT_LAYERS = {"clip": 3, "blip": 3}
# Close to the learned logit scale, and to the cosine that divides right from look-alike pairs.
PRIOR_SCALE, PRIOR_OFFSET = 90.0, 0.93


def _prepare() -> None:
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)


def _new(family: str, store: artwork.Store, seed: int) -> tuple[models.Tower, object]:
    captions = [c for e in store.catalog.values() for c in (e.name, *e.tags)]
    tokenizer = build(captions)
    torch.manual_seed(seed)
    model = models.new(family, tokenizer.get_vocab_size(), width=WIDTH, layers=LAYERS,
                       stem_channels=STEM, text_width=TEXT_WIDTH, text_layers=TEXT_LAYERS[family],
                       dimensions=DIMENSIONS)
    initialise(model)
    initial.vision(model)
    return models.Tower(model), tokenizer


def train_blip(data: Path, out: Path, options: Options, start: Path | None = None,
               port: int = 29517) -> None:
    """Train emoji-blip in two processes of one thread each; writes ``out/checkpoint``.

    :param start: folder that holds a ``checkpoint`` to go on from

    Each process draws its own batches; gradients are averaged, so both hold the same weights.
    """
    os.environ["OMP_NUM_THREADS"] = "1"
    multiprocessing.spawn(_one, (data, out, options, start, port), nprocs=2)


def _one(rank: int, data: Path, out: Path, options: Options, start: Path | None,
         port: int) -> None:
    _prepare()
    dist.init_process_group("gloo", f"tcp://127.0.0.1:{port}", timedelta(minutes=30), 2, rank)
    store = artwork.load(data)
    if start:
        tower, tokenizer = checkpoint.load(start / "checkpoint")
    else:
        tower, tokenizer = _new("blip", store, options.seed)
    tower.train()
    folder = out if rank == 0 else out / f"process-{rank}"
    trainer = MatchTrainer(tower, tokenizer, store, folder, options, together=True)
    if start:
        trainer.proxies_from_names()
    trainer.synchronise()
    trainer.run()
    dist.destroy_process_group()


def make_clip(data: Path, start: Path, out: Path, options: Options,
              resume: Path | None = None) -> None:
    """Make emoji-clip of a trained emoji-blip; writes ``out/checkpoint``.

    :param start: folder that holds emoji-blip's ``checkpoint``
    :param resume: folder of an earlier emoji-clip whose text tower is trained on
    """
    torch.set_flush_denormal(True)
    store = artwork.load(data)
    blip, tokenizer = checkpoint.load(start / "checkpoint")
    if resume:
        clip, _ = checkpoint.load(resume / "checkpoint")
    else:
        clip, _ = _new("clip", store, options.seed)
    with _log(out, options) as note:
        steps = clip_text.make(blip, clip, tokenizer, store, options, note)
        found = style_ranks(clip, tokenizer, store, VALIDATION_STYLE)
        note({"validation": recall(found)})
    checkpoint.save(clip, tokenizer, out, steps)


def refine_matching(data: Path, start: Path, out: Path, options: Options,
                    scale: float = PRIOR_SCALE, offset: float = PRIOR_OFFSET) -> None:
    """Train the matching of emoji-blip on as a refinement of its similarity.

    :param start: folder that holds a trained emoji-blip's ``checkpoint``; everything but
        matching stays as it is there
    :param scale: weight of the cosine in the margin of the logits
    :param offset: cosine at which the similarity alone says even
    """
    torch.set_flush_denormal(True)
    store = artwork.load(data)
    tower, tokenizer = checkpoint.load(start / "checkpoint")
    with _log(out, options) as note:
        steps = refine(tower, tokenizer, store, options, scale, offset, note)
    checkpoint.save(tower, tokenizer, out, steps)


@contextmanager
def _log(out: Path, options: Options) -> Iterator[Callable[[dict], None]]:
    """Open ``out/log.jsonl`` and give a function that appends a record to it."""
    out.mkdir(parents=True, exist_ok=True)
    with (out / "log.jsonl").open("a", encoding="utf-8") as log:
        def note(record: dict) -> None:
            log.write(json.dumps(record) + "\n")
            log.flush()

        note({"options": asdict(options)})
        yield note
