"""BLIP's caption decoder as a graph that is run once a token, and what a manifest says about it."""

from __future__ import annotations

from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import BlipTextLMHeadModel
from transformers.models.blip.modeling_blip_text import BlipTextLayer

from .. import ExportError
from ..checkpoint import SIDECAR
from ..graphs import CAPTION, Graph
from .cross_attention import attend, look

#: BLIP's captions of COCO (salesforce/BLIP, configs/caption_coco.yaml).
DEFAULTS = {"num_beams": 3, "max_length": 20, "min_length": 5, "repetition_penalty": 1.0,
            "length_penalty": 1.0}
#: Published ids: what begins a caption, which BLIP adds to bert-base-uncased, and what ends it.
_DEC, _SEP = 30522, 102
_RANGES = {"num_beams": (1, 16), "repetition_penalty": (0.1, 10), "length_penalty": (-10, 10)}


class BlipCaption(nn.Module):
    """ids ``[b,t]``, tokens ``[m,n,hidden]``, past ``[c,s,p,w]`` and rows ``[b]`` to logits
    ``[b,vocabulary]`` after the last id and present ``[b,s,p+t,w]``.

    ``s`` is two a layer: keys and values of self-attention. Row ``r`` describes picture
    ``r / (b / m)``.
    """

    def __init__(self, decoder: BlipTextLMHeadModel):
        super().__init__()
        self.embeddings, self.layers = decoder.bert.embeddings, decoder.bert.encoder.layer
        self.head = decoder.cls.predictions

    def forward(self, input_ids: Tensor, image_tokens: Tensor, past: Tensor,
                rows: Tensor) -> tuple[Tensor, Tensor]:
        past = past.index_select(0, rows)
        before, fresh = past.shape[2], input_ids.shape[1]
        places = torch.arange(before + fresh)
        now = places[before:]
        x = self.embeddings.LayerNorm(self.embeddings.word_embeddings(input_ids)
                                      + self.embeddings.position_embeddings(now))
        # From left to right: [t, p+t], very negative where a token would see a later one.
        ahead = (places > now.view(-1, 1)).to(x.dtype) * torch.finfo(x.dtype).min
        present = []
        for at, layer in enumerate(self.layers):
            own = layer.attention.self
            keys = torch.cat([past[:, 2 * at], own.key(x)], 1)
            values = torch.cat([past[:, 2 * at + 1], own.value(x)], 1)
            present += [keys, values]
            x = self._layer(layer, x, keys, values, ahead, image_tokens)
        return self.head(x[:, -1]), torch.stack(present, 1)

    @staticmethod
    def _layer(layer: BlipTextLayer, x: Tensor, keys: Tensor, values: Tensor, ahead: Tensor,
               image_tokens: Tensor) -> Tensor:
        own = layer.attention.self
        x = layer.attention.output(
            attend(own.query(x), keys, values, own.num_attention_heads, ahead), x)
        seen = look(layer.crossattention.self, x, image_tokens)
        return layer.feed_forward_chunk(layer.crossattention.output(seen, x))


def rules(side: dict[str, Any], text: dict[str, Any], tokenizer: Tokenizer, vocabulary: int, *,
          first: int | None = None, end: int | None = None,
          defaults: dict[str, Any] = DEFAULTS) -> dict[str, Any]:
    """Return the manifest's ``caption`` object.

    :param side: the sidecar, whose ``caption`` overrules the rest
    :param text: the manifest's ``text`` object
    :param vocabulary: the decoder knows ids below this
    :param first: id that begins captions, where the checkpoint names one; ``end`` likewise
    :param defaults: how captions are decoded; ``max_length`` and ``min_length`` as far as they fit
    :raises ExportError: when a field is unknown, lacking or out of range
    """
    stated = side.get("caption", {})
    known = ["first_token_id", "end_token_id", *defaults]
    if not isinstance(stated, dict) or set(stated) - set(known):
        unknown = sorted(set(stated) - set(known)) if isinstance(stated, dict) else stated
        raise ExportError(f"[{SIDECAR}] caption must be an object of {known}, got {unknown}")
    found = {"first_token_id": _known(first, tokenizer.token_to_id("[DEC]"), _DEC, vocabulary),
             "end_token_id": _known(end, tokenizer.token_to_id("[SEP]"), _SEP, vocabulary),
             **defaults, **stated}
    if "max_length" not in stated:
        found["max_length"] = min(found["max_length"], text["max_length"])
    if "min_length" not in stated:
        found["min_length"] = min(found["min_length"], found["max_length"])
    ids = (0, vocabulary - 1)
    ranges = {"first_token_id": ids, "end_token_id": ids, **_RANGES,
              "max_length": (2, text["max_length"]), "min_length": (0, found["max_length"])}
    for name, (low, high) in ranges.items():
        value = found[name]
        kind = int if isinstance(defaults.get(name, 0), int) else (int, float)
        if isinstance(value, bool) or not isinstance(value, kind) or not low <= value <= high:
            raise ExportError(f"[{SIDECAR}] caption.{name} must be in [{low}, {high}], got "
                              f"[{value}]")
    return found


def _known(stated: int | None, named: int | None, published: int, vocabulary: int) -> int | None:
    """Return the id that the checkpoint states, that the tokenizer names, or the published one
    where the model has it."""
    for found in (stated, named):
        if found is not None:
            return found
    return published if published < vocabulary else None


def graph(decoder: nn.Module) -> Graph:
    """Return the graph ``caption.onnx`` of a decoder that takes and gives what ``BlipCaption``
    does."""
    return Graph("caption.onnx", decoder.eval(),
                 ("input_ids", "image_tokens", "past", "rows"), ("logits", "present"),
                 {"caption_decoder": CAPTION})
