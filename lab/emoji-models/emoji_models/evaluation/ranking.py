"""Retrieval metrics on a style of artwork, for training and for the exported graphs alike."""

from __future__ import annotations

import numpy as np


def ranks(scores: np.ndarray, texts: list[str], pictures: list[str]) -> np.ndarray:
    """Return for each text the rank (0 is best) of its best-placed true picture.

    Ties count against the model, so that a constant score does not look good.

    :param scores: ``[texts, pictures]``, higher is better
    :param texts: the name that is asked for, one per row
    :param pictures: the name of each picture; pictures with an equal name all count as true
    """
    names = np.asarray(pictures)
    out = np.empty(len(texts), np.int64)
    for at, text in enumerate(texts):
        true = names == text
        best = scores[at][true].max()
        out[at] = int((scores[at][~true] >= best).sum())
    return out


def rerank(first: np.ndarray, second: np.ndarray, window: int) -> np.ndarray:
    """Return scores whose order is the first stage's with its top ``window`` in second order.

    :param first: first-stage scores ``[texts, pictures]``
    :param second: scores ``[texts, window]`` of the top pictures, in the first stage's order
    """
    order = np.argsort(-first, axis=1, kind="stable")
    out = np.empty_like(first)
    for at in range(len(first)):
        top = order[at, :window]
        moved = top[np.argsort(-second[at], kind="stable")]
        final = np.concatenate([moved, order[at, window:]])
        out[at, final] = -np.arange(len(final), dtype=first.dtype)
    return out


def recall(found: np.ndarray, cuts=(1, 5, 10, 32)) -> dict[str, float]:
    """Return recall at each cut of ranks, rounded to four digits."""
    return {f"R@{cut}": round(float((found < cut).mean()), 4) for cut in cuts}
