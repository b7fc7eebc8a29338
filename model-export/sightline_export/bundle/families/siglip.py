"""SigLIP and SigLIP 2 with a fixed resolution (both are transformers' ``SiglipModel``), and SigLIP
2 of any shape (``Siglip2Model``)."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, normalizers
from torch import Tensor, nn
from torch.nn import functional
from transformers import Siglip2Model, SiglipModel

from .. import ExportError, checkpoint, preprocessor
from ..checkpoint import GEMMA, TOKENIZER, TOKENIZER_CONFIG, Checkpoint
from ..graphs import IDS, PIXELS, Graph, embedding_role
from . import hf, naflex

#: Its words, where a folder does not name the class. SigLIP 1 has 32,000 or 250,000.
_GEMMA_WORDS = 256_000


class SiglipImage(nn.Module):
    """pixels ``[b,3,h,w]`` to normalised embedding ``[b,d]``."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.vision = model.vision_model

    def forward(self, pixel_values: Tensor) -> Tensor:
        return functional.normalize(self.vision(pixel_values).pooler_output, dim=-1)


class SiglipText(nn.Module):
    """ids ``[b,t]``, padded to the full length, to normalised embedding ``[b,d]``.

    No mask, and the last position is read: the model was trained so, and a text of another
    length gives another embedding.
    """

    def __init__(self, model: nn.Module):
        super().__init__()
        self.text = model.text_model

    def forward(self, input_ids: Tensor) -> Tensor:
        return functional.normalize(self.text(input_ids=input_ids).pooler_output, dim=-1)


def read(folder: Path) -> Checkpoint:
    """Load a folder in HuggingFace's layout."""
    side = checkpoint.sidecar(folder)
    any_shape = checkpoint.read_json(folder, "config.json").get("model_type") == "siglip2"
    model, path = (hf.load(folder, Siglip2Model, "siglip2") if any_shape
                   else hf.load(folder, SiglipModel, "siglip"))
    vision, text = model.config.vision_config, model.config.text_config
    if not getattr(model.vision_model, "use_head", True):
        raise ExportError("[config.json] vision_use_head is [False], the embedding needs the head")
    if any_shape:
        image = naflex.image_rules(folder, side, vision.patch_size)
    else:
        image = preprocessor.read(folder, side)
        checkpoint.same_size(image, vision.image_size, preprocessor.NAME, "config.json")
    tokenizer, content = checkpoint.read_tokenizer(folder, text.vocab_size)
    cleaning = published_rules(tokenizer, checkpoint.optional_json(folder, TOKENIZER_CONFIG),
                               text.vocab_size)
    limit = text.max_position_embeddings
    return Checkpoint(
        "siglip", model, path, tokenizer, content, image,
        checkpoint.text_rules(side, limit=limit, default_length=limit, padding="max_length",
                              pad=checkpoint.pad_id(folder, side, tokenizer, content)),
        dimensions=text.projection_size,
        logit_scale=side.get("logit_scale") or math.exp(float(model.logit_scale.detach())),
        logit_bias=float(model.logit_bias.detach()),
        vocabulary=text.vocab_size, end_id=tokenizer.encode("a").ids[-1], cleaning=cleaning,
    )


def published_rules(tokenizer: Tokenizer, settings: dict[str, Any], words: int) -> str:
    """Return the cleaning that texts need beyond the rules of ``tokenizer.json``, a key of
    ``cleaning.STEPS``; the tokenizer is changed to do it.

    SigLIP 2 was trained on small letters. Published files keep capitals, and so does the class that
    most of them name; ``Siglip2Tokenizer`` puts lower-casing in front of the file's rules.
    ``SiglipTokenizer`` reads ``spiece.model``, lower-cases and drops punctuation in Python: a
    ``tokenizer.json`` beside it must do the same.

    :param settings: ``tokenizer_config.json``
    :param words: size of the vocabulary
    """
    name = settings.get("tokenizer_class")
    gemma = name in GEMMA or (name is None and words == _GEMMA_WORDS)
    if gemma and _ids(tokenizer, "Red HEART") != _ids(tokenizer, "red heart"):
        own = [tokenizer.normalizer] if tokenizer.normalizer else []
        tokenizer.normalizer = normalizers.Sequence([normalizers.Lowercase(), *own])
        return "lower"
    if name == "SiglipTokenizer":
        plain = "red heart" if settings.get("do_lower_case", True) else "Red HEART"
        if _ids(tokenizer, "Red, HEART!") != _ids(tokenizer, plain):
            raise ExportError(f"[{TOKENIZER}] keeps capitals or punctuation, which "
                              f"[{TOKENIZER_CONFIG}]'s "
                              "[SiglipTokenizer] removes")
    return "none"


def _ids(tokenizer: Tokenizer, text: str) -> list[int]:
    return tokenizer.encode(text).ids


def graphs(checkpoint: Checkpoint) -> list[Graph]:
    """One graph a tower."""
    model = checkpoint.model
    image: nn.Module = SiglipImage(model)
    reference = None
    if checkpoint.image["resize"] == "patches":
        image = naflex.NaflexImage(model, checkpoint.image)
        reference = naflex.NaflexReference(image).eval()
    return [
        Graph("image.onnx", image.eval(), ("pixel_values",), ("image_embedding",),
              {"image_embedding": embedding_role("image", PIXELS)}, reference),
        Graph("text.onnx", SiglipText(model).eval(), ("input_ids",), ("text_embedding",),
              {"text_embedding": embedding_role("text", IDS)}),
    ]
