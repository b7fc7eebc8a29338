"""What the references do to a text before they tokenize it, as steps of the manifest.

Sources: salesforce/BLIP ``data/utils.py`` and LAVIS ``blip_caption`` (``pre_caption``, 50 words);
salesforce/ALBEF ``dataset/utils.py`` (``pre_caption``, 30 words); openai/CLIP and OpenCLIP
``tokenizer.py`` (ftfy, references decoded twice, one blank for white space, lower case); OpenCLIP
likewise, whose special tokens have other names in texts, and whose tokenizers of other kinds keep
capitals or take ``canonicalize_text`` of google-research/big_vision.
"""

from __future__ import annotations

from typing import Any

from . import ExportError


def _replace(characters: str, by: str) -> dict[str, Any]:
    return {"step": "replace_characters", "characters": characters, "with": by}


#: Runs of two or more become a blank; blanks go from both ends, a line end from the end.
_CAPTION_BLANKS: list[dict[str, Any]] = [{"step": "collapse_whitespace", "at_least": 2},
                                         {"step": "trim", "start": " ", "end": " \n"}]

_FIXED: list[dict[str, Any]] = [{"step": "fix_text"}, {"step": "html_unescape"},
                                {"step": "html_unescape"}]
_BLANKS: list[dict[str, Any]] = [{"step": "collapse_whitespace"}, {"step": "trim"}]
_CLIP = [*_FIXED, *_BLANKS, {"step": "lowercase"}]
#: Names that OpenCLIP's tokenizer knows, and those of CLIP's in transformers.
_TOKENS = {"<start_of_text>": "<|startoftext|>", "<end_of_text>": "<|endoftext|>"}

STEPS: dict[str, list[dict[str, Any]]] = {
    "none": [],
    "blip": [{"step": "lowercase"}, _replace(".!\"()*#:;~", " "), *_CAPTION_BLANKS,
             {"step": "max_words", "count": 50}],
    "albef": [{"step": "lowercase"}, _replace(",.'!?\"()*#:;~", ""), _replace("-/", " "),
              {"step": "replace_text", "text": "<person>", "with": "person"}, *_CAPTION_BLANKS,
              {"step": "max_words", "count": 30}],
    "clip": _CLIP,
    "openclip": [*_CLIP, {"step": "special_tokens", "tokens": _TOKENS}],
    "whitespace": [*_FIXED, *_BLANKS],
    "canonicalize": [*_FIXED, {"step": "canonicalize"}],
    "lower": [{"step": "lowercase", "by": "tokenizer"}],
}


def steps(name: str) -> dict[str, Any]:
    """Return what a cleaning adds to the manifest's ``text`` object.

    :param name: key of ``STEPS``
    """
    if name not in STEPS:
        raise ExportError(f"[text_cleaning] must be one of {list(STEPS)}, got [{name}]")
    return {"cleaning": STEPS[name]} if STEPS[name] else {}
