"""SigLIP bundles give what transformers' SiglipModel gives."""

import json

import numpy as np
import pytest
import torch
from PIL import Image
from tokenizers import Tokenizer, normalizers
from transformers import SiglipImageProcessorPil, SiglipModel
from transformers.models.siglip2.tokenization_siglip2 import Siglip2Tokenizer

from sightline_export.bundle import ExportError, manifest
from sightline_export.bundle.families import read
from sightline_export.bundle.families.siglip import published_rules
from sightline_export.bundle.verify import session


def _text(bundle, ids):
    return session(bundle / "text.onnx").run(None, {"input_ids": ids.numpy()})[0]


def _padded(bundle, texts):
    """Ids as the runtime makes them."""
    rules = manifest.check(bundle)["text"]
    tokenizer = Tokenizer.from_file(str(bundle / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(rules["max_length"])
    rows = [tokenizer.encode(text).ids for text in texts]
    return torch.tensor([row + [rules["pad_token_id"]] * (rules["max_length"] - len(row))
                         for row in rows])


@pytest.mark.parametrize("batch", [1, 3])
def test_logits_equal_transformers(checkpoints, bundles, batch):
    model = SiglipModel.from_pretrained(checkpoints["siglip"]).eval()
    ids = _padded(bundles["siglip"], ["a red heart", "two dogs", "", "black cat"][:batch])
    pixels = torch.randn(batch, 3, 32, 32, generator=torch.Generator().manual_seed(batch))
    with torch.no_grad():
        wanted = model(input_ids=ids, pixel_values=pixels)
    image = session(bundles["siglip"] / "image.onnx").run(
        None, {"pixel_values": pixels.numpy()})[0]
    text = _text(bundles["siglip"], ids)
    np.testing.assert_allclose(image, wanted.image_embeds.numpy(), atol=1e-5)
    np.testing.assert_allclose(text, wanted.text_embeds.numpy(), atol=1e-5)
    found = manifest.check(bundles["siglip"])
    logits = text @ image.T * found["logit_scale"] + found["logit_bias"]
    np.testing.assert_allclose(logits, wanted.logits_per_text.numpy(), atol=1e-3)


def test_manifest_says_how_texts_are_padded(bundles):
    found = manifest.check(bundles["siglip"])
    assert found["text"]["padding"] == "max_length"
    assert found["text"]["pad_token_id"] == 0  # [PAD] of the tokenizer, config.json says 1
    assert found["logit_bias"] == -12.5
    assert (found["image"]["resize"], found["image"]["interpolation"]) == ("squash", "bilinear")
    assert set(found["roles"]["text_embedding"]["inputs"]) == {"ids"}


def test_padding_matters(bundles):
    ids = _padded(bundles["siglip"], ["a red heart"])
    full, short = _text(bundles["siglip"], ids), _text(bundles["siglip"], ids[:, :4])
    assert (full * short).sum() < 0.9


def test_pixels_follow_the_processor(checkpoints):
    processor = SiglipImageProcessorPil.from_pretrained(checkpoints["siglip"])
    noise = np.random.default_rng(3).integers(0, 256, (41, 67, 3), dtype=np.uint8)
    pixels = processor(Image.fromarray(noise), return_tensors="np")["pixel_values"][0]
    rules = read(checkpoints["siglip"], "siglip").image
    size = (rules["width"], rules["height"])
    resized = Image.fromarray(noise).resize(size, Image.Resampling.BILINEAR)
    own = (np.asarray(resized) / 255 - rules["mean"]) / rules["std"]
    np.testing.assert_allclose(pixels, own.transpose(2, 0, 1), atol=1e-5)


def test_capitals_are_folded_by_the_manifests_word(checkpoints, bundles):
    """The file stays the publisher's; transformers' class gives the same ids."""
    file = checkpoints["siglip"] / "tokenizer.json"
    assert (bundles["siglip"] / "tokenizer.json").read_bytes() == file.read_bytes()
    assert manifest.check(bundles["siglip"])["text"]["cleaning"] == [
        {"step": "lowercase", "by": "tokenizer"}]
    plain, made = Tokenizer.from_file(str(file)), read(checkpoints["siglip"], "siglip").tokenizer
    assert plain.encode("A Red HEART").ids != plain.encode("a red heart").ids
    assert made.encode("A Red HEART").ids == plain.encode("a red heart").ids
    assert "Lowercase" in repr(Siglip2Tokenizer()._tokenizer.normalizer)


@pytest.mark.parametrize("name,words,cleaning", [
    ("Siglip2Tokenizer", 300, "lower"), ("GemmaTokenizer", 300, "lower"),
    ("GemmaTokenizerFast", 256_000, "lower"), (None, 256_000, "lower"), (None, 32_000, "none"),
    ("PreTrainedTokenizerFast", 256_000, "none")])
def test_siglip_2_is_known_by_gemmas_tokenizer(checkpoints, name, words, cleaning):
    tokenizer = Tokenizer.from_file(str(checkpoints["siglip"] / "tokenizer.json"))
    settings = {"tokenizer_class": name} if name else {}
    assert published_rules(tokenizer, settings, words) == cleaning
    assert published_rules(tokenizer, settings, words) == "none", "it folds capitals now"


def test_siglip_1_needs_a_file_that_does_what_its_class_does(checkpoints):
    tokenizer = Tokenizer.from_file(str(checkpoints["siglip"] / "tokenizer.json"))
    with pytest.raises(ExportError, match=r"\[tokenizer.json\] keeps capitals or punctuation"):
        published_rules(tokenizer, {"tokenizer_class": "SiglipTokenizer"}, 32_000)
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Lowercase(), normalizers.Replace("!", ""), normalizers.Replace(",", "")])
    assert published_rules(tokenizer, {"tokenizer_class": "SiglipTokenizer"}, 32_000) == "none"


@pytest.mark.parametrize("file,change,message", [
    ("config.json", {"model_type": "clip"}, r"model_type \[clip\], expected \[siglip\]"),
    ("tokenizer_config.json", {"padding_side": "left"}, r"padding_side is \[left\]"),
    ("tokenizer_config.json", {"padding_side": None, "tokenizer_class": "GemmaTokenizer"},
     r"padding_side is \[left\]"),
    ("tokenizer_config.json", {"pad_token": "<nothing>"}, r"names no pad_token"),
])
def test_what_cannot_be_exported_is_named(copy, file, change, message):
    folder = copy("siglip")
    tokenizer = json.loads((folder / "tokenizer.json").read_text("utf-8"))
    tokenizer["padding"] = None
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer), "utf-8")
    content = json.loads((folder / file).read_text("utf-8"))
    (folder / file).write_text(json.dumps({**content, **change}), "utf-8")
    with pytest.raises(ExportError, match=message):
        read(folder, "siglip")
