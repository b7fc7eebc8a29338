"""Shared fixtures: tiny checkpoints and their bundles, made once a session where asked for."""

import shutil

import pytest
import torch
from transformers.utils import logging

from sightline_export.bundle.export import export
from sightline_export.fixtures import tiny

logging.set_verbosity_error()
logging.disable_progress_bar()


class Lazy(dict):
    """Makes a value when it is first asked for."""

    def __init__(self, make):
        super().__init__()
        self.make = make

    def __missing__(self, key):
        self[key] = self.make(key)
        return self[key]


@pytest.fixture(scope="session", params=["clip", "blip"])
def family(request):
    return request.param


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory):
    """Tiny random checkpoints by family."""
    torch.set_num_threads(2)

    def make(name):
        folder = tmp_path_factory.mktemp("checkpoints") / f"some-{name}"
        folder.mkdir()
        tiny.make(name, folder)
        return folder

    return Lazy(make)


@pytest.fixture(scope="session")
def bundles(tmp_path_factory, checkpoints):
    """Bundles of the tiny checkpoints by name of the checkpoint."""

    def make(name):
        folder = tmp_path_factory.mktemp("bundles") / f"tiny-{name}"
        family = name.removesuffix("-pth").removesuffix("-captioner")
        export(checkpoints[name], family, folder, license="Apache-2.0")
        return folder

    return Lazy(make)


@pytest.fixture
def copy(tmp_path, checkpoints):
    """A copy of a tiny checkpoint that a test may change."""

    def make(family):
        return shutil.copytree(checkpoints[family], tmp_path / family)

    return make
