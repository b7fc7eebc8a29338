"""Bundles of LAVIS' BLIP-2 files give what a plain torch model with the same weights gives."""

import numpy as np
import pytest
import torch

from emoji_models.tokenizer import SEP
from fixture_maker.tiny_families import LAVIS_FILE, load_lavis
from sightline_export.bundle import ExportError, manifest
from sightline_export.bundle.families import read
from sightline_export.bundle.verify import session

FILE = LAVIS_FILE


def weights(folder):
    return torch.load(folder / FILE, weights_only=True)["model"]


@pytest.mark.parametrize("name", ["blip2-pth", "blip2-captioner"])
@pytest.mark.parametrize("batch,length", [(1, 3), (3, 9), (2, 16)])
def test_equals_plain_torch(checkpoints, bundles, name, batch, length):
    model, bundle = load_lavis(checkpoints[name]), bundles[name]
    ids = torch.randint(6, 90, (batch, length), generator=torch.Generator().manual_seed(length))
    ids[:, 0], ids[:, -1] = 2, SEP
    mask = torch.ones_like(ids)
    if batch > 1:
        mask[-1, length - 2:] = 0
    pixels = torch.randn(batch, 3, 32, 32, generator=torch.Generator().manual_seed(batch))
    with torch.no_grad():
        embedding, tokens = model.encode_image(pixels)
        text, logits = model.encode_text(ids, mask), model.match(ids, mask, tokens)
    got = session(bundle / "image.onnx").run(["image_embedding", "image_tokens"],
                                             {"pixel_values": pixels.numpy()})
    assert got[0].shape == (batch, 4, 16)
    np.testing.assert_allclose(got[0], embedding.numpy(), atol=1e-5)
    np.testing.assert_allclose(got[1], tokens.numpy(), atol=1e-4)
    feeds = {"input_ids": ids.numpy(), "attention_mask": mask.numpy()}
    np.testing.assert_allclose(session(bundle / "text.onnx").run(None, feeds)[0], text.numpy(),
                               atol=1e-5)
    got = session(bundle / "matching.onnx").run(None, {**feeds, "image_tokens": got[1]})[0]
    np.testing.assert_allclose(got, logits.numpy(), atol=1e-4)


def test_manifest(bundles):
    found = manifest.check(bundles["blip2-pth"])
    assert (found["vectors_per_image"], found["dimensions"]) == (4, 16)
    assert found["logit_scale"] == pytest.approx(20, abs=1e-3)
    assert (found["image"]["resize"], found["image"]["width"]) == ("squash", 32)
    assert found["text"]["cleaning"][-1] == {"step": "max_words", "count": 50}
    assert set(found["roles"]) == {"image_embedding", "image_tokens", "text_embedding", "matching"}


def test_norms_have_the_published_epsilons(checkpoints):
    vision = read(checkpoints["blip2-pth"], "blip2").model.vision_model
    assert vision.post_layernorm.eps == 1e-5
    assert {layer.layer_norm1.eps for layer in vision.encoder.layers} == {1e-6}


def _change(folder, edit):
    state = weights(folder)
    edit(state)
    torch.save({"model": state}, folder / FILE)


def test_a_frozen_tower_lies_beside(copy, checkpoints):
    folder = copy("blip2-pth")
    state = weights(folder)
    tower = {key.removeprefix("visual_encoder."): value for key, value in state.items()
             if key.startswith("visual_encoder.")}
    _change(folder, lambda all_: [all_.pop(f"visual_encoder.{key}") for key in tower])
    message = rf"\[{FILE}\] has no \[visual_encoder.\*\]: LAVIS leaves"
    with pytest.raises(ExportError, match=message):
        read(folder, "blip2")
    # EVA has a block more than LAVIS reads
    more = {key.replace("blocks.1.", "blocks.39."): value for key, value in tower.items()
            if key.startswith("blocks.1.")}
    torch.save({**tower, **more}, folder / "eva_vit_g.pth")
    apart = read(folder, "blip2")
    assert apart.weights.name == FILE
    whole = read(checkpoints["blip2-pth"], "blip2").model.state_dict()
    assert all(torch.equal(value, whole[name]) for name, value in apart.model.state_dict().items())


@pytest.mark.parametrize("key,message", [
    ("Qformer.bert.encoder.layer.1.output_query.LayerNorm.bias", "lacks weights: "
     "Qformer.bert.encoder.layer.1.output_query.LayerNorm.bias"),
    ("visual_encoder.blocks.1.attn.v_bias", "lacks weights: visual_encoder.blocks.1.attn.v_bias"),
    ("itm_head.weight", r"has no \[itm_head.weight\] and is not a BLIP-2 checkpoint"),
    ("query_tokens", r"must have one .pth file with \[query_tokens\], got 0"),
])
def test_missing_weights_are_named(copy, key, message):
    folder = copy("blip2-pth")
    _change(folder, lambda state: state.pop(key))
    with pytest.raises(ExportError, match=message):
        read(folder, "blip2")
