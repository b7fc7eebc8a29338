"""Writes ``golden.json``: a few pictures and texts, and what the checkpoint makes of them, so that
whoever has the bundle can see that it gives the same where it runs."""

from __future__ import annotations

import base64
import io
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from . import families, preprocessor
from .checkpoint import Checkpoint
from .graphs import Graph
from .verify import Bounds

NAME = "golden.json"
#: Without capitals and punctuation: no cleaning changes them.
TEXTS = ("a photo of a cat", "two red apples on a wooden table")
_BLOCKS = 8


def pictures(height: int, width: int) -> list[np.ndarray]:
    """Return pictures ``[h, w, 3]`` of the size that the model reads, so that nothing is resized: a
    gradient, and coloured blocks."""
    down, right = np.mgrid[0:height, 0:width]
    gradient = np.stack([255 * right / width, 255 * down / height, 255 - 255 * right / width], 2)
    colours = np.random.default_rng(7).integers(0, 256, (_BLOCKS, _BLOCKS, 3))
    blocks = colours[down * _BLOCKS // height, right * _BLOCKS // width]
    return [gradient.astype(np.uint8), blocks.astype(np.uint8)]


@torch.no_grad()
def record(checkpoint: Checkpoint, bounds: Bounds) -> dict[str, Any]:
    """Return the content of ``golden.json``.

    :param bounds: how far the bundle may be from the checkpoint
    """
    made = {role: graph for graph in families.graphs(checkpoint) for role in graph.roles}
    shown = pictures(*_size(checkpoint.image))
    images = [_run(made, {"pixel_values": _pixels(checkpoint, picture)}, "pixel_values")
              for picture in shown]
    texts = [_run(made, _text(checkpoint, text, matching=False), "input_ids") for text in TEXTS]
    out: dict[str, Any] = {
        "min_cosine": bounds.min_cosine,
        "max_logit_difference": bounds.max_difference,
        "images": [_entry({"png": _png(picture)}, found, "image_embedding")
                   for picture, found in zip(shown, images, strict=True)],
        "texts": [_entry({"text": text}, found, "text_embedding")
                  for text, found in zip(TEXTS, texts, strict=True)],
    }
    if "matching" in made:
        out["matches"] = [
            {"image": i, "text": t, "logits": _round(_logits(checkpoint, made["matching"], image,
                                                             TEXTS[t], texts[t]))}
            for i, image in enumerate(images) for t in range(len(TEXTS))]
    return out


def write(checkpoint: Checkpoint, bounds: Bounds, folder: Path) -> None:
    """Write ``golden.json`` into a bundle's folder."""
    text = json.dumps(record(checkpoint, bounds), ensure_ascii=False) + "\n"
    (folder / NAME).write_text(text, "utf-8")


def _run(made: dict[str, Graph], values: dict[str, Tensor], kind: str) -> dict[str, Tensor]:
    """Return by name all that the graphs make of one input, matching and captions left out."""
    found: dict[str, Tensor] = {}
    for role, graph in made.items():
        if role not in ("matching", "caption_decoder") and kind in graph.inputs:
            found |= _outputs(graph, values)
    return found


def _outputs(graph: Graph, values: dict[str, Tensor]) -> dict[str, Tensor]:
    result = graph.wanted(*(values[name] for name in graph.inputs))
    return dict(zip(graph.outputs, result if isinstance(result, tuple) else (result,), strict=True))


def _pixels(checkpoint: Checkpoint, picture: np.ndarray) -> Tensor:
    mean, std = (np.asarray(checkpoint.image[key], np.float32) for key in ("mean", "std"))
    scaled = (picture.astype(np.float32) / 255 - mean) / std
    if "patches" in checkpoint.image:
        size = checkpoint.image["patches"]["size"]
        rows, columns = (side // size for side in picture.shape[:2])
        laid = preprocessor.sheet(preprocessor.patches_of(scaled, size), rows, columns,
                                  checkpoint.image)
        return torch.from_numpy(laid[None])
    return torch.from_numpy(scaled.transpose(2, 0, 1)[None].copy())


def _size(image: dict[str, Any]) -> tuple[int, int]:
    """Return height and width of pictures that are not resized."""
    if "patches" in image:
        side = math.isqrt(image["patches"]["count"]) * image["patches"]["size"]
        return side, side
    return image["height"], image["width"]


def _text(checkpoint: Checkpoint, text: str, *, matching: bool) -> dict[str, Tensor]:
    rules = checkpoint.text
    checkpoint.tokenizer.no_padding()
    checkpoint.tokenizer.enable_truncation(rules["max_length"])
    ids = torch.tensor([checkpoint.tokenizer.encode(text).ids])
    if matching and rules["matching_first_token_id"] is not None:
        ids[:, 0] = rules["matching_first_token_id"]
    mask = torch.ones_like(ids)
    if rules["padding"] == "max_length":
        missing = rules["max_length"] - ids.shape[1]
        ids = functional.pad(ids, (0, missing), value=rules["pad_token_id"])
        mask = functional.pad(mask, (0, missing))
    return {"input_ids": ids, "attention_mask": mask}


def _logits(checkpoint: Checkpoint, graph: Graph, image: dict[str, Tensor], text: str,
            found: dict[str, Tensor]) -> Tensor:
    values = {**_text(checkpoint, text, matching=True), **found, **image}
    return _outputs(graph, values)["logits"][0]


def _entry(what: dict[str, Any], found: dict[str, Tensor], output: str) -> dict[str, Any]:
    """Return an entry with its vectors, a list of lists, where the model embeds such things."""
    if output in found:
        vectors = functional.normalize(found[output][0], dim=-1)
        what["vectors"] = _round(torch.atleast_2d(vectors))
    return what


def _png(picture: np.ndarray) -> str:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def _round(values: Tensor) -> list:
    return np.round(values.double().numpy(), 6).tolist()
