"""Optimisers: Muon for the matrices inside transformer blocks, AdamW for everything else."""

from __future__ import annotations

import torch
from torch import Tensor, nn

#: Muon's rate is this many times AdamW's.
MUON_FACTOR = 10.0

_BLOCK_PARTS = (".layers.", ".layer.")


def split_parameters(model: nn.Module) -> tuple[list[tuple[Tensor, int]], list[Tensor]]:
    """Return (matrix, parts) for Muon and the other parameters for AdamW.

    ``parts`` is 3 for BLIP's fused query-key-value matrix, which is three matrices in truth.
    """
    matrices, rest = [], []
    for name, parameter in model.named_parameters():
        if parameter.ndim == 2 and any(part in name for part in _BLOCK_PARTS):
            matrices.append((parameter, 3 if name.endswith("qkv.weight") else 1))
        else:
            rest.append(parameter)
    return matrices, rest


def orthogonalise(update: Tensor, steps: int = 5) -> Tensor:
    """Return the nearest semi-orthogonal matrices to ``[n, r, c]``.

    Quintic Newton-Schulz iteration with the coefficients of Keller Jordan's Muon
    (github.com/KellerJordan/Muon).
    """
    a, b, c = 3.4445, -4.7750, 2.0315
    tall = update.shape[1] > update.shape[2]
    x = update.transpose(1, 2) if tall else update
    x = x / (x.flatten(1).norm(dim=1).view(-1, 1, 1) + 1e-7)
    for _ in range(steps):
        gram = x @ x.transpose(1, 2)
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.transpose(1, 2) if tall else x


class Muon(torch.optim.Optimizer):
    """Momentum whose update is orthogonalised.

    An update's singular values are ``lr * sqrt(max(1, rows/columns))``, as in Keller Jordan's
    Muon.
    """

    def __init__(self, matrices: list[tuple[Tensor, int]], lr: float, momentum: float = 0.95,
                 weight_decay: float = 0.01):
        super().__init__([m for m, _ in matrices], {"lr": lr})
        self._parts = {id(m): parts for m, parts in matrices}
        self._momentum, self._decay = momentum, weight_decay

    @torch.no_grad()
    def step(self, closure=None):
        """Apply one update to every matrix that has a gradient."""
        group = self.param_groups[0]
        shapes: dict[torch.Size, list[tuple[Tensor, Tensor]]] = {}
        for parameter in group["params"]:
            if parameter.grad is None:
                continue
            state = self.state[parameter]
            if "momentum" not in state:
                state["momentum"] = torch.zeros_like(parameter)
            state["momentum"].lerp_(parameter.grad, 1 - self._momentum)
            update = parameter.grad.lerp(state["momentum"], self._momentum)
            parts = self._parts[id(parameter)]
            for piece, target in zip(update.chunk(parts), parameter.data.chunk(parts), strict=True):
                shapes.setdefault(piece.shape, []).append((piece, target))
        for shape, pairs in shapes.items():
            updates = orthogonalise(torch.stack([piece for piece, _ in pairs]))
            rate = group["lr"] * max(1.0, shape[0] / shape[1]) ** 0.5
            for update, (_, target) in zip(updates, pairs, strict=True):
                target.mul_(1 - group["lr"] * self._decay).add_(update, alpha=-rate)


def initialise(model: nn.Module) -> None:
    """Draw the matrices inside blocks with deviation 1/sqrt(fan-in), biases zero.

    transformers' 0.02 suits widths of 768 and more; at 128 it leaves a first token that hardly
    sees the others, and contrastive training does not leave its plateau.
    """
    with torch.no_grad():
        for matrix, _ in split_parameters(model)[0]:
            matrix.normal_(0, matrix.shape[1] ** -0.5)


def optimisers(model: nn.Module, lr: float) -> list[torch.optim.Optimizer]:
    """Return Muon and AdamW over all parameters of ``model``."""
    matrices, rest = split_parameters(model)
    decayed = [p for p in rest if p.ndim > 1]
    plain = [p for p in rest if p.ndim <= 1]
    adam = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.05}, {"params": plain, "weight_decay": 0.0}],
        lr=lr, betas=(0.9, 0.98),
    )
    return [Muon(matrices, MUON_FACTOR * lr), adam]
