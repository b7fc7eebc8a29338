"""The graphs of a bundle: thin wrappers around transformers models, and their export."""

from __future__ import annotations

import logging
import warnings
from dataclasses import dataclass
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn
from torch.export import Dim
from torch.nn import functional

from .checkpoint import Checkpoint

OPSET = 18


class ClipImage(nn.Module):
    """pixels ``[b,3,h,w]`` to normalised embedding ``[b,d]``."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.vision, self.project = model.vision_model, model.visual_projection

    def forward(self, pixel_values: Tensor) -> Tensor:
        return functional.normalize(self.project(self.vision(pixel_values).pooler_output), dim=-1)


class ClipText(nn.Module):
    """ids ``[b,t]`` to normalised embedding ``[b,d]``.

    No mask: attention is causal and the text is pooled at its first end token, so padding after
    it changes nothing.
    """

    def __init__(self, model: nn.Module):
        super().__init__()
        self.text, self.project = model.text_model, model.text_projection

    def forward(self, input_ids: Tensor) -> Tensor:
        pooled = self.text(input_ids=input_ids).pooler_output
        return functional.normalize(self.project(pooled), dim=-1)


class BlipImage(nn.Module):
    """pixels ``[b,3,h,w]`` to normalised embedding ``[b,d]`` and tokens ``[b,n,hidden]``."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.vision, self.project = model.vision_model, model.vision_proj

    def forward(self, pixel_values: Tensor) -> tuple[Tensor, Tensor]:
        # Not pooler_output: transformers normalises that a second time.
        tokens = self.vision(pixel_values).last_hidden_state
        return functional.normalize(self.project(tokens[:, 0]), dim=-1), tokens


class BlipText(nn.Module):
    """ids and mask ``[b,t]`` to normalised embedding ``[b,d]``."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.text, self.project = model.text_encoder, model.text_proj

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        hidden = self.text(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return functional.normalize(self.project(hidden[:, 0]), dim=-1)


class BlipMatching(nn.Module):
    """ids and mask ``[b,t]`` (first id ``[ENC]``), tokens ``[b,n,hidden]`` to logits ``[b,2]``."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.text, self.head = model.text_encoder, model.itm_head
        self.image_project, self.text_project = model.vision_proj, model.text_proj
        #: ``scale``, ``offset`` and ``first_token_id`` where matching refines the contrastive
        #: similarity instead of judging from nothing; published models have none.
        self.prior = getattr(model.config, "matching_prior", None)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, image_tokens: Tensor) -> Tensor:
        # No mask over the picture: all its tokens are there.
        hidden = self.text(input_ids=input_ids, attention_mask=attention_mask,
                           encoder_hidden_states=image_tokens).last_hidden_state
        logits = self.head(hidden[:, 0])
        if self.prior is None:
            return logits
        first = torch.full_like(input_ids[:, :1], self.prior["first_token_id"])
        plain = self.text(input_ids=torch.cat([first, input_ids[:, 1:]], 1),
                          attention_mask=attention_mask).last_hidden_state
        text = functional.normalize(self.text_project(plain[:, 0]), dim=-1)
        image = functional.normalize(self.image_project(image_tokens[:, 0]), dim=-1)
        half = self.prior["scale"] / 2 * ((text * image).sum(-1) - self.prior["offset"])
        return logits + torch.stack([-half, half], 1)


