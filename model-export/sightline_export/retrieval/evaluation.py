"""Text-to-image and image-to-text retrieval, first stage and reranked, as the papers do it.

The protocol of BLIP and ALBEF: every text against all pictures and every picture against all
texts; the ``k_test`` best of the contrastive similarity are reranked by matching, the others keep
their places behind them. R@k is the share of queries with a true answer among the first k; a
picture has several true texts.
"""

from __future__ import annotations

import base64
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from .cluster import Cluster
from .dataset import Dataset

CUTS = (1, 5, 10)
_PHOTO, _TEXT = "photo", "sentence"


@dataclass(frozen=True)
class Options:
    """What to measure.

    :param first: model of the first stage
    :param second: model that matches, or None for the first stage alone
    :param windows: how many of the best are reranked (``k_test``), each a row
    :param score_mode: of the retriever; the papers' is ``match_plus_similarity``
    :param queries: ask only the first so many of each direction, or None for all
    """

    first: str
    second: str | None
    windows: tuple[int, ...]
    score_mode: str = "match_plus_similarity"
    queries: int | None = None


@dataclass(frozen=True)
class Row:
    """One line of the table: recall in [0, 1] at each of ``CUTS``."""

    name: str
    text_to_image: tuple[float, ...]
    image_to_text: tuple[float, ...]


def evaluate(dataset: Dataset, cluster: Cluster, options: Options,
             progress: Callable[[str, int, int], None] | None = None) -> list[Row]:
    """Index the dataset, ask everything, remove the indices again; returns the rows.

    :param progress: called with what is done, how many of it, and of how many
    """
    note = progress or (lambda what, done, of: None)
    model = cluster.model(options.first)
    if options.second:
        cluster.model(options.second)
    name = f"sightline-evaluation-{secrets.token_hex(4)}"
    pictures, texts = f"{name}-pictures", f"{name}-texts"
    sentences = dataset.texts()
    try:
        of_photos = cluster.create(pictures, {_PHOTO: {"type": "binary"}}, _PHOTO, "image", model)
        of_texts = cluster.create(texts, {_TEXT: {"type": "text"}}, _TEXT, "text", model)
        for done in cluster.add(pictures, ({_PHOTO: _base64(e.file)} for e in dataset.entries)):
            note("pictures indexed", done, len(dataset.entries))
        for done in cluster.add(texts, ({_TEXT: text} for _, text in sentences)):
            note("texts indexed", done, len(sentences))
        of_picture = _texts_of(sentences)
        to_image = [_Query(text, {row}) for row, text in sentences][:options.queries]
        to_text = [_Query({"type": "image", "value": _base64(entry.file)}, of_picture[row])
                   for row, entry in enumerate(dataset.entries)][:options.queries]
        rows = []
        for window in (None, *(options.windows if options.second else ())):
            label = "first stage" if window is None else f"top {window} reranked"
            found = []
            for index, field, vectors, queries in ((pictures, _PHOTO, of_photos, to_image),
                                                   (texts, _TEXT, of_texts, to_text)):
                ask = _Ask(cluster, index, field, vectors, options, window)
                found.append(_recall(ask, queries, partial(note, label)))
            rows.append(Row(label, *found))
        return rows
    finally:
        cluster.drop(pictures)
        cluster.drop(texts)


@dataclass(frozen=True)
class _Query:
    input: object
    true: set[int]


@dataclass(frozen=True)
class _Ask:
    cluster: Cluster
    index: str
    field: str
    vectors: str
    options: Options
    window: int | None

    def ranked(self, query: _Query) -> list[int]:
        size = max(CUTS[-1], self.window or 0)
        # the query takes the best of several vectors on either side, a vector builder gives one
        retriever: dict[str, Any] = {"standard": {"query": {"image_text": {
            "field": self.vectors, "k": size, "num_candidates": size,
            "model_id": self.options.first, "input": query.input}}}}
        if self.window is not None:
            retriever = {"image_text_match": {
                "retriever": retriever, "model_id": self.options.second, "input": query.input,
                "field": self.field, "rank_window_size": size,
                "score_mode": self.options.score_mode}}
        return self.cluster.search(self.index, retriever, size)


def _recall(ask: _Ask, queries: list[_Query],
            note: Callable[[int, int], None]) -> tuple[float, ...]:
    hits = [0] * len(CUTS)
    for done, query in enumerate(queries, 1):
        found = ask.ranked(query)
        for at, cut in enumerate(CUTS):
            hits[at] += any(number in query.true for number in found[:cut])
        note(done, len(queries))
    return tuple(count / len(queries) for count in hits)


def _texts_of(sentences: list[tuple[int, str]]) -> dict[int, set[int]]:
    texts: dict[int, set[int]] = {}
    for number, (row, _) in enumerate(sentences):
        texts.setdefault(row, set()).add(number)
    return texts


def _base64(file) -> str:
    return base64.b64encode(file.read_bytes()).decode()


def show_progress(what: str, done: int, of: int) -> None:
    """Write one line to standard error that is overwritten by the next."""
    if sys.stderr.isatty() or done == of:
        print(f"\r{what}: {done} of {of}", end="\n" if done == of else "", file=sys.stderr,
              flush=True)
