"""Which cleaning a bundle gets, and that the reference for it is what the fixture holds."""

import json
from pathlib import Path

import pytest

from fixture_maker import reference_cleaning
from sightline_export.bundle import ExportError, cleaning, graphs, manifest
from sightline_export.bundle.export import export

FIXTURE = Path(__file__).parents[2] / "model-runtime/src/test/fixtures/cleaning.json"


@pytest.fixture(scope="module")
def fixture():
    return json.loads(FIXTURE.read_text("utf-8"))


def test_the_fixture_has_the_steps_that_bundles_get(fixture):
    assert fixture["steps"] == {k: v for k, v in cleaning.STEPS.items() if v}


@pytest.mark.parametrize("name", ["blip", "albef", "clip", "whitespace", "canonicalize"])
def test_reference_equals_the_fixture(fixture, name):
    assert len(fixture["cases"]) > 300
    for case in fixture["cases"]:
        assert reference_cleaning.CLEANINGS[name](case["text"]) == case[name]


@pytest.mark.parametrize("name,expected", [
    ("clip", "none"), ("blip", "none"), ("siglip", "lower"), ("blip2", "none"),
    ("blip-pth", "blip"), ("albef", "albef"), ("openclip", "openclip")])
def test_the_layout_decides(bundles, name, expected):
    assert manifest.check(bundles[name])["text"].get("cleaning", []) == cleaning.STEPS[expected]


def test_an_option_decides_otherwise(checkpoints, tmp_path, traced, monkeypatch):
    monkeypatch.setattr(graphs, "write", traced)
    export(checkpoints["clip"], "clip", tmp_path / "cleaned", text_cleaning="clip")
    assert manifest.check(tmp_path / "cleaned")["text"]["cleaning"] == cleaning.STEPS["clip"]
    export(checkpoints["openclip"], "openclip", tmp_path / "plain", text_cleaning="none")
    assert "cleaning" not in manifest.check(tmp_path / "plain")["text"]
    with pytest.raises(ExportError, match=r"\[text_cleaning\] must be one of \['none', 'blip', "
                                          r"'albef', 'clip', .*\], got \[lavis\]"):
        export(checkpoints["clip"], "clip", tmp_path / "other", text_cleaning="lavis")
