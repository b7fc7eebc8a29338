"""The model families: each reads its checkpoints and says which graphs a bundle of them has."""

from __future__ import annotations

from pathlib import Path

from .. import ExportError
from ..checkpoint import Checkpoint
from ..graphs import Graph
from . import albef, blip, blip2, clip, openclip, siglip

FAMILIES = {"clip": clip, "blip": blip, "siglip": siglip,
            "openclip": openclip, "albef": albef, "blip2": blip2}


def read(folder: Path, family: str) -> Checkpoint:
    """Load a checkpoint folder.

    :param family: key of ``FAMILIES``
    :raises ExportError: when a file is missing or says something that a bundle cannot express
    """
    if family not in FAMILIES:
        raise ExportError(f"[family] must be one of {sorted(FAMILIES)}, got [{family}]")
    if not folder.is_dir():
        raise ExportError(f"[{folder.name}] is not a folder")
    return FAMILIES[family].read(folder)


def graphs(checkpoint: Checkpoint) -> list[Graph]:
    """Return the graphs of a checkpoint's family."""
    return FAMILIES[checkpoint.family].graphs(checkpoint)
