"""ALBEF: the first text layers see only the text, the rest fuse it with the picture.

The first layers' states are what the contrastive embedding is read from and what the fusing
layers start with: the bundle gives them as ``text_features``, run once a query.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import BlipTextConfig, BlipVisionConfig
from transformers.models.blip.modeling_blip import BlipVisionModel
from transformers.models.blip.modeling_blip_text import BlipTextModel

from .. import ExportError, checkpoint, weights
from ..checkpoint import Checkpoint
from ..graphs import IDS, MASK, PIXELS, Graph, embedding_role
from . import official
from .blip import BlipImage
from .cross_attention import first_state

_SCALE = 1 / 0.07
_MAX_LENGTH = 30


class Albef(nn.Module):
    """ALBEF's parts as transformers' BLIP classes."""

    def __init__(self, vision: dict[str, Any], text: dict[str, Any], fusion: int, dimensions: int):
        super().__init__()
        self.vision_model = BlipVisionModel._from_config(BlipVisionConfig(**vision))
        alone = {**text, "num_hidden_layers": fusion, "is_decoder": False}
        fused = {**text, "num_hidden_layers": text["num_hidden_layers"] - fusion}
        self.text_encoder = BlipTextModel(BlipTextConfig(**alone), add_pooling_layer=False)
        self.fusion = BlipTextModel(BlipTextConfig(**fused), add_pooling_layer=False)
        # It starts from the first half's states.
        self.fusion.embeddings = nn.Identity()
        self.vision_proj = nn.Linear(vision["hidden_size"], dimensions)
        self.text_proj = nn.Linear(text["hidden_size"], dimensions)
        self.itm_head = nn.Linear(text["hidden_size"], 2)


class AlbefText(nn.Module):
    """ids and mask ``[b,t]`` to normalised embedding ``[b,d]`` and features ``[b,t,hidden]``."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.text, self.project = model.text_encoder, model.text_proj

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
        states = self.text(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return functional.normalize(self.project(states[:, 0]), dim=-1), states


class AlbefMatching(nn.Module):
    """features ``[b,t,hidden]``, mask ``[b,t]``, tokens ``[b,n,hidden]`` to logits ``[b,2]``."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.fusion, self.head = model.fusion, model.itm_head

    def forward(self, text_features: Tensor, attention_mask: Tensor,
                image_tokens: Tensor) -> Tensor:
        states = self.fusion(encoder_embeds=text_features, attention_mask=attention_mask,
                             encoder_hidden_states=image_tokens).last_hidden_state
        return self.head(states[:, 0])


class AlbefQuickMatching(AlbefMatching):
    """The same in fewer products.

    :param most: tokens of a text
    """

    def __init__(self, model: nn.Module, most: int):
        super().__init__(model)
        self.most = most

    def forward(self, text_features: Tensor, attention_mask: Tensor,
                image_tokens: Tensor) -> Tensor:
        return self.head(first_state(self.fusion.encoder.layer, text_features, attention_mask,
                                     self.most, image_tokens))


def read(folder: Path) -> Checkpoint:
    """Load a folder with a published ``.pth`` and ``tokenizer.json``."""
    side = checkpoint.sidecar(folder)
    path = official.find(folder)
    state, prefix, fusion = official.read(path, "ALBEF")
    vision = official.vision_config(state, side, path)
    text = official.text_config(state, prefix, side, path, fusion)
    dimensions = state["vision_proj.weight"].shape[0]
    model = Albef(vision, text, fusion, dimensions)

    def source(name: str) -> str:
        tower, _, rest = name.partition(".")
        if tower == "vision_model":
            return official.vision_source(rest)
        if tower == "fusion":
            layer, _, part = rest.removeprefix("encoder.layer.").partition(".")
            return f"{prefix}encoder.layer.{int(layer) + fusion}.{part}"
        return prefix + rest if tower == "text_encoder" else name

    weights.load(model, state, source, path)
    _fold_token_types(model, state, f"{prefix}embeddings.token_type_embeddings.weight", path)
    tokenizer, content = checkpoint.read_tokenizer(folder, text["vocab_size"])
    grid = vision["image_size"] // vision["patch_size"]
    return Checkpoint(
        "albef", model.eval(), path, tokenizer, content,
        official.image_rules(vision["image_size"], side),
        checkpoint.text_rules(side, limit=text["max_position_embeddings"],
                              default_length=_MAX_LENGTH, pad=0),
        dimensions=dimensions, logit_scale=official.logit_scale(state, side, _SCALE),
        vocabulary=text["vocab_size"], end_id=tokenizer.encode("a").ids[-1],
        token_shape=(grid * grid + 1, vision["hidden_size"]), feature_width=text["hidden_size"],
        cleaning="albef",
    )


def _fold_token_types(model: Albef, state: dict[str, Tensor], key: str, path: Path) -> None:
    """Add the first token type, which every text has, to the positions: BLIP's text encoder, which
    computes the rest, has no token types."""
    weights.missing({key} - state.keys(), path)
    weights.finite([(key, state[key])], path)
    positions = model.text_encoder.embeddings.position_embeddings.weight
    if state[key].shape[1] != positions.shape[1]:
        raise ExportError(f"[{path.name}] [{key}] has shape {list(state[key].shape)}, expected "
                          f"width [{positions.shape[1]}]")
    with torch.no_grad():
        positions += state[key][0].float()


def graphs(checkpoint: Checkpoint) -> list[Graph]:
    """Image (embedding and tokens), text (embedding and features), and matching of features."""
    model = checkpoint.model
    masked = {**IDS, **MASK}
    return [
        Graph("image.onnx", BlipImage(model).eval(), ("pixel_values",),
              ("image_embedding", "image_tokens"),
              {"image_embedding": embedding_role("image", PIXELS),
               "image_tokens": {"inputs": PIXELS, "outputs": {"tokens": "image_tokens"}}}),
        Graph("text.onnx", AlbefText(model).eval(), ("input_ids", "attention_mask"),
              ("text_embedding", "text_features"),
              {"text_embedding": embedding_role("text", masked),
               "text_features": {"inputs": masked, "outputs": {"features": "text_features"}}}),
        Graph("matching.onnx", AlbefQuickMatching(model, checkpoint.text["max_length"]).eval(),
              ("text_features", "attention_mask", "image_tokens"), ("logits",),
              {"matching": {"inputs": {"features": "text_features", **MASK,
                                       "tokens": "image_tokens"},
                            "outputs": {"logits": "logits"}}}, AlbefMatching(model).eval()),
    ]
