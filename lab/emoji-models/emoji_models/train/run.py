"""Training of the two bundled models: emoji-blip first, then emoji-clip from it."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import torch
import torch.distributed as dist
import torch.multiprocessing as multiprocessing

from sightline_export.bundle.families.blip import BlipForRetrievalAndCaptions

from ..emoji import store as artwork
from ..tokenizer import build
from . import caption, checkpoint, initial, models
from .align import Options
from .distil import DistilTrainer
from .match import MatchTrainer
from .optim import initialise
from .phrases import PhraseTrainer

WIDTH = 128
# The first stage reads every picture of an index and is kept cheap: its vision tower takes less
# than a quarter of the multiplications of the second's, which reads only what was found.
LAYERS = {"clip": 1, "blip": 2}
STEM = {"clip": 8, "blip": 32}
TEXT_WIDTH, DIMENSIONS = 128, 128
TEXT_LAYERS = {"clip": 3, "blip": 3}


def _prepare() -> None:
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)


def _new(family: str, store: artwork.Store, seed: int) -> tuple[models.Tower, object]:
    captions = [c for e in store.catalog.values() for c in (e.name, *e.tags)]
    tokenizer = build(captions)
    torch.manual_seed(seed)
    model = models.new(family, tokenizer.get_vocab_size(), width=WIDTH, layers=LAYERS[family],
                       stem_channels=STEM[family], text_width=TEXT_WIDTH,
                       text_layers=TEXT_LAYERS[family], dimensions=DIMENSIONS)
    initialise(model)
    initial.vision(model)
    return models.Tower(model), tokenizer


def train_blip(data: Path, out: Path, options: Options, start: Path | None = None,
               port: int = 29517) -> None:
    """Train emoji-blip in two processes of one thread each; writes ``out/checkpoint``.

    :param start: folder that holds a ``checkpoint`` to go on from

    Each process draws its own batches; gradients are averaged, so both hold the same weights.
    """
    _both(_blip, port, data, out, options, start)


def _blip(rank: int, data: Path, out: Path, options: Options, start: Path | None) -> None:
    store = artwork.load(data)
    tower, tokenizer = (checkpoint.load(start / "checkpoint") if start
                        else _new("blip", store, options.seed))
    tower.train()
    trainer = MatchTrainer(tower, tokenizer, store, _folder(out, rank), options, together=True)
    if start:
        trainer.proxies_from_names()
    trainer.synchronise()
    trainer.run()


def teach_phrases(data: Path, start: Path, out: Path, options: Options,
                  port: int = 29519) -> None:
    """Teach the emoji-blip at ``start`` phrases; writes ``out/checkpoint``."""
    _both(_phrases, port, data, out, options, start)


def _phrases(rank: int, data: Path, out: Path, options: Options, start: Path) -> None:
    store = artwork.load(data)
    teacher, tokenizer = checkpoint.load(start / "checkpoint")
    # In evaluation mode: the vision tower's batch statistics must stay as they are.
    tower = checkpoint.load(start / "checkpoint")[0].eval()
    trainer = PhraseTrainer(teacher, tower, tokenizer, store, _folder(out, rank), options,
                            together=True)
    trainer.run()


def teach_captions(data: Path, start: Path, out: Path, options: Options) -> None:
    """Give the emoji-blip at ``start`` a captioner, in this process; writes ``out/checkpoint``."""
    _prepare()
    torch.manual_seed(options.seed)
    tower, tokenizer = checkpoint.load(start / "checkpoint", BlipForRetrievalAndCaptions)
    caption.with_decoder(tower.model)
    caption.CaptionTrainer(tower, tokenizer, artwork.load(data), out, options).run()


def make_clip(data: Path, start: Path, out: Path, options: Options, resume: Path | None = None,
              port: int = 29518) -> None:
    """Make emoji-clip, which follows a trained emoji-blip; writes ``out/checkpoint``.

    :param start: folder that holds emoji-blip's ``checkpoint``
    :param resume: folder of an earlier emoji-clip that is trained on
    """
    _both(_clip, port, data, out, options, start, resume)


def _clip(rank: int, data: Path, out: Path, options: Options, start: Path,
          resume: Path | None) -> None:
    store = artwork.load(data)
    teacher, tokenizer = checkpoint.load(start / "checkpoint")
    tower = (checkpoint.load(resume / "checkpoint")[0] if resume
             else _new("clip", store, options.seed)[0])
    tower.train()
    trainer = DistilTrainer(teacher, tower, tokenizer, store, _folder(out, rank), options,
                            together=True)
    trainer.synchronise()
    trainer.run()


def _both(work: Callable, port: int, *arguments) -> None:
    """Run ``work(rank, *arguments)`` in two processes of one thread that can average."""
    os.environ["OMP_NUM_THREADS"] = "1"
    multiprocessing.spawn(_joined, (work, port, arguments), nprocs=2)


def _joined(rank: int, work: Callable, port: int, arguments: tuple) -> None:
    _prepare()
    dist.init_process_group("gloo", f"tcp://127.0.0.1:{port}", timedelta(minutes=30), 2, rank)
    work(rank, *arguments)
    dist.destroy_process_group()


def _folder(out: Path, rank: int) -> Path:
    return out if rank == 0 else out / f"process-{rank}"
