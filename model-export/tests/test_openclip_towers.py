"""Every kind of OpenCLIP tower gives what OpenCLIP itself gave."""

import importlib.util
import json
import sys

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from fixture_maker import tiny_openclip
from sightline_export.bundle import ExportError, manifest, verify
from sightline_export.bundle.export import export
from sightline_export.bundle.families import openclip, read
from sightline_export.bundle.families.openclip import CONFIG

NAMES = sorted(tiny_openclip.CONFIGS)
#: Where OpenCLIP and timm are installed; they are no requirement of the tests.
TIMM = pytest.mark.skipif(importlib.util.find_spec("open_clip") is None, reason="no OpenCLIP")
KINDS = [pytest.param(name, marks=TIMM if name.startswith("timm") else ()) for name in NAMES]


@pytest.fixture
def folder(tmp_path):
    """A folder of a tiny checkpoint."""

    def make(name):
        tiny_openclip.make(name, tmp_path / name)
        return tmp_path / name

    return make


@pytest.mark.parametrize("name", KINDS)
def test_embeddings_equal_openclip(folder, name):
    checkpoint = read(folder(name), "openclip")
    wanted = tiny_openclip.expected()[name]
    image, text = openclip.graphs(checkpoint)
    with torch.no_grad():
        images = image.module(tiny_openclip.pixels(name))
        texts = text.module(tiny_openclip.ids(name))
    np.testing.assert_allclose(images.numpy(), wanted["images"], atol=2e-6)
    np.testing.assert_allclose(texts.numpy(), wanted["texts"], atol=2e-6)


@pytest.mark.parametrize("name", KINDS)
def test_graphs_equal_openclip(folder, tmp_path, name):
    export(folder(name), "openclip", tmp_path / "bundle")
    manifest.check(tmp_path / "bundle")
    wanted = tiny_openclip.expected()[name]
    found = verify.session(tmp_path / "bundle/image.onnx").run(
        None, {"pixel_values": tiny_openclip.pixels(name).numpy()})[0]
    np.testing.assert_allclose(found, wanted["images"], atol=1e-5)
    found = verify.session(tmp_path / "bundle/text.onnx").run(
        None, {"input_ids": tiny_openclip.ids(name).numpy()})[0]
    np.testing.assert_allclose(found, wanted["texts"], atol=1e-5)


@pytest.mark.parametrize("name,padding,pad,cleaning", [
    ("resnet", "longest", 0, "openclip"), ("clipa", "max_length", 0, "openclip"),
    ("coca", "max_length", 0, "openclip"), ("xlm-roberta", "longest", 1, "whitespace"),
    ("bert", "longest", 0, "whitespace")])
def test_how_texts_are_padded(folder, name, padding, pad, cleaning):
    found = read(folder(name), "openclip")
    assert (found.text["padding"], found.text["pad_token_id"]) == (padding, pad)
    assert found.cleaning == cleaning


def test_a_text_of_another_kind_of_padding_is_refused(folder):
    made = folder("xlm-roberta")
    (made / "tokenizer_config.json").write_text(json.dumps({"pad_token": "[PAD]"}), "utf-8")
    with pytest.raises(ExportError, match=r"fills texts up with \[0\], the model knows .* \[1\]"):
        read(made, "openclip")


def test_text_towers_of_other_models_are_refused(folder):
    made = folder("xlm-roberta")
    config = json.loads((made / CONFIG).read_text("utf-8"))
    for name in ("google/mt5-base", "facebook/nllb-200-distilled-600M", "xlm-roberta-tiny"):
        config["model_cfg"]["text_cfg"]["hf_model_name"] = name
        (made / CONFIG).write_text(json.dumps(config), "utf-8")
        with pytest.raises(ExportError, match=rf"hf_model_name is \[{name}\], supported are"):
            read(made, "openclip")


def test_timm_without_openclip_is_named(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "open_clip.timm_model", None)
    with pytest.raises(ExportError, match=r"needs OpenCLIP and timm: pip install"):
        read(folder("timm-vit"), "openclip")


def test_counts_of_training_steps_may_be_missing(folder):
    made = folder("resnet")
    path = made / "open_clip_model.safetensors"
    save_file({name: value for name, value in load_file(path).items()
               if not name.endswith("num_batches_tracked")}, path)
    assert read(made, "openclip").dimensions == 16

