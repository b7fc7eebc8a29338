"""Captions of BLIP: the decoder graph and the layouts it is read from."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import BlipForConditionalGeneration, BlipTextConfig, BlipTextLMHeadModel

from emoji_models.tokenizer import CLS, ENC, SEP
from fixture_maker.testing import caption_step
from fixture_maker.tiny_weights import HEADS, LAYERS, WIDTH, spread
from sightline_export.bundle import ExportError, manifest
from sightline_export.bundle import graphs as writer
from sightline_export.bundle.export import export
from sightline_export.bundle.families import graphs, read


@pytest.fixture(scope="module")
def hf(checkpoints):
    """transformers' own model of the tiny captioner."""
    folder = checkpoints["blip-captioner"]
    return BlipForConditionalGeneration.from_pretrained(folder).eval()


@pytest.fixture(scope="module")
def step(bundles):
    return caption_step(bundles["blip-captioner"])


def _tokens(images):
    return torch.randn(images, 17, WIDTH, generator=torch.Generator().manual_seed(images))


def _ids(rows, length):
    return torch.randint(6, 190, (rows, length), generator=torch.Generator().manual_seed(rows))


def _whole(model, ids, tokens):
    """transformers' logits after the last id, run on all ids at once."""
    each = tokens.repeat_interleave(len(ids) // len(tokens), 0)
    with torch.no_grad():
        return model.text_decoder(input_ids=ids, encoder_hidden_states=each).logits[:, -1].numpy()


@pytest.mark.parametrize("images,beams,begin", [(1, 1, 1), (1, 3, 5), (3, 3, 1), (2, 1, 4)])
def test_steps_equal_transformers_on_the_whole_caption(hf, step, images, beams, begin):
    tokens, ids = _tokens(images), _ids(images * beams, begin)
    past = np.zeros((1, 2 * LAYERS, 0, 40), np.float32)
    logits, past = step(ids.numpy(), tokens.numpy(), past, np.zeros(len(ids), np.int64))
    assert past.shape == (len(ids), 2 * LAYERS, begin, 40)
    np.testing.assert_allclose(logits, _whole(hf, ids, tokens), atol=2e-4)
    random = np.random.default_rng(0)
    for length in (1, 1, 2):
        # Each row goes on from any beam of its own picture.
        rows = np.concatenate([at * beams + random.integers(0, beams, beams)
                               for at in range(images)])
        more = _ids(len(ids), length + 2)[:, 2:]
        ids = torch.cat([ids[torch.from_numpy(rows)], more], 1)
        logits, past = step(more.numpy(), tokens.numpy(), past, rows)
        np.testing.assert_allclose(logits, _whole(hf, ids, tokens), atol=2e-4)


def test_rows_choose_what_is_gone_on_from(hf, step):
    tokens, ids = _tokens(1), _ids(3, 4)
    past = np.zeros((1, 2 * LAYERS, 0, 40), np.float32)
    _, past = step(ids.numpy(), tokens.numpy(), past, np.zeros(3, np.int64))
    more = np.array([[50]])
    for row in range(3):
        logits, _ = step(more, tokens.numpy(), past, np.array([row]))
        wanted = _whole(hf, torch.cat([ids[row:row + 1], torch.from_numpy(more)], 1), tokens)
        np.testing.assert_allclose(logits, wanted, atol=2e-4)


def test_captioner_manifest(bundles):
    found = manifest.check(bundles["blip-captioner"])
    assert set(found["roles"]) == {"image_tokens", "caption_decoder"}
    assert "dimensions" not in found
    assert found["text"]["prompt"] is None
    assert found["text"]["matching_first_token_id"] is None
    assert found["caption"] == {
        "first_token_id": 198, "end_token_id": SEP, "num_beams": 3, "max_length": 20,
        "min_length": 5, "repetition_penalty": 1.0, "length_penalty": 1.0}
    assert found["roles"]["caption_decoder"]["inputs"] == {
        "ids": "input_ids", "tokens": "image_tokens", "past": "past", "rows": "rows"}


def test_sidecar_overrules_how_captions_are_decoded(copy):
    folder = copy("blip-captioner")
    side = {"max_length": 12, "prompt": "a photo of ", "caption": {"num_beams": 5, "min_length": 0}}
    (folder / "sightline.json").write_text(json.dumps(side), "utf-8")
    found = read(folder, "blip")
    assert found.text["prompt"] == "a photo of "
    assert found.caption
    assert (found.caption["num_beams"], found.caption["min_length"]) == (5, 0)
    # BLIP's 20 do not fit.
    assert found.caption["max_length"] == 12


@pytest.mark.parametrize("stated,message", [
    ({"beams": 3}, r"caption must be an object of .*'num_beams'.*, got \['beams'\]"),
    ({"num_beams": 17}, r"caption.num_beams must be in \[1, 16\], got \[17\]"),
    ({"num_beams": 2.5}, r"caption.num_beams must be in \[1, 16\], got \[2.5\]"),
    ({"max_length": 30}, r"caption.max_length must be in \[2, 24\], got \[30\]"),
    ({"max_length": 6, "min_length": 7}, r"caption.min_length must be in \[0, 6\], got \[7\]"),
    ({"end_token_id": 200}, r"caption.end_token_id must be in \[0, 199\], got \[200\]"),
    ({"length_penalty": "no"}, r"caption.length_penalty must be in \[-10, 10\], got \[no\]"),
])
def test_what_cannot_be_decoded_so_is_named(copy, stated, message):
    folder = copy("blip-captioner")
    side = {"max_length": 24, "caption": stated}
    (folder / "sightline.json").write_text(json.dumps(side), "utf-8")
    with pytest.raises(ExportError, match=r"\[sightline.json\] " + message):
        read(folder, "blip")


def _decoder(vocabulary, width, seed=5):
    """Weights of a decoder beside a tiny BLIP, as both layouts name them."""
    model = BlipTextLMHeadModel._from_config(BlipTextConfig(
        vocab_size=vocabulary, hidden_size=width, encoder_hidden_size=WIDTH,
        intermediate_size=2 * width, num_hidden_layers=LAYERS, num_attention_heads=HEADS,
        max_position_embeddings=16, bos_token_id=CLS, sep_token_id=SEP, eos_token_id=SEP,
        attn_implementation="eager"))
    spread(model, seed)
    return model.eval(), {f"text_decoder.{name}": value.clone()
                          for name, value in model.state_dict().items()}


@pytest.fixture
def both(copy):
    """A folder in HuggingFace's layout with a text encoder and a decoder, and the decoder."""
    folder = copy("blip")
    weights = load_file(folder / "model.safetensors")
    vocabulary = len(weights["text_encoder.embeddings.word_embeddings.weight"])
    model, state = _decoder(vocabulary, WIDTH)
    # As save_pretrained leaves out what is stored already.
    for tied in ("decoder.weight", "decoder.bias"):
        state.pop(f"text_decoder.cls.predictions.{tied}")
    save_file({**weights, **state}, folder / "model.safetensors", {"format": "pt"})
    return folder, model


def _same(ours, theirs):
    """Whether a caption graph computes what a decoder does."""
    tokens, ids = _tokens(2), _ids(4, 5).clamp(max=90)
    with torch.no_grad():
        logits, _ = ours(ids, tokens, torch.zeros(1, 2 * LAYERS, 0, theirs.config.hidden_size),
                         torch.zeros(4, dtype=torch.int64))
        wanted = theirs(input_ids=ids, encoder_hidden_states=tokens.repeat_interleave(2, 0))
    torch.testing.assert_close(logits, wanted.logits[:, -1], atol=1e-4, rtol=1e-4)


def test_a_folder_with_both_has_all_roles_and_one_image_graph(both, bundles, tmp_path):
    folder, decoder = both
    found = export(folder, "blip", tmp_path / "both")
    assert set(found["roles"]) == {"image_embedding", "image_tokens", "text_embedding", "matching",
                                   "caption_decoder"}
    assert found["dimensions"] == 16
    assert found["text"]["matching_first_token_id"] == ENC
    assert found["caption"]["first_token_id"] == CLS
    # What is there without a captioner stays as it is.
    for name in ("image.onnx", "text.onnx", "matching.onnx"):
        assert found["files"][name] == manifest.check(bundles["blip"])["files"][name]
    _same(graphs(read(folder, "blip"))[3].module, decoder)


@pytest.fixture
def pth(copy):
    """Makes a published file with a decoder: all of a pre-training file, or a captioner's."""

    def make(kept):
        folder = copy("blip-pth")
        state = torch.load(folder / "model_tiny.pth", weights_only=True)["model"]
        vocabulary = len(state["text_encoder.embeddings.word_embeddings.weight"])
        model, more = _decoder(vocabulary, 24)
        state = {name: value for name, value in {**state, **more}.items() if kept(name)}
        torch.save({"model": state}, folder / "model_tiny.pth")
        side = {"max_length": 16, "vision_attention_heads": HEADS, "text_attention_heads": HEADS,
                "matching_first_token_id": ENC, "caption": {"first_token_id": CLS}}
        (folder / "sightline.json").write_text(json.dumps(side), "utf-8")
        return folder, model

    return make


def _captioning(name):
    return name.startswith(("visual_encoder.", "text_decoder."))


@pytest.mark.parametrize("kept,files", [
    (_captioning, ["image.onnx", "caption.onnx"]),
    (lambda name: True, ["image.onnx", "text.onnx", "matching.onnx", "caption.onnx"]),
])
def test_published_files_with_a_decoder(pth, checkpoints, kept, files):
    folder, decoder = pth(kept)
    found = read(folder, "blip")
    made = graphs(found)
    assert [graph.file for graph in made] == files
    assert found.text["prompt"] == "a picture of "
    assert found.caption
    assert (found.caption["first_token_id"], found.caption["end_token_id"]) == (CLS, SEP)
    decoder.config.layer_norm_eps = 1e-12
    _same(made[-1].module, decoder)
    plain = read(checkpoints["blip-pth"], "blip")
    pixels = torch.randn(2, 3, 32, 32)
    with torch.no_grad():
        tokens = made[0].module(pixels)
        tokens = tokens[1] if isinstance(tokens, tuple) else tokens
        torch.testing.assert_close(tokens, graphs(plain)[0].module(pixels)[1])


def test_question_answering_is_refused_by_name(both, pth):
    message = r"\[{}\] has \[text_encoder.\*\] and \[text_decoder.\*\] but no \[itm_head.\*\]"
    folder, _ = pth(lambda name: not name.startswith(("itm_head", "vision_proj", "text_proj")))
    with pytest.raises(ExportError, match=message.format("model_tiny.pth")):
        read(folder, "blip")
    folder = both[0]
    weights = load_file(folder / "model.safetensors")
    kept = {name: value for name, value in weights.items() if not name.startswith("itm_head")}
    save_file(kept, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(ExportError, match=message.format("model.safetensors")):
        read(folder, "blip")


def test_missing_decoder_weights_are_named(both, pth):
    lacking = "text_decoder.bert.encoder.layer.1.crossattention.self.key.bias"
    folder, _ = pth(lambda name: name != lacking)
    with pytest.raises(ExportError, match=rf"\[model_tiny.pth\] lacks weights: {lacking}"):
        read(folder, "blip")
    folder = both[0]
    weights = load_file(folder / "model.safetensors")
    del weights[lacking]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(ExportError, match=rf"\[model.safetensors\] lacks weights: {lacking}"):
        read(folder, "blip")


def test_a_captioner_is_no_other_family(checkpoints, pth):
    with pytest.raises(ExportError, match=r"model_type \[blip\], expected \[clip\]"):
        read(checkpoints["blip-captioner"], "clip")
    with pytest.raises(ExportError, match=r"has no \[vision_proj.weight\] and is not a ALBEF"):
        read(pth(_captioning)[0], "albef")


def test_no_id_to_begin_with_is_named(copy):
    folder = copy("blip-captioner")
    config = json.loads((folder / "config.json").read_text("utf-8"))
    config["text_config"]["bos_token_id"] = None
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    with pytest.raises(ExportError, match=r"caption.first_token_id must be in \[0, 199\], got "
                                          r"\[None\]"):
        read(folder, "blip")


@pytest.mark.parametrize("precision", ["fp16", "int8"])
def test_smaller_decoders_stay_close(checkpoints, bundles, tmp_path, precision, traced,
                                     monkeypatch):
    monkeypatch.setattr(writer, "write", traced)
    export(checkpoints["blip-captioner"], "blip", tmp_path / "small", precision=precision,
           force=True)
    report = json.loads((tmp_path / "small" / "verification.json").read_text("utf-8"))
    assert report["graphs"]["caption.onnx"]["present"]["min_cosine"] > 0.99
    small = (tmp_path / "small" / "caption.onnx").stat().st_size
    assert small < (bundles["blip-captioner"] / "caption.onnx").stat().st_size
