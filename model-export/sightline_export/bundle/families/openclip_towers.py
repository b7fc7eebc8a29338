"""OpenCLIP's towers in plain torch: transformers for pictures and texts, and CLIP's ResNets.

Modules and weights have the names that OpenCLIP's files have, but for queries, keys and values,
which lie in one matrix there (``source``). Read off mlfoundations/open_clip 3.3: ``transformer.py``
and ``modified_resnet.py``.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Container
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from .cross_attention import attend

_POOLER_EPSILON = 1e-5
_PARTS = ("q_proj", "k_proj", "v_proj")


def source(name: str, stored: Container[str]) -> str:
    """Return OpenCLIP's name of a weight; see ``weights.load``.

    :param stored: names in the file: there are queries, keys and values apart where the pictures
        that are looked at have another width
    """
    module, _, kind = name.rpartition(".")
    attention, _, part = module.rpartition(".")
    if part not in _PARTS or f"{attention}.in_proj_bias" not in stored:
        return name
    if kind == "weight" and f"{attention}.in_proj_weight" not in stored:
        return f"{attention}.{part}_weight"
    return f"{attention}.in_proj_{kind}|{_PARTS.index(part)}"


class QuickGelu(nn.Module):
    """OpenAI's approximation of GELU."""

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(1.702 * x)


class Attention(nn.Module):
    """``[b,t,w]`` look at ``[b,n,c]``."""

    def __init__(self, width: int, heads: int, context: int | None = None):
        super().__init__()
        self.heads = heads
        self.q_proj, self.out_proj = nn.Linear(width, width), nn.Linear(width, width)
        self.k_proj, self.v_proj = (nn.Linear(context or width, width) for _ in range(2))

    def forward(self, x: Tensor, context: Tensor, ahead: Tensor | float = 0.0) -> Tensor:
        seen = attend(self.q_proj(x), self.k_proj(context), self.v_proj(context), self.heads, ahead)
        return self.out_proj(seen)


class Scale(nn.Module):
    """A factor for each channel."""

    def __init__(self, width: int):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.gamma


class Block(nn.Module):
    """Attention and MLP, each normalised first."""

    def __init__(self, width: int, config: dict[str, Any], heads: int, quick_gelu: bool):
        super().__init__()
        middle, scaled = int(width * config["mlp_ratio"]), config["ls_init_value"] is not None
        act = QuickGelu() if quick_gelu else nn.GELU(**(config["act_kwargs"] or {}))
        self.ln_1, self.ln_2 = (normalisation(width, config) for _ in range(2))
        self.attn = Attention(width, heads)
        self.ls_1, self.ls_2 = (Scale(width) if scaled else nn.Identity() for _ in range(2))
        self.mlp = nn.Sequential(OrderedDict(
            c_fc=nn.Linear(width, middle), gelu=act, c_proj=nn.Linear(middle, width)))

    def forward(self, x: Tensor, ahead: Tensor | float) -> Tensor:
        y = self.ln_1(x)
        x = x + self.ls_1(self.attn(y, y, ahead))
        return x + self.ls_2(self.mlp(self.ln_2(x)))


def normalisation(width: int, config: dict[str, Any]) -> nn.LayerNorm:
    """Return a normalisation as a tower's ``norm_kwargs`` have it."""
    return nn.LayerNorm(width, **(config["norm_kwargs"] or {}))


class Blocks(nn.Module):
    """A stack of blocks."""

    def __init__(self, config: dict[str, Any], heads: int, quick_gelu: bool):
        super().__init__()
        self.resblocks = nn.ModuleList(Block(config["width"], config, heads, quick_gelu)
                                       for _ in range(config["layers"]))

    def forward(self, x: Tensor, ahead: Tensor | float = 0.0) -> Tensor:
        for block in self.resblocks:
            x = block(x, ahead)
        return x


class Pooler(nn.Module):
    """CoCa's: learned queries look at a picture's tokens."""

    def __init__(self, width: int, context: int, heads: int, queries: int):
        super().__init__()
        self.query = nn.Parameter(torch.zeros(queries, width))
        self.attn = Attention(width, heads, context)
        self.ln_q, self.ln_k = (nn.LayerNorm(size, eps=_POOLER_EPSILON)
                                for size in (width, context))

    def forward(self, x: Tensor) -> Tensor:
        return self.attn(self.ln_q(self.query).expand(x.shape[0], -1, -1), self.ln_k(x))


