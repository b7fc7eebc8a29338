"""The two architectures, as transformers classes, and their training-time forward passes."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import BlipConfig, BlipForImageTextRetrieval, CLIPConfig, CLIPModel

from .. import stem
from ..tokenizer import CLS, ENC, MAX_LENGTH, PAD, SEP

IMAGE_SIZE = 64
PATCH = 8


def clip(vocabulary: int, width: int, layers: int, text_width: int, text_layers: int,
         dimensions: int) -> CLIPModel:
    """Return a CLIP with random weights; its text is pooled at the first ``[SEP]``."""
    config = CLIPConfig(
        text_config={
            "vocab_size": vocabulary, "hidden_size": text_width,
            "intermediate_size": 4 * text_width, "num_hidden_layers": text_layers,
            "num_attention_heads": text_width // 32, "max_position_embeddings": MAX_LENGTH,
            "hidden_act": "gelu", "bos_token_id": CLS, "eos_token_id": SEP, "pad_token_id": PAD,
        },
        vision_config={
            "hidden_size": width, "intermediate_size": 4 * width, "num_hidden_layers": layers,
            "num_attention_heads": width // 32, "image_size": IMAGE_SIZE, "patch_size": PATCH,
            "hidden_act": "gelu",
        },
        projection_dim=dimensions,
    )
    return CLIPModel(config)


def blip(vocabulary: int, width: int, layers: int, text_width: int, text_layers: int,
         dimensions: int) -> BlipForImageTextRetrieval:
    """Return a BLIP for retrieval and matching with random weights."""
    config = BlipConfig(
        text_config={
            "vocab_size": vocabulary, "hidden_size": text_width, "encoder_hidden_size": width,
            "intermediate_size": 4 * text_width, "num_hidden_layers": text_layers,
            "num_attention_heads": text_width // 32, "max_position_embeddings": MAX_LENGTH,
            "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0,
            "bos_token_id": CLS, "eos_token_id": SEP, "sep_token_id": SEP, "pad_token_id": PAD,
            "projection_dim": dimensions,
        },
        vision_config={
            "hidden_size": width, "intermediate_size": 4 * width, "num_hidden_layers": layers,
            "num_attention_heads": width // 32, "image_size": IMAGE_SIZE, "patch_size": PATCH,
        },
        projection_dim=dimensions, image_text_hidden_size=dimensions,
    )
    return BlipForImageTextRetrieval(config)


def new(family: str, vocabulary: int, *, width: int, layers: int, stem_channels: int,
        text_width: int, text_layers: int,
        dimensions: int) -> CLIPModel | BlipForImageTextRetrieval:
    """Return a model of a family with a convolutional stem."""
    make = clip if family == "clip" else blip
    model = make(vocabulary, width, layers, text_width, text_layers, dimensions)
    stem.put(model, stem_channels)
    return model


def _drop(hidden: Tensor, keep: float) -> Tensor:
    """Keep the class token and a random share of the patch tokens (FLIP, arXiv 2212.00794)."""
    if keep >= 1.0:
        return hidden
    batch, tokens, _ = hidden.shape
    kept = max(1, round((tokens - 1) * keep))
    order = torch.rand(batch, tokens - 1).argsort(1)[:, :kept] + 1
    order = torch.cat([torch.zeros(batch, 1, dtype=order.dtype), order], 1)
    return hidden.gather(1, order.unsqueeze(-1).expand(-1, -1, hidden.shape[-1]))


def similarity_logits(cosine: Tensor, prior: dict[str, float]) -> Tensor:
    """Return logits ``[b, 2]`` that a contrastive similarity alone gives.

    :param cosine: ``[b]``
    :param prior: ``scale`` and ``offset``; the margin is ``scale * (cosine - offset)``
    """
    half = prior["scale"] / 2 * (cosine - prior["offset"])
    return torch.stack([-half, half], 1)


class Tower(nn.Module):
    """What training needs of either family: image, text and match forward passes."""

    def __init__(self, model: CLIPModel | BlipForImageTextRetrieval):
        super().__init__()
        self.model = model
        self.is_clip = isinstance(model, CLIPModel)
        if self.is_clip:
            self.scale = model.logit_scale
        else:
            self.scale = nn.Parameter(torch.tensor(2.6592))

    def image(self, pixels: Tensor, keep: float = 1.0) -> tuple[Tensor, Tensor]:
        """Return embeddings ``[b, d]`` (normalised) and tokens ``[b, n, hidden]``.

        :param pixels: ``[b, 3, 64, 64]``, normalised
        :param keep: share of patch tokens that is kept, in (0, 1]
        """
        vision = self.model.vision_model
        hidden = _drop(vision.embeddings(pixels), keep)
        if self.is_clip:
            # pre_layrnorm: transformers' own spelling.
            hidden = vision.encoder(inputs_embeds=vision.pre_layrnorm(hidden)).last_hidden_state
            first = self.model.visual_projection(vision.post_layernorm(hidden[:, 0]))
        else:
            hidden = vision.post_layernorm(vision.encoder(inputs_embeds=hidden).last_hidden_state)
            first = self.model.vision_proj(hidden[:, 0])
        return functional.normalize(first, dim=-1), hidden

    def text(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return normalised text embeddings ``[b, d]`` of ids and mask ``[b, t]``."""
        if self.is_clip:
            pooled = self.model.text_model(input_ids=ids, attention_mask=mask).pooler_output
            out = self.model.text_projection(pooled)
        else:
            hidden = self.model.text_encoder(input_ids=ids, attention_mask=mask)
            out = self.model.text_proj(hidden.last_hidden_state[:, 0])
        return functional.normalize(out, dim=-1)

    def match(self, ids: Tensor, mask: Tensor, tokens: Tensor,
              cosine: Tensor | None = None) -> Tensor:
        """Return matching logits ``[b, 2]`` of ids ``[b, t]`` and tokens ``[b, n, hidden]``.

        :param cosine: contrastive similarity of the pairs ``[b]``, for a model whose matching
            refines it
        """
        first = torch.full_like(ids[:, :1], ENC)
        hidden = self.model.text_encoder(
            input_ids=torch.cat([first, ids[:, 1:]], 1), attention_mask=mask,
            encoder_hidden_states=tokens,
        )
        logits = self.model.itm_head(hidden.last_hidden_state[:, 0])
        prior = self.model.config.to_dict().get("matching_prior")
        if prior is None or cosine is None:
            return logits
        return logits + similarity_logits(cosine, prior)
