"""What cannot be exported is refused with a message that names it."""

import json
import shutil

import pytest

from sightline_export.bundle import ExportError, manifest, verify
from sightline_export.bundle import graphs as writer
from sightline_export.bundle.export import export
from sightline_export.bundle.families import graphs, read
from sightline_export.bundle.preprocessor import image_rules

PLAIN = {"size": {"height": 64, "width": 64}, "do_center_crop": False, "resample": 3,
         "image_mean": [0.5] * 3, "image_std": [0.5] * 3}


def test_missing_files_are_named(copy, family):
    for name in ("config.json", "tokenizer.json", "preprocessor_config.json",
                 "model.safetensors"):
        folder = copy(family)
        (folder / name).unlink()
        with pytest.raises(ExportError, match=f"has no {name}.*it contains"):
            read(folder, family)
        shutil.rmtree(folder)


def test_wrong_family_is_named(checkpoints):
    with pytest.raises(ExportError, match=r"model_type \[clip\], expected \[blip\]"):
        read(checkpoints["clip"], "blip")
    with pytest.raises(ExportError, match=r"\[family\] must be one of"):
        read(checkpoints["clip"], "resnet")


def test_missing_weights_are_named(copy):
    from safetensors.torch import load_file, save_file

    folder = copy("clip")
    weights = load_file(folder / "model.safetensors")
    del weights["visual_projection.weight"]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(ExportError, match=r"lacks weights: visual_projection\.weight"):
        read(folder, "clip")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_named(copy, value):
    from safetensors.torch import load_file, save_file

    folder = copy("clip")
    weights = load_file(folder / "model.safetensors")
    weights["text_projection.weight"][3, 2] = value
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(ExportError, match=r"\[model.safetensors\] \[text_projection.weight\] holds "
                                          "values that are not finite"):
        read(folder, "clip")


def test_weights_of_another_shape_are_refused(copy):
    folder = copy("clip")
    config = json.loads((folder / "config.json").read_text("utf-8"))
    config["projection_dim"] = 8
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    with pytest.raises(ExportError, match=r"\[model.safetensors\] does not fit \[config.json\]"):
        read(folder, "clip")


def test_half_precision_weights_are_read_as_float32(copy):
    import torch
    from safetensors.torch import load_file, save_file

    folder = copy("clip")
    weights = {k: v.half() for k, v in load_file(folder / "model.safetensors").items()}
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    config = json.loads((folder / "config.json").read_text("utf-8"))
    (folder / "config.json").write_text(json.dumps({**config, "dtype": "float16"}), "utf-8")
    assert {p.dtype for p in read(folder, "clip").model.parameters()} == {torch.float32}


@pytest.mark.parametrize("content,message", [
    ({"transparancy": "white"}, r"\[sightline.json\] has unknown field \[transparancy\]"),
    ({"transparency": "black"}, r"\[transparency\] must be one of \[drop, white\], got \[black\]"),
    ({"max_length": 17}, r"\[max_length\] must be in \[1, 16\], got \[17\]"),
])
def test_sidecar_is_checked(copy, content, message):
    folder = copy("clip")
    (folder / "sightline.json").write_text(json.dumps(content), "utf-8")
    with pytest.raises(ExportError, match=message):
        read(folder, "clip")


def test_tokenizer_with_unknown_ids_is_refused(copy):
    folder = copy("clip")
    tokenizer = json.loads((folder / "tokenizer.json").read_text("utf-8"))
    tokenizer["model"]["vocab"]["toolarge"] = 5000
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer), "utf-8")
    with pytest.raises(ExportError, match=r"tokenizer.json\] has id \[5000\]"):
        read(folder, "clip")


def test_blip_without_enc_is_refused(copy):
    folder = copy("blip")
    (folder / "sightline.json").unlink()
    text = (folder / "tokenizer.json").read_text("utf-8")
    (folder / "tokenizer.json").write_text(text.replace("[ENC]", "[ELSE]"), "utf-8")
    with pytest.raises(ExportError, match="no \\[ENC\\] token"):
        read(folder, "blip")


def test_size_of_preprocessor_must_be_the_models(copy):
    folder = copy("blip")
    config = json.loads((folder / "preprocessor_config.json").read_text("utf-8"))
    config["size"] = {"height": 48, "width": 48}
    (folder / "preprocessor_config.json").write_text(json.dumps(config), "utf-8")
    with pytest.raises(ExportError, match=r"gives 48x48 pixels.*reads 32x32"):
        read(folder, "blip")


