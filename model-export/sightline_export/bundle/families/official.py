"""What the published ``.pth`` files of BLIP and ALBEF (and LAVIS' of both) have in common.

Their vision transformer has timm's names, their text encoder BERT's, both loaded into
transformers' BLIP classes. A folder holds one ``.pth`` and the ``tokenizer.json`` of
bert-base-uncased; sizes are read from the weights.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from torch import Tensor

from .. import ExportError, preprocessor, weights
from ..checkpoint import SIDECAR, listing

_PATCH = "visual_encoder.patch_embed.proj.weight"
_POSITIONS = "visual_encoder.pos_embed"
_VISION_KEYS = (_PATCH, _POSITIONS, "visual_encoder.blocks.0.mlp.fc1.weight")
_KNOWN_BY = (*_VISION_KEYS, "vision_proj.weight", "text_proj.weight", "itm_head.weight")
#: What stands before the words of a caption decoder.
DECODER = "text_decoder.bert."
_HEAD_WIDTH = 64
_VISION = {"embeddings.class_embedding": "cls_token", "embeddings.position_embedding": "pos_embed",
           "embeddings.patch_embedding": "patch_embed.proj", "post_layernorm": "norm",
           "self_attn.qkv": "attn.qkv", "self_attn.projection": "attn.proj",
           "layer_norm1": "norm1", "layer_norm2": "norm2", "mlp.fc1": "mlp.fc1",
           "mlp.fc2": "mlp.fc2"}


def find(folder: Path) -> Path:
    """Return the folder's only ``.pth`` file.

    :raises ExportError: when there is none or more than one
    """
    found = sorted(folder.glob("*.pth"))
    if len(found) != 1:
        raise ExportError(f"[{folder.name}] must have one .pth file, got {len(found)}: "
                          f"{listing(folder)}")
    return found[0]


def read(path: Path, family: str) -> tuple[dict[str, Tensor], str, int]:
    """Read a file and look at its text encoder.

    :param family: ``BLIP`` or ``ALBEF``
    :return: the weights; the text encoder's prefix; the first text layer that looks at the image
    :raises ExportError: when the file is of the other family or of neither
    """
    state = weights.read(path)
    return state, *encoder(state, path, family)


def encoder(state: dict[str, Tensor], path: Path, family: str) -> tuple[str, int]:
    """Return the text encoder's prefix and the first of its layers that looks at the image; see
    ``read``."""
    weights.require(state, _KNOWN_BY, path, family)
    # ALBEF's pre-trained file has a masked language model around its text encoder.
    wrapped = "text_encoder.bert.embeddings.word_embeddings.weight" in state
    prefix = "text_encoder.bert." if wrapped else "text_encoder."
    weights.require(state, [f"{prefix}embeddings.word_embeddings.weight"], path, family)
    at = re.compile(re.escape(prefix)
                    + r"encoder\.layer\.(\d+)\.crossattention\.self\.query\.weight")
    looking = sorted(int(m[1]) for m in map(at.fullmatch, state) if m)
    if not looking:
        raise ExportError(f"[{path.name}] has no [{prefix}encoder.layer.N.crossattention.*] and "
                          f"is not a {family} checkpoint")
    if (looking[0] == 0) != (family == "BLIP"):
        other = "albef" if family == "BLIP" else "blip"
        raise ExportError(f"[{path.name}] has cross-attention from text layer {looking[0]} on, "
                          f"which is not {family}'s layout; use --family {other}")
    return prefix, looking[0]


def family(names: Collection[str]) -> str | None:
    """Return the family of a file by the names of its weights, None for none of them."""
    if "query_tokens" in names:
        return "blip2"
    if any(name.startswith("text_encoder.bert.") for name in names):
        return "albef"
    looking = [name for name in names if name.startswith("text_encoder.encoder.layer.")
               and ".crossattention." in name]
    if looking or any(name.startswith(DECODER) for name in names):
        first = any(name.startswith("text_encoder.encoder.layer.0.") for name in looking)
        return "blip" if first or not looking else "albef"
    return None


def check_captioner(state: dict[str, Tensor], path: Path) -> None:
    """Refuse a file that is not a vision tower with a caption decoder."""
    keys = (*_VISION_KEYS, f"{DECODER}embeddings.word_embeddings.weight",
            f"{DECODER}encoder.layer.0.crossattention.self.query.weight")
    weights.require(state, keys, path, "BLIP")


def vision_config(state: dict[str, Tensor], side: dict[str, Any], path: Path,
                  head_width: int = _HEAD_WIDTH) -> dict[str, Any]:
    """Return the fields of ``BlipVisionConfig``; BLIP-2's vision tower has the same."""
    width, _, patch, _ = state[_PATCH].shape
    cells = state[_POSITIONS].shape[1] - 1
    grid = math.isqrt(cells)
    if grid * grid != cells:
        raise ExportError(f"[{path.name}] [{_POSITIONS}] has {cells} patches, which is no square")
    return {
        "hidden_size": width, "patch_size": patch, "image_size": grid * patch,
        "intermediate_size": state["visual_encoder.blocks.0.mlp.fc1.weight"].shape[0],
        "num_hidden_layers": weights.layers(state, "visual_encoder.blocks."),
        "num_attention_heads": heads(side, "vision_attention_heads", width, head_width),
        # transformers' default is 1e-5.
        "layer_norm_eps": 1e-6,
    }


