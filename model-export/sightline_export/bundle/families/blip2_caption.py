"""Captions of BLIP-2's first stage: the Q-Former reads the picture, and its text side writes.

In LAVIS' files the Q-Former has a language head (salesforce/LAVIS, ``blip2_qformer.py`` and
``Qformer.py``). Queries see one another and the picture, and none of the text. Words see all
queries and the words before them, through the queries' keys and values, and never the picture.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from transformers import Blip2ForImageTextRetrieval

from .cross_attention import attend, look

#: The defaults of ``generate`` (salesforce/LAVIS, lavis/models/blip2_models/blip2_qformer.py).
DEFAULTS = {"num_beams": 3, "max_length": 30, "min_length": 10, "repetition_penalty": 1.0,
            "length_penalty": 1.0}


class Blip2Caption(nn.Module):
    """ids ``[b,t]``, tokens ``[m,n,hidden]``, past ``[c,s,p,w]`` and rows ``[b]`` to logits
    ``[b,vocabulary]`` after the last id and present ``[b,s,p+t,w]``.

    ``s`` is two a layer: keys and values of the text alone. What the queries read is computed anew
    at every step, once a picture: the state has a place for each token, and none for them.
    """

    def __init__(self, model: Blip2ForImageTextRetrieval):
        super().__init__()
        self.embeddings, self.norm = model.embeddings, model.qformer.layernorm
        self.layers, self.queries = model.qformer.encoder.layer, model.query_tokens
        self.head = model.language_head

    def forward(self, input_ids: Tensor, image_tokens: Tensor, past: Tensor,
                rows: Tensor) -> tuple[Tensor, Tensor]:
        batch, queries = input_ids.shape[0], self.queries.shape[1]
        # Row r describes picture r / (b / m).
        owner = torch.arange(batch) * image_tokens.shape[0] // batch
        before = torch.cat([self._read(image_tokens).index_select(0, owner),
                            past.index_select(0, rows)], 2)
        places = torch.arange(before.shape[2] + input_ids.shape[1])
        now = places[before.shape[2]:]
        x = self.norm(self.embeddings.word_embeddings(input_ids)
                      + self.embeddings.position_embeddings(now - queries))
        # From left to right: [t, q+p+t], very negative where a token would see a later one.
        ahead = (places > now.view(-1, 1)).to(x.dtype) * torch.finfo(x.dtype).min
        fresh = []
        for at, layer in enumerate(self.layers):
            own = layer.attention.attention
            fresh += [own.key(x), own.value(x)]
            keys, values = (torch.cat([before[:, slot], fresh[slot]], 1)
                            for slot in (2 * at, 2 * at + 1))
            seen = attend(own.query(x), keys, values, own.num_attention_heads, ahead)
            x = layer.feed_forward_chunk(layer.attention.output(seen, x))
        return self.head(x[:, -1]), torch.cat([before[:, :, queries:], torch.stack(fresh, 1)], 2)

    def _read(self, image_tokens: Tensor) -> Tensor:
        """Return the queries' keys and values in every layer, ``[m,s,q,w]``."""
        x = self.norm(self.queries).expand(image_tokens.shape[0], -1, -1)
        kept = []
        for layer in self.layers:
            own = layer.attention.attention
            keys, values = own.key(x), own.value(x)
            kept += [keys, values]
            # Of the last layer nothing further is read; the exporter leaves it out.
            seen = attend(own.query(x), keys, values, own.num_attention_heads)
            x = layer.attention.output(seen, x)
            if layer.has_cross_attention:
                seen = look(layer.crossattention.attention, x, image_tokens)
                x = layer.crossattention.output(seen, x)
            x = layer.feed_forward_chunk_query(x)
        return torch.stack(kept, 1)
