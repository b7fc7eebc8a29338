"""Training runs on made-up artwork, and what it saves exports."""

import json
import random

import numpy as np
import pytest
import torch

from emoji_models.tokenizer import CLS, PAD, SEP
from emoji_models.train import caption, checkpoint
from emoji_models.train.align import Options
from emoji_models.train.batches import PROMPTS, Batches, encode
from emoji_models.train.distil import DistilTrainer
from emoji_models.train.match import MatchTrainer
from emoji_models.train.optim import orthogonalise
from emoji_models.train.phrases import PhraseTrainer
from sightline_export.bundle.export import export
from sightline_export.bundle.families.blip import BlipForRetrievalAndCaptions
from sightline_export.bundle.verify import session


def test_batches_leave_the_held_out_styles_out(store):
    batches = Batches(store, 1)
    used = {store.styles[row] for rows in batches.rows for row, _ in rows}
    assert used == {"twemoji", "openmoji"}
    batch = batches.draw(12)
    assert len(set(batch.emoji.tolist())) == 12
    assert batch.positive.diagonal().all()
    shared = [at for at, caption in enumerate(batch.captions) if caption == "thing"]
    assert all(batch.positive[:, at].all() for at in shared)


def test_contrast_and_matching_learn_and_export(new_tower, store, tokenizer, tmp_path):
    tower = new_tower("blip").train()
    options = Options(steps=4, batch=12, warmup=1, match_from=0.0, decay=0.5, full_from=0.7)
    trainer = MatchTrainer(tower, tokenizer, store, tmp_path / "run", options)
    trainer.texts, trainer.wrong = 4, 2
    trainer.proxies_from_names()
    trainer.run()
    records = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").open()]
    assert records[0]["options"]["steps"] == 4
    assert 0 <= records[-1]["validation"]["R@32"] <= 1
    written = export(tmp_path / "run" / "checkpoint", "emoji-blip", tmp_path / "some-blip")
    assert written["image"]["transparency"] == "white"
    assert written["text"]["matching_first_token_id"] == 5
    prior = tower.model.config.matching_prior
    assert prior["scale"] == pytest.approx(float(tower.scale.detach().exp()), rel=0.01)
    assert -1 < prior["offset"] < 1

    again, _ = checkpoint.load(tmp_path / "run" / "checkpoint")
    pixels = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(again.eval().image(pixels)[0], tower.eval().image(pixels)[0])


def test_matching_corrects_the_similarity_and_exports(new_tower, store, tokenizer, tmp_path):
    tower = new_tower("blip").eval()
    tower.model.config.matching_prior = {"scale": 40.0, "offset": 0.6, "first_token_id": CLS}
    ids, mask = encode(tokenizer, ["thing 3", "thing 4"])
    with torch.no_grad():
        images, tokens = tower.image(torch.randn(2, 3, 64, 64))
        cosine = (tower.text(ids, mask) * images).sum(1)
        correction = tower.match(ids, mask, tokens)
        logits = tower.match(ids, mask, tokens, cosine)
    assert correction.abs().max() > 1e-4
    torch.testing.assert_close(
        logits[:, 1] - logits[:, 0],
        40 * (cosine - 0.6) + correction[:, 1] - correction[:, 0])

    checkpoint.save(tower, tokenizer, tmp_path, 1)
    export(tmp_path / "checkpoint", "emoji-blip", tmp_path / "some-blip")
    matched = ids.clone()
    matched[:, 0] = 5
    runner = session(tmp_path / "some-blip" / "matching.onnx")
    got = runner.run(None, {"input_ids": matched.numpy(), "attention_mask": mask.numpy(),
                            "image_tokens": tokens.numpy()})[0]
    np.testing.assert_allclose(got, logits.numpy(), atol=1e-3)


def test_clip_follows_its_teacher(new_tower, store, tokenizer, tmp_path):
    teacher, clip = new_tower("blip"), new_tower("clip")
    options = Options(steps=15, batch=12, warmup=2, strength=0.3, lr=0.002)
    trainer = DistilTrainer(teacher, clip, tokenizer, store, tmp_path, options)
    before = {name: value.clone() for name, value in teacher.state_dict().items()}
    trainer.run(look_every=15)
    log = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert "validation" in log[-1]
    pixels = torch.from_numpy(store.white(list(range(24)))).permute(0, 3, 1, 2).float() / 127.5 - 1
    clip.eval()
    with torch.no_grad():
        followed = (clip.image(pixels)[0] * teacher.image(pixels)[0]).sum(1).mean()
        fresh = (new_tower("clip").eval().image(pixels)[0]
                 * teacher.image(pixels)[0]).sum(1).mean()
    assert followed > fresh + 0.3
    for name, value in teacher.state_dict().items():
        torch.testing.assert_close(value, before[name], rtol=0, atol=0)


