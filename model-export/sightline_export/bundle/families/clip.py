"""CLIP: two towers and nothing between them."""

from __future__ import annotations

import math
from pathlib import Path

from torch import Tensor, nn
from torch.nn import functional
from transformers import CLIPModel

from .. import checkpoint, preprocessor
from ..checkpoint import Checkpoint
from ..graphs import IDS, PIXELS, Graph, embedding_role
from . import hf


class ClipImage(nn.Module):
    """pixels ``[b,3,h,w]`` to normalised embedding ``[b,d]``."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.vision, self.project = model.vision_model, model.visual_projection

    def forward(self, pixel_values: Tensor) -> Tensor:
        return functional.normalize(self.project(self.vision(pixel_values).pooler_output), dim=-1)


class ClipText(nn.Module):
    """ids ``[b,t]`` to normalised embedding ``[b,d]``.

    No mask: attention is causal and the text is pooled at its first end token, so padding after
    it changes nothing.
    """

    def __init__(self, model: nn.Module):
        super().__init__()
        self.text, self.project = model.text_model, model.text_projection

    def forward(self, input_ids: Tensor) -> Tensor:
        pooled = self.text(input_ids=input_ids).pooler_output
        return functional.normalize(self.project(pooled), dim=-1)


def read(folder: Path, build: hf.Build = hf.pretrained) -> Checkpoint:
    """Load a folder in HuggingFace's layout.

    :param build: see ``hf.load``
    """
    side = checkpoint.sidecar(folder)
    model, path = hf.load(folder, CLIPModel, "clip", build)
    image = preprocessor.read(folder, side)
    text = model.config.text_config
    checkpoint.same_size(image, model.config.vision_config.image_size, preprocessor.NAME,
                         "config.json")
    tokenizer, content = checkpoint.read_tokenizer(folder, text.vocab_size)
    limit = text.max_position_embeddings
    return Checkpoint(
        "clip", model, path, tokenizer, content, image,
        checkpoint.text_rules(side, limit=limit, default_length=limit,
                              pad=text.pad_token_id or 0),
        dimensions=model.config.projection_dim,
        logit_scale=side.get("logit_scale") or math.exp(float(model.logit_scale.detach())),
        vocabulary=text.vocab_size, end_id=text.eos_token_id or 0,
    )


def graphs(checkpoint: Checkpoint) -> list[Graph]:
    """One graph a tower."""
    model = checkpoint.model
    return [
        Graph("image.onnx", ClipImage(model).eval(), ("pixel_values",), ("image_embedding",),
              {"image_embedding": embedding_role("image", PIXELS)}),
        Graph("text.onnx", ClipText(model).eval(), ("input_ids",), ("text_embedding",),
              {"text_embedding": embedding_role("text", IDS)}),
    ]
