"""Weights that several graphs of a bundle have are stored once, in a file beside them.

The graphs of a model overlap: matching runs the text encoder, BLIP-2's image graph the Q-Former.
Each graph is opened by itself, so each names the file; on disk and on the way to other nodes it is
one.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import onnx
from onnx import TensorProto
from onnx.external_data_helper import (
    ExternalDataInfo,
    load_external_data_for_tensor,
    set_external_data,
    uses_external_data,
)

from . import graphs

NAME = "shared.data"
#: Less is not worth a file.
LEAST_BYTES = 1 << 20
#: Weights begin at multiples of a page, so that a runtime can map them.
_PAGE = 1 << 12
#: Smaller weights stay where they are.
_SMALLEST = 1 << 10


def share(folder: Path, files: Iterable[str], least: int = LEAST_BYTES) -> int:
    """Move weights that are equal in several graphs into a file of their own.

    :param folder: the bundle
    :param files: its graphs
    :param least: fewer bytes than these stay where they are
    :return: how many graphs name that file, 0 where there is none
    """
    models = {file: onnx.load(folder / file, load_external_data=False) for file in files}
    found: dict[bytes, list[tuple[str, TensorProto]]] = defaultdict(list)
    for file, model in models.items():
        for weight in model.graph.initializer:
            content = _content(weight, folder)
            if len(content) >= _SMALLEST:
                found[hashlib.sha256(content).digest()].append((file, weight))
    shared = [same for same in found.values() if len({file for file, _ in same}) > 1]
    if sum(len(_content(same[0][1], folder)) for same in shared) < least:
        return 0
    with (folder / NAME).open("wb") as out:
        for same in shared:
            out.write(bytes(-out.tell() % _PAGE))
            content = _content(same[0][1], folder)
            start = out.tell()
            out.write(content)
            for _, weight in same:
                # What is in memory is asked for by the function, and dropped by the next line.
                weight.raw_data = b""
                set_external_data(weight, NAME, start, len(content))
                weight.ClearField("raw_data")
    sharing = {file for same in shared for file, _ in same}
    for file in sharing:
        model, path = models[file], folder / file
        for weight in model.graph.initializer:
            if uses_external_data(weight) and ExternalDataInfo(weight).location != NAME:
                load_external_data_for_tensor(weight, str(folder))
                weight.data_location = TensorProto.DEFAULT
                del weight.external_data[:]
        graphs.weights_beside(path).unlink(missing_ok=True)
        graphs.save(model, path)
    return len(sharing)


def _content(weight: TensorProto, folder: Path) -> bytes:
    """Return the bytes of a weight, wherever they are; none of one that is not stored so."""
    if not uses_external_data(weight):
        return weight.raw_data
    info = ExternalDataInfo(weight)
    with (folder / info.location).open("rb") as file:
        file.seek(info.offset or 0)
        return file.read(info.length if info.length is not None else -1)
