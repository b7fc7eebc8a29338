"""Bundles of published ``.pth`` files give what a plain torch model with the same weights gives."""

import json

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from emoji_models.tokenizer import ENC, SEP
from fixture_maker.reference_official import Official
from sightline_export.bundle import ExportError, manifest
from sightline_export.bundle.families import read
from sightline_export.bundle.families.blip import first_token
from sightline_export.bundle.verify import session

FILES = {"blip": "model_tiny.pth", "albef": "ALBEF_tiny.pth"}
NAMES = {"blip": "blip-pth", "albef": "albef"}


def reference(folder, family):
    """The plain torch model of a tiny checkpoint."""
    state = torch.load(folder / FILES[family], weights_only=True)["model"]
    fusion, layers = {"blip": (0, 2), "albef": (2, 4)}[family]
    model = Official(size=32, patch=8, width=32, text_width=24, heads=2, layers=2,
                     text_layers=layers, dimensions=16, positions=16, fusion=fusion,
                     vocabulary=len(state["text_encoder.embeddings.word_embeddings.weight"]))
    model.load_state_dict(state, strict=False)
    return model.eval()


def texts(batch, length):
    """Ids and a mask; where there are two texts the last is shorter."""
    generator = torch.Generator().manual_seed(length)
    ids = torch.randint(6, 90, (batch, length), generator=generator)
    ids[:, 0], ids[:, -1] = 2, SEP
    mask = torch.ones_like(ids)
    if batch > 1:
        mask[-1, length - 2:] = 0
    return ids, mask


def pixels(batch):
    return torch.randn(batch, 3, 32, 32, generator=torch.Generator().manual_seed(batch))


@pytest.mark.parametrize("batch,length", [(1, 3), (3, 9), (2, 16)])
def test_blip_equals_plain_torch(checkpoints, bundles, batch, length):
    model, bundle = reference(checkpoints["blip-pth"], "blip"), bundles["blip-pth"]
    (ids, mask), image = texts(batch, length), pixels(batch)
    matched = torch.cat([torch.full((batch, 1), ENC), ids[:, 1:]], 1)
    with torch.no_grad():
        embedding, tokens = model.encode_image(image)
        text, _ = model.encode_text(ids, mask)
        logits = model.match(matched, mask, tokens)
    got = session(bundle / "image.onnx").run(["image_embedding", "image_tokens"],
                                             {"pixel_values": image.numpy()})
    np.testing.assert_allclose(got[0], embedding.numpy(), atol=1e-5)
    np.testing.assert_allclose(got[1], tokens.numpy(), atol=1e-4)
    feeds = {"input_ids": ids.numpy(), "attention_mask": mask.numpy()}
    np.testing.assert_allclose(session(bundle / "text.onnx").run(None, feeds)[0], text.numpy(),
                               atol=1e-5)
    feeds = {**feeds, "input_ids": matched.numpy(), "image_tokens": got[1]}
    np.testing.assert_allclose(session(bundle / "matching.onnx").run(None, feeds)[0],
                               logits.numpy(), atol=1e-4)


@pytest.mark.parametrize("batch,length", [(1, 3), (3, 9), (2, 16)])
def test_albef_equals_plain_torch(checkpoints, bundles, batch, length):
    model, bundle = reference(checkpoints["albef"], "albef"), bundles["albef"]
    (ids, mask), image = texts(batch, length), pixels(batch)
    with torch.no_grad():
        embedding, tokens = model.encode_image(image)
        text, states = model.encode_text(ids, mask)
        logits = model.match(ids, mask, tokens)
    got = session(bundle / "image.onnx").run(["image_embedding", "image_tokens"],
                                             {"pixel_values": image.numpy()})
    np.testing.assert_allclose(got[0], embedding.numpy(), atol=1e-5)
    feeds = {"input_ids": ids.numpy(), "attention_mask": mask.numpy()}
    own, features = session(bundle / "text.onnx").run(["text_embedding", "text_features"], feeds)
    np.testing.assert_allclose(own, text.numpy(), atol=1e-5)
    seen = mask.bool().numpy()
    np.testing.assert_allclose(features[seen], states.numpy()[seen], atol=1e-4)
    # The runtime fills up with zeros whatever the graph gave for padding.
    features[~seen] = 0
    feeds = {"text_features": features, "attention_mask": mask.numpy(), "image_tokens": got[1]}
    np.testing.assert_allclose(session(bundle / "matching.onnx").run(None, feeds)[0],
                               logits.numpy(), atol=1e-4)


def test_albef_manifest(bundles):
    found = manifest.check(bundles["albef"])
    assert set(found["roles"]) == {"image_embedding", "image_tokens", "text_embedding",
                                   "text_features", "matching"}
    assert found["roles"]["text_features"]["file"] == found["roles"]["text_embedding"]["file"]
    assert set(found["roles"]["matching"]["inputs"]) == {"features", "mask", "tokens"}
    assert found["text"]["matching_first_token_id"] is None