class VisionTransformer(nn.Module):
    """pixels ``[b,3,s,s]`` to ``[b,d]``, not normalised."""

    def __init__(self, config: dict[str, Any], dimensions: int, quick_gelu: bool):
        super().__init__()
        width, patch = config["width"], config["patch_size"]
        places = (config["image_size"] // patch) ** 2 + 1
        self.conv1 = nn.Conv2d(3, width, patch, patch, bias=False)
        self.class_embedding = nn.Parameter(torch.zeros(width))
        self.positional_embedding = nn.Parameter(torch.zeros(places, width))
        self.ln_pre = nn.Identity() if config["no_ln_pre"] else normalisation(width, config)
        self.transformer = Blocks(config, width // config["head_width"], quick_gelu)
        pooled = dimensions if config["attentional_pool"] else width
        self.attn_pool: Pooler | None = None
        if config["attentional_pool"]:
            self.attn_pool = Pooler(pooled, width, config["attn_pooler_heads"],
                                    config["attn_pooler_queries"])
        self.ln_post = normalisation(pooled, config)
        self.proj = nn.Parameter(torch.zeros(pooled, dimensions))
        self.mean = config["pool_type"] == "avg"
        self.pool_first = bool(config["final_ln_after_pool"]) and self.attn_pool is None

    def forward(self, pixel_values: Tensor) -> Tensor:
        x = self.conv1(pixel_values).flatten(2).transpose(1, 2)
        x = torch.cat([self.class_embedding.expand(x.shape[0], 1, -1), x], 1)
        x = self.transformer(self.ln_pre(x + self.positional_embedding))
        if self.attn_pool is not None:
            x = self.attn_pool(x)
        if self.pool_first:
            return self.ln_post(self._pooled(x)) @ self.proj
        return self._pooled(self.ln_post(x)) @ self.proj

    def _pooled(self, x: Tensor) -> Tensor:
        return x[:, 1:].mean(1) if self.mean else x[:, 0]


class TextTransformer(nn.Module):
    """ids ``[b,t]`` to ``[b,d]``, not normalised.

    Where tokens see those behind them, or an own token stands at the end, padding is read: such
    texts have the full length. ``pad`` is the id by which padding is known, if at all.
    """

    def __init__(self, config: dict[str, Any], dimensions: int, quick_gelu: bool):
        super().__init__()
        width, own = config["width"], config["embed_cls"]
        self.token_embedding = nn.Embedding(config["vocab_size"], width)
        self.cls_emb = nn.Parameter(torch.zeros(width)) if own else None
        self.positional_embedding = nn.Parameter(
            torch.zeros(config["context_length"] + bool(own), width))
        self.transformer = Blocks(config, config["heads"], quick_gelu)
        self.ln_final = normalisation(width, config)
        self.text_projection: nn.Parameter | nn.Linear | None = None
        if config["proj_type"] != "none":
            self.text_projection = (nn.Linear(width, dimensions) if config["proj_bias"]
                                    else nn.Parameter(torch.zeros(width, dimensions)))
        self.causal, self.pool = not config["no_causal_mask"], config["pool_type"]
        self.pad, self.end = config["pad_id"] if own else None, config["eos_id"]

    @property
    def reads_padding(self) -> bool:
        return not self.causal or self.cls_emb is not None or self.pool == "last"

    def forward(self, input_ids: Tensor) -> Tensor:
        x = self.token_embedding(input_ids)
        if self.cls_emb is not None:
            x = torch.cat([x, self.cls_emb.expand(x.shape[0], 1, -1)], 1)
        x = self.transformer(x + self.positional_embedding[:x.shape[1]], self._ahead(input_ids, x))
        pooled = self._pooled(x, input_ids)
        if self.text_projection is None:
            return pooled
        if isinstance(self.text_projection, nn.Linear):
            return self.text_projection(pooled)
        return pooled @ self.text_projection

    def _ahead(self, input_ids: Tensor, x: Tensor) -> Tensor | float:
        """Return what is added to scores: very negative where a token does not look."""
        if not self.causal and self.cls_emb is None:
            return 0.0
        places = torch.arange(x.shape[1])
        hidden = ((places > places.view(-1, 1)) if self.causal
                  else torch.zeros_like(places, dtype=torch.bool))[None]
        if self.cls_emb is not None:
            # OpenCLIP shifts the mask over padding by one, and its models were trained so.
            padded = functional.pad(input_ids == self.pad, (1, 0))
            hidden = (hidden | padded[:, None])[:, None]
        return hidden.to(x.dtype) * torch.finfo(x.dtype).min

    def _pooled(self, x: Tensor, input_ids: Tensor) -> Tensor:
        if self.cls_emb is not None:
            return self.ln_final(x[:, -1])
        x = self.ln_final(x)
        if self.pool in ("first", "last"):
            return x[:, 0 if self.pool == "first" else -1]
        chosen = input_ids if self.pool == "argmax" else (input_ids == self.end).int()
        return x[torch.arange(x.shape[0]), chosen.argmax(-1)]


def _convolution(inputs: int, outputs: int, size: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False)


class Bottleneck(nn.Module):
    """Three convolutions beside a shortcut; steps of two are taken by averages."""

    def __init__(self, inputs: int, planes: int, stride: int):
        super().__init__()
        outputs = 4 * planes
        self.conv1, self.bn1 = _convolution(inputs, planes, 1), nn.BatchNorm2d(planes)
        self.conv2, self.bn2 = _convolution(planes, planes, 3), nn.BatchNorm2d(planes)
        self.conv3, self.bn3 = _convolution(planes, outputs, 1), nn.BatchNorm2d(outputs)
        self.pool = nn.AvgPool2d(stride) if stride > 1 else nn.Identity()
        self.downsample: nn.Sequential | None = None
        if stride > 1 or inputs != outputs:
            self.downsample = nn.Sequential(OrderedDict({
                "-1": nn.AvgPool2d(stride), "0": _convolution(inputs, outputs, 1),
                "1": nn.BatchNorm2d(outputs)}))

    def forward(self, x: Tensor) -> Tensor:
        y = functional.relu(self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x))))))
        y = self.bn3(self.conv3(self.pool(y)))
        return functional.relu(y + (x if self.downsample is None else self.downsample(x)))


