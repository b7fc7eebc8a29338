"""What command lines on checkpoints share."""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path


def run(work: Callable[[], None]) -> int:
    """Do the work of a command with libraries quiet; returns the exit status.

    Expected failures print one line; with ``SIGHTLINE_TRACE`` in the environment they are raised.
    """
    warnings.filterwarnings("ignore", category=FutureWarning)
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    from transformers.utils import logging

    from .bundle import ExportError

    logging.disable_progress_bar()
    try:
        work()
    except (ExportError, FileNotFoundError, RuntimeError) as e:
        if os.environ.get("SIGHTLINE_TRACE"):
            raise
        print(f"error: {e}", file=sys.stderr)
        return 1
    return 0


def tell(line: str) -> None:
    """Show a line of progress."""
    print(line, file=sys.stderr, flush=True)


def print_differences(bundle: Path) -> None:
    """Print how far a bundle's graphs are from the checkpoint."""
    report = json.loads((bundle / "verification.json").read_text("utf-8"))
    for file, outputs in report["graphs"].items():
        for name, seen in outputs.items():
            cosine = f"cosine at least {seen['min_cosine']}, " if "min_cosine" in seen else ""
            print(f"  {file} {name}: {cosine}differs by at most {seen['max_difference']}")
    if not report["within_bounds"]:
        print(f"  beyond the bounds of {report['precision']}: {report['bounds']}")
