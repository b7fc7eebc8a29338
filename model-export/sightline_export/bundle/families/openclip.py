"""OpenCLIP folders as published on the hub: a tower for pictures and one for texts."""

from __future__ import annotations

import math
from collections.abc import Collection
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from .. import ExportError, checkpoint, preprocessor, weights
from ..checkpoint import TOKENIZER, Checkpoint
from ..graphs import IDS, PIXELS, Graph, embedding_role
from . import openclip_text, openclip_timm, openclip_towers

CONFIG = "open_clip_config.json"
#: Weights, the first one that is there.
FILES = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")

#: Fields that are read, with the value they have when absent; None where they must be there.
_MODEL = {"embed_dim": None, "quick_gelu": False}
_BLOCKS = {"mlp_ratio": 4.0, "ls_init_value": None, "act_kwargs": None, "norm_kwargs": None}
_RESNET = {"image_size": 224, "layers": None, "width": 768, "head_width": 64}
_VISION = {**_BLOCKS, "image_size": 224, "layers": 12, "width": 768, "head_width": 64,
           "patch_size": 16, "no_ln_pre": False, "final_ln_after_pool": False, "pool_type": "tok",
           "attentional_pool": False, "attn_pooler_queries": 256, "attn_pooler_heads": 8}
_TIMM = {"image_size": 224, "timm_model_name": None, "timm_pool": "avg", "timm_proj": "linear",
         "timm_proj_bias": False}
_TEXT = {**_BLOCKS, "context_length": 77, "vocab_size": 49408, "width": 512, "heads": 8,
         "layers": 12, "embed_cls": False, "pad_id": 0, "eos_id": 2, "no_causal_mask": False,
         "pool_type": "argmax", "proj_bias": False, "proj_type": "linear"}
_HF_TEXT = {"context_length": 77, "hf_model_name": None, "hf_pooler_type": "mean_pooler",
            "hf_proj_type": "mlp"}
_PREPROCESS = {"size": None, "mean": preprocessor.CLIP_MEAN, "std": preprocessor.CLIP_STD,
               "interpolation": "bicubic", "resize_mode": "shortest"}
#: Fields that change nothing outside training, or only what another kind of tower computes.
_IDLE = {"init_logit_scale", "init_logit_bias", "nonscalar_logit_scale", "output_dict",
         "custom_text", "multimodal_cfg", "patch_dropout", "output_tokens", "pos_embed_type",
         "timm_drop", "timm_drop_path", "timm_model_pretrained", "hf_tokenizer_name",
         "hf_model_pretrained", "tokenizer_kwargs", "fill_color"}
#: Sizes that configs state beside the name of a model that has its own.
_UNUSED_SIZES = {"layers", "width", "heads", "head_width", "patch_size", "vocab_size", "mlp_ratio"}
#: Fields with the values that are supported beside "absent, null or false".
_ALLOWED = {"vision_cfg.pool_type": ("tok", "avg"), "vision_cfg.attentional_pool": (True,),
            "text_cfg.pool_type": ("argmax", "eos", "first", "last"),
            "text_cfg.proj_type": ("linear", "none"), "text_cfg.text_arch": ("clip",),
            "preprocess_cfg.mode": ("RGB",)}

#: Names in transformers' files of the tokens that begin and end a text.
_TOKENS = ("<|startoftext|>", "<|endoftext|>")
#: Cleanings by ``tokenizer_kwargs.clean``: of OpenCLIP's own tokenizer, and of HuggingFace's ones,
#: which know special tokens by their files.
_OWN_CLEANINGS = {"lower": "openclip", "canonicalize": "canonicalize"}
_CLEANINGS = {"whitespace": "whitespace", "lower": "clip", "canonicalize": "canonicalize"}


class OpenClip(nn.Module):
    """Both towers, with the names that OpenCLIP's files have."""

    def __init__(self, visual: nn.Module, text: nn.Module):
        super().__init__()
        self.visual, self.text = visual, text


class Normalised(nn.Module):
    """What a tower gives, with length 1."""

    def __init__(self, tower: nn.Module):
        super().__init__()
        self.tower = tower

    def forward(self, x: Tensor) -> Tensor:
        return functional.normalize(self.tower(x), dim=-1)


def read(folder: Path) -> Checkpoint:
    """Load ``open_clip_config.json``, ``open_clip_model.safetensors`` (or
    ``open_clip_pytorch_model.bin``) and ``tokenizer.json``."""
    side = checkpoint.sidecar(folder)
    config = checkpoint.read_json(folder, CONFIG)
    own = config.get("model_cfg")
    if not isinstance(own, dict):
        raise ExportError(f"[{CONFIG}] has no model_cfg")
    vision, text = (own.get(name) or {} for name in ("vision_cfg", "text_cfg"))
    model_cfg = _fields({k: v for k, v in own.items() if k not in ("vision_cfg", "text_cfg")},
                        _MODEL, "model_cfg")
    dimensions = model_cfg["embed_dim"]
    if not isinstance(dimensions, int):
        raise ExportError(f"[{CONFIG}] model_cfg.embed_dim must be a number, got [{dimensions}]")
    visual, size = _visual(vision, dimensions, bool(model_cfg["quick_gelu"]))
    image = preprocessor.with_transparency(
        image_rules(config.get("preprocess_cfg") or {}, size), side)
    checkpoint.same_size(image, size, f"{CONFIG} preprocess_cfg", f"{CONFIG} model_cfg")
    path = weights.find(folder, FILES)
    state = weights.read(path)
    weights.require(state, ("logit_scale",), path, "OpenCLIP")
    if text.get("hf_model_name"):
        words = _fields(text, _HF_TEXT, "model_cfg.text_cfg", _UNUSED_SIZES)
        textual: nn.Module = openclip_text.tower(words, dimensions, state, path, side, CONFIG)
        vocabulary = textual.transformer.config.vocab_size
    else:
        words = _fields(text, _TEXT, "model_cfg.text_cfg")
        textual = openclip_towers.TextTransformer(words, dimensions, bool(model_cfg["quick_gelu"]))
        vocabulary = words["vocab_size"]
    model = OpenClip(visual, textual)
    weights.load(model, state, lambda name: source(name, state), path)
    return _assemble(folder, side, model.eval(), path, image, state, text, words, vocabulary,
                     dimensions)


