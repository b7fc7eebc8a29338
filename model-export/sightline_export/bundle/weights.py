"""Reads weight files and loads them into modules whose names differ from the file's."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor, nn

from . import ExportError
from .checkpoint import listing, read_json


def find(folder: Path, names: Iterable[str]) -> Path:
    """Return the first of the named files that is there.

    :raises ExportError: when none is
    """
    names = tuple(names)
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise ExportError(f"[{folder.name}] has no {names[0]}: {listing(folder)}")


def read(path: Path) -> dict[str, Tensor]:
    """Return a file's tensors as they are stored.

    :param path: ``.safetensors``, or a pickle that holds tensors, bare or under ``model`` or
        ``state_dict``; nothing in a pickle is executed
    :raises ExportError: when the file cannot be read so
    """
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        found = torch.load(path, map_location="cpu", weights_only=True)
    except (SafetensorError, pickle.UnpicklingError, EOFError, RuntimeError) as e:
        raise _unreadable(path, e) from e
    for wrapper in ("model", "state_dict"):
        if isinstance(found, dict) and isinstance(found.get(wrapper), dict):
            found = found[wrapper]
    tensors = {k: v for k, v in found.items() if isinstance(v, Tensor)} if isinstance(
        found, dict) else {}
    if not tensors:
        raise ExportError(f"[{path.name}] holds no weights")
    return tensors


def names(path: Path) -> set[str]:
    """Return the names of the weights in a file, or in the files of an index, without reading
    more than needed."""
    if path.name.endswith(".index.json"):
        return set(read_json(path.parent, path.name).get("weight_map", {}))
    if path.suffix != ".safetensors":
        return set(read(path))
    try:
        with safe_open(path, "pt") as file:
            return set(file.keys())
    except SafetensorError as e:
        raise _unreadable(path, e) from e


def _unreadable(path: Path, cause: Exception) -> ExportError:
    return ExportError(f"[{path.name}] cannot be read as weights: {str(cause).splitlines()[0]}")


def require(state: dict[str, Tensor], keys: Iterable[str], path: Path, what: str) -> None:
    """Refuse a file that lacks keys by which a family is known.

    :param what: the family's name for messages
    """
    for key in keys:
        if key not in state:
            heads = sorted({name.split(".")[0] for name in state})
            raise ExportError(f"[{path.name}] has no [{key}] and is not a {what} checkpoint: its "
                              f"keys begin with {', '.join(heads[:8])}")


def missing(names: Iterable[str], path: Path) -> None:
    """Refuse a file that lacks weights, without which random ones would be exported."""
    names = sorted(names)
    if names:
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        raise ExportError(f"[{path.name}] lacks weights: {', '.join(names[:5])}{more}")


def finite(tensors: Iterable[tuple[str, Tensor]], path: Path) -> None:
    """Refuse weights that are NaN or infinite, naming the first."""
    for name, tensor in tensors:
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise ExportError(f"[{path.name}] [{name}] holds values that are not finite")


def layers(state: dict[str, Tensor], prefix: str) -> int:
    """Return how many layers ``prefix + N + "."`` there are."""
    return len({key[len(prefix):].split(".")[0] for key in state if key.startswith(prefix)})


def load(module: nn.Module, state: dict[str, Tensor], source: Callable[[str], str],
         path: Path) -> None:
    """Fill a module from a file that names its weights otherwise.

    :param source: gives the file's name of a weight of the module; ``NAME|T`` transposes it and
        ``NAME|0`` to ``NAME|2`` take a third of it (queries, keys, values in one matrix)
    :raises ExportError: when weights are missing, have another shape or are not finite
    """
    wanted = module.state_dict()
    origins = {name: source(name).partition("|")[::2] for name in wanted}
    # Counts of training steps, which published files leave out now and then.
    for name in [name for name in origins if name.endswith("num_batches_tracked")]:
        del origins[name]
    missing({key for key, _ in origins.values()} - state.keys(), path)
    filled = {}
    for name, (key, change) in origins.items():
        value = state[key]
        if change == "T":
            value = value.T
        elif change:
            value = value.chunk(3)[int(change)]
        if value.shape != wanted[name].shape:
            raise ExportError(f"[{path.name}] [{key}] has shape {list(state[key].shape)}, which "
                              f"does not give {list(wanted[name].shape)}")
        filled[name] = value.float()
    finite(((origins[name][0], value) for name, value in filled.items()), path)
    module.load_state_dict({**wanted, **filled})
