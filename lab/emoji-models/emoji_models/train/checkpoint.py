"""Reads and writes training checkpoints in HuggingFace's layout."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import BlipForImageTextRetrieval, CLIPModel

from .. import stem
from ..tokenizer import ENC, MAX_LENGTH, PAD
from .models import IMAGE_SIZE, Tower

PREPROCESSOR = {
    "do_resize": True, "size": {"height": IMAGE_SIZE, "width": IMAGE_SIZE}, "resample": 3,
    "do_center_crop": False, "do_rescale": True, "rescale_factor": 1 / 255,
    "do_normalize": True, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5],
    "do_convert_rgb": True,
}


#: How emoji-blip's captions are decoded: names are short, and some are one word.
CAPTION = {"max_length": MAX_LENGTH, "min_length": 0}


def save(tower: Tower, tokenizer: Tokenizer, out: Path, step: int) -> None:
    """Write weights, tokenizer, preprocessing and ``sightline.json`` so that export finds all.

    Written beside and moved into place: a reader never meets half a checkpoint.
    """
    folder = out / "checkpoint"
    fresh = out / "checkpoint.new"
    shutil.rmtree(fresh, ignore_errors=True)
    tower.model.save_pretrained(fresh)
    tokenizer.save(str(fresh / "tokenizer.json"))
    (fresh / "preprocessor_config.json").write_text(json.dumps(PREPROCESSOR, indent=2), "utf-8")
    sidecar = {
        "transparency": "white", "max_length": MAX_LENGTH, "pad_token_id": PAD,
        "matching_first_token_id": None if tower.is_clip else ENC,
        "logit_scale": float(tower.scale.detach().exp()), "training_steps": step,
    }
    if hasattr(tower.model, "text_decoder"):
        sidecar["caption"] = CAPTION
    (fresh / "sightline.json").write_text(json.dumps(sidecar, indent=2), "utf-8")
    old = out / "checkpoint.old"
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    fresh.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def load(folder: Path, family: type | None = None) -> tuple[Tower, Tokenizer]:
    """Read a checkpoint that ``save`` wrote (the folder that holds ``config.json``).

    :param family: the model's class, where it is not the one that training begins with; weights
        that the file lacks are random
    """
    config = json.loads((folder / "config.json").read_text("utf-8"))
    if family is None:
        family = CLIPModel if config["model_type"] == "clip" else BlipForImageTextRetrieval
    tower = Tower(stem.load(family, folder)[0])
    if not tower.is_clip:
        scale = json.loads((folder / "sightline.json").read_text("utf-8"))["logit_scale"]
        tower.scale.data.fill_(torch.tensor(scale).log())
    return tower, Tokenizer.from_file(str(folder / "tokenizer.json"))
