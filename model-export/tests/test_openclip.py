"""OpenCLIP bundles give what a plain torch model with the same weights gives."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from fixture_maker.reference_openclip import load
from sightline_export.bundle import ExportError, manifest
from sightline_export.bundle.export import export
from sightline_export.bundle.families import read
from sightline_export.bundle.families.openclip import CONFIG, image_rules
from sightline_export.bundle.verify import session

NAME = "open_clip_model.safetensors"


def _change(folder, path, value):
    config = json.loads((folder / CONFIG).read_text("utf-8"))
    part = config
    for name in path.split(".")[:-1]:
        part = part[name]
    part[path.split(".")[-1]] = value
    (folder / CONFIG).write_text(json.dumps(config), "utf-8")


def _compare(reference, bundle, batch, length):
    vocabulary = reference.token_embedding.num_embeddings
    pixels = torch.randn(batch, 3, 32, 32, generator=torch.Generator().manual_seed(5))
    ids = torch.randint(6, vocabulary - 2, (batch, length),
                        generator=torch.Generator().manual_seed(6))
    # Ends differ: one text ends early and is padded.
    ids[:, -1] = vocabulary - 1
    ids[0, 2], ids[0, 3:] = vocabulary - 1, 0
    with torch.no_grad():
        image, text = reference.encode_image(pixels), reference.encode_text(ids)
    got = session(bundle / "image.onnx").run(None, {"pixel_values": pixels.numpy()})[0]
    np.testing.assert_allclose(got, image.numpy(), atol=1e-5)
    got = session(bundle / "text.onnx").run(None, {"input_ids": ids.numpy()})[0]
    np.testing.assert_allclose(got, text.numpy(), atol=1e-5)


@pytest.mark.parametrize("batch,length", [(1, 5), (3, 16)])
def test_embeddings_equal_plain_torch(checkpoints, bundles, batch, length):
    _compare(load(checkpoints["openclip"]), bundles["openclip"], batch, length)


def test_gelu_is_the_configs(copy, tmp_path):
    folder = copy("openclip")
    _change(folder, "model_cfg.quick_gelu", False)
    export(folder, "openclip", tmp_path / "plain-gelu")
    _compare(load(folder, quick_gelu=False), tmp_path / "plain-gelu", 2, 9)
    with pytest.raises(AssertionError):
        _compare(load(folder, quick_gelu=True), tmp_path / "plain-gelu", 2, 9)


def test_pickled_weights_give_the_same(copy, checkpoints):
    folder = copy("openclip")
    torch.save({"state_dict": load_file(folder / NAME)}, folder / "open_clip_pytorch_model.bin")
    (folder / NAME).unlink()
    again, first = read(folder, "openclip"), read(checkpoints["openclip"], "openclip")
    assert again.weights.name == "open_clip_pytorch_model.bin"
    for name, value in first.model.state_dict().items():
        assert torch.equal(value, again.model.state_dict()[name])


def test_manifest(bundles):
    found = manifest.check(bundles["openclip"])
    assert found["logit_scale"] == pytest.approx(np.exp(4.2), abs=1e-4)
    assert found["logit_bias"] == 0
    assert (found["image"]["resize"], found["image"]["crop"]) == ("shortest_edge", "center")
    assert found["text"]["max_length"] == 16


def test_logit_bias_is_kept(copy):
    folder = copy("openclip")
    state = load_file(folder / NAME)
    save_file({**state, "logit_bias": torch.tensor(-10.0)}, folder / NAME)
    assert read(folder, "openclip").logit_bias == -10


def test_image_rules():
    plain = image_rules({}, 224)
    assert (plain["crop"], plain["crop_rounding"]) == ("center", "half_even")
    squash = image_rules({"size": [3 * 8] * 2, "resize_mode": "squash",
                          "interpolation": "bilinear", "mean": [0.5] * 3, "std": [0.25] * 3}, 99)
    assert squash == {"width": 24, "height": 24, "resize": "squash", "interpolation": "bilinear",
                      "crop": "none", "mean": [0.5] * 3, "std": [0.25] * 3}
    assert (plain["width"], plain["resize"], plain["interpolation"]) == (
        224, "shortest_edge", "bicubic")


@pytest.mark.parametrize("path,value,message", [
    ("model_cfg.vision_cfg.layers", [3, 4, 6], r"layers must be a number, or four of them"),
    ("model_cfg.vision_cfg.attentional_pool", "parallel",
     r"vision_cfg.attentional_pool is \[parallel\], supported is only \[True\]"),
    ("model_cfg.vision_cfg.pool_type", "none",
     r"vision_cfg.pool_type is \[none\], supported is only \[tok or avg\]"),
    ("model_cfg.vision_cfg.qk_norm", True, r"qk_norm is \[True\], supported is only \[its absence"),
    ("model_cfg.text_cfg.hf_model_name", "t5-base", r"hf_model_name is \[t5-base\], supported are"),
    ("model_cfg.text_cfg.pool_type", "tok", r"text_cfg.pool_type is \[tok\]"),
    ("model_cfg.audio_cfg", {"width": 8}, r"model_cfg.audio_cfg is \[{'width': 8}\]"),
    ("preprocess_cfg.resize_mode", "longest", r"resize_mode must be one of \[shortest, squash\]"),
    ("preprocess_cfg.interpolation", "random", r"interpolation must be one of"),
    ("preprocess_cfg.size", 48, r"gives 48x48 pixels.*reads 32x32"),
    ("model_cfg.text_cfg.width", 64, r"\] has shape .* does not give"),
    ("model_cfg.text_cfg.vocab_size", 20, r"tokenizer.json\] has id|does not give"),
    ("model_cfg.embed_dim", None, r"embed_dim must be a number, got \[None\]"),
])
def test_what_is_not_supported_is_named(copy, path, value, message):
    folder = copy("openclip")
    _change(folder, path, value)
    with pytest.raises(ExportError, match=message):
        read(folder, "openclip")


@pytest.mark.parametrize("name,kind,cleaning", [
    (None, None, "openclip"), (None, "lower", "openclip"), (None, "canonicalize", "canonicalize"),
    ("some", None, "whitespace"), ("some", "lower", "clip"),
    ("some", "canonicalize", "canonicalize"),
])
def test_cleaning_is_the_tokenizers(copy, name, kind, cleaning):
    folder = copy("openclip")
    _change(folder, "model_cfg.text_cfg.hf_tokenizer_name", name)
    _change(folder, "model_cfg.text_cfg.tokenizer_kwargs", {"clean": kind} if kind else None)
    assert read(folder, "openclip").cleaning == cleaning


@pytest.mark.parametrize("kwargs,message", [
    ({"clean": "whitespace"}, r"tokenizer_kwargs.clean is \[whitespace\], supported is one of "
                              r"\[lower, canonicalize\]"),
    ({"strip_sep_token": True}, r"tokenizer_kwargs.strip_sep_token is \[True\]"),
])
def test_other_cleaning_is_refused(copy, kwargs, message):
    folder = copy("openclip")
    _change(folder, "model_cfg.text_cfg.tokenizer_kwargs", kwargs)
    with pytest.raises(ExportError, match=message):
        read(folder, "openclip")


def test_special_tokens_have_transformers_names(copy):
    folder = copy("openclip")
    text = (folder / "tokenizer.json").read_text("utf-8")
    (folder / "tokenizer.json").write_text(text.replace("<|startoftext|>", "<start_of_text>"),
                                           "utf-8")
    with pytest.raises(ExportError, match=r"must have the tokens .*, got \[None, \d+\]"):
        read(folder, "openclip")


def test_missing_and_foreign_weights_are_named(copy):
    folder = copy("openclip")
    state = load_file(folder / NAME)
    key = "visual.transformer.resblocks.1.mlp.c_fc.bias"
    save_file({k: v for k, v in state.items() if k != key}, folder / NAME)
    with pytest.raises(ExportError, match=rf"\[{NAME}\] lacks weights: "
                                          r"visual.transformer.resblocks.1.mlp.c_fc.bias"):
        read(folder, "openclip")
    save_file({"backbone.weight": torch.zeros(2)}, folder / NAME)
    with pytest.raises(ExportError, match=r"has no \[logit_scale\] and is not a OpenCLIP "
                                          "checkpoint: its keys begin with backbone"):
        read(folder, "openclip")
    state["ln_final.weight"][3] = float("nan")
    save_file(state, folder / NAME)
    with pytest.raises(ExportError, match=r"\[ln_final.weight\] holds values that are not finite"):
        read(folder, "openclip")


def test_code_in_a_pickle_does_not_run(copy):
    class Evil:
        def __reduce__(self):
            return (exec, ("raise SystemExit('ran')",))

    folder = copy("openclip")
    (folder / NAME).unlink()
    torch.save({"state_dict": Evil()}, folder / "open_clip_pytorch_model.bin")
    with pytest.raises(ExportError, match="cannot be read as weights"):
        read(folder, "openclip")


def test_tokenizer_must_end_with_the_largest_id(copy, checkpoints):
    folder = copy("openclip")
    text = (folder / "tokenizer.json").read_text("utf-8")
    content = json.loads(text)
    content["post_processor"]["single"].pop()
    (folder / "tokenizer.json").write_text(json.dumps(content), "utf-8")
    with pytest.raises(ExportError, match=r"tokenizer.json\] ends texts with"):
        read(folder, "openclip")
