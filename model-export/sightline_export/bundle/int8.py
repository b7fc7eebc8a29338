"""Linear layers in 8 bits, in which no input depends on those that share its run.

Each row that goes into a matrix is rounded with a scale of its own, from its largest absolute
value: a row is a token, or a picture's or a text's vector. onnxruntime's dynamic quantisation takes
one scale for the whole tensor instead, so that what a picture becomes depends on its neighbours.
The products of whole numbers are the same, and so are their kernels.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import NodeProto, helper, numpy_helper

DOMAIN = "com.microsoft"
#: Products with fewer outputs (the two of a matching head) gain nothing.
_FEWEST_OUTPUTS = 16
_LARGEST = 127
#: Rows are rounded to unsigned numbers around this one, for which there are fast kernels.
_ZERO = 128
#: A row of zeros has no scale.
_LEAST = np.float32(1e-30)


def quantise(model: onnx.ModelProto, folder: Path) -> None:
    """Change a float32 graph in place; inputs, outputs, convolutions and embeddings stay.

    :param folder: where weights lie that are not in the graph's file
    """
    graph = Quantised(model.graph, folder)
    nodes = [made for node in model.graph.node for made in graph.nodes(node)]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    graph.forget_what_is_unused()
    # The exporter's shapes of transposed weights disagree with onnx' own inference.
    del model.graph.value_info[:]
    if not any(opset.domain == DOMAIN for opset in model.opset_import):
        model.opset_import.append(helper.make_opsetid(DOMAIN, 1))


class Quantised:
    """What has been made for a graph so far: matrices, and rows that several matrices share."""

    def __init__(self, graph: onnx.GraphProto, folder: Path):
        self.graph, self.folder = graph, folder
        self.stored = {weight.name: weight for weight in graph.initializer}
        self.matrices: dict[tuple[str, bool], tuple[str, str]] = {}
        self.rows: dict[str, tuple[str, str]] = {}
        self.zero = self._constant("int8_zero", np.uint8(_ZERO))
        self.weight_zero = self._constant("int8_weight_zero", np.int8(0))
        self.one = self._constant("int8_one", np.float32(1))
        self.largest = self._constant("int8_largest", np.float32(_LARGEST))
        self.least = self._constant("int8_least", _LEAST)
        self.last_axis = self._constant("int8_last_axis", np.array([-1], np.int64))

    def nodes(self, node: NodeProto) -> list[NodeProto]:
        """Return what stands for a node: itself unless it multiplies with a matrix of weights."""
        transposed = self._transposed(node)
        if transposed is None:
            return [node]
        made: list[NodeProto] = []
        rows, sizes = self._rows(node.input[0], made)
        matrix, scales = self._matrix(node.input[1], transposed)
        result, name = node.output[0], node.name or node.output[0]
        bias = node.input[2] if node.op_type == "Gemm" and len(node.input) > 2 else ""
        units, product = f"{result}_units", f"{result}_product" if bias else result
        made.append(helper.make_node(
            "MatMulIntegerToFloat",
            [rows, matrix, self.one, scales, self.zero, self.weight_zero], [units],
            f"{name}_int8", domain=DOMAIN))
        made.append(helper.make_node("Mul", [units, sizes], [product], f"{name}_sizes"))
        if bias:
            made.append(helper.make_node("Add", [product, bias], [result], f"{name}_bias"))
        return made

    def _transposed(self, node: NodeProto) -> bool | None:
        """Return whether a node's matrix is stored with outputs first; None where it has none."""
        weight = self.stored.get(node.input[1]) if len(node.input) > 1 else None
        if weight is None or len(weight.dims) != 2:
            return None
        if node.op_type == "MatMul":
            turned = False
        elif node.op_type == "Gemm":
            given = {a.name: helper.get_attribute_value(a) for a in node.attribute}
            if given.get("transA") or (given.get("alpha", 1.0), given.get("beta", 1.0)) != (1, 1):
                return None
            turned = bool(given.get("transB"))
        else:
            return None
        return None if weight.dims[0 if turned else 1] < _FEWEST_OUTPUTS else turned

    def _matrix(self, name: str, transposed: bool) -> tuple[str, str]:
        """Return the names of a matrix in 8 bits, ``[inputs, outputs]``, and of its scales, one an
        output; the numbers of its rows are in units of a hundred-and-twenty-seventh."""
        key = name, transposed
        if key not in self.matrices:
            weight = numpy_helper.to_array(self.stored[name], str(self.folder))
            weight = weight.T if transposed else weight
            sizes = np.maximum(np.abs(weight).max(0), _LEAST)
            rounded = np.rint(weight * (_LARGEST / sizes)).astype(np.int8)
            self.matrices[key] = (
                self._constant(f"{name}_int8", rounded),
                self._constant(f"{name}_scales", (sizes / _LARGEST**2).astype(np.float32)))
        return self.matrices[key]

    def _rows(self, name: str, made: list[NodeProto]) -> tuple[str, str]:
        """Return the names of rounded rows and of their largest absolute values."""
        if name not in self.rows:
            rows, sizes = f"{name}_rows", f"{name}_sizes"
            steps = (
                ("Abs", [name], f"{name}_absolute"),
                ("ReduceMax", [f"{name}_absolute", self.last_axis], f"{name}_largest"),
                ("Max", [f"{name}_largest", self.least], sizes),
                ("Div", [self.largest, sizes], f"{name}_factors"),
                ("Mul", [name, f"{name}_factors"], f"{name}_scaled"),
                ("QuantizeLinear", [f"{name}_scaled", self.one, self.zero], rows))
            made += [helper.make_node(op, inputs, [output], output)
                     for op, inputs, output in steps]
            self.rows[name] = rows, sizes
        return self.rows[name]

    def _constant(self, name: str, value: np.ndarray | np.generic) -> str:
        self.graph.initializer.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def forget_what_is_unused(self) -> None:
        """Remove the matrices that stand nowhere any more."""
        used = {name for node in self.graph.node for name in node.input}
        kept = [weight for weight in self.graph.initializer if weight.name in used]
        del self.graph.initializer[:]
        self.graph.initializer.extend(kept)
