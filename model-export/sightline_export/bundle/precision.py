"""Smaller graphs: half precision, or 8-bit weights. Inputs and outputs keep their types."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers.float16 import convert_float_to_float16

from . import ExportError

PRECISIONS = ("fp32", "fp16", "int8")
_LINEAR = ("MatMul", "Gemm")
#: Smaller weights are not worth a node.
_WORTHWHILE = 1024


def convert(path: Path, precision: str) -> None:
    """Rewrite a float32 graph in place.

    ``fp16`` stores and computes in half precision. ``int8`` stores the matrices of linear layers
    with a scale for each output channel and quantises what they are multiplied with when it
    comes; convolutions, embeddings and normalisation stay as they are.

    :param precision: one of ``PRECISIONS``
    :param precision: ``fp16`` or ``int8``
    :raises ExportError: for a graph whose weights lie outside its file
    """
    if path.with_name(path.name + ".data").exists():
        raise ExportError(f"[precision] {precision} is not supported for [{path.name}]: its "
                          "weights are too large for one file")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if precision == "fp16":
            onnx.save(convert_float_to_float16(onnx.load(path), keep_io_types=True), path)
        else:
            model = onnx.load(path)
            # The exporter's shapes of transposed weights disagree with onnx' own inference.
            del model.graph.value_info[:]
            _unshare(model.graph)
            # It advises a preparation that the dynamo exporter's graphs do not need.
            logging.disable(logging.WARNING)
            try:
                quantize_dynamic(model, path, op_types_to_quantize=list(_LINEAR),
                                 nodes_to_exclude=_by_head(model.graph),
                                 per_channel=True, weight_type=QuantType.QInt8,
                                 extra_options={"MatMulConstBOnly": True})
            finally:
                logging.disable(logging.NOTSET)


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


def _unshare(graph: onnx.GraphProto) -> None:
    """Give linear layers matrices of their own: a captioner's words and its head have one, and
    quantising the head would change it under the words, which stay float32."""
    others = {name for node in graph.node if node.op_type not in _LINEAR for name in node.input}
    stored = {weight.name: weight for weight in graph.initializer}
    for node in graph.node:
        if node.op_type in _LINEAR and node.input[1] in others & stored.keys():
            own = graph.initializer.add()
            own.CopyFrom(stored[node.input[1]])
            own.name = f"{own.name}_of_{node.name or node.output[0]}"
            node.input[1] = own.name


def _by_head(graph: onnx.GraphProto) -> list[str]:
    """Return the products with a matrix for each attention head, which onnxruntime cannot run
    with a scale for each channel."""
    stacked = {weight.name for weight in graph.initializer if len(weight.dims) > 2}
    return [node.name for node in graph.node
            if node.op_type == "MatMul" and node.input[1] in stacked]
