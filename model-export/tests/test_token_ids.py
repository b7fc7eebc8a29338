"""The expected token ids are those of implementations that know nothing of tokenizers' library."""

import gzip
import hashlib
import json
import unicodedata
from pathlib import Path

import pytest

from sightline_export.fixtures import token_ids
from sightline_export.fixtures.vocabularies import SOURCES

ROOT = Path(__file__).parents[2]
FIXTURE = ROOT / "model-runtime/src/test/fixtures" / token_ids.NAME
VOCABULARIES = ROOT / ".cache/vocabularies"


@pytest.fixture(scope="module")
def fixture():
    return json.loads(gzip.decompress(FIXTURE.read_bytes()))


def _truncated(ids, length):
    return ids if len(ids) <= length else [*ids[:length - 1], ids[-1]]


def _is_newer(c):
    """Whether Unicode has the character since a version after 3.2."""
    return unicodedata.ucd_3_2_0.category(c) == "Cn"


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_independent_implementations_agree(fixture, name):
    path = VOCABULARIES / name / "tokenizer.json"
    if not path.is_file():
        pytest.skip(f"no {path.relative_to(ROOT)}: ./test fetches it")
    content = path.read_bytes()
    assert hashlib.sha256(content).hexdigest() == fixture["sha256"][name] == SOURCES[name].sha256
    encode = token_ids.INDEPENDENT[name](json.loads(content))
    length, differ = fixture["max_length"][name], set(fixture["differ"][name])
    for at, (text, ids) in enumerate(zip(fixture["texts"], fixture["ids"][name], strict=True)):
        # a difference may lie behind the end of the truncated ids
        assert at in differ or _truncated(encode(text), length) == ids, ascii(text)


def test_what_differs_is_known(fixture):
    """transformers' Python tokenizer of BERT knows final sigmas, drops what Unicode has not
    assigned, and its Unicode has marks and format characters that the library's has not."""
    assert fixture["differ"]["clip"] == fixture["differ"]["gemma"] == []
    for at in fixture["differ"]["bert"]:
        text = fixture["texts"][at]
        assert "Σ" in text or any(
            unicodedata.category(c) == "Cn" or (
                unicodedata.category(c) in ("Mn", "Cf") and _is_newer(c)) for c in text), ascii(text)


def test_texts_of_all_kinds(fixture):
    texts = fixture["texts"]
    assert len(set(texts)) == len(texts) >= 2000
    assert "" in texts
    together = "".join(texts)
    for kind in ("\u200d", "\x00", "&amp;", "\u0627", "\u05d0", "\U0001f408", "\u3000", "e\u0301"):
        assert kind in together
    assert {unicodedata.is_normalized("NFC", text) for text in texts} == {True, False}
    assert max(map(len, "\n".join(texts).split())) >= 2000

