"""Weights that several graphs have are in the bundle once."""

import hashlib
from collections import Counter

import numpy as np
import onnx
import pytest
import torch
from onnx.external_data_helper import ExternalDataInfo, uses_external_data

from sightline_export.bundle import families, graphs, manifest, sharing, verify
from sightline_export.bundle.export import export


def _export(checkpoints, traced, out, name, family, **options):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(graphs, "write", traced)
        return export(checkpoints[name], family, out, shared_bytes=1, **options)


def _copies(folder):
    """How often each weight of more than a kilobyte is stored."""
    found: Counter[str] = Counter()
    for path in folder.glob("*.onnx"):
        for weight in onnx.load(path, load_external_data=False).graph.initializer:
            if len(weight.raw_data) >= 1024:
                found[hashlib.sha256(weight.raw_data).hexdigest()] += 1
            assert not uses_external_data(weight) or (
                ExternalDataInfo(weight).location == sharing.NAME)
    return found


@pytest.mark.parametrize("name,family,precision,holders", [
    ("blip", "blip", "fp32", 2), ("blip2", "blip2", "fp32", 3), ("blip2", "blip2", "int8", 3)])
def test_nothing_is_stored_twice(checkpoints, bundles, traced, tmp_path, name, family, precision,
                                 holders):
    out = tmp_path / name
    written = _export(checkpoints, traced, out, name, family, precision=precision, force=True)
    manifest.check(out)
    assert written["files"][sharing.NAME]["graphs"] == holders
    assert set(_copies(out).values()) == {1}
    assert max(_copies(bundles[name]).values()) > 1
    if precision == "int8":
        return
    size = sum(path.stat().st_size for path in out.iterdir())
    assert size < 0.9 * sum(path.stat().st_size for path in bundles[name].iterdir())
    checkpoint = families.read(checkpoints[name], family)
    for graph in families.graphs(checkpoint):
        torch.manual_seed(3)
        given = {key: value.numpy() for key, value in zip(
            graph.inputs, graph.example(checkpoint, 2, 9), strict=True)}
        one, two = (verify.session(folder / graph.file).run(None, given)
                    for folder in (out, bundles[name]))
        for a, b in zip(one, two, strict=True):
            np.testing.assert_array_equal(a, b)


def test_weights_of_a_large_graph_are_shared_too(checkpoints, tmp_path, monkeypatch):
    """Weights beside a graph stay beside it, but for those that another graph has."""
    monkeypatch.setattr(graphs, "ONE_FILE_BYTES", 20_000)
    out = tmp_path / "blip"
    written = export(checkpoints["blip"], "blip", out, shared_bytes=1)
    assert {"image.onnx.data", sharing.NAME} <= set(written["files"])
    assert sum(file["bytes"] for name, file in written["files"].items()
               if name.endswith(".data")) < sum(
        p.numel() * 4 for p in families.read(checkpoints["blip"], "blip").model.parameters()) * 1.1


def test_little_is_not_worth_a_file(bundles):
    assert sharing.NAME not in manifest.check(bundles["blip"])["files"]