def text_config(state: dict[str, Tensor], prefix: str, side: dict[str, Any], path: Path,
                layer: int) -> dict[str, Any]:
    """Return the fields of ``BlipTextConfig``.

    :param layer: one that looks at the image
    """
    sizes = {"embeddings.word_embeddings": None, "embeddings.position_embeddings": None,
             f"encoder.layer.{layer}.intermediate.dense": None,
             f"encoder.layer.{layer}.crossattention.self.key": None}
    weights.missing({f"{prefix}{name}.weight" for name in sizes} - state.keys(), path)
    words, positions, middle, key = (state[f"{prefix}{name}.weight"].shape for name in sizes)
    return {
        "vocab_size": words[0], "hidden_size": words[1], "max_position_embeddings": positions[0],
        "intermediate_size": middle[0], "encoder_hidden_size": key[1],
        "num_hidden_layers": weights.layers(state, f"{prefix}encoder.layer."),
        "num_attention_heads": heads(side, "text_attention_heads", words[1]),
        "layer_norm_eps": 1e-12, "pad_token_id": 0, "hidden_act": "gelu",
        "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0,
    }


def heads(side: dict[str, Any], name: str, width: int, each: int = _HEAD_WIDTH) -> int:
    """Return a number of heads.

    :param each: width of a head in published files, unless the sidecar says otherwise
    """
    count = side.get(name, width // each)
    if count < 1 or width % count or (name not in side and width % each):
        raise ExportError(f"[{SIDECAR}] {name} must divide the width [{width}], got [{count}]")
    return count


def vision_source(name: str) -> str:
    """Return the file's name of a weight of ``BlipVisionModel``."""
    layer = re.match(r"encoder\.layers\.(\d+)\.", name)
    block = f"blocks.{layer[1]}." if layer else ""
    rest = name[layer.end():] if layer else name
    if rest in _VISION:
        return f"visual_encoder.{_VISION[rest]}"
    part, _, kind = rest.rpartition(".")
    return f"visual_encoder.{block}{_VISION.get(part, part)}.{kind}"


def image_rules(size: int, side: dict[str, Any]) -> dict[str, Any]:
    """Return the manifest's ``image`` object: all of these models resize both sides, bicubic."""
    return preprocessor.with_transparency(
        preprocessor.squash(size, preprocessor.CLIP_MEAN, preprocessor.CLIP_STD), side)


def logit_scale(state: dict[str, Tensor], side: dict[str, Any], default: float) -> float:
    """Return the inverse of the learned temperature."""
    stated = side.get("logit_scale")
    if stated:
        return float(stated)
    return 1 / float(state["temp"]) if "temp" in state else default
