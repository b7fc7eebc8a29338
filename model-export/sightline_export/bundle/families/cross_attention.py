"""How a text looks at a picture: attention as captions and matching graphs compute it.

Exact, and in another order than the reference models: see docs/decisions/021-matching-graph.md.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


def attend(query: Tensor, keys: Tensor, values: Tensor, heads: int,
           ahead: Tensor | float = 0.0) -> Tensor:
    """Return what ``[b,t,w]`` see in ``[b,n,w]``; ``ahead`` ``[t,n]`` is added to the scores, or
    anything else that fits ``[b,heads,t,n]``."""
    query, keys, values = (states.unflatten(-1, (heads, -1)).transpose(1, 2)
                           for states in (query, keys, values))
    scores = query @ keys.transpose(-1, -2) / query.shape[-1] ** 0.5 + ahead
    return (scores.softmax(-1) @ values).transpose(1, 2).flatten(2)


def look(own: nn.Module, x: Tensor, image_tokens: Tensor) -> Tensor:
    """Return what ``b`` rows of ``t`` tokens see in ``m`` pictures, ``[b,t,w]``.

    With few tokens it is cheaper to bring the queries to the picture than the picture's keys and
    values to the queries: ``softmax((Q_h W_k,h) X^T / sqrt(d))``, then ``(A_h X) W_v,h + b_v``.
    The keys' bias adds the same number to all scores of a row and drops out; the weights of a row
    sum to 1, so the values' bias may come last.

    :param own: holds ``query``, ``key`` and ``value``
    """
    heads, width = own.num_attention_heads, own.attention_head_size
    images = image_tokens.shape[0]
    # [m, rows of a picture * t, heads, d] to [m, heads, queries, hidden]
    query = own.query(x).reshape(images, -1, heads, width).transpose(1, 2)
    query = query / width**0.5 @ own.key.weight.view(heads, width, -1)
    queries = query.shape[2]
    # All heads of a picture in one product.
    scores = query.flatten(1, 2) @ image_tokens.transpose(1, 2)
    mixed = (scores.softmax(-1) @ image_tokens).unflatten(1, (heads, queries))
    seen = mixed @ own.value.weight.view(heads, width, -1).transpose(1, 2)
    seen = seen.transpose(1, 2).flatten(2) + own.value.bias
    return seen.reshape(x.shape)


def break_even(own: nn.Module, tokens: int) -> float:
    """Return how many rows may look at a picture before ``look`` multiplies more than keys and
    values of the picture would.

    ``look`` takes ``2 L D Dv + 2 H L N Dv`` products, the usual order ``2 N D Dv + 2 L N D``;
    they are equal at ``L = D / (H + D/N - D/Dv)``, about the width of a head.

    :param own: holds ``key``, of ``D`` rows and ``Dv`` columns
    :param tokens: of the picture, ``N``
    """
    width, hidden = own.key.weight.shape
    return width / (own.num_attention_heads + width / tokens - width / hidden)


def cross(own: nn.Module, x: Tensor, image_tokens: Tensor, most: int) -> Tensor:
    """Return what ``[b,t,w]`` see each in its own picture ``[b,n,hidden]``, in the order that is
    cheaper for as many tokens as there may be.

    :param most: the largest ``t``
    """
    if most <= break_even(own, image_tokens.shape[1]):
        return look(own, x, image_tokens)
    return attend(own.query(x), own.key(image_tokens), own.value(image_tokens),
                  own.num_attention_heads)


def unseen(mask: Tensor, x: Tensor) -> Tensor:
    """Return what is added to scores ``[b,heads,t,n]``: very negative where ``mask``, ``[b,n]``,
    is 0.

    :param x: of the number type that is wanted
    """
    return (1 - mask[:, None, None]).to(x.dtype) * torch.finfo(x.dtype).min


def first_state(layers: Sequence[nn.Module], x: Tensor, mask: Tensor, most: int,
                image_tokens: Tensor | None = None) -> Tensor:
    """Return the first token's state behind BERT's layers, ``[b,w]``.

    Of the last layer nothing else is computed, because nobody reads it.

    :param layers: transformers' BLIP text layers
    :param x: ``[b,t,w]``
    :param mask: ``[b,t]``
    :param most: the largest ``t``
    :param image_tokens: ``[b,n,hidden]``, which every layer looks at; none for the text alone
    """
    ahead = unseen(mask, x)
    for at, layer in enumerate(layers):
        own, states = layer.attention.self, x
        if at == len(layers) - 1:
            x, most = x[:, :1], 1
        seen = attend(own.query(x), own.key(states), own.value(states), own.num_attention_heads,
                      ahead)
        x = layer.attention.output(seen, x)
        if image_tokens is not None:
            seen = cross(layer.crossattention.self, x, image_tokens, most)
            x = layer.crossattention.output(seen, x)
        x = layer.feed_forward_chunk(x)
    return x[:, 0]