def test_phrases_come_to_mean_their_captions(new_tower, store, tokenizer, tmp_path):
    teacher, tower = new_tower("blip"), new_tower("blip").eval()
    before = {name: value.clone() for name, value in tower.state_dict().items()}
    trainer = PhraseTrainer(teacher, tower, tokenizer, store, tmp_path,
                            Options(steps=40, batch=12, warmup=2, strength=0.3, lr=0.001))
    trainer.texts = 8
    phrase, bare = (encode(tokenizer, [form.format(n) for n in range(20)])
                    for form in ("a picture of a thing {}", "thing {}"))

    def agreement():
        with torch.no_grad():
            return (tower.text(*phrase) * teacher.text(*bare)).sum(1).mean()

    first = agreement()
    trainer.run(look_every=100)
    assert agreement() > first + 0.02
    for name, value in tower.state_dict().items():
        if name.startswith("model.vision"):
            torch.testing.assert_close(value, before[name], rtol=0, atol=0)


def test_captions_learn_names_and_hide_prompts(store, tokenizer):
    batches, chance = Batches(store, 1), random.Random(2)
    rows = [at for at in range(len(batches.keys)) for _ in range(20)]
    ids, labels = caption.sequences(batches, tokenizer, rows, chance)
    assert ids.shape == labels.shape and (ids[:, 0] == CLS).all()
    prompted = tags = 0
    for row, at, wanted in zip(ids.tolist(), rows, labels.tolist(), strict=True):
        said = [one for one in wanted if one != -100]
        assert said[-1] == SEP and row[:len(row) - row.count(PAD)][-len(said):] == said
        before = tokenizer.decode(row[1:wanted.index(said[0])])
        words = tokenizer.decode(said[:-1])
        # Without a prompt it is always the name.
        assert words == batches.names[at] or (before and words in batches.tags[at])
        assert before in {"", *(tokenizer.decode(tokenizer.encode(
            prompt, add_special_tokens=False).ids) for prompt in PROMPTS)}
        prompted, tags = prompted + bool(before), tags + (words != batches.names[at])
    assert 0.2 < prompted / len(rows) < 0.4 and 0.1 < tags / len(rows) < 0.25


def test_a_captioner_learns_and_leaves_the_rest(new_tower, store, tokenizer, tmp_path):
    checkpoint.save(new_tower("blip").eval(), tokenizer, tmp_path, 1)
    tower, _ = checkpoint.load(tmp_path / "checkpoint", BlipForRetrievalAndCaptions)
    caption.with_decoder(tower.model)
    own, taken = tower.model.text_decoder.bert.encoder.layer[0], tower.model.text_encoder
    assert torch.equal(own.crossattention.self.query.weight,
                       taken.encoder.layer[0].crossattention.self.query.weight)
    assert not torch.equal(own.attention.self.query.weight,
                           taken.encoder.layer[0].attention.self.query.weight)
    before = {name: value.clone() for name, value in tower.state_dict().items()}
    trainer = caption.CaptionTrainer(tower, tokenizer, store, tmp_path / "run",
                                     Options(steps=40, batch=12, warmup=2, lr=0.002, strength=0.2))
    first = trainer.loss(1.0)[1]["loss"]
    trainer.run(look_every=100)
    assert trainer.loss(1.0)[1]["loss"] < first - 1
    changed = {name for name, value in tower.state_dict().items()
               if not torch.equal(value, before[name])}
    assert changed and all(name.startswith("model.text_decoder.") for name in changed)
    log = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").open()]
    assert 0 <= log[-1]["validation"]["named"] <= 1

    again, _ = checkpoint.load(tmp_path / "run" / "checkpoint", BlipForRetrievalAndCaptions)
    for name, value in tower.state_dict().items():
        # The decoder is kept as bundles store it; everything else, and training, as it is.
        kept = value.half().float() if name.startswith("model.text_decoder.") else value
        assert torch.equal(again.state_dict()[name], kept), name
    written = export(tmp_path / "run" / "checkpoint", "emoji-blip", tmp_path / "some-blip")
    assert written["caption"]["first_token_id"] == CLS
    assert (written["caption"]["min_length"], written["caption"]["max_length"]) == (0, 24)
    assert {"matching", "caption_decoder"} <= set(written["roles"])


def test_dropped_tokens_keep_the_class_token(new_tower, tokenizer):
    tower = new_tower("blip").eval()
    with torch.no_grad():
        embedding, tokens = tower.image(torch.randn(2, 3, 64, 64), 0.25)
    assert tokens.shape[1] == 17 and embedding.shape == (2, 16)


def test_orthogonalised_update_has_singular_values_near_one():
    torch.manual_seed(0)
    values = torch.linalg.svdvals(orthogonalise(torch.randn(2, 24, 48)))
    assert values.min() > 0.5 and values.max() < 1.5
