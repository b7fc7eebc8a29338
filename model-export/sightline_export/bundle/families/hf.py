"""Checkpoints in HuggingFace's layout."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from transformers import PreTrainedModel

from .. import ExportError, weights
from ..checkpoint import read_json

_WEIGHTS = ("model.safetensors", "pytorch_model.bin")
_SHARDS = ("model.safetensors.index.json", "pytorch_model.bin.index.json")
#: Weights or their index, the first one that is there.
FILES = _WEIGHTS + _SHARDS
#: Builds a model of a class from a folder, given options of ``from_pretrained``; returns it and the
#: names of the weights that the folder lacks.
Build = Callable[..., tuple[PreTrainedModel, list[str]]]


def find(folder: Path) -> Path:
    """Return the folder's weights, or their index where they are in several files."""
    return weights.find(folder, FILES)


def weight_files(names: Collection[str]) -> list[str]:
    """Return which of a repository's files hold the weights, with their index where they are in
    several."""
    chosen = next((name for name in FILES if name in names), None)
    if chosen is None:
        return []
    if chosen in _WEIGHTS:
        return [chosen]
    stem, _, kind = chosen.removesuffix(".index.json").rpartition(".")
    return [chosen, *sorted(name for name in names
                            if name.startswith(f"{stem}-") and name.endswith(f".{kind}"))]


def pretrained(kind: type[PreTrainedModel], folder: Path,
               **options: Any) -> tuple[PreTrainedModel, list[str]]:
    """Build a model as transformers does; see ``Build``."""
    model, report = kind.from_pretrained(folder, output_loading_info=True, **options)
    return model, sorted(report["missing_keys"])


def load(folder: Path, kind: type[PreTrainedModel], model_type: str,
         build: Build = pretrained) -> tuple[PreTrainedModel, Path]:
    """Load a transformers model in float32.

    :param kind: its class
    :param model_type: what ``config.json`` must say
    :param build: for checkpoints with layers that the class does not have
    :return: the model in evaluation mode, and the file the weights came from
    :raises ExportError: when a file is missing, of another family or does not fit
    """
    found = read_json(folder, "config.json").get("model_type")
    if found != model_type:
        raise ExportError(f"[config.json] has model_type [{found}], expected [{model_type}]")
    path = find(folder)
    try:
        # Eager attention keeps IsNaN and Where out of the graph.
        model, lacking = build(kind, folder, attn_implementation="eager")
    except (RuntimeError, ValueError, OSError) as e:
        raise ExportError(f"[{path.name}] does not fit [config.json]: "
                          f"{str(e).strip().splitlines()[0]}") from e
    # Without this, a checkpoint of another class would export random weights.
    weights.missing(lacking, path)
    weights.finite(model.state_dict().items(), path)
    # transformers keeps the number type of the file, such as float16.
    return model.float().eval(), path
