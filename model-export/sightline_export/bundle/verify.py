"""Compares an exported graph with the model it came from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
import transformers

from . import ExportError
from .checkpoint import Checkpoint
from .graphs import Graph

REPORT = "verification.json"
Shapes = tuple[tuple[int, int], ...]
#: Images and texts, and the length of these in tokens.
SHAPES: Shapes = ((1, 2), (1, 5), (3, 9), (5, 17))
#: Images, tokens, captions an image, tokens before: beginnings, with and without a prompt, and
#: steps.
_CAPTION_SHAPES = ((1, 1, 1, 0), (1, 5, 1, 0), (1, 1, 1, 1), (2, 5, 1, 0), (1, 1, 3, 4),
                   (3, 1, 3, 7), (2, 2, 2, 3))
_SEED = 0


@dataclass(frozen=True)
class Bounds:
    """How far a graph may be from the checkpoint.

    :param min_cosine: of every embedding, image token and text feature
    :param max_difference: of a matching logit, relative to the largest where that is above 1
    """

    min_cosine: float
    max_difference: float


#: By precision. For float32 the difference bounds tokens and features as well.
BOUNDS = {"fp32": Bounds(0.9999, 1e-3), "fp16": Bounds(0.999, 0.05), "int8": Bounds(0.99, 0.5)}


def session(path: Path) -> onnxruntime.InferenceSession:
    """Open a graph on the CPU with two threads."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def measure(graph: Graph, checkpoint: Checkpoint, path: Path,
            shapes: Shapes = SHAPES) -> dict[str, dict[str, float]]:
    """Run a graph and the checkpoint on the same random inputs of several shapes.

    :param shapes: as ``SHAPES``; a graph of captions has shapes of its own
    :return: by output the smallest cosine along the last axis (none for logits), the largest
        absolute difference and the largest absolute value
    :raises ExportError: when a shape differs
    """
    runner = session(path)
    found: dict[str, dict[str, float]] = {}
    torch.manual_seed(_SEED)
    limit = checkpoint.text["max_length"]
    for batch, length, *more in _CAPTION_SHAPES if "past" in graph.inputs else shapes:
        arguments = graph.example(checkpoint, batch, min(length, limit), *more)
        with torch.no_grad():
            wanted = graph.wanted(*arguments)
        wanted = wanted if isinstance(wanted, tuple) else (wanted,)
        feeds = {name: value.numpy() for name, value in zip(graph.inputs, arguments, strict=True)}
        made = runner.run(list(graph.outputs), feeds)
        for name, want, got in zip(graph.outputs, wanted, made, strict=True):
            want = want.numpy()
            if want.shape != got.shape:
                raise ExportError(f"[{graph.file}] {name}: shape {got.shape}, "
                                  f"expected {want.shape}")
            seen = found.setdefault(name, {"max_difference": 0.0, "max_value": 0.0})
            # numpy's maximum, unlike Python's, keeps NaN.
            seen["max_difference"] = float(
                np.maximum(seen["max_difference"], np.abs(want - got).max()))
            seen["max_value"] = float(np.maximum(seen["max_value"], np.abs(want).max()))
            if name != "logits":
                seen["min_cosine"] = float(
                    np.minimum(seen.get("min_cosine", 1.0), _cosine(want, got).min()))
    return found


def _cosine(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1)
    return (a * b).sum(-1) / lengths


def compare(graph: Graph, checkpoint: Checkpoint, path: Path,
            precision: str = "fp32", shapes: Shapes = SHAPES) -> dict[str, dict[str, float]]:
    """Return what ``measure`` found, when it lies within the precision's bounds.

    :raises ExportError: naming the first output that is too far from the checkpoint
    """
    measured = measure(graph, checkpoint, path, shapes)
    refuse(graph.file, measured, precision)
    return measured


def refuse(file: str, measured: dict[str, dict[str, float]], precision: str) -> None:
    """Raise an error for the first output beyond the precision's bounds."""
    bounds = BOUNDS[precision]
    for name, seen in measured.items():
        # Written so that NaN fails too.
        if name != "logits" and not seen["min_cosine"] >= bounds.min_cosine:
            raise ExportError(f"[{file}] {name}: cosine {seen['min_cosine']:.6f} to the "
                              f"checkpoint, expected at least {bounds.min_cosine} for {precision}")
        by_size = name == "logits" or (precision == "fp32" and not name.endswith("_embedding"))
        allowed = bounds.max_difference * max(1.0, seen["max_value"])
        if by_size and not seen["max_difference"] <= allowed:
            raise ExportError(f"[{file}] {name}: differs from the checkpoint by "
                              f"{seen['max_difference']:.2e}, allowed {allowed:.0e} for "
                              f"{precision}")


def report(measured: dict[str, dict[str, dict[str, float]]], precision: str,
           shapes: Shapes = SHAPES) -> dict[str, Any]:
    """Return the bundle's ``verification.json``.

    :param measured: by file what ``measure`` found with those ``shapes``
    """
    bounds = BOUNDS[precision]
    inputs = {"kind": "random", "seed": _SEED, "batch_and_length": [list(s) for s in shapes]}
    if any("present" in found for found in measured.values()):
        inputs["images_length_beams_and_past"] = [list(s) for s in _CAPTION_SHAPES]
    versions = {module.__name__: module.__version__
                for module in (torch, transformers, onnxruntime)}
    try:
        for file, found in measured.items():
            refuse(file, found, precision)
        within = True
    except ExportError:
        within = False
    return {
        "reference": "the checkpoint in float32",
        "versions": versions,
        "inputs": inputs,
        "precision": precision,
        "bounds": {"min_cosine": bounds.min_cosine, "max_difference": bounds.max_difference},
        "within_bounds": within,
        "graphs": {file: {output: {k: _short(v) for k, v in seen.items()}
                          for output, seen in found.items()} for file, found in measured.items()},
    }


def _short(value: float) -> float | None:
    """Seven digits are what float32 has; JSON has no NaN."""
    return float(f"{value:.7g}") if np.isfinite(value) else None