def test_image_rules():
    assert image_rules(PLAIN)["resize"] == "squash"
    clip = image_rules({**PLAIN, "size": {"shortest_edge": 224}, "do_center_crop": True,
                        "crop_size": {"height": 224, "width": 224}})
    assert (clip["resize"], clip["crop"], clip["width"]) == ("shortest_edge", "center", 224)
    old = image_rules({**PLAIN, "size": 224, "do_center_crop": True, "crop_size": 224})
    assert old["resize"] == "shortest_edge"
    assert image_rules({**PLAIN, "resample": 2})["interpolation"] == "bilinear"


@pytest.mark.parametrize("change,message", [
    ({"resample": 1}, "resample must be 2"),
    ({"size": {"shortest_edge": 256}, "do_center_crop": True, "crop_size": 224}, "crop_size"),
    ({"size": {"longest_edge": 9}}, "size must have shortest_edge or height and width"),
    ({"image_mean": None}, "image_mean must be 3 numbers"),
    ({"do_normalize": False}, "must resize and normalise"),
    ({"rescale_factor": 1.0}, "rescale_factor must be 1/255"),
])
def test_image_rules_without_a_word_are_refused(change, message):
    with pytest.raises(ExportError, match=message):
        image_rules({**PLAIN, **change})


def test_a_graph_that_disagrees_is_refused(checkpoints, bundles):
    other = read(checkpoints["clip"], "clip")
    other.model.visual_projection.weight.data.normal_()
    with pytest.raises(ExportError, match="image_embedding: cosine"):
        verify.compare(graphs(other)[0], other, bundles["clip"] / "image.onnx")


def _another_family(folder):
    config = json.loads((folder / "config.json").read_text("utf-8"))
    (folder / "config.json").write_text(json.dumps({**config, "model_type": "blip"}), "utf-8")


def _weights(change):
    def apply(folder):
        from safetensors.torch import load_file, save_file

        weights = load_file(folder / "model.safetensors")
        change(weights)
        save_file(weights, folder / "model.safetensors", {"format": "pt"})
    return apply


@pytest.mark.parametrize("change,message", [
    (_another_family, r"model_type \[blip\], expected \[clip\]"),
    (_weights(lambda w: w.pop("visual_projection.weight")), "lacks weights: visual_projection"),
    (_weights(lambda w: w["text_projection.weight"].fill_(float("nan"))),
     r"\[model.safetensors\] \[text_projection.weight\] holds values that are not finite"),
])
def test_nothing_stays_of_a_checkpoint_that_is_refused(copy, tmp_path, change, message):
    folder = copy("clip")
    change(folder)
    with pytest.raises(ExportError, match=message):
        export(folder, "clip", tmp_path / "out" / "mine")
    assert not (tmp_path / "out").exists()


def test_nothing_stays_of_a_graph_that_is_refused(checkpoints, tmp_path, traced, monkeypatch):
    monkeypatch.setattr(writer, "write", traced)
    out = tmp_path / "out"
    # No graph is nearer to its checkpoint than equal.
    monkeypatch.setitem(verify.BOUNDS, "fp32", verify.Bounds(2.0, 0.0))
    with pytest.raises(ExportError, match=r"\[image.onnx\] image_embedding: cosine"):
        export(checkpoints["clip"], "clip", out / "mine")
    assert list(out.iterdir()) == []


def test_manifest_check_finds_changed_files(tmp_path, bundles):
    folder = shutil.copytree(bundles["clip"], tmp_path / "clip")
    (folder / "tokenizer.json").write_text("{}", "utf-8")
    with pytest.raises(ExportError, match=r"\[files\] tokenizer.json"):
        manifest.check(folder)


def test_bad_id_and_foreign_folder_are_refused(tmp_path, checkpoints, traced, monkeypatch):
    monkeypatch.setattr(writer, "write", traced)
    with pytest.raises(ExportError, match=r"\[id\] must match"):
        export(checkpoints["clip"], "clip", tmp_path / "Upper Case")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "diary.txt").write_text("keep", "utf-8")
    with pytest.raises(ExportError, match="exists and is not a bundle"):
        export(checkpoints["clip"], "clip", tmp_path / "mine")
    assert (tmp_path / "mine" / "diary.txt").is_file()
