"""OpenCLIP folders as published on the hub: a vision transformer and the plain text transformer.

The weights are loaded into transformers' ``CLIPModel``, which computes the same under other names.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from transformers import CLIPConfig, CLIPModel

from .. import ExportError, checkpoint, preprocessor, weights
from ..checkpoint import TOKENIZER, Checkpoint
from ..graphs import Graph
from . import clip

CONFIG = "open_clip_config.json"
_WEIGHTS = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")

#: Fields that are read, with the value they have when absent; None where they must be there.
_MODEL = {"embed_dim": None, "quick_gelu": False}
_VISION = {"image_size": 224, "layers": 12, "width": 768, "head_width": 64, "mlp_ratio": 4.0,
           "patch_size": 16}
_TEXT = {"context_length": 77, "vocab_size": 49408, "width": 512, "heads": 8, "layers": 12,
         "mlp_ratio": 4.0}
_PREPROCESS = {"size": None, "mean": preprocessor.CLIP_MEAN, "std": preprocessor.CLIP_STD,
               "interpolation": "bicubic", "resize_mode": "shortest"}
#: Fields that change nothing outside training, or only where another field is refused.
_IDLE = {"init_logit_scale", "init_logit_bias", "output_dict", "patch_dropout",
         "attn_pooler_queries", "attn_pooler_heads", "output_tokens", "timm_pool", "timm_proj",
         "timm_proj_bias", "timm_drop", "timm_drop_path", "timm_model_pretrained", "pad_id",
         "hf_tokenizer_name", "hf_model_pretrained", "hf_proj_type", "hf_pooler_type",
         "tokenizer_kwargs", "fill_color"}
#: Fields whose one supported value is not "absent, null or false".
_FIXED = {"pool_type": ("tok", "argmax"), "pos_embed_type": ("learnable",),
          "proj_type": ("linear",), "text_arch": ("clip",), "mode": ("RGB",)}


def read(folder: Path) -> Checkpoint:
    """Load ``open_clip_config.json``, ``open_clip_model.safetensors`` (or
    ``open_clip_pytorch_model.bin``) and ``tokenizer.json``."""
    side = checkpoint.sidecar(folder)
    config = checkpoint.read_json(folder, CONFIG)
    own = config.get("model_cfg")
    if not isinstance(own, dict):
        raise ExportError(f"[{CONFIG}] has no model_cfg")
    towers = {"vision_cfg", "text_cfg"}
    model_cfg = _fields({k: v for k, v in own.items() if k not in towers}, _MODEL, "model_cfg")
    vision = _fields(own.get("vision_cfg", {}), _VISION, "model_cfg.vision_cfg")
    text = _fields(own.get("text_cfg", {}), _TEXT, "model_cfg.text_cfg")
    image = preprocessor.with_transparency(
        image_rules(config.get("preprocess_cfg") or {}, vision["image_size"]), side)
    checkpoint.same_size(image, vision["image_size"], f"{CONFIG} preprocess_cfg",
                         f"{CONFIG} model_cfg")
    path = weights.find(folder, _WEIGHTS)
    state = weights.read(path)
    weights.require(state, ("visual.conv1.weight", "transformer.resblocks.0.attn.in_proj_weight"),
                    path, "plain OpenCLIP")
    model = CLIPModel._from_config(_config(model_cfg, vision, text), attn_implementation="eager")
    weights.load(model, state, source, path)
    tokenizer, content = checkpoint.read_tokenizer(folder, text["vocab_size"])
    end = text["vocab_size"] - 1
    if tokenizer.encode("a").ids[-1] != end:
        raise ExportError(f"[{TOKENIZER}] ends texts with [{tokenizer.encode('a').ids[-1]}], the "
                          f"model reads the text at its largest id [{end}]")
    limit = text["context_length"]
    bias = state.get("logit_bias")
    return Checkpoint(
        "openclip", model.eval(), path, tokenizer, content, image,
        checkpoint.text_rules(side, limit=limit, default_length=limit, pad=0),
        dimensions=model_cfg["embed_dim"],
        logit_scale=side.get("logit_scale") or math.exp(float(state["logit_scale"])),
        logit_bias=0.0 if bias is None else float(bias),
        vocabulary=text["vocab_size"], end_id=end,
        cleaning=_cleaning(own.get("text_cfg", {}), tokenizer, end),
    )


#: Names in transformers' files of the tokens that begin and end a text.
_TOKENS = ("<|startoftext|>", "<|endoftext|>")
#: Cleanings by ``tokenizer_kwargs.clean``: of OpenCLIP's own tokenizer, and of HuggingFace's ones,
#: which know special tokens by their files.
_OWN_CLEANINGS = {"lower": "openclip", "canonicalize": "canonicalize"}
_CLEANINGS = {"whitespace": "whitespace", "lower": "clip", "canonicalize": "canonicalize"}


def _cleaning(text: dict[str, Any], tokenizer: Tokenizer, end: int) -> str:
    """Return what OpenCLIP does to texts of a text tower, a key of ``cleaning.STEPS``.

    :param end: id of the token that ends texts
    """
    more = text.get("tokenizer_kwargs") or {}
    own = not text.get("hf_tokenizer_name")
    known = _OWN_CLEANINGS if own else _CLEANINGS
    kind = more.get("clean", "lower" if own else "whitespace")
    if kind not in known:
        raise ExportError(f"[{CONFIG}] model_cfg.text_cfg.tokenizer_kwargs.clean is [{kind}], "
                          f"supported is one of [{', '.join(known)}]")
    others = sorted(name for name, value in more.items()
                    if name not in ("clean", "context_length") and value not in (None, False))
    if others:
        raise ExportError(f"[{CONFIG}] model_cfg.text_cfg.tokenizer_kwargs.{others[0]} is "
                          f"[{more[others[0]]}], supported is only its absence")
    ends = [tokenizer.token_to_id(name) for name in _TOKENS]
    if own and ends != [end - 1, end]:
        raise ExportError(f"[{TOKENIZER}] must have the tokens {list(_TOKENS)} with the ids "
                          f"{[end - 1, end]}, as OpenCLIP's own tokenizer has them, got {ends}")
    return known[kind]


def _fields(found: Any, known: dict[str, Any], where: str) -> dict[str, Any]:
    """Return the known fields of a part of the config.

    :raises ExportError: when the part says something else that changes what is computed
    """
    if not isinstance(found, dict):
        raise ExportError(f"[{CONFIG}] {where} must be an object, got [{found}]")
    for name, value in found.items():
        if name in known or name in _IDLE or value in (None, False):
            continue
        allowed = _FIXED.get(name, ())
        if value not in allowed:
            raise ExportError(f"[{CONFIG}] {where}.{name} is [{value}], supported is only "
                              f"[{' or '.join(allowed) or 'its absence'}]: a vision transformer "
                              "with the plain text transformer")
    read = {name: found.get(name, default) for name, default in known.items()}
    for name in ("layers", "patch_size", "image_size"):
        if isinstance(read.get(name), list):
            sides = set(read[name])
            if name == "layers" or len(sides) != 1:
                raise ExportError(f"[{CONFIG}] {where}.{name} is {read[name]}, supported is one "
                                  "number: a vision transformer on square pictures")
            read[name] = sides.pop()
    if "embed_dim" in read and not isinstance(read["embed_dim"], int):
        raise ExportError(f"[{CONFIG}] {where}.embed_dim must be a number, got "
                          f"[{read['embed_dim']}]")
    return read


def image_rules(found: dict[str, Any], size: int) -> dict[str, Any]:
    """Return the manifest's ``image`` object (without ``transparency``) of a ``preprocess_cfg``.

    :param size: of the model's pictures, where the config names none
    """
    rules = _fields(found, {**_PREPROCESS, "size": size}, "preprocess_cfg")
    edge = rules["size"]
    if isinstance(edge, list):
        if len(set(edge)) != 1:
            raise ExportError(f"[{CONFIG}] preprocess_cfg.size must be square, got {edge}")
        edge = edge[0]
    for name, allowed in (("interpolation", ("bicubic", "bilinear")),
                          ("resize_mode", ("shortest", "squash"))):
        if rules[name] not in allowed:
            raise ExportError(f"[{CONFIG}] preprocess_cfg.{name} must be one of "
                              f"[{', '.join(allowed)}], got [{rules[name]}]")
    image = preprocessor.squash(edge, rules["mean"], rules["std"], rules["interpolation"])
    if rules["resize_mode"] == "shortest":
        # torchvision's crop, as Python rounds
        image.update(resize="shortest_edge", crop="center", crop_rounding="half_even")
    return image


def _config(model: dict[str, Any], vision: dict[str, Any], text: dict[str, Any]) -> CLIPConfig:
    act = "quick_gelu" if model["quick_gelu"] else "gelu"

    def tower(part: dict[str, Any], heads: int) -> dict[str, Any]:
        return {"hidden_size": part["width"], "num_hidden_layers": part["layers"],
                "num_attention_heads": heads, "hidden_act": act, "layer_norm_eps": 1e-5,
                "intermediate_size": int(part["width"] * part["mlp_ratio"]),
                "projection_dim": model["embed_dim"]}

    # The text is read at its largest id, which is the last of the vocabulary.
    end = text["vocab_size"] - 1
    return CLIPConfig(
        vision_config={**tower(vision, vision["width"] // vision["head_width"]),
                       "image_size": vision["image_size"], "patch_size": vision["patch_size"]},
        text_config={**tower(text, text["heads"]), "vocab_size": text["vocab_size"],
                     "max_position_embeddings": text["context_length"], "pad_token_id": 0,
                     "bos_token_id": end - 1, "eos_token_id": end},
        projection_dim=model["embed_dim"])


_NAMES = {
    "visual_projection.weight": "visual.proj|T",
    "text_projection.weight": "text_projection|T",
    "vision_model.embeddings.class_embedding": "visual.class_embedding",
    "vision_model.embeddings.patch_embedding.weight": "visual.conv1.weight",
    "vision_model.embeddings.position_embedding.weight": "visual.positional_embedding",
    "text_model.embeddings.token_embedding.weight": "token_embedding.weight",
    "text_model.embeddings.position_embedding.weight": "positional_embedding",
}
_NORMS = {"vision_model.pre_layrnorm": "visual.ln_pre",
          "vision_model.post_layernorm": "visual.ln_post",
          "text_model.final_layer_norm": "ln_final"}
_PARTS = {"layer_norm1": "ln_1", "layer_norm2": "ln_2", "self_attn.out_proj": "attn.out_proj",
          "mlp.fc1": "mlp.c_fc", "mlp.fc2": "mlp.c_proj"}
_LAYER = re.compile(r"(vision|text)_model\.encoder\.layers\.(\d+)\.(.+)\.(weight|bias)")


def source(name: str) -> str:
    """Return OpenCLIP's name of a weight of ``CLIPModel``; see ``weights.load``."""
    layer = _LAYER.fullmatch(name)
    if layer is None:
        module, _, kind = name.rpartition(".")
        return f"{_NORMS[module]}.{kind}" if module in _NORMS else _NAMES.get(name, name)
    tower, at, part, kind = layer.groups()
    block = f"{'visual.' if tower == 'vision' else ''}transformer.resblocks.{at}."
    if part in _PARTS:
        return f"{block}{_PARTS[part]}.{kind}"
    third = ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj").index(part)
    return f"{block}attn.in_proj_{kind}|{third}"


def graphs(checkpoint: Checkpoint) -> list[Graph]:
    """CLIP's."""
    return clip.graphs(checkpoint)
