"""SigLIP 2 that reads pictures of any shape (NaFlex), with a fixed number of patches.

A picture keeps its aspect ratio: it is resized to at most so many patches, and the positions are
interpolated to its rows and columns. The graph reads a sheet of patches (``preprocessor.sheet``).
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from .. import ExportError, preprocessor
from .cross_attention import attend

#: transformers' own, where a preprocessor config says nothing.
_PATCHES = 256
_MOST_PATCHES = 4096


class NaflexImage(nn.Module):
    """A sheet of patches ``[b,3,h,w]`` to normalised embedding ``[b,d]``.

    :param model: transformers' ``Siglip2Model``
    :param image: the manifest's ``image`` object
    """

    mean: Tensor
    std: Tensor
    stretched: Tensor

    def __init__(self, model: nn.Module, image: dict[str, Any]):
        super().__init__()
        self.vision = model.vision_model
        self.size, self.count = image["patches"]["size"], image["patches"]["count"]
        self.register_buffer("mean", torch.tensor(image["mean"]).view(3, 1))
        self.register_buffer("std", torch.tensor(image["std"]).view(3, 1))
        positions = self.vision.embeddings.position_embedding.weight
        self.register_buffer("stretched", stretched(math.isqrt(len(positions)), self.count))

    def forward(self, pixel_values: Tensor) -> Tensor:
        rows, columns = self._shape(pixel_values)
        pieces = pixel_values.unflatten(3, (-1, self.size)).unflatten(2, (-1, self.size))
        # The sheet's rows and columns, then height, width and channels of a patch.
        patches = pieces.permute(0, 2, 4, 3, 5, 1).flatten(3).flatten(1, 2)[:, :self.count]
        x = self.vision.embeddings.patch_embedding(patches) + self._positions(rows, columns)
        hidden = torch.arange(self.count) >= rows * columns
        ahead = hidden.to(x.dtype)[:, None, None] * torch.finfo(x.dtype).min
        for layer in self.vision.encoder.layers:
            own, y = layer.self_attn, layer.layer_norm1(x)
            seen = attend(own.q_proj(y), own.k_proj(y), own.v_proj(y), own.num_heads, ahead)
            x = x + own.out_proj(seen)
            x = x + layer.mlp(layer.layer_norm2(x))
        return functional.normalize(self._pooled(self.vision.post_layernorm(x), ahead), dim=-1)

    def _shape(self, pixel_values: Tensor) -> tuple[Tensor, Tensor]:
        """Return rows and columns of each picture, ``[b,1]`` each, which the sheet tells."""
        told = pixel_values[:, :, -self.size, :2] * self.std + self.mean
        told = (told * 255).round()
        numbers = (told[:, 0] + 256 * told[:, 1] + 1).to(torch.int64)
        return numbers[:, :1], numbers[:, 1:]

    def _positions(self, rows: Tensor, columns: Tensor) -> Tensor:
        """Return a position for each patch, ``[b,count,w]``, interpolated in both directions."""
        at = torch.arange(self.count)
        down = self.stretched[rows, torch.minimum(at // columns, rows - 1)]
        right = self.stretched[columns, at % columns]
        shares = (down[..., None] * right[..., None, :]).flatten(2)
        return shares @ self.vision.embeddings.position_embedding.weight

    def _pooled(self, x: Tensor, ahead: Tensor) -> Tensor:
        head = self.vision.head
        own, width = head.attention, x.shape[-1]
        query, keys, values = (
            functional.linear(states, own.in_proj_weight[part:part + width],
                              own.in_proj_bias[part:part + width])
            for states, part in zip((head.probe.expand(x.shape[0], -1, -1), x, x),
                                    (0, width, 2 * width), strict=True))
        y = own.out_proj(attend(query, keys, values, own.num_heads, ahead))
        return (y + head.mlp(head.layernorm(y)))[:, 0]


class NaflexReference(nn.Module):
    """The same as transformers computes it, of the patches that the sheet holds."""

    def __init__(self, own: NaflexImage):
        super().__init__()
        self.own = own
        embeddings = own.vision.embeddings
        resize = type(embeddings).resize_positional_embeddings

        def resized(positions: Tensor, shapes: Tensor, max_length: int) -> Tensor:
            """Interpolate to one column as to one row: torch 2.13 does the former wrongly."""
            return torch.cat([
                resize(positions.transpose(0, 1), shape.flip(1), max_length)
                if shape[0, 1] == 1 else resize(positions, shape, max_length)
                for shape in shapes.split(1)])

        embeddings.resize_positional_embeddings = resized

    def forward(self, pixel_values: Tensor) -> Tensor:
        size, count = self.own.size, self.own.count
        shape = torch.cat(self.own._shape(pixel_values), 1)
        pieces = functional.unfold(pixel_values, size, stride=size)[:, :, :count]
        patches = pieces.unflatten(1, (3, -1)).permute(0, 3, 2, 1).flatten(2)
        mask = (torch.arange(count) < shape.prod(1, keepdim=True)).long()
        patches = patches * mask[..., None]
        found = self.own.vision(patches, mask, shape).pooler_output
        return functional.normalize(found, dim=-1)


def stretched(side: int, most: int) -> Tensor:
    """Return how much each of ``side`` positions has of each place along a side of ``n`` patches,
    ``[most + 1, most, side]``: torch's interpolation with antialiasing, which takes the two
    directions one after the other."""
    table = torch.zeros(most + 1, most, side)
    # Of two columns: torch 2.13 interpolates a single one wrongly.
    basis = torch.eye(side)[None, :, :, None].expand(-1, -1, -1, 2)
    for count in range(1, most + 1):
        found = functional.interpolate(basis, size=(count, 2), mode="bilinear",
                                       align_corners=False, antialias=True)
        table[count, :count] = found[0, :, :, 0].T
    return table


def image_rules(folder: Path, side: dict[str, Any], patch: int) -> dict[str, Any]:
    """Return the manifest's ``image`` object of a folder.

    :param side: the sidecar, which may say ``max_num_patches``
    :param patch: size of a patch that the model reads
    """
    config = preprocessor.config(folder)
    if config.get("patch_size", patch) != patch:
        raise ExportError(f"[{preprocessor.NAME}] patch_size is [{config['patch_size']}], the "
                          f"model reads patches of [{patch}]")
    count = side.get("max_num_patches", config.get("max_num_patches", _PATCHES))
    if not isinstance(count, int) or not 1 <= count <= _MOST_PATCHES:
        raise ExportError(f"[max_num_patches] must be in [1, {_MOST_PATCHES}], got [{count}]")
    across = math.isqrt(count - 1) + 1
    sheet = {"height": patch * (-(-count // across) + 1), "width": patch * across}
    rules = preprocessor.image_rules({"resample": 2, **config, "size": sheet,
                                      "do_center_crop": False})
    return preprocessor.with_transparency(
        {**rules, "resize": "patches", "patches": {"size": patch, "count": count}}, side)