class AttentionPool(nn.Module):
    """The mean of all places looks at them."""

    def __init__(self, places: int, width: int, heads: int, dimensions: int):
        super().__init__()
        self.heads = heads
        self.positional_embedding = nn.Parameter(torch.zeros(places + 1, width))
        self.q_proj, self.k_proj, self.v_proj = (nn.Linear(width, width) for _ in range(3))
        self.c_proj = nn.Linear(width, dimensions)

    def forward(self, x: Tensor) -> Tensor:
        x = x.flatten(2).transpose(1, 2)
        x = torch.cat([x.mean(1, keepdim=True), x], 1) + self.positional_embedding
        seen = attend(self.q_proj(x[:, :1]), self.k_proj(x), self.v_proj(x), self.heads)
        return self.c_proj(seen[:, 0])


class ResNet(nn.Module):
    """CLIP's: three convolutions in front, attention in place of the last average."""

    def __init__(self, config: dict[str, Any], dimensions: int):
        super().__init__()
        width = config["width"]
        for at, (inputs, outputs, stride) in enumerate(
                ((3, width // 2, 2), (width // 2, width // 2, 1), (width // 2, width, 1)), 1):
            self.add_module(f"conv{at}", _convolution(inputs, outputs, 3, stride))
            self.add_module(f"bn{at}", nn.BatchNorm2d(outputs))
        inputs = width
        for at, count in enumerate(config["layers"], 1):
            planes = width * 2 ** (at - 1)
            strides = [1 if at == 1 else 2] + [1] * (count - 1)
            blocks = []
            for stride in strides:
                blocks.append(Bottleneck(inputs, planes, stride))
                inputs = 4 * planes
            self.add_module(f"layer{at}", nn.Sequential(*blocks))
        self.attnpool = AttentionPool((config["image_size"] // 32) ** 2, inputs,
                                      width * 32 // config["head_width"], dimensions)

    def forward(self, pixel_values: Tensor) -> Tensor:
        x = pixel_values
        for at in (1, 2, 3):
            x = functional.relu(self.get_submodule(f"bn{at}")(self.get_submodule(f"conv{at}")(x)))
        x = functional.avg_pool2d(x, 2)
        for at in (1, 2, 3, 4):
            x = self.get_submodule(f"layer{at}")(x)
        return self.attnpool(x)
