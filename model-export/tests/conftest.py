"""Shared fixtures: tiny checkpoints and their bundles, made once a session."""

import pytest
import torch
from transformers.utils import logging

from sightline_export.bundle.export import export
from sightline_export.fixtures import tiny

logging.set_verbosity_error()
logging.disable_progress_bar()


@pytest.fixture(scope="session", params=["clip", "blip"])
def family(request):
    return request.param


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory):
    """Tiny random checkpoints by family."""
    torch.set_num_threads(2)
    out = {}
    for name in ("clip", "blip"):
        out[name] = tmp_path_factory.mktemp("checkpoints") / f"some-{name}"
        out[name].mkdir()
        tiny.make(name, out[name])
    return out


@pytest.fixture(scope="session")
def bundles(tmp_path_factory, checkpoints):
    """Bundles of the tiny checkpoints by family."""
    folder = tmp_path_factory.mktemp("bundles")
    for name, checkpoint in checkpoints.items():
        export(checkpoint, name, folder / f"tiny-{name}", license="Apache-2.0")
    return {name: folder / f"tiny-{name}" for name in checkpoints}