@dataclass(frozen=True)
class Graph:
    """One graph to export.

    :param file: file name in the bundle
    :param module: the wrapper, in evaluation mode
    :param inputs: names, in the order of the arguments
    :param outputs: names, in order
    :param roles: the manifest's entries that this graph serves
    """

    file: str
    module: nn.Module
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    roles: dict[str, dict[str, dict[str, str]]]

    def example(self, checkpoint: Checkpoint, batch: int, length: int) -> tuple[Tensor, ...]:
        """Return random arguments; the last text of a batch is padded where there is a mask."""
        image = checkpoint.image
        text_config = checkpoint.model.config.text_config
        made: dict[str, Tensor] = {}
        if "pixel_values" in self.inputs:
            made["pixel_values"] = torch.randn(batch, 3, image["height"], image["width"])
        if "input_ids" in self.inputs:
            ids = torch.randint(3, text_config.vocab_size, (batch, length))
            ids[:, -1] = text_config.eos_token_id or 0
            mask = torch.ones_like(ids)
            if length > 3:
                mask[-1, length - 2:] = 0
            made["input_ids"], made["attention_mask"] = ids, mask
        if "image_tokens" in self.inputs:
            vision = checkpoint.model.config.vision_config
            tokens = (vision.image_size // vision.patch_size) ** 2 + 1
            made["image_tokens"] = torch.randn(batch, tokens, vision.hidden_size)
        return tuple(made[name] for name in self.inputs)


def graphs(checkpoint: Checkpoint) -> list[Graph]:
    """Return the graphs of a checkpoint's family."""
    pixels = {"pixels": "pixel_values"}
    text = {"ids": "input_ids"}
    masked = {**text, "mask": "attention_mask"}
    image_role = {"inputs": pixels, "outputs": {"embedding": "image_embedding"}}
    text_outputs = {"embedding": "text_embedding"}
    model = checkpoint.model
    if checkpoint.family == "clip":
        return [
            Graph("image.onnx", ClipImage(model).eval(), ("pixel_values",), ("image_embedding",),
                  {"image_embedding": image_role}),
            Graph("text.onnx", ClipText(model).eval(), ("input_ids",), ("text_embedding",),
                  {"text_embedding": {"inputs": text, "outputs": text_outputs}}),
        ]
    return [
        Graph("image.onnx", BlipImage(model).eval(), ("pixel_values",),
              ("image_embedding", "image_tokens"),
              {"image_embedding": image_role,
               "image_tokens": {"inputs": pixels, "outputs": {"tokens": "image_tokens"}}}),
        Graph("text.onnx", BlipText(model).eval(), ("input_ids", "attention_mask"),
              ("text_embedding",),
              {"text_embedding": {"inputs": masked, "outputs": text_outputs}}),
        Graph("matching.onnx", BlipMatching(model).eval(),
              ("input_ids", "attention_mask", "image_tokens"), ("logits",),
              {"matching": {"inputs": {**masked, "tokens": "image_tokens"},
                            "outputs": {"logits": "logits"}}}),
    ]


def write(graph: Graph, checkpoint: Checkpoint, folder: Path) -> Path:
    """Export one graph with dynamic batch and text length; returns the file."""
    batch = Dim("batch", min=1, max=4096)
    length = Dim("sequence", min=1, max=checkpoint.text["max_length"])
    axes = {"pixel_values": {0: batch}, "input_ids": {0: batch, 1: length},
            "attention_mask": {0: batch, 1: length}, "image_tokens": {0: batch}}
    path = folder / graph.file
    # The exporter reports every pass; a user wants errors only.
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            graph.module, graph.example(checkpoint, 2, min(6, checkpoint.text["max_length"])),
            str(path), dynamo=True, opset_version=OPSET, external_data=False, verbose=False,
            input_names=list(graph.inputs), output_names=list(graph.outputs),
            dynamic_shapes=tuple(axes[name] for name in graph.inputs),
        )
    _strip(path)
    return path


def _strip(path: Path) -> None:
    """Remove the exporter's notes: they hold stack traces with paths of the exporting machine."""
    model = onnx.load(path)
    model.doc_string = ""
    del model.metadata_props[:]
    for holder in (model.graph, *model.graph.node, *model.graph.value_info, *model.graph.input,
                   *model.graph.output, *model.graph.initializer, *model.functions):
        holder.doc_string = ""
        del holder.metadata_props[:]
    onnx.checker.check_model(model)
    onnx.save(model, path)
