"""Command line: ``python -m emoji_models COMMAND``."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import fields
from pathlib import Path

from sightline_export import command


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    from .train.align import Options

    top = argparse.ArgumentParser(prog="emoji_models", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)

    data = commands.add_parser("data", help="download and render emoji artwork")
    data.add_argument("--data", type=Path, required=True)
    data.add_argument("--workers", type=int, default=2)

    gallery = commands.add_parser("gallery", help="write the demo's gallery")
    gallery.add_argument("--data", type=Path, required=True)
    gallery.add_argument("--out", type=Path, required=True, help="zip to write")
    gallery.add_argument("--license-file", type=Path, required=True)

    train = commands.add_parser(
        "train", help="train the bundled models",
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

    evaluate = commands.add_parser(
        "evaluate", help="measure bundles on held-out artwork, without a cluster")
    evaluate.add_argument("--data", type=Path, required=True)
    evaluate.add_argument("--first", type=Path, required=True, help="bundle of the first stage")
    evaluate.add_argument("--second", type=Path, required=True, help="bundle that matches")
    evaluate.add_argument("--style", default="noto")
    evaluate.add_argument("--skin-tones", action="store_true")

    export = commands.add_parser("export", help="turn a trained checkpoint into a bundle")
    export.add_argument("--model", choices=("clip", "blip"), required=True)
    export.add_argument("--checkpoint", type=Path, required=True)
    export.add_argument("--out", type=Path, required=True, help="bundle folder to write")
    return top


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status. Expected failures print one line."""
    options = parser().parse_args(arguments)
    return command.run(lambda: _run(options))


def _run(options: argparse.Namespace) -> None:
    from .emoji import gallery, store

    if options.command == "data":
        store.fetch(options.data)
        store.build(options.data, options.workers)
    elif options.command == "gallery":
        count = gallery.write(store.load(options.data), options.out,
                              options.license_file.read_text("utf-8"))
        print(f"{count} pictures")
    elif options.command == "evaluate":
        from .evaluation.score import evaluate

        found = evaluate(store.load(options.data), options.first, options.second, options.style,
                         options.skin_tones)
        print(json.dumps(found, indent=1))
    elif options.command == "export":
        from .families import export

        export(options.model, options.checkpoint, options.out)
        command.print_differences(options.out)
    else:
        _train(options)


def _train(options: argparse.Namespace) -> None:
    from .train import run as stages
    from .train.align import Options

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


if __name__ == "__main__":
    sys.exit(main())
