"""BLIP-2's first stage: queries read the picture, a text is matched together with them, and
captions are written from what they read where the checkpoint has a head for that."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import Blip2ForImageTextRetrieval

from .. import ExportError, checkpoint, preprocessor
from ..checkpoint import TOKENIZER, Checkpoint
from ..graphs import IDS, MASK, PIXELS, Graph, embedding_role
from . import blip2_caption, blip_caption, hf, lavis, official
from .cross_attention import attend, cross, unseen

# The transformers class keeps no temperature; the official one starts at 0.07.
_SCALE = 1 / 0.07
_MAX_LENGTH = 32
_PLACEHOLDER = "<image>"


class Blip2Image(nn.Module):
    """pixels ``[b,3,h,w]`` to an embedding a query ``[b,q,d]`` and tokens ``[b,n,hidden]``."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.vision, self.queries = model.vision_model, model.query_tokens
        self.qformer, self.project = model.qformer, model.vision_projection

    def forward(self, pixel_values: Tensor) -> tuple[Tensor, Tensor]:
        tokens = self.vision(pixel_values).last_hidden_state
        queries = self.queries.expand(tokens.shape[0], -1, -1)
        read = self.qformer(query_embeds=queries, encoder_hidden_states=tokens).last_hidden_state
        return functional.normalize(self.project(read), dim=-1), tokens


class Blip2Text(nn.Module):
    """ids and mask ``[b,t]`` to normalised embedding ``[b,d]``."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.embed, self.qformer = model.embeddings, model.qformer
        self.project = model.text_projection

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        states = self.qformer(query_embeds=self.embed(input_ids=input_ids), query_length=0,
                              attention_mask=attention_mask).last_hidden_state
        return functional.normalize(self.project(states[:, 0]), dim=-1)


class Blip2Matching(nn.Module):
    """ids and mask ``[b,t]``, tokens ``[b,n,hidden]`` to logits ``[b,2]``, the mean of what the
    queries say."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.embed, self.qformer = model.embeddings, model.qformer
        self.queries, self.head = model.query_tokens, model.itm_head

    def forward(self, input_ids: Tensor, attention_mask: Tensor, image_tokens: Tensor) -> Tensor:
        queries = self.queries.expand(image_tokens.shape[0], -1, -1)
        count = self.queries.shape[1]
        mask = torch.cat([torch.ones_like(queries[:, :, 0], dtype=torch.int64), attention_mask], 1)
        # Queries and text see each other, only the queries see the picture.
        states = self.qformer(
            query_embeds=self.embed(input_ids=input_ids, query_embeds=queries),
            query_length=count, attention_mask=mask, encoder_hidden_states=image_tokens,
        ).last_hidden_state
        return self.head(states[:, :count]).mean(1)


class Blip2QuickMatching(Blip2Matching):
    """The same in fewer products. In the last layer the text is only looked at."""

    def forward(self, input_ids: Tensor, attention_mask: Tensor, image_tokens: Tensor) -> Tensor:
        queries = self.queries.expand(image_tokens.shape[0], -1, -1)
        count, layers = self.queries.shape[1], self.qformer.encoder.layer
        x = self.qformer.layernorm(self.embed(input_ids=input_ids, query_embeds=queries))
        ahead = unseen(
            torch.cat([torch.ones_like(queries[:, :, 0], dtype=torch.int64), attention_mask], 1), x)
        for at, layer in enumerate(layers):
            own, states = layer.attention.attention, x
            if at == len(layers) - 1:
                x = x[:, :count]
            seen = attend(own.query(x), own.key(states), own.value(states),
                          own.num_attention_heads, ahead)
            x = layer.attention.output(seen, x)
            read, text = x[:, :count], x[:, count:]
            if layer.has_cross_attention:
                seen = cross(layer.crossattention.attention, read, image_tokens, count)
                read = layer.crossattention.output(seen, read)
            read = layer.feed_forward_chunk_query(read)
            if at < len(layers) - 1:
                x = torch.cat([read, layer.feed_forward_chunk(text)], 1)
        return self.head(read).mean(1)


