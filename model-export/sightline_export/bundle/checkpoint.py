"""Reads a local HuggingFace checkpoint folder and derives the manifest's image and text rules.

The folder needs ``config.json``, ``model.safetensors`` (or ``pytorch_model.bin``),
``tokenizer.json`` and ``preprocessor_config.json``. An optional ``sightline.json`` states what
those files cannot: ``transparency``, ``max_length``, ``pad_token_id``,
``matching_first_token_id``, ``logit_scale``.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from torch import nn
from transformers import BlipForImageTextRetrieval, CLIPModel

from .. import stem
from . import ExportError

CLASSES = {"clip": CLIPModel, "blip": BlipForImageTextRetrieval}
_FILTERS = {2: "bilinear", 3: "bicubic"}
# BLIP's official temperature is 0.07 (salesforce/BLIP, models/blip_retrieval.py); the
# transformers class does not keep the learned value.
_BLIP_SCALE = 1 / 0.07
_BLIP_MAX_LENGTH = 35
_BLIP_ENC = 30523


@dataclass(frozen=True)
class Checkpoint:
    """A loaded checkpoint.

    :param family: ``clip`` or ``blip``
    :param model: the transformers model in evaluation mode
    :param tokenizer: from ``tokenizer.json``
    :param image: the manifest's ``image`` object
    :param text: the manifest's ``text`` object
    :param logit_scale: multiplier of the cosine
    :param dimensions: length of an embedding
    :param weights: the file the weights came from
    """

    family: str
    model: nn.Module
    tokenizer: Tokenizer
    image: dict[str, Any]
    text: dict[str, Any]
    logit_scale: float
    dimensions: int
    weights: Path


def read(folder: Path, family: str) -> Checkpoint:
    """Load a checkpoint folder.

    :raises ExportError: when a file is missing or says something that a bundle cannot express
    """
    if family not in CLASSES:
        raise ExportError(f"[family] must be one of {sorted(CLASSES)}, got [{family}]")
    if not folder.is_dir():
        raise ExportError(f"[{folder.name}] is not a folder")
    config = _json(folder, "config.json")
    if config.get("model_type") != family:
        raise ExportError(
            f"[config.json] has model_type [{config.get('model_type')}], expected [{family}]"
        )
    weights = next((folder / name for name in ("model.safetensors", "pytorch_model.bin")
                    if (folder / name).is_file()), None)
    if weights is None:
        raise ExportError(f"[{folder.name}] has no model.safetensors: {_listing(folder)}")
    image = image_rules(_json(folder, "preprocessor_config.json"))
    sidecar = _json(folder, "sightline.json") if (folder / "sightline.json").is_file() else {}
    image["transparency"] = sidecar.get("transparency", "drop")
    if not (folder / "tokenizer.json").is_file():
        raise ExportError(
            f"[{folder.name}] has no tokenizer.json (save a fast tokenizer there): "
            f"{_listing(folder)}"
        )
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    # Eager attention keeps IsNaN and Where out of the graph.
    model, missing = stem.load(CLASSES[family], folder, attn_implementation="eager")
    # Without this, a checkpoint of another class would export random weights.
    if missing:
        raise ExportError(f"[{weights.name}] lacks weights: {', '.join(missing[:5])}"
                          + (f" and {len(missing) - 5} more" if len(missing) > 5 else ""))
    model.eval()
    vision = model.config.vision_config
    if (vision.image_size, vision.image_size) != (image["height"], image["width"]):
        raise ExportError(
            f"[preprocessor_config.json] gives {image['width']}x{image['height']} pixels, "
            f"[config.json] says the model reads {vision.image_size}x{vision.image_size}"
        )
    text = text_rules(family, model.config.text_config, tokenizer, sidecar)
    scale = sidecar.get("logit_scale") or (
        math.exp(float(model.logit_scale.detach())) if family == "clip" else _BLIP_SCALE
    )
    if family == "clip":
        dimensions = model.config.projection_dim
    else:
        dimensions = model.config.image_text_hidden_size
    return Checkpoint(family, model, tokenizer, image, text, scale, dimensions, weights)


def image_rules(config: dict[str, Any]) -> dict[str, Any]:
    """Return the manifest's ``image`` object (without ``transparency``) of a preprocessor config.

    :raises ExportError: for a step that the bundle format has no word for
    """
    name = "preprocessor_config.json"
    if config.get("do_resize", True) is False or config.get("do_normalize", True) is False:
        raise ExportError(f"[{name}] must resize and normalise")
    if abs(config.get("rescale_factor", 1 / 255) - 1 / 255) > 1e-9:
        raise ExportError(f"[{name}] rescale_factor must be 1/255, "
                          f"got [{config['rescale_factor']}]")
    if config.get("resample", 3) not in _FILTERS:
        raise ExportError(f"[{name}] resample must be 2 (bilinear) or 3 (bicubic), "
                          f"got [{config['resample']}]")
    size = config.get("size")
    if isinstance(size, int):
        # Before transformers 4.22 a single number meant the shortest edge for CLIP.
        size = {"shortest_edge": size} if config.get("do_center_crop") else {
            "height": size, "width": size}
    if not isinstance(size, dict):
        raise ExportError(f"[{name}] has no size")
    if "shortest_edge" in size:
        crop = config.get("crop_size", size["shortest_edge"])
        if isinstance(crop, int):
            crop = {"height": crop, "width": crop}
        if not config.get("do_center_crop", True):
            raise ExportError(f"[{name}] resizes the shortest edge but does not crop")
        edge = size["shortest_edge"]
        if (crop["height"], crop["width"]) != (edge, edge):
            raise ExportError(f"[{name}] crop_size {crop['width']}x{crop['height']} must equal "
                              f"the shortest edge [{edge}]")
        shape = {"width": edge, "height": edge, "resize": "shortest_edge", "crop": "center"}
    elif {"height", "width"} <= set(size):
        if config.get("do_center_crop"):
            crop = config.get("crop_size", size)
            crop = {"height": crop, "width": crop} if isinstance(crop, int) else crop
            if (crop["height"], crop["width"]) != (size["height"], size["width"]):
                raise ExportError(f"[{name}] crops after resizing both sides")
        shape = {"width": size["width"], "height": size["height"],
                 "resize": "squash", "crop": "none"}
    else:
        raise ExportError(f"[{name}] size must have shortest_edge or height and width, "
                          f"got {sorted(size)}")
    for field in ("image_mean", "image_std"):
        if len(config.get(field) or ()) != 3:
            raise ExportError(f"[{name}] {field} must be 3 numbers, got [{config.get(field)}]")
    return {
        "width": shape["width"], "height": shape["height"], "resize": shape["resize"],
        "interpolation": _FILTERS[config.get("resample", 3)], "crop": shape["crop"],
        "mean": list(config["image_mean"]), "std": list(config["image_std"]),
    }


def text_rules(family: str, config, tokenizer: Tokenizer,
               sidecar: dict[str, Any]) -> dict[str, Any]:
    """Return the manifest's ``text`` object.

    :raises ExportError: when the tokenizer does not fit the model
    """
    largest = max(tokenizer.get_vocab(with_added_tokens=True).values())
    if largest >= config.vocab_size:
        raise ExportError(f"[tokenizer.json] has id [{largest}], the model knows ids below "
                          f"[{config.vocab_size}]")
    if family == "blip" and config.hidden_size // config.num_attention_heads != 64 and (
            config.hidden_size >= 768):
        # BlipTextConfig's default of 8 heads is wrong for the published weights.
        raise ExportError(f"[config.json] text num_attention_heads is "
                          f"[{config.num_attention_heads}], expected "
                          f"[{config.hidden_size // 64}] for hidden size [{config.hidden_size}]")
    limit = config.max_position_embeddings
    length = sidecar.get("max_length", limit if family == "clip" else min(_BLIP_MAX_LENGTH, limit))
    if not 1 <= length <= limit:
        raise ExportError(f"[max_length] must be in [1, {limit}], got [{length}]")
    first = None
    if family == "blip":
        first = sidecar.get("matching_first_token_id", tokenizer.token_to_id("[ENC]"))
        if first is None and config.vocab_size > _BLIP_ENC:
            first = _BLIP_ENC
        if first is None:
            raise ExportError("[tokenizer.json] has no [ENC] token and sightline.json names no "
                              "matching_first_token_id")
    pad = sidecar.get("pad_token_id", config.pad_token_id)
    return {
        "max_length": length, "padding": "longest", "pad_token_id": int(pad or 0),
        "matching_first_token_id": first, "prompt": None,
    }


def _json(folder: Path, name: str) -> dict[str, Any]:
    if not (folder / name).is_file():
        raise ExportError(f"[{folder.name}] has no {name}: {_listing(folder)}")
    try:
        return json.loads((folder / name).read_text("utf-8"))
    except json.JSONDecodeError as e:
        raise ExportError(f"[{name}] is not JSON: {e}") from e


def _listing(folder: Path) -> str:
    names = sorted(p.name for p in folder.iterdir())
    return "it contains " + (", ".join(names) if names else "nothing")
