"""Command line: ``sightline-export COMMAND`` or ``python -m sightline_export COMMAND``."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from . import command


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = argparse.ArgumentParser(prog="sightline-export", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)

    export = commands.add_parser("export", help="turn a checkpoint folder into a bundle")
    export.add_argument("--checkpoint", type=Path, required=True,
                        help="folder in the layout that the family was published in")
    export.add_argument("--family", required=True,
                        choices=("clip", "blip", "blip2", "siglip", "openclip", "albef"))
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

    from .retrieval import command as retrieval

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
    return command.run(lambda: _run(options))


def _run(options: argparse.Namespace) -> None:
    if options.command == "check":
        from .bundle import manifest

        found = manifest.check(options.bundle)
        print(json.dumps({"id": found["id"], "roles": sorted(found["roles"])}))
        return
    from .bundle.export import export

    written = export(options.checkpoint, options.family, options.out, model_id=options.id,
                     description=options.description, license=options.license,
                     source=options.source, precision=options.precision,
                     force=options.force, text_cleaning=options.text_cleaning)
    print(f"{written['id']}: roles {', '.join(written['roles'])}, "
          f"{sum(f['bytes'] for f in written['files'].values()):,} bytes")
    command.print_differences(options.out)


if __name__ == "__main__":
    sys.exit(main())
