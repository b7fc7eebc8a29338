"""Captions of BLIP-2's first stage: the graph, its manifest, and what LAVIS' files may lack."""

import json
import shutil

import numpy as np
import pytest
import torch

from emoji_models.tokenizer import SEP
from fixture_maker.testing import caption_step
from fixture_maker.tiny_families import LAVIS_FILE, load_lavis
from fixture_maker.tiny_weights import WIDTH
from sightline_export.bundle import ExportError, manifest, precision, verify
from sightline_export.bundle.families import blip2_caption, blip_caption, graphs, read

NAME = "blip2-captioner"
DEC = 198
SLOTS, STATE = 6, 24


@pytest.fixture(scope="module")
def reference(checkpoints):
    return load_lavis(checkpoints[NAME])


@pytest.fixture(scope="module")
def step(bundles):
    return caption_step(bundles[NAME])


def _tokens(images):
    return torch.randn(images, 17, WIDTH, generator=torch.Generator().manual_seed(images))


def _ids(rows, length):
    return torch.randint(6, DEC, (rows, length), generator=torch.Generator().manual_seed(rows))


def _nothing():
    return np.zeros((1, SLOTS, 0, STATE), np.float32)


def _whole(model, ids, tokens):
    """Plain torch's logits after the last id, run on all ids at once."""
    with torch.no_grad():
        return model.write(ids, tokens.repeat_interleave(len(ids) // len(tokens), 0))[:, -1].numpy()


@pytest.mark.parametrize("images,beams,begin", [(1, 1, 1), (1, 3, 5), (3, 3, 1), (2, 1, 4)])
def test_steps_equal_plain_torch_on_the_whole_caption(reference, step, images, beams, begin):
    tokens, ids = _tokens(images), _ids(images * beams, begin)
    logits, past = step(ids.numpy(), tokens.numpy(), _nothing(), np.zeros(len(ids), np.int64))
    assert past.shape == (len(ids), SLOTS, begin, STATE)
    np.testing.assert_allclose(logits, _whole(reference, ids, tokens), atol=2e-4)
    random = np.random.default_rng(0)
    for length in (1, 1, 2):
        # Each row goes on from any beam of its own picture.
        rows = np.concatenate([at * beams + random.integers(0, beams, beams)
                               for at in range(images)])
        more = _ids(len(ids), length + 2)[:, 2:]
        ids = torch.cat([ids[torch.from_numpy(rows)], more], 1)
        logits, past = step(more.numpy(), tokens.numpy(), past, rows)
        assert past.shape[2] == ids.shape[1]
        np.testing.assert_allclose(logits, _whole(reference, ids, tokens), atol=2e-4)


def test_pictures_and_order_are_told_apart(reference):
    tokens, ids = _tokens(2), _ids(1, 5)
    one, other = (_whole(reference, ids, tokens[at:at + 1]) for at in range(2))
    swapped = _whole(reference, ids[:, [1, 0, 2, 3, 4]], tokens[:1])
    assert np.abs(one - other).max() > 1 and np.abs(one - swapped).max() > 0.1


def test_rows_choose_what_is_gone_on_from(reference, step):
    tokens, ids = _tokens(1), _ids(3, 4)
    _, past = step(ids.numpy(), tokens.numpy(), _nothing(), np.zeros(3, np.int64))
    more = np.array([[50]])
    for row in range(3):
        logits, _ = step(more, tokens.numpy(), past, np.array([row]))
        wanted = _whole(reference, torch.cat([ids[row:row + 1], torch.from_numpy(more)], 1), tokens)
        np.testing.assert_allclose(logits, wanted, atol=2e-4)


def test_manifest(bundles):
    found = manifest.check(bundles[NAME])
    assert set(found["roles"]) == {"image_embedding", "image_tokens", "text_embedding", "matching",
                                   "caption_decoder"}
    assert found["roles"]["image_embedding"]["file"] == found["roles"]["image_tokens"]["file"]
    assert found["vectors_per_image"] == 4
    assert found["text"]["prompt"] is None
    assert found["text"]["matching_first_token_id"] is None
    # LAVIS' 30 do not fit.
    assert found["caption"] == {
        "first_token_id": DEC, "end_token_id": SEP, "num_beams": 3, "max_length": 24,
        "min_length": 10, "repetition_penalty": 1.0, "length_penalty": 1.0}


def test_published_ids_and_length(checkpoints):
    plain = read(checkpoints["blip2-pth"], "blip2").tokenizer
    found = blip_caption.rules({}, {"max_length": 32}, plain, 30523,
                               defaults=blip2_caption.DEFAULTS)
    assert (found["first_token_id"], found["end_token_id"]) == (30522, SEP)
    assert (found["max_length"], found["min_length"]) == (30, 10)


def _side(folder, **more):
    side = json.loads((folder / "sightline.json").read_text("utf-8"))
    (folder / "sightline.json").write_text(json.dumps({**side, **more}), "utf-8")


def test_sidecar_overrules(copy):
    folder = copy(NAME)
    _side(folder, prompt="a photo of ", caption={"first_token_id": 2, "num_beams": 5,
                                                 "min_length": 0})
    found = read(folder, "blip2")
    assert found.text["prompt"] == "a photo of "
    assert found.caption
    assert (found.caption["first_token_id"], found.caption["num_beams"]) == (2, 5)
    assert (found.caption["min_length"], found.caption["max_length"]) == (0, 24)
    _side(folder, caption={"max_length": 25})
    with pytest.raises(ExportError, match=r"caption.max_length must be in \[2, 24\], got \[25\]"):
        read(folder, "blip2")


def test_no_id_to_begin_with_is_named(copy):
    folder = copy(NAME)
    tokenizer = json.loads((folder / "tokenizer.json").read_text("utf-8"))
    tokenizer["added_tokens"] = [token for token in tokenizer["added_tokens"]
                                 if token["content"] != "[DEC]"]
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer), "utf-8")
    with pytest.raises(ExportError, match=r"caption.first_token_id must be in \[0, 198\], got "
                                          r"\[None\]"):
        read(folder, "blip2")


