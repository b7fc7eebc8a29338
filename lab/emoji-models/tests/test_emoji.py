"""Names of artwork, the tokenizer, metrics and losses."""

import json

import numpy as np
import pytest
import torch

from emoji_models.emoji.catalog import Emoji, NameIndex, load_catalog, slug, strip_variation
from emoji_models.evaluation.ranking import ranks, recall, rerank
from emoji_models.tokenizer import CLS, SEP, UNK, build
from emoji_models.train.augment import augment
from emoji_models.train.losses import Memory, soft_cross_entropy
from emoji_models.train.match import candidates


def _emoji(key, name, tone=False):
    return Emoji(key, name, (), "group", "subgroup", "x", tone)


@pytest.fixture
def index():
    entries = [_emoji("2764", "red heart"), _emoji("1F1EB-1F1F7", "flag: France"),
               _emoji("1F9D1-200D-1F680", "astronaut"),
               _emoji("1F9D1-1F3FB-200D-1F680", "astronaut: light skin tone", True),
               _emoji("1F9CF", "deaf person"), _emoji("1F9B8", "superhero"),
               _emoji("2705", "check mark button")]
    return NameIndex({e.key: e for e in entries},
                     {"WHITE HEAVY CHECK MARK": "2705", "ANCHORED SHIP": "2764"})


@pytest.mark.parametrize("name,key", [
    ("red-heart", "2764"), ("flag-for-france", "1F1EB-1F1F7"),
    ("astronaut-default", "1F9D1-200D-1F680"), ("astronaut-light", "1F9D1-1F3FB-200D-1F680"),
    ("person-deaf", "1F9CF"), ("person-superhero", "1F9B8"), ("white-heavy-check-mark", "2705"),
    ("nothing-known", None), ("flag-for-nowhere", None), ("astronaut-dark", None),
])
def test_artwork_names(index, name, key):
    assert index.find(name) == key


def test_squashed_names(index):
    assert index.find_squashed("whiteheavycheckmark") == "2705"
    assert index.find_squashed("unheardof") is None


def test_keys_and_slugs():
    assert strip_variation("2764-fe0f") == "2764"
    assert strip_variation("0033-fe0f-20e3") == "0033-20E3"
    assert strip_variation("1f468-200d-1f9b0") == "1F468-200D-1F9B0"
    assert slug("flag: Côte d’Ivoire") == "flag-cote-divoire"
    assert slug("Bosnia & Herzegovina") == "bosnia-and-herzegovina"


def test_catalog_reads_tones_and_leaves_regional_indicators_out(tmp_path):
    (tmp_path / "en").mkdir()
    (tmp_path / "meta").mkdir()
    data = [{"label": "waving hand", "hexcode": "1F44B", "emoji": "👋", "order": 2, "group": 1,
             "subgroup": 16, "tags": ["wave"],
             "skins": [{"label": "waving hand: dark skin tone", "hexcode": "1F44B-1F3FF",
                        "emoji": "👋🏿"}]},
            {"label": "regional indicator A", "hexcode": "1F1E6", "emoji": "🇦"}]
    (tmp_path / "en" / "data.json").write_text(json.dumps(data), "utf-8")
    groups = {"groups": {"1": "people-body"}, "subgroups": {"16": "hand-fingers-open"}}
    (tmp_path / "meta" / "groups.json").write_text(json.dumps(groups), "utf-8")
    catalog = load_catalog(tmp_path)
    assert list(catalog) == ["1F44B", "1F44B-1F3FF"]
    assert catalog["1F44B-1F3FF"].skin_tone and catalog["1F44B-1F3FF"].tags == ("wave",)


@pytest.mark.parametrize("text", [
    "", " ", "red heart", "RED  Heart!", "zyxwvut", "piñata", "Côte d’Ivoire", "猫 🐈 cat",
    "x" * 100, "tab\tnew\nline", "\u200d\ufe0f\u0000", "ΑΒΓ Я", "#1 * (new)", "ﬁ Ⅷ ½",
])
def test_tokenizer_never_gives_unknown(text):
    tokenizer = build(["red heart", "flag: Côte d’Ivoire"], 12)
    ids = tokenizer.encode(text).ids
    assert UNK not in ids
    assert ids[0] == CLS and ids[-1] == SEP and len(ids) <= 12


def test_tokenizer_does_not_take_a_long_word_apart():
    tokenizer = build(["red heart"], 12)
    assert tokenizer.encode("red " + "x" * 101).tokens == ["[CLS]", "red", "[UNK]", "[SEP]"]


def test_tokenizer_knows_words_and_survives_saving(tmp_path):
    tokenizer = build(["red heart"], 12)
    assert tokenizer.encode("Red HEART").tokens == ["[CLS]", "red", "heart", "[SEP]"]
    assert tokenizer.encode("rat").tokens == ["[CLS]", "r", "##a", "##t", "[SEP]"]
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    from tokenizers import Tokenizer

    again = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    assert again.encode("piñata 猫 red").ids == tokenizer.encode("piñata 猫 red").ids


def test_ranks_count_equal_names_as_true_and_ties_against():
    scores = np.array([[0.9, 0.5, 0.7], [0.2, 0.2, 0.2]])
    assert ranks(scores, ["a", "b"], ["b", "a", "a"]).tolist() == [1, 2]
    assert recall(np.array([0, 1, 40]), (1, 10)) == {"R@1": 0.3333, "R@10": 0.6667}


def test_rerank_reorders_only_the_window():
    first = np.array([[0.9, 0.8, 0.7, 0.1]])
    final = rerank(first, np.array([[0.1, 0.5]]), 2)
    assert np.argsort(-final[0]).tolist() == [1, 0, 2, 3]


def test_candidates_avoid_positives_and_grow_harder():
    torch.manual_seed(0)
    similarity = torch.linspace(0, 1, 20).repeat(200, 1)
    positive = torch.zeros(200, 20, dtype=torch.bool)
    positive[:, 19] = True
    easy = candidates(similarity, positive, 3, 0.0)
    hard = candidates(similarity, positive, 3, 50.0)
    assert not (easy == 19).any() and not (hard == 19).any()
    assert hard.float().mean() > easy.float().mean() + 4


def test_memory_keeps_the_newest():
    memory = Memory(4, 2)
    memory.add(torch.ones(3, 2), torch.tensor([0, 1, 2]))
    memory.add(2 * torch.ones(3, 2), torch.tensor([3, 4, 5]))
    assert sorted(memory.entries()[1].tolist()) == [2, 3, 4, 5]


def test_soft_cross_entropy_shares_between_positives():
    positive = torch.tensor([[True, True, False]])
    even = soft_cross_entropy(torch.tensor([[5.0, 5.0, -5.0]]), positive)
    odd = soft_cross_entropy(torch.tensor([[5.0, -5.0, -5.0]]), positive)
    assert abs(float(even) - np.log(2)) < 1e-3 < float(odd)


def test_augmentation_keeps_shape_and_plain_is_exact():
    torch.manual_seed(0)
    rgba = torch.randint(0, 256, (6, 64, 64, 4), dtype=torch.uint8)
    out = augment(rgba, rgba.flip(0), 1.0)
    assert out.shape == (6, 3, 64, 64) and out.min() >= -1 and out.max() <= 1
    opaque = rgba.clone()
    opaque[..., 3] = 255
    plain = augment(opaque, opaque, 0.0)
    wanted = (opaque[..., :3].permute(0, 3, 1, 2).float() / 255 - 0.5) / 0.5
    torch.testing.assert_close(plain, wanted)
