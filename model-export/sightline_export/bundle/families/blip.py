"""BLIP: two towers, a text encoder that looks at the picture for matching, a decoder of captions.

A checkpoint has the text encoder and its heads, the decoder, or both. Read from HuggingFace's
layout, or from the published ``.pth`` files (``official.py``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional
from transformers import (
    BlipConfig,
    BlipForConditionalGeneration,
    BlipForImageTextRetrieval,
    BlipTextLMHeadModel,
    PreTrainedModel,
)

from .. import ExportError, checkpoint, preprocessor, weights
from ..checkpoint import TOKENIZER, Checkpoint
from ..graphs import IDS, MASK, PIXELS, Graph, embedding_role
from . import blip_caption, hf, official
from .cross_attention import first_state

# The official temperature is 0.07 (salesforce/BLIP, models/blip_retrieval.py); the transformers
# class does not keep the learned value.
_SCALE = 1 / 0.07
_MAX_LENGTH = 35
#: The id that BLIP adds to bert-base-uncased to begin a matched text.
_ENC = 30523
#: What the published captioners were trained to go on from (salesforce/BLIP, models/blip.py).
_PROMPT = "a picture of "


class BlipForRetrievalAndCaptions(BlipForImageTextRetrieval):
    """transformers' retrieval model with the decoder of its captioning model beside it."""

    def __init__(self, config: BlipConfig):
        super().__init__(config)
        self.text_decoder = BlipTextLMHeadModel(config.text_config)
        # Only now: the parent's constructor asks for weights that are not there yet.
        self._tied_weights_keys = BlipForConditionalGeneration._tied_weights_keys
        self.post_init()


def model_class(captions: bool, matches: bool) -> type[PreTrainedModel]:
    """Return the class of a checkpoint that has a decoder, a text encoder with its heads, or
    both."""
    if not captions:
        return BlipForImageTextRetrieval
    return BlipForRetrievalAndCaptions if matches else BlipForConditionalGeneration


class BlipImage(nn.Module):
    """pixels ``[b,3,h,w]`` to normalised embedding ``[b,d]`` and tokens ``[b,n,hidden]``."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.vision, self.project = model.vision_model, model.vision_proj

    def forward(self, pixel_values: Tensor) -> tuple[Tensor, Tensor]:
        # Not pooler_output: transformers normalises that a second time.
        tokens = self.vision(pixel_values).last_hidden_state
        return functional.normalize(self.project(tokens[:, 0]), dim=-1), tokens


class BlipTokens(nn.Module):
    """pixels ``[b,3,h,w]`` to tokens ``[b,n,hidden]``, where there are no embeddings."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.vision = model.vision_model

    def forward(self, pixel_values: Tensor) -> Tensor:
        return self.vision(pixel_values).last_hidden_state


class BlipText(nn.Module):
    """ids and mask ``[b,t]`` to normalised embedding ``[b,d]``."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.text, self.project = model.text_encoder, model.text_proj

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        hidden = self.text(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return functional.normalize(self.project(hidden[:, 0]), dim=-1)


class BlipMatching(nn.Module):
    """ids and mask ``[b,t]`` (first id ``[ENC]``), tokens ``[b,n,hidden]`` to logits ``[b,2]``."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.text, self.head = model.text_encoder, model.itm_head
        self.image_project, self.text_project = model.vision_proj, model.text_proj
        #: ``scale``, ``offset`` and ``first_token_id`` where matching refines the contrastive
        #: similarity instead of judging from nothing; published models have none.
        self.prior = getattr(model.config, "matching_prior", None)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, image_tokens: Tensor) -> Tensor:
        logits = self.head(self._state(input_ids, attention_mask, image_tokens))
        if self.prior is None:
            return logits
        first = torch.full_like(input_ids[:, :1], self.prior["first_token_id"])
        plain = self._state(torch.cat([first, input_ids[:, 1:]], 1), attention_mask)
        text = functional.normalize(self.text_project(plain), dim=-1)
        image = functional.normalize(self.image_project(image_tokens[:, 0]), dim=-1)
        half = self.prior["scale"] / 2 * ((text * image).sum(-1) - self.prior["offset"])
        return logits + torch.stack([-half, half], 1)

    def _state(self, input_ids: Tensor, attention_mask: Tensor,
               image_tokens: Tensor | None = None) -> Tensor:
        """Return the first token's state, as transformers computes it."""
        # No mask over the picture: all its tokens are there.
        return self.text(input_ids=input_ids, attention_mask=attention_mask,
                         encoder_hidden_states=image_tokens).last_hidden_state[:, 0]


