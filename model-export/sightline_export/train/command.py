"""Command line of training and evaluation."""

from __future__ import annotations

import argparse
import json
from dataclasses import fields
from pathlib import Path


def add_arguments(commands) -> None:
    """Add the commands ``train-emoji`` and ``evaluate-emoji``."""
    from .align import Options

    train = commands.add_parser(
        "train-emoji", help="train the bundled models",
        description="blip: train emoji-blip from nothing (or on from --start). clip: train "
                    "emoji-clip, which follows the emoji-blip at --start. phrases: teach the "
                    "emoji-blip at --start that a name may stand in a phrase. caption: give the "
                    "emoji-blip at --start a captioner; the rest of it stays as it is.")
    train.add_argument("--model", choices=("blip", "phrases", "caption", "clip"), required=True)
    train.add_argument("--data", type=Path, required=True)
    train.add_argument("--out", type=Path, required=True)
    train.add_argument("--start", type=Path, help="folder of an earlier emoji-blip run")
    train.add_argument("--resume", type=Path, help="folder of an earlier emoji-clip run that is "
                                                   "trained on")
    for field in fields(Options):
        kind = float if field.name == "minutes" else type(field.default)
        train.add_argument(f"--{field.name.replace('_', '-')}", type=kind, default=field.default)

    evaluate = commands.add_parser("evaluate-emoji",
                                   help="measure bundles on held-out artwork, without a cluster")
    evaluate.add_argument("--data", type=Path, required=True)
    evaluate.add_argument("--first", type=Path, required=True, help="bundle of the first stage")
    evaluate.add_argument("--second", type=Path, required=True, help="bundle that matches")
    evaluate.add_argument("--style", default="noto")
    evaluate.add_argument("--skin-tones", action="store_true")


def run(options: argparse.Namespace) -> int:
    """Run one of the commands; returns the exit status."""
    from ..emoji import store

    if options.command == "evaluate-emoji":
        from .score import evaluate

        found = evaluate(store.load(options.data), options.first, options.second, options.style,
                         options.skin_tones)
        print(json.dumps(found, indent=1))
        return 0
    from . import run as stages
    from .align import Options

    chosen = Options(**{f.name: getattr(options, f.name) for f in fields(Options)})
    if options.model == "blip":
        stages.train_blip(options.data, options.out, chosen, options.start)
    elif options.start is None:
        raise RuntimeError(f"[{options.model}] needs a trained emoji-blip: name its folder with "
                           "--start")
    elif options.model == "phrases":
        stages.teach_phrases(options.data, options.start, options.out, chosen)
    elif options.model == "caption":
        stages.teach_captions(options.data, options.start, options.out, chosen)
    else:
        stages.make_clip(options.data, options.start, options.out, chosen, options.resume)
    return 0
