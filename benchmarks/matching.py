"""Measures matching graphs of BLIP base at 384 pixels: the reference's order of products, the
exported graph, and the exported graph in int8. Random weights; nothing is downloaded.

Needs model-export's environment: model-export/.venv/bin/python benchmarks/matching.py

Each round runs every graph once, in turn, on the same input and one thread, and takes the
processor time of that thread, which counts no waiting. What is printed are ratios within a round:
the median over the rounds and, in brackets, the quartiles.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from transformers import BlipForImageTextRetrieval

try:
    from sightline_export.bundle import graphs, precision
except ModuleNotFoundError:
    root = Path(__file__).parent.parent
    sys.path[:0] = [str(root / part) for part in ("model-export", "lab/emoji-models",
                                                  "lab/fixtures")]
    from sightline_export.bundle import graphs, precision
from fixture_maker import real_size, tiny_weights
from sightline_export.bundle.checkpoint import Checkpoint
from sightline_export.bundle.families import blip

_SEED = 3
#: Tokens of a picture of 384 pixels, and their width.
_TOKENS = (577, 768)


def checkpoint() -> Checkpoint:
    """Return BLIP base with random weights and one vision layer, which matching does not use."""
    model = BlipForImageTextRetrieval(real_size.blip_config(vision_layers=1)).eval()
    tiny_weights.spread(model, _SEED, 1.0)
    return Checkpoint("blip", model, Path(), Tokenizer(WordLevel()), b"",
                      {"height": 384, "width": 384}, {"max_length": 35}, dimensions=256,
                      logit_scale=1.0, vocabulary=30522, end_id=102, token_shape=_TOKENS)


def write(folder: Path) -> dict[str, Path]:
    """Write the graphs; return them by name, the rival first."""
    made = checkpoint()
    graph = blip.graphs(made)[2]
    variants = {"reference": replace(graph, module=graph.wanted, file="reference.onnx"),
                "exported": replace(graph, file="exported.onnx")}
    paths = {name: graphs.write(each, made, folder) for name, each in variants.items()}
    paths["exported int8"] = Path(shutil.copy(paths["exported"], folder / "int8.onnx"))
    precision.convert(paths["exported int8"], "int8")
    return paths


def session(path: Path) -> onnxruntime.InferenceSession:
    """Open a graph on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def feeds(batch: int, length: int, seed: int) -> dict[str, np.ndarray]:
    """Return one text for every picture; tokens are normalised as a vision tower's are."""
    random = np.random.default_rng(seed)
    return {"input_ids": np.repeat(random.integers(1000, 30522, (1, length)), batch, 0),
            "attention_mask": np.ones((batch, length), np.int64),
            "image_tokens": random.standard_normal((batch, *_TOKENS), np.float32)}


def measure(runners: dict[str, onnxruntime.InferenceSession], batch: int, length: int,
            rounds: int) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return by name the seconds of each round, and the logits ``[rounds,b,2]``."""
    times: dict[str, list[float]] = {name: [] for name in runners}
    logits: dict[str, list[np.ndarray]] = {name: [] for name in runners}
    for at in range(rounds + 1):
        given = feeds(batch, length, at)
        for name, runner in runners.items():
            start = time.thread_time()
            found = runner.run(["logits"], given)[0]
            if at:
                # the first round warms up
                times[name].append(time.thread_time() - start)
                logits[name].append(found)
    return ({name: np.array(values) for name, values in times.items()},
            {name: np.stack(values) for name, values in logits.items()})


def probability(logits: np.ndarray) -> np.ndarray:
    """Return that of a match, of logits ``[...,2]``."""
    return 1 / (1 + np.exp(logits[..., 0] - logits[..., 1]))


def ratio(slow: np.ndarray, fast: np.ndarray) -> str:
    """Return how many times faster, as text."""
    low, middle, high = np.percentile(slow / fast, (25, 50, 75))
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--lengths", type=int, nargs="+", default=(6, 12, 20, 35))
    parser.add_argument("--batches", type=int, nargs="+", default=(1, 8))
    options = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        runners = {name: session(path) for name, path in write(Path(folder)).items()}
        print("| batch | tokens of text | exported over reference | int8 over exported | "
              "logits differ at most by | in int8 | probability in int8 |\n" + "|---" * 7 + "|")
        for batch in options.batches:
            for length in options.lengths:
                times, logits = measure(runners, batch, length, options.rounds)
                off, quantised = (np.abs(logits[name] - logits["reference"]).max()
                                  for name in ("exported", "exported int8"))
                moved = np.abs(probability(logits["exported int8"])
                               - probability(logits["reference"])).max()
                print(f"| {batch} | {length} | {ratio(times['reference'], times['exported'])} | "
                      f"{ratio(times['exported'], times['exported int8'])} | {off:.1e} | "
                      f"{quantised:.3f} | {moved:.3f} |", flush=True)


if __name__ == "__main__":
    main()
