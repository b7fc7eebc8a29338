"""A loaded checkpoint, and what all families read from its folder in the same way."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from torch import nn

from . import ExportError

TOKENIZER = "tokenizer.json"
TOKENIZER_CONFIG = "tokenizer_config.json"
#: Classes of transformers for Gemma's tokenizer. They pad on the left unless a file says otherwise.
GEMMA = ("GemmaTokenizer", "GemmaTokenizerFast", "Siglip2Tokenizer")
SIDECAR = "sightline.json"
_SIDECAR_FIELDS = {"transparency", "max_length", "pad_token_id", "matching_first_token_id",
                   "logit_scale", "vision_attention_heads", "text_attention_heads",
                   "training_steps", "prompt", "caption", "max_num_patches"}


@dataclass(frozen=True)
class Checkpoint:
    """A loaded checkpoint.

    :param family: key of ``families.FAMILIES``
    :param model: in evaluation mode, float32
    :param weights: the file the weights came from
    :param tokenizer: without padding, as the bundle will have it
    :param tokenizer_json: content of the bundle's ``tokenizer.json``
    :param image: the manifest's ``image`` object
    :param text: the manifest's ``text`` object
    :param dimensions: length of an embedding; None where there are none
    :param logit_scale: multiplier of the cosine
    :param vocabulary: the text encoder knows ids below this
    :param end_id: the id that ends a text
    :param logit_bias: added after scaling
    :param vectors_per_image: embeddings that an image has
    :param token_shape: ``(n, hidden)`` of image tokens; None where there are none
    :param feature_width: hidden size of text features; None where there are none
    :param caption: the manifest's ``caption`` object; None where there is no captioner
    :param caption_state: ``(s, w)``, slots and width of what a caption decoder keeps a token
    :param cleaning: key of ``cleaning.STEPS``: what the programs that this layout was published
        with do to texts
    """

    family: str
    model: nn.Module
    weights: Path
    tokenizer: Tokenizer
    tokenizer_json: bytes
    image: dict[str, Any]
    text: dict[str, Any]
    dimensions: int | None
    logit_scale: float
    vocabulary: int
    end_id: int
    logit_bias: float = 0.0
    vectors_per_image: int = 1
    token_shape: tuple[int, int] | None = None
    feature_width: int | None = None
    caption: dict[str, Any] | None = None
    caption_state: tuple[int, int] | None = None
    cleaning: str = "none"


def listing(folder: Path) -> str:
    """Return what a folder holds, for messages."""
    names = sorted(p.name for p in folder.iterdir())
    return "it contains " + (", ".join(names) if names else "nothing")


def read_json(folder: Path, name: str) -> dict[str, Any]:
    """Return a JSON object of a checkpoint folder.

    :raises ExportError: when it is missing or no JSON object
    """
    if not (folder / name).is_file():
        raise ExportError(f"[{folder.name}] has no {name}: {listing(folder)}")
    return _parse(folder / name)


def optional_json(folder: Path, name: str) -> dict[str, Any]:
    """Return a JSON object of a checkpoint folder, empty where there is no such file."""
    return _parse(folder / name) if (folder / name).is_file() else {}


def _parse(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except ValueError as e:
        raise ExportError(f"[{path.name}] is not JSON: {e}") from e
    if not isinstance(found, dict):
        raise ExportError(f"[{path.name}] must be a JSON object, got [{type(found).__name__}]")
    return found


def sidecar(folder: Path) -> dict[str, Any]:
    """Return ``sightline.json``: what the checkpoint's own files cannot say.

    :raises ExportError: when it holds a field that nothing reads
    """
    found = optional_json(folder, SIDECAR)
    unknown = sorted(set(found) - _SIDECAR_FIELDS)
    if unknown:
        raise ExportError(f"[{SIDECAR}] has unknown field [{unknown[0]}], "
                          f"expected {sorted(_SIDECAR_FIELDS)}")
    return found


def read_tokenizer(folder: Path, vocabulary: int) -> tuple[Tokenizer, bytes]:
    """Return the tokenizer and its file.

    :param vocabulary: the model knows ids below this
    :raises ExportError: when it is missing or has ids that the model does not know
    """
    path = folder / TOKENIZER
    if not path.is_file():
        raise ExportError(f"[{folder.name}] has no {TOKENIZER} (save a fast tokenizer there): "
                          f"{listing(folder)}")
    content = path.read_bytes()
    return parse_tokenizer(content, vocabulary), content


def parse_tokenizer(content: bytes, vocabulary: int) -> Tokenizer:
    """Return a tokenizer from the content of its file; see ``read_tokenizer``."""
    try:
        tokenizer = Tokenizer.from_str(content.decode("utf-8"))
    except Exception as e:  # tokenizers raises bare Exception
        raise ExportError(f"[{TOKENIZER}] is not a tokenizer: {e}") from e
    tokenizer.no_padding()
    largest = max(tokenizer.get_vocab(with_added_tokens=True).values())
    if largest >= vocabulary:
        raise ExportError(f"[{TOKENIZER}] has id [{largest}], the model knows ids below "
                          f"[{vocabulary}]")
    return tokenizer


def pad_id(folder: Path, side: dict[str, Any], tokenizer: Tokenizer, content: bytes) -> int:
    """Return the id that fills texts up, from the tokenizer's files: a model that reads it, and
    ``config.json`` of SigLIP 2 names another one.

    :param content: of ``tokenizer.json``
    :raises ExportError: when no file names it, or texts are filled up on the left
    """
    settings = optional_json(folder, TOKENIZER_CONFIG)
    own = json.loads(content).get("padding") or {}
    default = "left" if settings.get("tokenizer_class") in GEMMA else "right"
    where = settings.get("padding_side") or own.get("direction", default).lower()
    if where != "right":
        raise ExportError(f"[{TOKENIZER_CONFIG}] padding_side is [{where}], a bundle pads on the "
                          "right")
    token = settings.get("pad_token")
    token = token.get("content") if isinstance(token, dict) else token
    found = tokenizer.token_to_id(token) if token else own.get("pad_id")
    found = side.get("pad_token_id", found)
    if found is None:
        raise ExportError(f"[{TOKENIZER_CONFIG}] names no pad_token that [{TOKENIZER}] knows, got "
                          f"[{token}]")
    return found


def text_rules(side: dict[str, Any], *, limit: int, default_length: int, pad: int,
               padding: str = "longest", first: int | None = None,
               prompt: str | None = None) -> dict[str, Any]:
    """Return the manifest's ``text`` object.

    :param side: the sidecar
    :param limit: positions that the model has
    :param default_length: maximum length unless the sidecar says otherwise
    :param pad: id that fills up, likewise
    :param first: id that replaces the first one when a text is matched
    :param prompt: what captions go on from, unless the sidecar says otherwise
    :raises ExportError: when the length does not fit the model or the prompt is no text
    """
    length = side.get("max_length", min(default_length, limit))
    if not 1 <= length <= limit:
        raise ExportError(f"[max_length] must be in [1, {limit}], got [{length}]")
    prompt = side.get("prompt", prompt)
    if not isinstance(prompt, str | None):
        raise ExportError(f"[{SIDECAR}] prompt must be a text or null, got [{prompt}]")
    return {"max_length": length, "padding": padding,
            "pad_token_id": int(side.get("pad_token_id", pad)),
            "matching_first_token_id": first, "prompt": prompt}


def same_size(image: dict[str, Any], size: int, where: str, model_where: str) -> None:
    """Compare the preprocessor's picture size with the model's.

    :raises ExportError: when they differ
    """
    if (size, size) != (image["height"], image["width"]):
        raise ExportError(f"[{where}] gives {image['width']}x{image['height']} pixels, "
                          f"[{model_where}] says the model reads {size}x{size}")
