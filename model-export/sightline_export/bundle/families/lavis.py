"""LAVIS' own BLIP-2 files: EVA's vision transformer and a Q-Former inside a language model.

Loaded into ``Blip2ForImageTextRetrieval``, with the language head beside it that transformers'
class lacks. What a first training stage left frozen is not in its file: then the vision tower's
own file lies beside it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import Blip2Config, Blip2ForImageTextRetrieval
from transformers.models.blip.modeling_blip_text import BlipTextLMPredictionHead

from .. import ExportError, weights
from ..checkpoint import listing
from . import official

_BERT = "Qformer.bert."
_PREDICTIONS = "Qformer.cls.predictions."
#: The loaded model's attribute that writes captions, where the file has it.
HEAD = "language_head"
_TOWER = "visual_encoder."
_KNOWN_BY = ("query_tokens", "ln_vision.weight", f"{_BERT}embeddings.word_embeddings.weight",
             f"{_BERT}encoder.layer.0.crossattention.self.key.weight", "itm_head.weight")
#: EVA-ViT-g has heads of 88, and LAVIS reads so many of its blocks.
_HEAD_WIDTH, _DEPTH = 88, 39
#: transformers normalises with the tower's 1e-6 here.
_LAST_NORM = 1e-5
_NAMES = {"embeddings": f"{_BERT}embeddings", "vision_projection": "vision_proj",
          "text_projection": "text_proj", "qformer.layernorm": f"{_BERT}embeddings.LayerNorm",
          "vision_model.post_layernorm": "ln_vision"}


def load(folder: Path, side: dict[str, Any]
         ) -> tuple[Blip2ForImageTextRetrieval, Path, dict[str, Tensor]]:
    """Load a folder with LAVIS' ``.pth``.

    :param side: the sidecar
    :return: the model in float32, the file and what it holds
    :raises ExportError: when weights are missing or of something else
    """
    path, state = _read(folder)
    model = Blip2ForImageTextRetrieval._from_config(_config(state, side, path),
                                                    attn_implementation="eager")
    weights.load(model, state, source, path)
    model.vision_model.post_layernorm.eps = _LAST_NORM
    if any(key.startswith(_PREDICTIONS) for key in state):
        setattr(model, HEAD, _head(model, state, path))
    return model.eval(), path, state


def _head(model: Blip2ForImageTextRetrieval, state: dict[str, Tensor],
          path: Path) -> BlipTextLMPredictionHead:
    """Return what makes logits of a text's states."""
    head = BlipTextLMPredictionHead(model.config.qformer_config)
    # The last layer's own is the one that is added; LAVIS has it under both names.
    del head.bias
    weights.load(head, state, lambda name: _PREDICTIONS + name, path)
    words = model.embeddings.word_embeddings
    if torch.equal(head.decoder.weight, words.weight):
        # Stored once, as LAVIS holds it.
        head.decoder.weight = words.weight
    return head


def _read(folder: Path) -> tuple[Path, dict[str, Tensor]]:
    files = {path: weights.read(path) for path in sorted(folder.glob("*.pth"))}
    whole = [path for path, state in files.items() if "query_tokens" in state]
    if len(whole) != 1:
        raise ExportError(f"[{folder.name}] must have one .pth file with [query_tokens], got "
                          f"{len(whole)}: {listing(folder)}")
    path = whole[0]
    state = files.pop(path)
    weights.require(state, _KNOWN_BY, path, "BLIP-2")
    if not any(key.startswith(_TOWER) for key in state):
        state |= _tower(path, files)
    weights.missing({f"{_TOWER}{name}" for name in (
        "patch_embed.proj.weight", "pos_embed", "blocks.0.mlp.fc1.weight")} - state.keys(), path)
    for at in range(weights.layers(state, f"{_TOWER}blocks.")):
        prefix = f"{_TOWER}blocks.{at}.attn."
        weights.missing({f"{prefix}{name}" for name in ("q_bias", "v_bias")} - state.keys(), path)
        query, value = state[f"{prefix}q_bias"], state[f"{prefix}v_bias"]
        # keys have no bias
        state[f"{prefix}qkv.bias"] = torch.cat([query, torch.zeros_like(query), value])
    return path, state


def _tower(path: Path, others: dict[Path, dict[str, Tensor]]) -> dict[str, Tensor]:
    """Return the vision tower of its own file, as far as LAVIS reads it."""
    for state in others.values():
        if "patch_embed.proj.weight" in state:
            return {f"{_TOWER}{key}": value for key, value in state.items()
                    if not key.startswith("blocks.") or int(key.split(".")[1]) < _DEPTH}
    raise ExportError(f"[{path.name}] has no [{_TOWER}*]: LAVIS leaves a frozen vision tower out; "
                      "put the tower's own .pth beside it")


def _config(state: dict[str, Tensor], side: dict[str, Any], path: Path) -> Blip2Config:
    vision = official.vision_config(state, side, path, _HEAD_WIDTH)
    words, positions = (state[f"{_BERT}embeddings.{name}_embeddings.weight"].shape
                        for name in ("word", "position"))
    looking = sorted(int(key.removeprefix(f"{_BERT}encoder.layer.").split(".")[0])
                     for key in state if key.endswith(".crossattention.self.key.weight"))
    layers = weights.layers(state, f"{_BERT}encoder.layer.")
    every = looking[1] - looking[0] if len(looking) > 1 else layers
    if looking != list(range(0, layers, every)):
        raise ExportError(f"[{path.name}] has cross-attention in layers {looking}, supported is "
                          "every layer of a fixed distance from the first on")
    middle = state[f"{_BERT}encoder.layer.0.intermediate.dense.weight"].shape[0]
    return Blip2Config(
        vision_config={**vision, "qkv_bias": True},
        qformer_config={
            "vocab_size": words[0], "hidden_size": words[1], "num_hidden_layers": layers,
            "num_attention_heads": official.heads(side, "text_attention_heads", words[1]),
            "intermediate_size": middle, "max_position_embeddings": positions[0],
            "encoder_hidden_size": vision["hidden_size"], "cross_attention_frequency": every,
            "use_qformer_text_input": True, "layer_norm_eps": 1e-12, "pad_token_id": 0,
            "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0},
        num_query_tokens=state["query_tokens"].shape[1],
        image_text_hidden_size=state["vision_proj.weight"].shape[0])


def source(name: str) -> str:
    """Return LAVIS' name of a weight of ``Blip2ForImageTextRetrieval``."""
    for own, theirs in _NAMES.items():
        if name.startswith(f"{own}."):
            return theirs + name.removeprefix(own)
    if name.startswith("vision_model."):
        return official.vision_source(name.removeprefix("vision_model."))
    if name.startswith("qformer."):
        rest = name.removeprefix("qformer.")
        return _BERT + rest.replace("ttention.attention.", "ttention.self.")
    return name
