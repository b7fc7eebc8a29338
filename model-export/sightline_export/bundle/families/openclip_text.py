"""Text towers of OpenCLIP that are models of transformers: RoBERTa, XLM-RoBERTa and BERT."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from transformers import AutoModel, BertConfig, PreTrainedConfig, XLMRobertaConfig

from .. import ExportError, weights
from . import official

_PREFIX = "text.transformer."
_POOLERS = ("mean_pooler", "cls_pooler", "cls_last_hidden_state_pooler")
#: A file holds the weights and a config the name of the model alone; what only the model's own
#: config says is the same for all sizes of a kind.
_KINDS: dict[str, tuple[type[PreTrainedConfig], dict[str, Any]]] = {
    "roberta": (XLMRobertaConfig, {"layer_norm_eps": 1e-5, "pad_token_id": 1}),
    "bert": (BertConfig, {"layer_norm_eps": 1e-12, "pad_token_id": 0}),
}
_NAME = re.compile(r"(?:xlm-)?(roberta)-(?:base|large)|(bert)-(?:base|large)(?:-[a-z]+)*")


class HuggingFaceText(nn.Module):
    """ids ``[b,t]`` to ``[b,d]``, not normalised. Padding is known by its id."""

    def __init__(self, config: PreTrainedConfig, pooler: str, projection: nn.Module):
        super().__init__()
        self.pad, self.pooler = config.pad_token_id, pooler
        self.transformer = AutoModel.from_config(
            config, add_pooling_layer=pooler == "cls_pooler", attn_implementation="eager")
        self.proj = projection

    #: No token looks at padding.
    reads_padding = False

    def forward(self, input_ids: Tensor) -> Tensor:
        mask = (input_ids != self.pad).long()
        found = self.transformer(input_ids=input_ids, attention_mask=mask)
        return self.proj(self._pooled(found, mask[..., None]))

    def _pooled(self, found: Any, mask: Tensor) -> Tensor:
        states = found.last_hidden_state
        if self.pooler == "mean_pooler":
            return (states * mask).sum(1) / mask.sum(1)
        return found.pooler_output if self.pooler == "cls_pooler" else states[:, 0]


def tower(found: dict[str, Any], dimensions: int, state: dict[str, Tensor], path: Path,
          side: dict[str, Any], where: str) -> HuggingFaceText:
    """Return the tower of a ``text_cfg`` with ``hf_model_name``, without its weights.

    :param found: ``hf_model_name``, ``hf_pooler_type`` and ``hf_proj_type``
    :param state: the weights of the file ``path``, which say how large it is
    :param side: the sidecar
    :param where: the config, for messages
    :raises ExportError: for a model, a pooler or a projection of another kind
    """
    name = str(found["hf_model_name"])
    kind = _NAME.fullmatch(name.rpartition("/")[2])
    if kind is None:
        raise ExportError(f"[{where}] text_cfg.hf_model_name is [{name}], supported are the base "
                          "and large models of roberta, xlm-roberta and bert")
    pooler = found["hf_pooler_type"]
    if pooler not in _POOLERS:
        raise ExportError(f"[{where}] text_cfg.hf_pooler_type is [{pooler}], supported are "
                          f"[{', '.join(_POOLERS)}]")
    config = _config(kind[1] or kind[2], state, path, side)
    width = config.hidden_size
    projection = found["hf_proj_type"]
    if projection == "linear":
        return HuggingFaceText(config, pooler, nn.Linear(width, dimensions, bias=False))
    if projection == "mlp":
        middle = (width + dimensions) // 2
        return HuggingFaceText(config, pooler, nn.Sequential(
            nn.Linear(width, middle, bias=False), nn.GELU(),
            nn.Linear(middle, dimensions, bias=False)))
    raise ExportError(f"[{where}] text_cfg.hf_proj_type is [{projection}], supported are "
                      "[linear, mlp]")


def _config(kind: str, state: dict[str, Tensor], path: Path,
            side: dict[str, Any]) -> PreTrainedConfig:
    names = {name: f"{_PREFIX}{name}.weight" for name in (
        "embeddings.word_embeddings", "embeddings.position_embeddings",
        "embeddings.token_type_embeddings", "encoder.layer.0.intermediate.dense")}
    weights.require(state, names.values(), path, f"{kind} text tower of OpenCLIP")
    words, positions, types, middle = (state[name].shape for name in names.values())
    config, fixed = _KINDS[kind]
    return config(
        vocab_size=words[0], hidden_size=words[1], max_position_embeddings=positions[0],
        type_vocab_size=types[0], intermediate_size=middle[0],
        num_hidden_layers=weights.layers(state, f"{_PREFIX}encoder.layer."),
        num_attention_heads=official.heads(side, "text_attention_heads", words[1]),
        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, **fixed)
