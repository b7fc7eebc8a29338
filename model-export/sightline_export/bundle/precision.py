"""Smaller graphs: half precision, or 8-bit weights. Inputs and outputs keep their types."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper
from onnx.external_data_helper import load_external_data_for_model
from onnxruntime.transformers.float16 import convert_float_to_float16

from . import ExportError, graphs, int8

PRECISIONS = ("fp32", "fp16", "int8")
#: Smaller weights are not worth a node.
_WORTHWHILE = 1024


def convert(path: Path, precision: str) -> None:
    """Rewrite a float32 graph in place.

    ``fp16`` stores and computes in half precision. ``int8`` stores the matrices of linear layers
    with a scale for each output and rounds each row that they are multiplied with by a scale of its
    own; convolutions, embeddings and normalisation stay as they are.

    :param precision: ``fp16`` or ``int8``
    :raises ExportError: for ``fp16`` of a graph whose weights lie outside its file
    """
    beside = graphs.weights_beside(path)
    if precision == "fp16":
        if beside.exists():
            raise ExportError(f"[precision] fp16 is not supported for [{path.name}]: its weights "
                              "are too large for one file; supported are [fp32, int8]")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            onnx.save(convert_float_to_float16(onnx.load(path), keep_io_types=True), path)
        return
    model = onnx.load(path, load_external_data=False)
    int8.quantise(model, path.parent)
    load_external_data_for_model(model, str(path.parent))
    beside.unlink(missing_ok=True)
    graphs.save(model, path)


def pack(path: Path) -> None:
    """Store in half precision those weights of a float32 graph that lose nothing by it.

    Checkpoints are often published in half precision. Their numbers are widened when they are
    read, and would double the bundle; here they are narrowed again, with a ``Cast`` that a runtime
    evaluates once, when it opens the graph. Weights outside of the file stay as they are.
    """
    model = onnx.load(path, load_external_data=False)
    casts = []
    for weight in model.graph.initializer:
        if (weight.data_type != onnx.TensorProto.FLOAT
                or weight.data_location == onnx.TensorProto.EXTERNAL):
            continue
        exact = numpy_helper.to_array(weight)
        with np.errstate(over="ignore"):
            half = exact.astype(np.float16)
        if exact.size < _WORTHWHILE or not np.array_equal(half.astype(np.float32), exact):
            continue
        name = weight.name
        weight.CopyFrom(numpy_helper.from_array(half, f"{name}_half"))
        casts.append(onnx.helper.make_node("Cast", [weight.name], [name], f"widen_{name}",
                                           to=onnx.TensorProto.FLOAT))
    if casts:
        nodes = [*casts, *model.graph.node]
        del model.graph.node[:]
        model.graph.node.extend(nodes)
        onnx.save(model, path)
        onnx.checker.check_model(str(path))
