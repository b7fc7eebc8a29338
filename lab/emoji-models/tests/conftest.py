"""Made-up artwork and small untrained models."""

import numpy as np
import pytest
import torch

from emoji_models.emoji.catalog import Emoji
from emoji_models.emoji.store import Store
from emoji_models.tokenizer import build
from emoji_models.train import models
from emoji_models.train.optim import initialise

SMALL = {"width": 32, "layers": 1, "stem_channels": 4, "text_width": 32, "text_layers": 1,
         "dimensions": 16}


@pytest.fixture(scope="session")
def store():
    random = np.random.default_rng(0)
    catalog = {}
    for at in range(30):
        key = f"{at:04X}"
        catalog[key] = Emoji(key, f"thing {at}", ("thing", f"tag {at}"), "g", "s", "x", at >= 25)
    styles = ["twemoji", "openmoji", "fxemoji", "noto"]
    keys = [key for _ in styles for key in catalog]
    names = [style for style in styles for _ in catalog]
    pixels = random.integers(0, 256, (len(keys), 64, 64, 4), dtype=np.uint8)
    return Store(pixels, names, keys, catalog)


@pytest.fixture
def tokenizer(store):
    return build([c for e in store.catalog.values() for c in (e.name, *e.tags)])


@pytest.fixture
def new_tower(tokenizer):
    """Makes a model of a family, always with the same weights."""

    def make(family):
        torch.manual_seed(3)
        model = models.new(family, tokenizer.get_vocab_size(), **SMALL)
        initialise(model)
        return models.Tower(model)

    return make
