"""Smaller graphs: half precision, or 8-bit weights. Inputs and outputs keep their types."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path

import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers.float16 import convert_float_to_float16

from . import ExportError

PRECISIONS = ("fp32", "fp16", "int8")


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
        raise ExportError(f"[precision] {precision} is not supported for [{path.name}]: its weights "
                          "are too large for one file")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if precision == "fp16":
            onnx.save(convert_float_to_float16(onnx.load(path), keep_io_types=True), path)
        else:
            model = onnx.load(path)
            # The exporter's shapes of transposed weights disagree with onnx' own inference.
            del model.graph.value_info[:]
            # It advises a preparation that the dynamo exporter's graphs do not need.
            logging.disable(logging.WARNING)
            try:
                quantize_dynamic(model, path, op_types_to_quantize=["MatMul", "Gemm"],
                                 per_channel=True, weight_type=QuantType.QInt8,
                                 extra_options={"MatMulConstBOnly": True})
            finally:
                logging.disable(logging.NOTSET)
