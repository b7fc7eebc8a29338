"""The model families: each reads its checkpoints and says which graphs a bundle of them has."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

from .. import ExportError, weights
from ..checkpoint import Checkpoint, optional_json
from ..graphs import Graph
from . import albef, blip, blip2, clip, hf, official, openclip, siglip

FAMILIES = {"clip": clip, "blip": blip, "siglip": siglip,
            "openclip": openclip, "albef": albef, "blip2": blip2}

#: Reads a checkpoint folder.
Reader = Callable[[Path], Checkpoint]

#: What ``config.json`` says as ``model_type``, by family.
_MODEL_TYPES = {"clip": "clip", "blip": "blip", "blip-2": "blip2", "siglip": "siglip",
                "siglip2": "siglip"}

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


def detect(folder: Path, names: Collection[str] | None = None) -> str:
    """Return the family that a folder's files belong to, a key of ``FAMILIES``.

    :param names: of the files where they are not all in the folder yet; its configs are
    :raises ExportError: when they belong to none or to several
    """
    names = {path.name for path in folder.iterdir()} if names is None else names
    found = []
    kind = optional_json(folder, "config.json").get("model_type")
    if kind in _MODEL_TYPES and any(name in names for name in hf.FILES):
        found.append(_MODEL_TYPES[kind])
    if openclip.CONFIG in names:
        found.append("openclip")
    if "config.json" not in names and not found:
        found += {family for path in sorted(folder.glob("*.pth"))
                  if (family := official.family(weights.names(path)))}
    if len(found) == 1:
        return found[0]
    if found:
        raise ExportError(f"[{folder.name}] is a checkpoint of [{'] and of ['.join(found)}]: say "
                          "which one with --family")
    said = f"config.json has model_type [{kind}], supported are {sorted(_MODEL_TYPES)}" if (
        "config.json" in names) else "expected config.json with weights, open_clip_config.json or "\
        "a published .pth"
    raise ExportError(f"[{folder.name}] is no checkpoint of a known family: {said}; it contains "
                      f"{', '.join(sorted(names)) or 'nothing'}")


def weight_files(family: str | None, names: Collection[str]) -> list[str]:
    """Return which of a repository's files hold the weights that a family reads.

    :param family: None where only the weights can tell
    """
    if family == "openclip":
        return next(([name] for name in openclip.FILES if name in names), [])
    if "config.json" in names:
        return hf.weight_files(names)
    return sorted(name for name in names if name.endswith(".pth") and "/" not in name)


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