class BlipQuickMatching(BlipMatching):
    """The same in fewer products.

    :param most: tokens of a text
    """

    def __init__(self, model: nn.Module, most: int):
        super().__init__(model)
        self.most = most

    def _state(self, input_ids: Tensor, attention_mask: Tensor,
               image_tokens: Tensor | None = None) -> Tensor:
        return first_state(self.text.encoder.layer, self.text.embeddings(input_ids=input_ids),
                           attention_mask, self.most, image_tokens)


def read(folder: Path, build: hf.Build = hf.pretrained) -> Checkpoint:
    """Load a folder in HuggingFace's layout, or one with a published ``.pth``.

    :param build: see ``hf.load``
    """
    side = checkpoint.sidecar(folder)
    if not (folder / "config.json").is_file() and any(folder.glob("*.pth")):
        return _read_official(folder, side)
    captions, matches = _parts(weights.names(hf.find(folder)), hf.find(folder))
    model, path = hf.load(folder, model_class(captions, matches), "blip", build)
    text = model.config.text_config
    heads = text.hidden_size // 64
    # BlipTextConfig's default of 8 heads is wrong for the published weights.
    if text.hidden_size >= 768 and text.num_attention_heads != heads:
        raise ExportError(f"[config.json] text num_attention_heads is "
                          f"[{text.num_attention_heads}], expected [{heads}] for hidden size "
                          f"[{text.hidden_size}]")
    image = preprocessor.read(folder, side)
    checkpoint.same_size(image, model.config.vision_config.image_size, preprocessor.NAME,
                         "config.json")
    return _assemble(folder, side, model, path, image, side.get("logit_scale") or _SCALE,
                     text.bos_token_id, text.sep_token_id, None)


def _parts(names: set[str], path: Path) -> tuple[bool, bool]:
    """Return whether weights have a caption decoder, and whether they have a text encoder.

    :raises ExportError: for BLIP's question answering, whose decoder reads the question's states
        where a captioner reads the picture
    """
    captions, matches = (any(name.startswith(part) for name in names)
                         for part in ("text_decoder.", "text_encoder."))
    if captions and matches and not any(name.startswith("itm_head.") for name in names):
        raise ExportError(f"[{path.name}] has [text_encoder.*] and [text_decoder.*] but no "
                          "[itm_head.*]: BLIP for questions on pictures is not supported")
    return captions, matches


def _read_official(folder: Path, side: dict[str, Any]) -> Checkpoint:
    path = official.find(folder)
    state = weights.read(path)
    captions, matches = _parts(set(state), path)
    if captions:
        official.check_captioner(state, path)
    prefix = official.encoder(state, path, "BLIP")[0] if matches or not captions else None
    vision = official.vision_config(state, side, path)
    sizes = {}
    if prefix is not None:
        dimensions = state["vision_proj.weight"].shape[0]
        sizes = {"projection_dim": dimensions, "image_text_hidden_size": dimensions}
    model = model_class(captions, matches)._from_config(BlipConfig(
        vision_config=vision,
        text_config=official.text_config(state, prefix or official.DECODER, side, path, 0),
        **sizes))

    def source(name: str) -> str:
        tower, _, rest = name.partition(".")
        if tower == "vision_model":
            return official.vision_source(rest)
        return f"{prefix}{rest}" if tower == "text_encoder" else name

    weights.load(model, state, source, path)
    return _assemble(folder, side, model.eval(), path,
                     official.image_rules(vision["image_size"], side),
                     official.logit_scale(state, side, _SCALE), None, None, _PROMPT, "blip")


