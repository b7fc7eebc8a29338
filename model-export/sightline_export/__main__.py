"""Command line: ``sightline-export CHECKPOINT`` turns a checkpoint into a bundle.

``python -m sightline_export`` is the same.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from . import __version__

_COMMANDS = ("check", "evaluate", "karpathy")


def export_parser() -> argparse.ArgumentParser:
    """Return the parser of the export, which needs no command's name."""
    from .bundle import cleaning, families
    from .bundle.precision import PRECISIONS

    parser = argparse.ArgumentParser(
        prog="sightline-export",
        description="Turns a checkpoint into a bundle and compares both.",
        epilog=f"Other commands: {', '.join(_COMMANDS)}; each has --help.")
    parser.add_argument("checkpoint", help="owner/name[@revision] on the HuggingFace hub, or a "
                                           "folder")
    parser.add_argument("--family", choices=sorted(families.FAMILIES),
                        help="where files fit several families")
    parser.add_argument("--out", type=Path, help="bundle folder to write; bundles/ID by default")
    parser.add_argument("--id", help="model id; by default the checkpoint's name")
    parser.add_argument("--description", default="")
    parser.add_argument("--license", help="of the weights; by default what the hub says")
    parser.add_argument("--precision", choices=PRECISIONS, default="fp32")
    parser.add_argument("--force", action="store_true",
                        help="keep a smaller graph that is farther from the checkpoint than "
                             "allowed")
    parser.add_argument("--text-cleaning", choices=sorted(cleaning.STEPS),
                        help="what is done to texts before they are tokenized; by default what "
                             "the programs do that the checkpoint's layout belongs to")
    parser.add_argument("--push", metavar="URL", help="store the bundle in this cluster, such as "
                                                      "https://localhost:9200")
    parser.add_argument("--user", help="of the cluster; the password is in the environment's "
                                       "SIGHTLINE_PASSWORD. Without it the API key in "
                                       "SIGHTLINE_API_KEY is used")
    parser.add_argument("--ca", type=Path, metavar="FILE",
                        help="certificates to trust, in PEM, such as config/certs/http_ca.crt")
    parser.add_argument("--insecure", action="store_true",
                        help="send password or API key over plain http to another machine")
    parser.add_argument("--version", action="version", version=__version__)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status. Expected failures print one line."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    from .retrieval import command as retrieval

    if arguments and arguments[0] in retrieval.COMMANDS:
        # these need no torch, and so work with any Python
        return retrieval.main(arguments)
    from . import command

    if arguments and arguments[0] == "check":
        check = argparse.ArgumentParser(prog="sightline-export check",
                                        description="Compares a bundle's manifest with its files.")
        check.add_argument("bundle", type=Path)
        bundle = check.parse_args(arguments[1:]).bundle
        return command.run(lambda: _check(bundle))
    options = export_parser().parse_args(arguments)
    return command.run(lambda: _export(options, command.tell))


def _check(bundle: Path) -> None:
    from .bundle import manifest

    found = manifest.check(bundle)
    print(json.dumps({"id": found["id"], "roles": sorted(found["roles"])}))


def _export(options: argparse.Namespace, tell: Callable[[str], None]) -> None:
    from . import command, hub, push
    from .bundle.export import export

    # what would be refused after minutes of work is refused now
    cluster = push.Cluster.of(options.push, options.user, options.ca,
                              insecure=options.insecure) if options.push else None
    if cluster is not None:
        cluster.check()
    found = hub.find(options.checkpoint, options.family, tell)
    model_id = options.id or hub.model_id(found.name)
    out = options.out or Path("bundles") / model_id
    written = export(found.folder, found.family, out, model_id=model_id,
                     description=options.description,
                     license=options.license or found.license or "unknown", source=found.source,
                     precision=options.precision, force=options.force,
                     text_cleaning=options.text_cleaning, tell=tell)
    print(f"{written['id']}: roles {', '.join(written['roles'])}, "
          f"{sum(f['bytes'] for f in written['files'].values()):,} bytes in {out}")
    command.print_differences(out)
    if cluster is not None:
        print(f"{written['id']}: {push.push(out, cluster, tell)} in {options.push}")


if __name__ == "__main__":
    sys.exit(main())
