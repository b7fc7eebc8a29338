"""BLIP-2 bundles give what transformers' Blip2ForImageTextRetrieval gives."""

import json

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from transformers import Blip2ForImageTextRetrieval

from emoji_models.tokenizer import SEP
from sightline_export.bundle import ExportError, manifest
from sightline_export.bundle.families import read
from sightline_export.bundle.verify import session


@pytest.mark.parametrize("batch,length", [(1, 3), (3, 9), (2, 16)])
def test_scores_equal_transformers(checkpoints, bundles, batch, length):
    model = Blip2ForImageTextRetrieval.from_pretrained(checkpoints["blip2"]).eval()
    ids = torch.randint(6, 100, (batch, length), generator=torch.Generator().manual_seed(4))
    ids[:, 0], ids[:, -1] = 2, SEP
    mask = torch.ones_like(ids)
    if batch > 1:
        mask[-1, length - 2:] = 0
    pixels = torch.randn(batch, 3, 32, 32, generator=torch.Generator().manual_seed(5))
    with torch.no_grad():
        itc = model(pixel_values=pixels, input_ids=ids, attention_mask=mask)
        itm = model(pixel_values=pixels, input_ids=ids, attention_mask=mask,
                    use_image_text_matching_head=True)
    embedding, tokens = session(bundles["blip2"] / "image.onnx").run(
        ["image_embedding", "image_tokens"], {"pixel_values": pixels.numpy()})
    feeds = {"input_ids": ids.numpy(), "attention_mask": mask.numpy()}
    text = session(bundles["blip2"] / "text.onnx").run(None, feeds)[0]
    logits = session(bundles["blip2"] / "matching.onnx").run(
        None, {**feeds, "image_tokens": tokens})[0]
    assert embedding.shape == (batch, 4, 16)
    np.testing.assert_allclose(embedding, itc.image_embeds.numpy(), atol=1e-5)
    np.testing.assert_allclose(text, itc.text_embeds.numpy(), atol=1e-5)
    np.testing.assert_allclose(np.einsum("bqd,td->bqt", embedding, text).max(1),
                               itc.logits_per_image.numpy(), atol=1e-5)
    np.testing.assert_allclose(logits, itm.logits_per_image.numpy(), atol=1e-4)


def test_manifest(bundles):
    found = manifest.check(bundles["blip2"])
    assert (found["vectors_per_image"], found["dimensions"]) == (4, 16)
    assert found["roles"]["image_embedding"]["file"] == found["roles"]["image_tokens"]["file"]
    assert set(found["roles"]) == {"image_embedding", "image_tokens", "text_embedding", "matching"}
    assert found["text"]["matching_first_token_id"] is None


def test_the_placeholder_token_is_left_out(checkpoints, bundles):
    original = Tokenizer.from_file(str(checkpoints["blip2"] / "tokenizer.json"))
    written = Tokenizer.from_file(str(bundles["blip2"] / "tokenizer.json"))
    vocabulary = read(checkpoints["blip2"], "blip2").vocabulary
    assert max(original.encode("<image> a red heart").ids) == vocabulary
    assert max(written.encode("<image> a red heart").ids) < vocabulary
    assert written.encode("a red heart").ids == original.encode("a red heart").ids


def test_other_families_and_missing_weights_are_named(copy, checkpoints):
    with pytest.raises(ExportError, match=r"model_type \[blip\], expected \[blip-2\]"):
        read(checkpoints["blip"], "blip2")
    from safetensors.torch import load_file, save_file

    folder = copy("blip2")
    weights = load_file(folder / "model.safetensors")
    del weights["query_tokens"]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(ExportError, match=r"\[model.safetensors\] lacks weights: query_tokens"):
        read(folder, "blip2")


def test_other_unknown_ids_are_still_refused(copy):
    folder = copy("blip2")
    tokenizer = json.loads((folder / "tokenizer.json").read_text("utf-8"))
    tokenizer["model"]["vocab"]["toolarge"] = 5000
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer), "utf-8")
    with pytest.raises(ExportError, match=r"tokenizer.json\] has id \[5000\]"):
        read(folder, "blip2")
