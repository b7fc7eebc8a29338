"""Captions by the graph ``caption_decoder``, with transformers' beam search.

What the runtime does, for evaluation: numpy and ONNX Runtime only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

#: ids ``[b,t]``, tokens ``[m,n,hidden]``, past ``[c,s,p,w]``, rows ``[b]`` to logits ``[b,v]`` and
#: present ``[b,s,p+t,w]``.
Step = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
_NEVER = -1e9


@dataclass(frozen=True)
class Options:
    """How captions are decoded; fields as in the manifest's ``caption``.

    :param num_return_sequences: captions an image, at most ``num_beams``
    """

    end_token_id: int
    num_beams: int = 3
    max_length: int = 20
    min_length: int = 0
    repetition_penalty: float = 1.0
    length_penalty: float = 1.0
    num_return_sequences: int = 1


class _Beams:
    """The beams of one image.

    :ivar ids: ``[k, length]``, :ivar scores: summed log-probabilities ``[k]``
    """

    def __init__(self, start: Sequence[int], options: Options):
        self.options, self.start = options, len(start)
        self.ids = np.array([start] * options.num_beams, np.int64)
        # All beams are the same at first; only one of them may go on.
        self.scores = np.full(options.num_beams, _NEVER)
        self.scores[0] = 0.0
        self.finished: list[tuple[float, list[int]]] = []
        self.open = True

    def advance(self, log_probabilities: np.ndarray) -> np.ndarray:
        """Take the best continuations of ``[k, vocabulary]``; returns the beam each comes from."""
        options, count = self.options, self.options.num_beams
        length = self.ids.shape[1]
        total = (log_probabilities + self.scores[:, None]).ravel()
        best = np.argsort(-total, kind="stable")[:2 * count]
        beams, tokens = np.divmod(best, log_probabilities.shape[1])
        sequences = np.concatenate([self.ids[beams], tokens[:, None]], 1)
        ends = (tokens == options.end_token_id) | (length + 1 >= options.max_length)
        made = length + 1 - self.start
        for at in np.flatnonzero(ends[:count]):
            self.finished.append((total[best[at]] / made**options.length_penalty,
                                  sequences[at].tolist()))
        self.finished = sorted(self.finished, key=lambda one: -one[0])[:count]
        kept = np.argsort(-(total[best] + ends * _NEVER), kind="stable")[:count]
        self.ids, self.scores = sequences[kept], total[best][kept] + ends[kept] * _NEVER
        reachable = self.scores[0] / made**options.length_penalty
        self.open = not ends.all() and (
            len(self.finished) < count or reachable > self.finished[-1][0])
        return beams[kept]


def generate(step: Step, tokens: np.ndarray, start: Sequence[int], state: tuple[int, int],
             options: Options) -> list[list[tuple[list[int], float]]]:
    """Return for each image its captions, best first: all ids and the score.

    The score is the sum of the log-probabilities of what was generated, divided by its length to
    the power of ``length_penalty``.

    :param tokens: image tokens ``[m, n, hidden]``
    :param start: ids that every caption begins with
    :param state: slots and width of the decoder's past
    """
    images, count = len(tokens), options.num_beams
    beams = [_Beams(start, options) for _ in range(images)]
    # All beams of an image begin the same, so that one row an image is enough.
    logits, past = step(np.array([start] * images, np.int64), tokens,
                        np.zeros((1, state[0], 0, state[1]), np.float32),
                        np.zeros(images, np.int64))
    logits = logits.repeat(count, 0)
    rows = np.arange(images).repeat(count)
    while True:
        scored = _log_softmax(logits.astype(np.float64))
        for at, one in enumerate(beams):
            mine = slice(at * count, (at + 1) * count)
            if one.open:
                rows[mine] = rows[mine][one.advance(_penalised(scored[mine], one.ids, options))]
            else:
                # Goes along, so that the batch keeps its shape.
                one.ids = np.pad(one.ids, ((0, 0), (0, 1)), constant_values=options.end_token_id)
        if not any(one.open for one in beams):
            return [[(ids, float(score)) for score, ids
                     in one.finished[:options.num_return_sequences]] for one in beams]
        logits, past = step(np.concatenate([one.ids[:, -1:] for one in beams]), tokens, past, rows)
        rows = np.arange(images * count)


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


def _penalised(scores: np.ndarray, ids: np.ndarray, options: Options) -> np.ndarray:
    """Return log-probabilities ``[k, v]`` as the repetition penalty and the minimum length change
    them."""
    scores = scores.copy()
    if options.repetition_penalty != 1.0:
        said = np.take_along_axis(scores, ids, 1)
        # Log-probabilities are negative: multiplying makes them less likely.
        np.put_along_axis(scores, ids, said * options.repetition_penalty, 1)
    if ids.shape[1] < options.min_length:
        scores[:, options.end_token_id] = -np.inf
    return scores
