"""Held-out results of exported bundles: first stage and rerank, with ONNX Runtime only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from sightline_export.bundle import manifest
from sightline_export.bundle.verify import session

from ..emoji.store import Store
from .ranking import ranks, recall, rerank

WINDOW = 32
_BATCH = 256


class Bundle:
    """A bundle opened for evaluation."""

    def __init__(self, folder: Path):
        self.manifest = manifest.check(folder)
        self.folder = folder
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.enable_truncation(self.manifest["text"]["max_length"])
        self._sessions: dict[str, onnxruntime.InferenceSession] = {}

    def session(self, role: str) -> onnxruntime.InferenceSession:
        """Return the open graph of a role."""
        file = self.manifest["roles"][role]["file"]
        if file not in self._sessions:
            self._sessions[file] = session(self.folder / file)
        return self._sessions[file]

    def run(self, role: str, **arrays: np.ndarray) -> dict[str, np.ndarray]:
        """Run the graph of a role; arrays are named as the role names its inputs."""
        entry = self.manifest["roles"][role]
        runner = self.session(role)
        feeds = {entry["inputs"][name]: array for name, array in arrays.items()
                 if name in entry["inputs"]}
        names = [output.name for output in runner.get_outputs()]
        return dict(zip(names, runner.run(names, feeds), strict=True))

    def images(self, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """Return embeddings ``[n, d]`` and tokens ``[n, t, hidden]`` of uint8 ``[n, h, w, 3]``."""
        rules = self.manifest["image"]
        mean, std = (np.array(rules[f], np.float32) for f in ("mean", "std"))
        embeddings, tokens = [], []
        for start in range(0, len(pictures), _BATCH):
            x = pictures[start:start + _BATCH].astype(np.float32) / 255
            out = self.run("image_embedding", pixels=((x - mean) / std).transpose(0, 3, 1, 2))
            embeddings.append(out["image_embedding"])
            if "image_tokens" in out:
                tokens.append(out["image_tokens"])
        return np.concatenate(embeddings), np.concatenate(tokens) if tokens else None

    def images_and_tokens(self, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return what ``images`` does, of a bundle that can match.

        :raises ValueError: when the bundle gives no tokens
        """
        embeddings, tokens = self.images(pictures)
        if tokens is None:
            raise ValueError(f"[{self.folder.name}] gives no image tokens")
        return embeddings, tokens

    def ids(self, texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
        """Return int64 ids and mask, padded to the longest."""
        encoded = self.tokenizer.encode_batch(texts)
        return (np.array([e.ids for e in encoded], np.int64),
                np.array([e.attention_mask for e in encoded], np.int64))

    def texts(self, texts: list[str]) -> np.ndarray:
        """Return embeddings ``[n, d]``."""
        out = []
        for start in range(0, len(texts), _BATCH):
            ids, mask = self.ids(texts[start:start + _BATCH])
            out.append(self.run("text_embedding", ids=ids, mask=mask)["text_embedding"])
        return np.concatenate(out)

    def match(self, texts: list[str], tokens: np.ndarray, top: np.ndarray) -> np.ndarray:
        """Return logits ``[texts, window, 2]`` of each text and its pictures ``top``."""
        first = self.manifest["text"]["matching_first_token_id"]
        out = np.empty((*top.shape, 2), np.float32)
        for at, text in enumerate(texts):
            ids, mask = self.ids([text])
            ids[:, 0] = first
            count = top.shape[1]
            out[at] = self.run("matching", ids=ids.repeat(count, 0), mask=mask.repeat(count, 0),
                               tokens=tokens[top[at]])["logits"]
        return out


def evaluate(store: Store, first: Path, second: Path, style: str,
             skin_tones: bool) -> dict[str, Any]:
    """Return recall at 1, 5, 10 and 32 of full official names against a style's pictures; and how
    good captions are, where the second bundle has a captioner.

    :param first: bundle of the first stage
    :param second: bundle that matches; its own first stage is measured too
    :param skin_tones: whether skin-tone variants are among the pictures and the names
    """
    rows = [at for at, (s, key) in enumerate(zip(store.styles, store.keys, strict=True))
            if s == style and (skin_tones or not store.catalog[key].skin_tone)]
    names = [store.catalog[store.keys[at]].name for at in rows]
    pictures = store.white(rows)
    clip, blip = Bundle(first), Bundle(second)
    scores = clip.texts(names) @ clip.images(pictures)[0].T
    blip_images, tokens = blip.images_and_tokens(pictures)
    own = blip.texts(names) @ blip_images.T
    result: dict[str, Any] = {
        "pictures": len(rows), first.name: recall(ranks(scores, names, names)),
        f"{second.name} (contrastive)": recall(ranks(own, names, names))}
    top = np.argsort(-scores, axis=1, kind="stable")[:, :WINDOW]
    logits = blip.match(names, tokens, top)
    # softmax(logits)[1] is the logistic function of the margin; computed in double so that
    # sure matches do not become ties.
    margin = (logits[..., 1] - logits[..., 0]).astype(np.float64)
    similarity = np.take_along_axis(own, top, 1)
    stages = {"match_probability": 1 / (1 + np.exp(-margin)),
              "match_plus_similarity": logits[..., 1] + similarity}
    for name, second_scores in stages.items():
        final = rerank(scores, second_scores, WINDOW)
        result[f"{first.name}, top {WINDOW} by {second.name} {name}"] = recall(
            ranks(final, names, names))
    if "caption_decoder" in blip.manifest["roles"]:
        from . import caption_score

        result[f"{second.name} captions"] = caption_score.evaluate(store, blip, rows)
    return result
