"""The model families: each reads its checkpoints and says which graphs a bundle of them has."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .. import ExportError
from ..checkpoint import Checkpoint
from ..graphs import Graph
from . import albef, blip, blip2, clip, openclip, siglip

FAMILIES = {"clip": clip, "blip": blip, "siglip": siglip,
            "openclip": openclip, "albef": albef, "blip2": blip2}

#: Reads a checkpoint folder.
Reader = Callable[[Path], Checkpoint]

_readers: dict[str, Reader] = {name: family.read for name, family in FAMILIES.items()}


def register(name: str, reader: Reader) -> None:
    """Add checkpoints of a family whose layout this package does not know.

    :param name: what ``read`` and ``export`` call them; registering it again replaces the reader
    :param reader: returns a checkpoint whose ``family`` is a key of ``FAMILIES``, which gives the
        bundle's graphs and the manifest's family
    :raises ValueError: when ``name`` is one of ``FAMILIES``
    """
    if name in FAMILIES:
        raise ValueError(f"[{name}] is a family of the exporter")
    _readers[name] = reader


def read(folder: Path, family: str) -> Checkpoint:
    """Load a checkpoint folder.

    :param family: key of ``FAMILIES``, or a name that was registered
    :raises ExportError: when a file is missing or says something that a bundle cannot express
    """
    if family not in _readers:
        raise ExportError(f"[family] must be one of {sorted(_readers)}, got [{family}]")
    if not folder.is_dir():
        raise ExportError(f"[{folder.name}] is not a folder")
    return _readers[family](folder)


def graphs(checkpoint: Checkpoint) -> list[Graph]:
    """Return the graphs of a checkpoint's family."""
    return FAMILIES[checkpoint.family].graphs(checkpoint)
