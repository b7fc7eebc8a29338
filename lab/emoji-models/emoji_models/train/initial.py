"""Positions for the start of the vision tower."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from transformers import CLIPModel

from .models import IMAGE_SIZE, PATCH


def positions(width: int, deviation: float = 0.4) -> Tensor:
    """Return sine-cosine position embeddings ``[65, width]``; row 0, the class token's, is zero."""
    side = IMAGE_SIZE // PATCH
    quarter = width // 4
    rates = torch.exp(torch.arange(quarter) * (-math.log(100.0) / quarter)) * math.pi / 2
    y, x = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    parts = [f(axis.flatten().float().view(-1, 1) * rates)
             for axis in (x, y) for f in (torch.sin, torch.cos)]
    grid = torch.cat(parts, 1) * deviation * math.sqrt(2)
    # Mixed over all dimensions, so that no feature shares a dimension with one frequency only.
    generator = torch.Generator().manual_seed(0)
    mix = torch.linalg.qr(torch.randn(4 * quarter, 4 * quarter, generator=generator)).Q
    out = torch.zeros(side * side + 1, width)
    out[1:, :4 * quarter] = grid @ mix
    return out


@torch.no_grad()
def vision(model: nn.Module) -> None:
    """Set the positions of either family's vision tower."""
    embeddings = model.vision_model.embeddings
    place = positions(model.config.vision_config.hidden_size)
    if isinstance(model, CLIPModel):
        embeddings.position_embedding.weight.copy_(place)
    else:
        embeddings.position_embedding.copy_(place.unsqueeze(0))
    embeddings.class_embedding.normal_(0, 0.4)
