"""Held-out results of a captioner, and of matching as the judge of captions (BLIP's CapFilt)."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..emoji.sources import VALIDATION_STYLE
from ..emoji.store import Store
from . import beam
from .score import Bundle

_BATCH = 64


def auc(right: np.ndarray, wrong: np.ndarray) -> float:
    """Return the area under the ROC curve: how often a right one scores above a wrong one, where
    equal scores count half.

    :raises ValueError: when there are none of either
    """
    if len(right) == 0 or len(wrong) == 0:
        raise ValueError(f"right and wrong scores are needed, got {len(right)} and {len(wrong)}")
    ordered = np.sort(wrong)
    below = np.searchsorted(ordered, right, "left")
    not_above = np.searchsorted(ordered, right, "right")
    return float((below + not_above).mean() / 2 / len(wrong))


def shuffled(names: list[str], seed: int = 0) -> list[str]:
    """Return the names in random order, none where an equal one stood.

    :raises ValueError: when more than half of the names are equal
    """
    most = max(names.count(name) for name in set(names))
    if 2 * most > len(names):
        raise ValueError(f"{most} of {len(names)} names are equal")
    random, found = np.random.default_rng(seed), np.array(names)
    order = random.permutation(len(names))
    while len(clash := np.flatnonzero(found[order] == found)):
        for at in clash:
            other = random.integers(len(names))
            order[[at, other]] = order[[other, at]]
    return found[order].tolist()


def threshold(right: np.ndarray, wrong: np.ndarray) -> float:
    """Return the score from which on to keep, rounded to two digits, for which the shares of right
    ones that are kept and wrong ones that are dropped add up to most."""
    steps = np.arange(1, 100) / 100
    sums = [(right >= step).mean() + (wrong < step).mean() for step in steps]
    return float(steps[int(np.argmax(sums))])


class Captioner:
    """A bundle's captions and its judgement of them, as the manifest says by default."""

    def __init__(self, bundle: Bundle):
        self.bundle = bundle
        rules, prompt = bundle.manifest["caption"], bundle.manifest["text"]["prompt"]
        self.options = beam.Options(**{k: v for k, v in rules.items() if k != "first_token_id"})
        words = bundle.tokenizer.encode(prompt, add_special_tokens=False) if prompt else None
        self.start = [rules["first_token_id"],
                      *(words.ids[:sum(words.attention_mask)] if words else ())]
        entry = bundle.manifest["roles"]["caption_decoder"]
        past = {i.name: i for i in bundle.session("caption_decoder").get_inputs()}[
            entry["inputs"]["past"]]
        self.state = (past.shape[1], past.shape[3])
        self._outputs = entry["outputs"]

    def _step(self, ids, tokens, past, rows) -> tuple[np.ndarray, np.ndarray]:
        out = self.bundle.run("caption_decoder", ids=ids, tokens=tokens, past=past, rows=rows)
        return out[self._outputs["logits"]], out[self._outputs["present"]]

    def captions(self, tokens: np.ndarray) -> list[str]:
        """Return the best caption of each picture, by its tokens ``[n, t, hidden]``."""
        out = []
        for start in range(0, len(tokens), _BATCH):
            for found in beam.generate(self._step, tokens[start:start + _BATCH], self.start,
                                       self.state, self.options):
                ids = found[0][0][len(self.start):]
                out.append(self.decode(ids[:-1] if ids[-1:] == [self.options.end_token_id]
                                       else ids))
        return out

    def decode(self, ids: list[int]) -> str:
        """Return the words of ids."""
        return self.bundle.tokenizer.decode(ids, skip_special_tokens=True).strip()

    def plain(self, text: str) -> str:
        """Return a text as a caption would put it: in the tokenizer's words."""
        found = self.bundle.tokenizer.encode(text, add_special_tokens=False)
        return self.decode(found.ids[:sum(found.attention_mask)])

    def probabilities(self, texts: list[str], tokens: np.ndarray) -> np.ndarray:
        """Return the match probability of each text with the picture at the same place."""
        first = self.bundle.manifest["text"]["matching_first_token_id"]
        out = []
        for start in range(0, len(texts), _BATCH):
            ids, mask = self.bundle.ids(texts[start:start + _BATCH])
            ids[:, 0] = ids[:, 0] if first is None else first
            logits = self.bundle.run("matching", ids=ids, mask=mask,
                                     tokens=tokens[start:start + _BATCH])["logits"]
            margin = (logits[:, 1] - logits[:, 0]).astype(np.float64)
            out.append(1 / (1 + np.exp(-margin)))
        return np.concatenate(out)


def evaluate(store: Store, bundle: Bundle, rows: list[int]) -> dict[str, Any]:
    """Return how many captions of a style's pictures are right, and how well matching tells right
    texts from wrong ones.

    The threshold is chosen on the validation style's pictures and applied to these.

    :param rows: pictures in ``store``
    """
    one = Captioner(bundle)
    names, tokens = _pictures(store, bundle, rows)
    captions = one.captions(tokens)
    right = np.array([said == one.plain(name) for said, name in zip(captions, names, strict=True)])
    true = np.array([said in {one.plain(text) for text in
                              (name, *store.catalog[store.keys[at]].tags)}
                     for said, name, at in zip(captions, names, rows, strict=True)])
    kept, dropped = _judge(one, names, tokens)
    other = [at for at, (style, key) in enumerate(zip(store.styles, store.keys, strict=True))
             if style == VALIDATION_STYLE and not store.catalog[key].skin_tone]
    least = threshold(*_judge(one, *_pictures(store, bundle, other)))
    own = one.probabilities(captions, tokens)
    return {
        "caption_is_name": _share(right), "caption_is_name_or_tag": _share(true),
        "auc_names_against_shuffled": round(auc(kept, dropped), 4),
        "auc_own_captions": round(auc(own[right], own[~right]), 4),
        "min_match": least,
        "names_kept": _share(kept >= least), "shuffled_names_dropped": _share(dropped < least),
        "own_captions_kept": _share(own >= least),
        "right_among_kept_captions": _share(right[own >= least]),
        "right_captions_kept": _share(own[right] >= least),
    }


def _pictures(store: Store, bundle: Bundle, rows: list[int]) -> tuple[list[str], np.ndarray]:
    tokens = bundle.images_and_tokens(store.white(rows))[1]
    return [store.catalog[store.keys[at]].name for at in rows], tokens


def _judge(one: Captioner, names: list[str], tokens: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return match probabilities of the right names, and of the same names on other pictures."""
    return one.probabilities(names, tokens), one.probabilities(shuffled(names), tokens)


def _share(which: np.ndarray) -> float:
    return round(float(np.mean(which)), 4)
