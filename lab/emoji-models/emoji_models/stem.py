"""A convolutional patch embedding for small vision transformers.

Transformers learn their first layers slowly from few pictures; a small convolutional stem in
place of the single patch convolution learns them quickly (Xiao et al., "Early Convolutions Help
Transformers See Better", arXiv 2106.14881). It replaces ``patch_embedding`` of transformers' CLIP
and BLIP classes; ``stem_channels`` in the checkpoint's ``vision_config`` says that it is there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import PreTrainedModel


def _conv(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs)
    )


class Residual(nn.Module):
    """Two 3x3 convolutions around a shortcut; ``[b, c, h, w]`` to the same shape."""

    def __init__(self, channels: int):
        super().__init__()
        self.first, self.second = _conv(channels, channels), _conv(channels, channels)
        # The block starts as the identity.
        nn.init.zeros_(self.second[1].weight)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.second(torch.relu(self.first(x))))


class Stem(nn.Module):
    """Pixels ``[b, 3, h, w]`` to patch features ``[b, width, h/8, w/8]``."""

    def __init__(self, channels: int, width: int):
        super().__init__()
        c = channels
        self.layers = nn.Sequential(
            _conv(3, c, 2), nn.ReLU(), _conv(c, 2 * c, 2), nn.ReLU(), Residual(2 * c),
            _conv(2 * c, 4 * c, 2), nn.ReLU(), Residual(4 * c), nn.Conv2d(4 * c, width, 1),
        )

    @property
    def weight(self) -> Tensor:
        """The last convolution's weight: transformers asks it for the number type."""
        return self.layers[-1].weight

    def forward(self, pixels: Tensor) -> Tensor:
        return self.layers(pixels.contiguous(memory_format=torch.channels_last)).contiguous()


def put(model: nn.Module, channels: int) -> None:
    """Replace the patch convolution of a CLIP or BLIP by a stem and note it in the config."""
    config = model.config.vision_config
    if config.patch_size != 8:
        raise ValueError(f"[patch_size] must be 8 for a stem, got [{config.patch_size}]")
    model.vision_model.embeddings.patch_embedding = Stem(channels, config.hidden_size)
    if hasattr(model.vision_model, "pre_layrnorm"):
        # CLIP's extra normalisation steadies a bare patch convolution; after a stem it only
        # keeps the two families' vision weights from being exchanged.
        model.vision_model.pre_layrnorm = nn.Identity()
    config.stem_channels = channels


def load(kind: type[PreTrainedModel], folder: Path,
         **options: Any) -> tuple[PreTrainedModel, list[str]]:
    """Load a checkpoint with a stem.

    :param kind: transformers class
    :param options: for ``from_pretrained``
    :return: the model, and the names of weights that the checkpoint lacks
    :raises ValueError: when the checkpoint has no stem
    """
    config = kind.config_class.from_pretrained(folder)
    channels = getattr(config.vision_config, "stem_channels", None)
    if channels is None:
        raise ValueError("vision_config has no [stem_channels]")
    model = kind._from_config(config, **options)
    put(model, channels)
    missing, _ = model.load_state_dict(load_file(folder / "model.safetensors"), strict=False)
    # Position numbers are computed, and a weight that is another one is not stored twice.
    tied = getattr(model, "all_tied_weights_keys", {})
    return model, sorted(name for name in missing
                         if not name.endswith("position_ids") and name not in tied)
