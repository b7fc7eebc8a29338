"""Losses of image-text contrast and of matching."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def soft_cross_entropy(logits: Tensor, positive: Tensor) -> Tensor:
    """Return the mean cross entropy where several columns may be right.

    :param logits: ``[b, n]``
    :param positive: bool ``[b, n]``, at least one true a row; each right one has equal share
    """
    target = positive.float()
    target = target / target.sum(1, keepdim=True)
    return -(target * logits.log_softmax(1)).sum(1).mean()


class Memory:
    """Recent picture embeddings, without gradient, as further negatives for texts."""

    def __init__(self, size: int, dimensions: int):
        self.embeddings = torch.zeros(size, dimensions)
        self.emoji = torch.full((size,), -1, dtype=torch.long)
        self._at = 0
        self._full = False

    def add(self, embeddings: Tensor, emoji: Tensor) -> None:
        """Overwrite the oldest entries."""
        rows = (torch.arange(len(emoji)) + self._at) % len(self.emoji)
        self.embeddings[rows] = embeddings.detach()
        self.emoji[rows] = emoji
        self._full = self._full or self._at + len(emoji) >= len(self.emoji)
        self._at = (self._at + len(emoji)) % len(self.emoji)

    def entries(self) -> tuple[Tensor, Tensor]:
        """Return embeddings ``[n, d]`` and emoji rows ``[n]`` that are filled."""
        end = len(self.emoji) if self._full else self._at
        # Copies: autograd still needs them when ``add`` overwrites the oldest.
        return self.embeddings[:end].clone(), self.emoji[:end].clone()


def contrast(images: Tensor, texts: Tensor, positive: Tensor, scale: Tensor,
             memory: tuple[Tensor, Tensor], true_of: Tensor) -> Tensor:
    """Return the symmetric contrastive loss of a batch.

    :param images: normalised ``[b, d]``
    :param texts: normalised ``[b, d]``
    :param positive: bool ``[b, b]``
    :param scale: multiplier of the cosine (already exponentiated)
    :param memory: older picture embeddings ``[m, d]`` and their emoji rows ``[m]``
    :param true_of: bool ``[m, b]``: caption j is true of older picture i
    """
    logits = scale * images @ texts.T
    to_text = soft_cross_entropy(logits, positive)
    older = scale * texts @ memory[0].T
    # Older pictures of the same emoji are neither negatives nor positives.
    older = older.masked_fill(true_of.T, -1e4)
    to_image = soft_cross_entropy(
        torch.cat([logits.T, older], 1),
        torch.cat([positive.T, torch.zeros_like(true_of.T)], 1),
    )
    return (to_text + to_image) / 2


def classify(images: Tensor, proxies: Tensor, target: Tensor, scale: Tensor) -> Tensor:
    """Return the cross entropy of pictures against one vector per emoji.

    :param images: normalised ``[b, d]``
    :param proxies: normalised ``[n, d]``
    :param target: row of the right vector, -100 where the picture has none, int64 ``[b]``
    """
    return functional.cross_entropy(scale * images @ proxies.T, target, ignore_index=-100)
