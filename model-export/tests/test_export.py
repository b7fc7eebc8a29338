"""Exported graphs give what transformers gives."""

import base64
import io
import json

import numpy as np
import onnx
import pytest
import torch
from PIL import Image
from torch.nn import functional
from transformers import BlipForImageTextRetrieval, CLIPModel

from emoji_models.tokenizer import ENC, SEP
from sightline_export.bundle import manifest, samples
from sightline_export.bundle.verify import session


def _ids(batch, length, seed=0):
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(6, 100, (batch, length), generator=generator)
    ids[:, 0], ids[:, -1] = 2, SEP
    return ids


def _pixels(batch, seed=1):
    return torch.randn(batch, 3, 32, 32, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("batch", [1, 4])
def test_clip_embeddings_equal_transformers(checkpoints, bundles, batch):
    model = CLIPModel.from_pretrained(checkpoints["clip"]).eval()
    ids, pixels = _ids(batch, 7), _pixels(batch)
    with torch.no_grad():
        wanted = model(input_ids=ids, pixel_values=pixels)
    image = session(bundles["clip"] / "image.onnx").run(None, {"pixel_values": pixels.numpy()})[0]
    text = session(bundles["clip"] / "text.onnx").run(None, {"input_ids": ids.numpy()})[0]
    np.testing.assert_allclose(image, wanted.image_embeds.numpy(), atol=1e-5)
    np.testing.assert_allclose(text, wanted.text_embeds.numpy(), atol=1e-5)


def test_clip_text_is_pooled_at_the_first_end_token(bundles):
    runner = session(bundles["clip"] / "text.onnx")
    ids = _ids(1, 6)
    padded = functional.pad(ids, (0, 4))
    again = functional.pad(ids, (0, 4), value=SEP)
    outputs = [runner.run(None, {"input_ids": x.numpy()})[0] for x in (ids, padded, again)]
    np.testing.assert_allclose(outputs[0], outputs[1], atol=1e-5)
    np.testing.assert_allclose(outputs[0], outputs[2], atol=1e-5)


@pytest.mark.parametrize("batch,length", [(1, 3), (3, 9), (2, 16)])
def test_blip_equals_transformers(checkpoints, bundles, batch, length):
    model = BlipForImageTextRetrieval.from_pretrained(checkpoints["blip"]).eval()
    ids, pixels = _ids(batch, length), _pixels(batch)
    mask = torch.ones_like(ids)
    with torch.no_grad():
        itc = model(input_ids=ids, attention_mask=mask, pixel_values=pixels, use_itm_head=False)
        matched = torch.cat([torch.full((batch, 1), ENC), ids[:, 1:]], 1)
        itm = model(input_ids=matched, attention_mask=mask, pixel_values=pixels, use_itm_head=True)
    embedding, tokens = session(bundles["blip"] / "image.onnx").run(
        ["image_embedding", "image_tokens"], {"pixel_values": pixels.numpy()})
    texts = {"input_ids": ids.numpy(), "attention_mask": mask.numpy()}
    text = session(bundles["blip"] / "text.onnx").run(None, texts)[0]
    logits = session(bundles["blip"] / "matching.onnx").run(
        None, {**texts, "input_ids": matched.numpy(), "image_tokens": tokens})[0]
    np.testing.assert_allclose(text @ embedding.T, itc.itm_score.numpy().T, atol=1e-5)
    np.testing.assert_allclose(logits, itm.itm_score.numpy(), atol=1e-4)
    np.testing.assert_allclose(tokens, itm.last_hidden_state.numpy(), atol=1e-4)


def test_padding_does_not_change_blip_texts(bundles):
    runner = session(bundles["blip"] / "text.onnx")
    ids = _ids(1, 6)
    plain = runner.run(None, {"input_ids": ids.numpy(),
                              "attention_mask": np.ones((1, 6), np.int64)})[0]
    mask = np.array([[1] * 6 + [0] * 5], np.int64)
    padded = runner.run(None, {"input_ids": functional.pad(ids, (0, 5)).numpy(),
                               "attention_mask": mask})[0]
    np.testing.assert_allclose(plain, padded, atol=1e-5)


def test_different_inputs_give_different_embeddings(bundles, family):
    pixels = _pixels(12)
    out = session(bundles[family] / "image.onnx").run(
        ["image_embedding"], {"pixel_values": pixels.numpy()})[0]
    np.testing.assert_allclose(np.linalg.norm(out, axis=1), 1, atol=1e-5)
    cosine = out @ out.T
    assert (cosine.sum() - 12) / 132 < 0.7


def test_manifest_fits_the_files_and_graphs(bundles, family):
    found = manifest.check(bundles[family])
    roles = {"clip": {"image_embedding", "text_embedding"},
             "blip": {"image_embedding", "image_tokens", "text_embedding", "matching"}}
    assert set(found["roles"]) == roles[family]
    assert set(found["image"]) == {"width", "height", "resize", "interpolation", "crop", "mean",
                                   "std", "transparency"}
    assert set(found["text"]) == {"max_length", "padding", "pad_token_id",
                                  "matching_first_token_id", "prompt"}
    for entry in found["roles"].values():
        runner = session(bundles[family] / entry["file"])
        assert set(entry["inputs"].values()) == {i.name for i in runner.get_inputs()}
        assert set(entry["outputs"].values()) <= {o.name for o in runner.get_outputs()}
    assert found["image"]["resize"] == {"clip": "shortest_edge", "blip": "squash"}[family]


def test_graphs_use_opset_18_and_carry_no_paths(bundles, family):
    for path in bundles[family].glob("*.onnx"):
        model = onnx.load(path)
        assert {o.version for o in model.opset_import if o.domain == ""} == {18}
        assert not {"IsNaN", "Gelu", "Attention"} & {node.op_type for node in model.graph.node}
        assert b".py" not in path.read_bytes()


@pytest.mark.parametrize("family", ["clip", "blip"])
def test_samples_are_what_the_graphs_give(bundles, family):
    folder = bundles[family]
    found = json.loads((folder / samples.NAME).read_text("utf-8"))
    assert samples.NAME in manifest.check(folder)["files"]
    rules = json.loads((folder / manifest.NAME).read_text("utf-8"))["image"]
    graph = session(folder / "image.onnx")
    assert len(found["images"]) == 2 and len(found["texts"]) == len(samples.TEXTS)
    vectors = []
    for entry in found["images"]:
        picture = Image.open(io.BytesIO(base64.b64decode(entry["png"])))
        # Nothing is resized, so that only numbers can differ.
        assert (picture.width, picture.height) == (rules["width"], rules["height"])
        scaled = (np.asarray(picture, np.float32) / 255 - np.float32(rules["mean"]))
        scaled = (scaled / np.float32(rules["std"])).transpose(2, 0, 1)[None]
        made = graph.run(["image_embedding"], {"pixel_values": scaled})[0][0]
        vectors.append(entry["vectors"][0])
        np.testing.assert_allclose(made / np.linalg.norm(made), entry["vectors"][0], atol=1e-5)
    assert np.dot(*vectors) < 0.9999, "two pictures, two embeddings"
    assert len(found.get("matches", [])) == (4 if family == "blip" else 0)
