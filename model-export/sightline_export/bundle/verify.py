"""Compares an exported graph with the model it came from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import torch

from . import ExportError
from .checkpoint import Checkpoint
from .graphs import Graph

MIN_COSINE = 0.9999
MAX_DIFFERENCE = 1e-3
_SHAPES = ((1, 2), (1, 5), (3, 9), (5, 17))


def session(path: Path) -> onnxruntime.InferenceSession:
    """Open a graph on the CPU with two threads."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def compare(graph: Graph, checkpoint: Checkpoint, path: Path) -> float:
    """Return the largest absolute difference over several batch sizes and text lengths.

    :raises ExportError: when an embedding's cosine is below 0.9999 or another output differs by
        more than 0.001, relative to its size where it is above 1
    """
    runner = session(path)
    worst = 0.0
    torch.manual_seed(0)
    for batch, length in _SHAPES:
        arguments = graph.example(checkpoint, batch, min(length, checkpoint.text["max_length"]))
        with torch.no_grad():
            wanted = graph.module(*arguments)
        wanted = wanted if isinstance(wanted, tuple) else (wanted,)
        feeds = {name: value.numpy() for name, value in zip(graph.inputs, arguments)}
        for name, want, got in zip(graph.outputs, wanted, runner.run(list(graph.outputs), feeds)):
            want = want.numpy()
            if want.shape != got.shape:
                raise ExportError(f"[{graph.file}] {name}: shape {got.shape}, "
                                  f"expected {want.shape}")
            difference = float(np.abs(want - got).max())
            worst = max(worst, difference)
            if name.endswith("_embedding"):
                cosine = float((want * got).sum(-1).min())
                # Written so that NaN fails too.
                if not cosine >= MIN_COSINE:
                    raise ExportError(f"[{graph.file}] {name}: cosine {cosine:.6f} to the "
                                      f"checkpoint, expected at least {MIN_COSINE}")
            elif not difference <= MAX_DIFFERENCE * max(1.0, float(np.abs(want).max())):
                raise ExportError(f"[{graph.file}] {name}: differs from the checkpoint by "
                                  f"{difference:.2e}, allowed {MAX_DIFFERENCE:.0e}")
    return worst