def _assemble(folder: Path, side: dict[str, Any], model: nn.Module, path: Path,
              image: dict[str, Any], scale: float, caption_first: int | None,
              caption_end: int | None, prompt: str | None,
              cleaning: str = "none") -> Checkpoint:
    """Put a checkpoint together from a loaded model and the rest of its folder.

    :param caption_first: id that begins a caption, where the checkpoint says it;
        ``caption_end`` likewise
    :param prompt: what captions go on from by default
    """
    vision, text = model.config.vision_config, model.config.text_config
    captions, matches = hasattr(model, "text_decoder"), hasattr(model, "text_encoder")
    tokenizer, content = checkpoint.read_tokenizer(folder, text.vocab_size)
    words = checkpoint.text_rules(
        side, limit=text.max_position_embeddings, default_length=_MAX_LENGTH,
        pad=text.pad_token_id or 0, prompt=prompt if captions else None,
        first=first_token(side, tokenizer, text.vocab_size) if matches else None)
    decoding = None
    if captions:
        decoding = blip_caption.rules(side, words, tokenizer, text.vocab_size,
                                      first=caption_first, end=caption_end)
    return Checkpoint(
        "blip", model, path, tokenizer, content, image, words,
        dimensions=model.config.image_text_hidden_size if matches else None,
        caption=decoding,
        caption_state=(2 * text.num_hidden_layers, text.hidden_size) if captions else None,
        logit_scale=scale, vocabulary=text.vocab_size, end_id=tokenizer.encode("a").ids[-1],
        token_shape=((vision.image_size // vision.patch_size) ** 2 + 1, vision.hidden_size),
        cleaning=cleaning,
    )


def first_token(side: dict[str, Any], tokenizer: Tokenizer, vocabulary: int) -> int:
    """Return the id of ``[ENC]``, which a plain BERT tokenizer has no word for."""
    first = side.get("matching_first_token_id", tokenizer.token_to_id("[ENC]"))
    if first is None and vocabulary > _ENC:
        first = _ENC
    if first is None:
        raise ExportError(f"[{TOKENIZER}] has no [ENC] token and sightline.json names no "
                          "matching_first_token_id")
    return first


def graphs(checkpoint: Checkpoint) -> list[Graph]:
    """Image, text and matching (the image's run gives embedding and tokens) and captions, as far
    as the checkpoint has them."""
    model = checkpoint.model
    captions = ([blip_caption.graph(blip_caption.BlipCaption(model.text_decoder))]
                if checkpoint.caption else [])
    tokens = {"inputs": PIXELS, "outputs": {"tokens": "image_tokens"}}
    if checkpoint.dimensions is None:
        return [Graph("image.onnx", BlipTokens(model).eval(), ("pixel_values",),
                      ("image_tokens",), {"image_tokens": tokens}), *captions]
    return [
        Graph("image.onnx", BlipImage(model).eval(), ("pixel_values",),
              ("image_embedding", "image_tokens"),
              {"image_embedding": embedding_role("image", PIXELS),
               "image_tokens": tokens}),
        Graph("text.onnx", BlipText(model).eval(), ("input_ids", "attention_mask"),
              ("text_embedding",),
              {"text_embedding": embedding_role("text", {**IDS, **MASK})}),
        Graph("matching.onnx", BlipQuickMatching(model, checkpoint.text["max_length"]).eval(),
              ("input_ids", "attention_mask", "image_tokens"), ("logits",),
              {"matching": {"inputs": {**IDS, **MASK, "tokens": "image_tokens"},
                            "outputs": {"logits": "logits"}}}, BlipMatching(model).eval()),
        *captions,
    ]
