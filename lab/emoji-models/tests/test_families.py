"""The exporter reads the bundled models' checkpoints through the families registered here."""

import pytest

from emoji_models import families
from emoji_models.train import checkpoint
from sightline_export.bundle import ExportError, manifest
from sightline_export.bundle.families import FAMILIES, read, register


@pytest.mark.parametrize("family", ["clip", "blip"])
def test_a_stem_is_read_by_its_own_family_alone(new_tower, tokenizer, tmp_path, family):
    checkpoint.save(new_tower(family), tokenizer, tmp_path, 1)
    folder = tmp_path / "checkpoint"
    found = read(folder, f"emoji-{family}")
    assert found.family == family
    assert found.model.config.vision_config.stem_channels == 4
    with pytest.raises(ExportError, match=r"\[model.safetensors\] lacks weights: .*"
                                          r"embeddings.patch_embedding"):
        read(folder, family)


def test_a_checkpoint_without_a_stem_is_none_of_them(checkpoints):
    with pytest.raises(ExportError, match=r"\[model.safetensors\] does not fit \[config.json\]: "
                                          r"vision_config has no \[stem_channels\]"):
        read(checkpoints["clip"], "emoji-clip")


def test_the_bundle_says_where_it_comes_from(new_tower, tokenizer, tmp_path):
    checkpoint.save(new_tower("clip"), tokenizer, tmp_path, 1)
    families.export("clip", tmp_path / "checkpoint", tmp_path / "emoji-clip")
    found = manifest.check(tmp_path / "emoji-clip")
    assert (found["id"], found["family"], found["license"]) == ("emoji-clip", "clip",
                                                                "CC-BY-SA-4.0")
    assert found["source"]["checkpoint"] == "train-bundled.sh"
    assert found["description"] == "CLIP trained on emoji artwork and its Unicode names"


def test_the_exporters_own_families_stay():
    with pytest.raises(ValueError, match=r"\[clip\] is a family of the exporter"):
        register("clip", FAMILIES["blip"].read)
