"""One graph of a bundle: a thin wrapper around a reference model, and its export."""

from __future__ import annotations

import logging
import warnings
from dataclasses import dataclass
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn
from torch.export import Dim

from . import preprocessor
from .checkpoint import Checkpoint

OPSET = 18
#: A file of the ONNX format ends at 2 GiB; larger weights lie beside it in ``FILE.data``.
ONE_FILE_BYTES = 1_900_000_000

PIXELS = {"pixels": "pixel_values"}
IDS = {"ids": "input_ids"}
MASK = {"mask": "attention_mask"}
#: Role ``caption_decoder``.
CAPTION = {"inputs": {"ids": "input_ids", "tokens": "image_tokens", "past": "past", "rows": "rows"},
           "outputs": {"logits": "logits", "present": "present"}}


def embedding_role(kind: str, inputs: dict[str, str]) -> dict[str, dict[str, str]]:
    """Return the manifest's entry of ``image_embedding`` or ``text_embedding``, without a file.

    :param kind: ``image`` or ``text``
    """
    return {"inputs": inputs, "outputs": {"embedding": f"{kind}_embedding"}}


@dataclass(frozen=True)
class Graph:
    """One graph to export.

    :param file: file name in the bundle
    :param module: the wrapper, in evaluation mode
    :param inputs: names, in the order of the arguments
    :param outputs: names, in order
    :param roles: the manifest's entries that this graph serves
    :param reference: computes the same as ``module`` in the reference model's own way, where
        ``module`` has another
    """

    file: str
    module: nn.Module
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    roles: dict[str, dict[str, dict[str, str]]]
    reference: nn.Module | None = None

    @property
    def wanted(self) -> nn.Module:
        """What the graph must equal."""
        return self.reference or self.module

    def example(self, checkpoint: Checkpoint, batch: int, length: int, beams: int = 1,
                past: int = 2) -> tuple[Tensor, ...]:
        """Return random arguments; the last text of a batch is padded.

        :param batch: images, and texts as well but for captions
        :param beams: captions an image
        :param past: tokens that captions have already
        """
        image = checkpoint.image
        made: dict[str, Tensor] = {}
        if "pixel_values" in self.inputs:
            made["pixel_values"] = preprocessor.random_pictures(batch, image)
        mask = torch.ones(batch, length, dtype=torch.int64)
        if length > 3:
            mask[-1, length - 2:] = 0
        made["attention_mask"] = mask
        if "input_ids" in self.inputs:
            ids = torch.randint(3, checkpoint.vocabulary, (batch, length))
            ids[:, -1] = checkpoint.end_id
            if length > 3 and "attention_mask" not in self.inputs:
                ids[-1, length - 3:] = checkpoint.text["pad_token_id"]
                ids[-1, length - 3] = checkpoint.end_id
            made["input_ids"] = ids
        if "past" in self.inputs:
            rows, room = batch * beams, checkpoint.text["max_length"] - past
            made["input_ids"] = torch.randint(3, checkpoint.vocabulary, (rows, min(length, room)))
            # One more than there are captions, so that the two numbers are kept apart.
            assert checkpoint.caption_state is not None
            slots, width = checkpoint.caption_state
            made["past"] = torch.randn(rows + 1, slots, past, width)
            made["rows"] = torch.randint(0, rows + 1, (rows,))
        if "text_features" in self.inputs:
            made["text_features"] = torch.randn(batch, length, checkpoint.feature_width)
        if "image_tokens" in self.inputs:
            assert checkpoint.token_shape is not None
            made["image_tokens"] = torch.randn(batch, *checkpoint.token_shape)
        return tuple(made[name] for name in self.inputs)


def write(graph: Graph, checkpoint: Checkpoint, folder: Path) -> Path:
    """Export one graph with dynamic batch and text length; returns the file."""
    batch = Dim("batch", min=1, max=4096)
    limit = checkpoint.text["max_length"]
    length = Dim("sequence", min=1, max=limit)
    axes = {"pixel_values": {0: batch}, "input_ids": {0: batch, 1: length},
            "attention_mask": {0: batch, 1: length}, "text_features": {0: batch, 1: length},
            "image_tokens": {0: batch}}
    if "past" in graph.inputs:
        # Captions are a multiple of images; they go on from any number of rows.
        axes |= {"image_tokens": {0: Dim("images", min=1, max=4096)}, "rows": {0: batch},
                 "past": {0: Dim("kept", min=1, max=4096),
                          2: Dim("past", min=0, max=limit)}}
    path = folder / graph.file
    weights = {id(p): p.numel() * p.element_size() for p in graph.module.parameters()}
    external = sum(weights.values()) > ONE_FILE_BYTES
    # The exporter reports every pass; a user wants errors only.
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            graph.module,
            # Sizes of 2 and more: the exporter takes 0 and 1 for constants.
            graph.example(checkpoint, 2, min(6, limit), beams=3),
            str(path), dynamo=True, opset_version=OPSET, external_data=external, verbose=False,
            input_names=list(graph.inputs), output_names=list(graph.outputs),
            dynamic_shapes=tuple(axes[name] for name in graph.inputs),
        )
    _strip(path)
    return path


def weights_beside(path: Path) -> Path:
    """Return the file that holds a graph's weights where they are too large for its own."""
    return path.with_name(path.name + ".data")


def save(model: onnx.ModelProto, path: Path) -> None:
    """Write a graph whose weights are in memory, in one file or with them beside it."""
    size = sum(len(weight.raw_data) for weight in model.graph.initializer)
    if size > ONE_FILE_BYTES:
        onnx.save(model, path, save_as_external_data=True, location=weights_beside(path).name)
    else:
        onnx.save(model, path)
    onnx.checker.check_model(str(path))


def _strip(path: Path) -> None:
    """Remove the exporter's notes: they hold stack traces with paths of the exporting machine."""
    model = onnx.load(path, load_external_data=False)
    model.doc_string = ""
    del model.metadata_props[:]
    for holder in (model.graph, *model.graph.node, *model.graph.value_info, *model.graph.input,
                   *model.graph.output, *model.graph.initializer, *model.functions):
        holder.doc_string = ""
        del holder.metadata_props[:]
    onnx.save(model, path)
    onnx.checker.check_model(str(path))