def test_a_pretraining_file_is_read_as_well(change, checkpoints):
    """There the text encoder lies inside a masked language model."""

    def edit(state):
        for key in [k for k in state if k.startswith("text_encoder.")]:
            state[key.replace("text_encoder.", "text_encoder.bert.")] = state.pop(key)
        state["text_encoder.cls.predictions.bias"] = torch.zeros(3)

    plain = read(checkpoints["albef"], "albef").model.state_dict()
    wrapped = read(change("albef", edit), "albef").model.state_dict()
    assert all(torch.equal(plain[name], wrapped[name]) for name in plain)


@pytest.mark.parametrize("family,other", [("blip", "albef"), ("albef", "blip")])
def test_the_other_familys_file_is_named(checkpoints, family, other):
    with pytest.raises(ExportError, match=rf"is not {family.upper()}'s layout; use --family "
                                          rf"{other}"):
        read(checkpoints[NAMES[other]], family)


def test_token_types_count(change, checkpoints):
    def edit(state):
        state["text_encoder.embeddings.token_type_embeddings.weight"][0] += 1

    changed = read(change("albef", edit), "albef").model.text_encoder.embeddings
    plain = read(checkpoints["albef"], "albef").model.text_encoder.embeddings
    difference = changed.position_embeddings.weight - plain.position_embeddings.weight
    torch.testing.assert_close(difference, torch.ones_like(difference))


def test_blip_manifest(bundles):
    found = manifest.check(bundles["blip-pth"])
    assert found["logit_scale"] == pytest.approx(20, abs=1e-3)
    assert (found["image"]["width"], found["image"]["resize"]) == (32, "squash")
    assert found["text"]["matching_first_token_id"] == ENC
    assert found["dimensions"] == 16


def test_vision_norms_have_the_published_epsilon(checkpoints):
    model = read(checkpoints["blip-pth"], "blip").model
    eps = {m.eps for m in model.vision_model.modules() if isinstance(m, torch.nn.LayerNorm)}
    assert eps == {1e-6}


def test_enc_has_its_published_id_where_the_tokenizer_is_plain_berts(checkpoints):
    tokenizer = read(checkpoints["clip"], "clip").tokenizer
    assert tokenizer.token_to_id("[ENC]") == ENC
    plain = Tokenizer.from_str(tokenizer.to_str().replace("[ENC]", "[unused]"))
    assert first_token({}, plain, 30524) == 30523
    with pytest.raises(ExportError, match=r"no \[ENC\] token"):
        first_token({}, plain, 30522)


@pytest.fixture
def change(copy):
    """Copies a tiny checkpoint and changes the weights in its file."""

    def make(family, edit):
        folder = copy(NAMES[family])
        path = folder / FILES[family]
        content = torch.load(path, weights_only=True)
        edit(content["model"])
        torch.save(content, path)
        return folder

    return make


@pytest.mark.parametrize("family", sorted(NAMES))
def test_missing_weights_are_named(change, family):
    key = "text_encoder.encoder.layer.1.output.LayerNorm.bias"
    folder = change(family, lambda state: state.pop(key))
    with pytest.raises(ExportError, match=rf"\[{FILES[family]}\] lacks weights: {key}"):
        read(folder, family)


@pytest.mark.parametrize("family", sorted(NAMES))
def test_weights_that_are_not_finite_are_named(change, family):
    def edit(state):
        state["visual_encoder.blocks.1.attn.qkv.bias"][7] = float("nan")

    with pytest.raises(ExportError, match=rf"\[{FILES[family]}\] "
                                          r"\[visual_encoder.blocks.1.attn.qkv.bias\] holds"):
        read(change(family, edit), family)


@pytest.mark.parametrize("family", sorted(NAMES))
def test_a_checkpoint_of_something_else_is_refused(change, family):
    def edit(state):
        state.pop("itm_head.weight")

    with pytest.raises(ExportError, match=rf"has no \[itm_head.weight\] and is not a "
                                          rf"{family.upper()} checkpoint: its keys begin with"):
        read(change(family, edit), family)


def test_folder_needs_one_file(copy):
    folder = copy("blip-pth")
    (folder / "again.pth").write_bytes((folder / "model_tiny.pth").read_bytes())
    with pytest.raises(ExportError, match=r"must have one \.pth file, got 2"):
        read(folder, "blip")


def test_objects_in_a_pickle_are_refused(copy):
    import argparse

    folder = copy("blip-pth")
    content = torch.load(folder / "model_tiny.pth", weights_only=True)
    torch.save({**content, "args": argparse.Namespace(lr=1)}, folder / "model_tiny.pth")
    with pytest.raises(ExportError, match=r"\[model_tiny.pth\] cannot be read as weights"):
        read(folder, "blip")


def test_widths_that_64_does_not_divide_need_heads(copy):
    folder = copy("blip-pth")
    side = json.loads((folder / "sightline.json").read_text("utf-8"))
    del side["text_attention_heads"]
    (folder / "sightline.json").write_text(json.dumps(side), "utf-8")
    with pytest.raises(ExportError, match=r"text_attention_heads must divide the width \[24\]"):
        read(folder, "blip")