def read(folder: Path) -> Checkpoint:
    """Load a folder in HuggingFace's layout, or one with LAVIS' ``.pth``."""
    side = checkpoint.sidecar(folder)
    if not (folder / "config.json").is_file() and any(folder.glob("*.pth")):
        model, path, state = lavis.load(folder, side)
        return _assemble(folder, side, model, path,
                         official.image_rules(model.config.vision_config.image_size, side),
                         official.logit_scale(state, side, _SCALE), "blip")
    model, path = hf.load(folder, Blip2ForImageTextRetrieval, "blip-2")
    image = preprocessor.read(folder, side)
    checkpoint.same_size(image, model.config.vision_config.image_size, preprocessor.NAME,
                         "config.json")
    return _assemble(folder, side, model, path, image, side.get("logit_scale") or _SCALE)


def _assemble(folder: Path, side: dict[str, Any], model: nn.Module, path: Path,
              image: dict[str, Any], scale: float, cleaning: str = "none") -> Checkpoint:
    """Put a checkpoint together from a loaded model and the rest of its folder."""
    vision, text = model.config.vision_config, model.config.qformer_config
    if not (folder / TOKENIZER).is_file():
        checkpoint.read_tokenizer(folder, text.vocab_size)
    content = without_placeholder((folder / TOKENIZER).read_bytes())
    tokenizer = checkpoint.parse_tokenizer(content, text.vocab_size)
    grid = vision.image_size // vision.patch_size
    words = checkpoint.text_rules(side, limit=text.max_position_embeddings,
                                  default_length=_MAX_LENGTH, pad=text.pad_token_id or 0)
    captions = hasattr(model, lavis.HEAD)
    return Checkpoint(
        "blip2", model, path, tokenizer, content, image, words,
        dimensions=model.config.image_text_hidden_size,
        caption=blip_caption.rules(side, words, tokenizer, text.vocab_size,
                                   defaults=blip2_caption.DEFAULTS) if captions else None,
        caption_state=(2 * text.num_hidden_layers, text.hidden_size) if captions else None,
        logit_scale=scale, cleaning=cleaning,
        vocabulary=text.vocab_size, end_id=tokenizer.encode("a").ids[-1],
        vectors_per_image=model.config.num_query_tokens,
        token_shape=(grid * grid + 1, vision.hidden_size),
    )


def without_placeholder(content: bytes) -> bytes:
    """Return ``tokenizer.json`` without ``<image>``: transformers' processor puts that in front of
    a text, the model cuts it off, and its id is none that the text encoder knows."""
    try:
        found = json.loads(content)
    except ValueError as e:
        raise ExportError(f"[{TOKENIZER}] is not JSON: {e}") from e
    added = found.get("added_tokens") or []
    kept = [token for token in added if token.get("content") != _PLACEHOLDER]
    if len(kept) == len(added):
        return content
    found["added_tokens"] = kept
    return json.dumps(found, ensure_ascii=False).encode("utf-8")


def graphs(checkpoint: Checkpoint) -> list[Graph]:
    """Image, text and matching (the image's run gives embeddings and tokens), and captions where
    the checkpoint has them."""
    model, masked = checkpoint.model, {**IDS, **MASK}
    captions = ([blip_caption.graph(blip2_caption.Blip2Caption(model))]
                if checkpoint.caption else [])
    return [
        Graph("image.onnx", Blip2Image(model).eval(), ("pixel_values",),
              ("image_embedding", "image_tokens"),
              {"image_embedding": embedding_role("image", PIXELS),
               "image_tokens": {"inputs": PIXELS, "outputs": {"tokens": "image_tokens"}}}),
        Graph("text.onnx", Blip2Text(model).eval(), ("input_ids", "attention_mask"),
              ("text_embedding",), {"text_embedding": embedding_role("text", masked)}),
        Graph("matching.onnx", Blip2QuickMatching(model).eval(),
              ("input_ids", "attention_mask", "image_tokens"), ("logits",),
              {"matching": {"inputs": {**masked, "tokens": "image_tokens"},
                            "outputs": {"logits": "logits"}}}, Blip2Matching(model).eval()),
        *captions,
    ]
