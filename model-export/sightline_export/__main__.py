"""Command line: ``python -m sightline_export COMMAND``."""

from __future__ import annotations

import argparse
import json
import os
import sys
import warnings
from pathlib import Path


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = argparse.ArgumentParser(prog="sightline_export", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)

    export = commands.add_parser("export", help="turn a checkpoint folder into a bundle")
    export.add_argument("--checkpoint", type=Path, required=True,
                        help="folder in the layout that the family was published in")
    export.add_argument("--family", choices=("clip", "blip", "blip2", "siglip", "openclip",
                                                      "albef"), required=True)
    export.add_argument("--out", type=Path, required=True, help="bundle folder to write")
    export.add_argument("--id", help="model id; the bundle folder's name by default")
    export.add_argument("--description", default="")
    export.add_argument("--license", default="unknown", help="SPDX identifier of the weights")
    export.add_argument("--source", help="name of the checkpoint to note in the manifest")

    export.add_argument("--precision", choices=("fp32", "fp16", "int8"), default="fp32")
    export.add_argument("--force", action="store_true",
                        help="keep a smaller graph that is farther from the checkpoint than "
                             "allowed")

    export.add_argument("--text-cleaning", choices=("none", "blip", "albef", "clip"),
                        help="what is done to texts before they are tokenized; by default what "
                             "the programs do that the checkpoint's layout belongs to, and none "
                             "for HuggingFace's")

    check = commands.add_parser("check", help="compare a bundle's manifest with its files")
    check.add_argument("bundle", type=Path)

    data = commands.add_parser("emoji-data", help="download and render emoji artwork")
    data.add_argument("--data", type=Path, required=True)
    data.add_argument("--workers", type=int, default=2)

    gallery = commands.add_parser("gallery", help="write the demo's gallery")
    gallery.add_argument("--data", type=Path, required=True)
    gallery.add_argument("--out", type=Path, required=True, help="zip to write")
    gallery.add_argument("--license-file", type=Path, required=True)

    fixtures = commands.add_parser("fixtures", help="write golden fixtures for the Java tests")
    fixtures.add_argument("--out", type=Path, required=True)
    fixtures.add_argument("--data", type=Path, help="emoji data folder; without it the emoji "
                                                    "pictures already in --out are used")
    fixtures.add_argument("--vocabularies", type=Path,
                          help="folder to fetch real vocabularies into, with npm; without it "
                               "the expected token ids are kept")
    fixtures.add_argument("--emoji-clip", type=Path, help="checkpoint of emoji-clip")
    fixtures.add_argument("--emoji-blip", type=Path, help="checkpoint of emoji-blip")

    real = commands.add_parser("real-size", help="write a bundle of real size with random "
                                                "weights, and golden values of it")
    real.add_argument("--family", choices=("clip", "blip", "albef", "blip2"),
                      required=True)
    real.add_argument("--out", type=Path, required=True)
    real.add_argument("--fixtures", type=Path, required=True, help="the Java tests' fixtures")
    real.add_argument("--vocabularies", type=Path, required=True,
                      help="folder to fetch real vocabularies into, with npm")

    from .retrieval import command as retrieval
    from .train import command as train

    train.add_arguments(commands)
    retrieval.add_arguments(commands)
    return top


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status. Expected failures print one line."""
    arguments = sys.argv[1:] if arguments is None else arguments
    from .retrieval import command as retrieval

    if arguments and arguments[0] in retrieval.COMMANDS:
        # these need no torch, and so work with any Python
        return retrieval.main(arguments)
    options = parser().parse_args(arguments)
    warnings.filterwarnings("ignore", category=FutureWarning)
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    from transformers.utils import logging

    logging.disable_progress_bar()
    from .bundle import ExportError

    try:
        return _run(options)
    except (ExportError, FileNotFoundError, RuntimeError) as e:
        if os.environ.get("SIGHTLINE_TRACE"):
            raise
        print(f"error: {e}", file=sys.stderr)
        return 1


def _print_differences(bundle: Path) -> None:
    report = json.loads((bundle / "verification.json").read_text("utf-8"))
    for file, outputs in report["graphs"].items():
        for name, seen in outputs.items():
            cosine = f"cosine at least {seen['min_cosine']}, " if "min_cosine" in seen else ""
            print(f"  {file} {name}: {cosine}differs by at most {seen['max_difference']}")
    if not report["within_bounds"]:
        print(f"  beyond the bounds of {report['precision']}: {report['bounds']}")


def _run(options: argparse.Namespace) -> int:
    if options.command == "export":
        from .bundle.export import export

        written = export(options.checkpoint, options.family, options.out, model_id=options.id,
                         description=options.description, license=options.license,
                         source=options.source, precision=options.precision,
                         force=options.force, text_cleaning=options.text_cleaning)
        print(f"{written['id']}: roles {', '.join(written['roles'])}, "
              f"{sum(f['bytes'] for f in written['files'].values()):,} bytes")
        _print_differences(options.out)
    elif options.command == "check":
        from .bundle import manifest

        found = manifest.check(options.bundle)
        print(json.dumps({"id": found["id"], "roles": sorted(found["roles"])}))
    elif options.command == "emoji-data":
        from .emoji import store

        store.fetch(options.data)
        store.build(options.data, options.workers)
    elif options.command == "gallery":
        from .emoji import gallery, store

        count = gallery.write(store.load(options.data), options.out,
                              options.license_file.read_text("utf-8"))
        print(f"{count} pictures")
    elif options.command == "real-size":
        from .fixtures import real_size

        real_size.write(options.family, options.out, options.fixtures, options.vocabularies)
        _print_differences(options.out / f"real-{options.family}")
    elif options.command == "fixtures":
        from .fixtures import command

        models = {"clip": options.emoji_clip, "blip": options.emoji_blip}
        command.write(options.out, options.data, {k: v for k, v in models.items() if v},
                      options.vocabularies)
    else:
        from .train.command import run

        return run(options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
