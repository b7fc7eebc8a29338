"""Command line of the evaluation through a cluster."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from . import EvaluationError, dataset, evaluation
from .cluster import Cluster
from .table import table

COMMANDS = ("evaluate", "karpathy")


def add_arguments(commands) -> None:
    """Add the commands ``evaluate`` and ``karpathy``."""
    evaluate = commands.add_parser(
        "evaluate", help="measure retrieval through a running cluster",
        description="Indexes a dataset in Karpathy's format, searches it in both directions, "
                    "first stage and reranked, prints the papers' table and removes its indices.")
    evaluate.add_argument("--dataset", type=Path, required=True, help="Karpathy's JSON")
    evaluate.add_argument("--images", type=Path, required=True, help="folder of the pictures")
    evaluate.add_argument("--index", required=True, metavar="URL",
                          help="the cluster, such as http://localhost:9200")
    evaluate.add_argument("--first", default="emoji-clip", help="model of the first stage")
    evaluate.add_argument("--second", default="emoji-blip", help="model that matches; none: only "
                                                                 "the first stage")
    evaluate.add_argument("--k-test", type=_window, nargs="+", default=[16, 32, 128, 256],
                          help="how many of the best are reranked")
    evaluate.add_argument("--score-mode", default="match_plus_similarity",
                          choices=("match_plus_similarity", "match_probability"))
    evaluate.add_argument("--split", default="test")
    evaluate.add_argument("--limit", type=_window, help="only the first so many pictures")
    evaluate.add_argument("--queries", type=_window, help="only the first so many of each "
                                                          "direction")
    evaluate.add_argument("--json", action="store_true", help="one line of JSON, no table")

    karpathy = commands.add_parser("karpathy", help="unpack the demo's gallery in that format")
    karpathy.add_argument("--gallery", type=Path, required=True)
    karpathy.add_argument("--out", type=Path, required=True, help="folder to make")
    karpathy.add_argument("--skin-tones", action="store_true")


def _window(value: str) -> int:
    number = int(value)
    if not 1 <= number <= 10_000:
        raise argparse.ArgumentTypeError(f"must be in [1, 10000], got [{value}]")
    return number


def main(arguments: list[str]) -> int:
    """Run one of the commands; returns the exit status. Expected failures print one line."""
    top = argparse.ArgumentParser(prog="sightline-export")
    add_arguments(top.add_subparsers(dest="command", required=True))
    options = top.parse_args(arguments)
    try:
        return run(options)
    except (EvaluationError, OSError) as e:
        print(f"error: {e}", file=sys.stderr)
        return 1


def run(options: argparse.Namespace) -> int:
    """Run one of the commands; returns the exit status."""
    if options.command == "karpathy":
        if options.out.exists():
            raise EvaluationError(f"[{options.out}] exists already")
        count = dataset.from_gallery(options.gallery, options.out, options.skin_tones)
        print(f"{count} pictures")
        return 0
    data = dataset.read(options.dataset, options.images, options.split, options.limit)
    rows = evaluation.evaluate(
        data, Cluster(options.index),
        evaluation.Options(options.first, None if options.second == "none" else options.second,
                           tuple(options.k_test), options.score_mode, options.queries),
        evaluation.show_progress)
    if options.json:
        print(json.dumps({"dataset": data.name, "pictures": len(data.entries), "rows": [
            {"name": row.name, "text_to_image": row.text_to_image,
             "image_to_text": row.image_to_text} for row in rows]}))
    else:
        print(table(data.name, rows))
    return 0
