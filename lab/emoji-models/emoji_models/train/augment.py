"""Augmentation of small pictures with transparency, a batch at a time.

The aim is that a model cannot rely on one artist's habits: shapes are warped, colours, shading,
outlines and sharpness vary, and two styles of the same emoji are blended. Nothing is mirrored,
because flags, arrows and letters would change their meaning.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

_LUMA = torch.tensor([0.299, 0.587, 0.114])


def normalise(rgb: Tensor) -> Tensor:
    """Map ``[b, 3, h, w]`` in [0, 1] to what the models read: mean and deviation 0.5."""
    return (rgb - 0.5) / 0.5


def premultiply(rgba: Tensor) -> Tensor:
    """Return float premultiplied RGBA in [0, 1] of uint8 ``[b, h, w, 4]`` as ``[b, 4, h, w]``."""
    x = rgba.permute(0, 3, 1, 2).float().div_(255)
    x[:, :3] *= x[:, 3:]
    return x.contiguous()


def augment(first: Tensor, second: Tensor, strength: float = 1.0) -> Tensor:
    """Return augmented pictures, normalised, ``[b, 3, h, w]``.

    :param first: uint8 ``[b, h, w, 4]``, straight RGBA
    :param second: the same emoji in other styles; blended in for some of the batch
    :param strength: 0 (plain pictures on white) to 1
    """
    x = premultiply(first)
    if strength <= 0:
        return normalise(_over(x, torch.ones(len(x), 3, 1, 1)))
    batch = len(x)
    mixed = _some(batch, 0.3 * strength)
    if len(mixed):
        share = torch.empty(len(mixed), 1, 1, 1).uniform_(0.25, 0.75)
        x[mixed] = share * x[mixed] + (1 - share) * premultiply(second[mixed])
    x = _warp(x, strength)
    x = _colour(x, strength)
    x = _outline(x, _some(batch, 0.15 * strength))
    rgb = _over(x, _background(batch, strength))
    rgb = _sharpness(rgb, strength)
    rgb = _erase(rgb, _some(batch, 0.15 * strength))
    return normalise(rgb.clamp_(0, 1))


def _some(batch: int, share: float) -> Tensor:
    return (torch.rand(batch) < share).nonzero().flatten()


def _over(premultiplied: Tensor, colour: Tensor) -> Tensor:
    return premultiplied[:, :3] + (1 - premultiplied[:, 3:]) * colour


def _background(batch: int, strength: float) -> Tensor:
    colour = torch.ones(batch, 3, 1, 1)
    tinted = _some(batch, 0.08 * strength)
    colour[tinted] = torch.empty(len(tinted), 3, 1, 1).uniform_(0.6, 1.0)
    return colour


def _warp(x: Tensor, strength: float) -> Tensor:
    """Rotate, scale, shear, shift and bend all but a tenth of the batch."""
    batch, _, height, width = x.shape
    chosen = _some(batch, 0.9)
    n = len(chosen)
    if n == 0:
        return x
    angle = torch.randn(n) * math.radians(7) * strength
    scale = torch.exp(torch.empty(n).uniform_(-0.12, 0.25) * strength)
    aspect = torch.exp(torch.randn(n) * 0.08 * strength)
    shear = torch.randn(n) * 0.08 * strength
    cos, sin = angle.cos() * scale, angle.sin() * scale
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0], theta[:, 0, 1] = cos * aspect, -sin + shear
    theta[:, 1, 0], theta[:, 1, 1] = sin, cos / aspect
    theta[:, :, 2] = torch.randn(n, 2) * 0.07 * strength
    grid = functional.affine_grid(theta, (n, 4, height, width), align_corners=False)
    bent = _some(n, 0.5)
    bend = torch.randn(len(bent), 2, 4, 4) * 0.06 * strength
    bend = functional.interpolate(bend, (height, width), mode="bicubic", align_corners=False)
    grid[bent] += bend.permute(0, 2, 3, 1)
    x = x.clone()
    x[chosen] = functional.grid_sample(x[chosen], grid, align_corners=False)
    return x


def _hue_matrix(angle: Tensor, saturation: Tensor) -> Tensor:
    """Return ``[n, 3, 3]``: rotation about the grey axis, then saturation about luma."""
    n = len(angle)
    cos, sin = angle.cos().view(-1, 1, 1), angle.sin().view(-1, 1, 1)
    third, root = 1 / 3, math.sqrt(1 / 3)
    eye = torch.eye(3)
    cross = torch.tensor([[0.0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    rotate = cos * eye + sin * root * cross + (1 - cos) * third * torch.ones(3, 3)
    grey = _LUMA.expand(3, 3)
    s = saturation.view(-1, 1, 1)
    return (s * eye + (1 - s) * grey).expand(n, 3, 3) @ rotate


def _colour(x: Tensor, strength: float) -> Tensor:
    """Vary hue, saturation, brightness, contrast and shading; alpha stays."""
    batch, _, height, width = x.shape
    rgb, alpha = x[:, :3], x[:, 3:]
    angle = torch.randn(batch) * 0.12 * strength
    saturation = torch.empty(batch).uniform_(1 - 0.5 * strength, 1 + 0.4 * strength)
    saturation[_some(batch, 0.12 * strength)] = 0.0
    matrix = _hue_matrix(angle, saturation)
    rgb = torch.bmm(matrix, rgb.flatten(2)).view_as(rgb)
    gain = torch.exp(torch.randn(batch, 3, 1, 1) * 0.05 * strength
                     + torch.randn(batch, 1, 1, 1) * 0.15 * strength)
    contrast = torch.exp(torch.randn(batch, 1, 1, 1) * 0.2 * strength)
    rgb = (rgb * gain - 0.5 * alpha) * contrast + 0.5 * alpha
    shaded = _some(batch, 0.4 * strength)
    if len(shaded):
        field = torch.randn(len(shaded), 1, 3, 3) * 0.25
        field = functional.interpolate(field, (height, width), mode="bilinear", align_corners=True)
        rgb[shaded] = rgb[shaded] * (1 + field)
    rgb = torch.minimum(rgb.clamp_(min=0), alpha)
    return torch.cat([rgb, alpha], 1)


def _outline(x: Tensor, chosen: Tensor) -> Tensor:
    """Put a one- or two-pixel dark or light rim around some pictures."""
    if len(chosen) == 0:
        return x
    part = x[chosen]
    alpha = part[:, 3:]
    grown = functional.max_pool2d(alpha, 3, 1, 1)
    twice = (torch.rand(len(chosen)) < 0.5).view(-1, 1, 1, 1)
    grown = torch.where(twice, functional.max_pool2d(grown, 3, 1, 1), grown)
    colour = torch.rand(len(chosen), 3, 1, 1) * 0.4
    rim = torch.cat([colour * grown, grown], 1)
    x[chosen] = part + (1 - alpha) * rim
    return x


def _sharpness(rgb: Tensor, strength: float) -> Tensor:
    """Blur or sharpen a part of the batch."""
    chosen = _some(len(rgb), 0.4 * strength)
    if len(chosen) == 0:
        return rgb
    part = rgb[chosen]
    soft = functional.avg_pool2d(functional.pad(part, (1, 1, 1, 1), mode="replicate"), 3, 1)
    amount = torch.empty(len(chosen), 1, 1, 1).uniform_(-1.0, 1.0)
    rgb[chosen] = part + (soft - part) * amount
    return rgb


def _erase(rgb: Tensor, chosen: Tensor) -> Tensor:
    """Cover a rectangle of some pictures with white or a random colour."""
    height, width = rgb.shape[2:]
    for at in chosen.tolist():
        h, w = torch.randint(8, 24, (2,)).tolist()
        top = int(torch.randint(0, height - h, (1,)))
        left = int(torch.randint(0, width - w, (1,)))
        white = torch.rand(1) < 0.5
        rgb[at, :, top:top + h, left:left + w] = 1.0 if white else torch.rand(3, 1, 1)
    return rgb