def _assemble(folder: Path, side: dict[str, Any], model: nn.Module, path: Path,
              image: dict[str, Any], state: dict[str, Tensor], text: dict[str, Any],
              words: dict[str, Any], vocabulary: int, dimensions: int) -> Checkpoint:
    """Put a checkpoint together from a loaded model and the rest of its folder.

    :param text: the config's ``text_cfg``
    :param words: what of it is read
    """
    tokenizer, content = checkpoint.read_tokenizer(folder, vocabulary)
    own = not text.get("hf_tokenizer_name")
    end = tokenizer.encode("a").ids[-1]
    if own and end != vocabulary - 1:
        raise ExportError(f"[{TOKENIZER}] ends texts with [{end}], the model reads the text at "
                          f"its largest id [{vocabulary - 1}]")
    pad = 0 if own else checkpoint.pad_id(folder, side, tokenizer, content)
    if model.text.pad not in (None, pad):
        raise ExportError(f"[{TOKENIZER}] fills texts up with [{pad}], the model knows padding by "
                          f"the id [{model.text.pad}]")
    limit = words["context_length"]
    bias = state.get("logit_bias")
    return Checkpoint(
        "openclip", model, path, tokenizer, content, image,
        checkpoint.text_rules(side, limit=limit, default_length=limit, pad=pad,
                              padding="max_length" if model.text.reads_padding else "longest"),
        dimensions=dimensions,
        logit_scale=side.get("logit_scale") or math.exp(float(state["logit_scale"])),
        logit_bias=0.0 if bias is None else float(bias),
        vocabulary=vocabulary, end_id=end, cleaning=_cleaning(text, tokenizer, end),
    )


def _visual(found: Any, dimensions: int, quick_gelu: bool) -> tuple[nn.Module, int]:
    """Return the vision tower of a ``vision_cfg`` without its weights, and the size of its
    pictures."""
    where = "model_cfg.vision_cfg"
    if not isinstance(found, dict):
        raise ExportError(f"[{CONFIG}] {where} must be an object, got [{found}]")
    if found.get("timm_model_name"):
        config = _fields(found, _TIMM, where, _UNUSED_SIZES)
        return openclip_timm.tower(found, dimensions, CONFIG), config["image_size"]
    if isinstance(found.get("layers"), list):
        config = _fields(found, _RESNET, where, {"patch_size"})
        if len(config["layers"]) != 4:
            raise ExportError(f"[{CONFIG}] {where}.layers must be a number, or four of them for a "
                              f"ResNet, got {config['layers']}")
        return openclip_towers.ResNet(config, dimensions), config["image_size"]
    config = _fields(found, _VISION, where)
    return openclip_towers.VisionTransformer(config, dimensions, quick_gelu), config["image_size"]


def source(name: str, state: dict[str, Tensor]) -> str:
    """Return OpenCLIP's name of a weight of ``OpenClip``; see ``weights.load``."""
    if "text.positional_embedding" not in state and not any(
            key.startswith("text.transformer.") for key in state):
        # The first models have the plain text transformer without a name of its own.
        name = name.removeprefix("text.")
    return openclip_towers.source(name, state)


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


def _fields(found: Any, known: dict[str, Any], where: str,
            idle: Collection[str] = ()) -> dict[str, Any]:
    """Return the known fields of a part of the config.

    :param idle: further fields that change nothing
    :raises ExportError: when the part says something else that changes what is computed
    """
    if not isinstance(found, dict):
        raise ExportError(f"[{CONFIG}] {where} must be an object, got [{found}]")
    for name, value in found.items():
        if name in _IDLE or name in idle or value in (None, False):
            continue
        allowed = _ALLOWED.get(f"{where.rpartition('.')[2]}.{name}", ())
        if value not in allowed and (allowed or name not in known):
            raise ExportError(f"[{CONFIG}] {where}.{name} is [{value}], supported is only "
                              f"[{' or '.join(map(str, allowed)) or 'its absence'}]")
    read = {name: default if found.get(name) is None else found[name]
            for name, default in known.items()}
    for name in ("patch_size", "image_size"):
        if isinstance(read.get(name), list):
            sides = set(read[name])
            if len(sides) != 1:
                raise ExportError(f"[{CONFIG}] {where}.{name} is {read[name]}, supported is one "
                                  "number, for square pictures")
            read[name] = sides.pop()
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


def graphs(checkpoint: Checkpoint) -> list[Graph]:
    """One graph a tower."""
    model = checkpoint.model
    return [
        Graph("image.onnx", Normalised(model.visual).eval(), ("pixel_values",),
              ("image_embedding",), {"image_embedding": embedding_role("image", PIXELS)}),
        Graph("text.onnx", Normalised(model.text).eval(), ("input_ids",), ("text_embedding",),
              {"text_embedding": embedding_role("text", IDS)}),
    ]