def _change(folder, edit):
    state = torch.load(folder / LAVIS_FILE, weights_only=True)["model"]
    edit(state)
    torch.save({"model": state}, folder / LAVIS_FILE)


@pytest.mark.parametrize("key", ["decoder.bias", "decoder.weight", "transform.LayerNorm.weight"])
def test_missing_weights_of_the_head_are_named(copy, key):
    folder = copy(NAME)
    _change(folder, lambda state: state.pop(f"Qformer.cls.predictions.{key}"))
    with pytest.raises(ExportError, match=rf"lacks weights: Qformer.cls.predictions.{key}"):
        read(folder, "blip2")


def test_the_vocabulary_is_stored_once_where_it_is_the_same(copy, checkpoints):
    def head(folder):
        return graphs(read(folder, "blip2"))[3].module

    tied = head(checkpoints[NAME])
    assert tied.head.decoder.weight is tied.embeddings.word_embeddings.weight
    folder = copy(NAME)
    key = "Qformer.cls.predictions.decoder.weight"
    _change(folder, lambda state: state.update({key: state[key] * 0.5}))
    apart = head(folder)
    tokens, ids = _tokens(1), _ids(2, 3)
    feeds = (ids, tokens, torch.from_numpy(_nothing()), torch.zeros(2, dtype=torch.int64))
    with torch.no_grad():
        bias = tied.head.decoder.bias
        torch.testing.assert_close(apart(*feeds)[0] - bias, (tied(*feeds)[0] - bias) / 2)


@pytest.mark.parametrize("kind", ["fp16", "int8"])
def test_smaller_graphs_stay_close(checkpoints, bundles, tmp_path, kind):
    path = tmp_path / "caption.onnx"
    shutil.copyfile(bundles[NAME] / path.name, path)
    precision.convert(path, kind)
    checkpoint = read(checkpoints[NAME], "blip2")
    found = verify.measure(graphs(checkpoint)[3], checkpoint, path)
    assert found["present"]["min_cosine"] > {"fp16": 0.9999, "int8": 0.97}[kind]
    assert path.stat().st_size < (bundles[NAME] / path.name).stat().st_size
