"""Smaller graphs, and the report of how far they are from the checkpoint."""

import json

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch

from sightline_export.__main__ import main
from sightline_export.bundle import ExportError, families, graphs, manifest, precision, verify
from sightline_export.bundle.export import export


def _report(bundle):
    return json.loads((bundle / verify.REPORT).read_text("utf-8"))


@pytest.fixture(scope="module")
def reduced(tmp_path_factory, checkpoints, traced):
    """The tiny BLIP in both smaller precisions, whatever the difference."""
    folder = tmp_path_factory.mktemp("reduced")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(graphs, "write", traced)
        for kind in ("fp16", "int8"):
            export(checkpoints["blip"], "blip", folder / kind, precision=kind, force=True)
    return folder


def test_report_is_listed_and_tells_what_was_measured(checkpoints, bundles):
    found = _report(bundles["blip"])
    assert verify.REPORT in manifest.check(bundles["blip"])["files"]
    assert (found["precision"], found["within_bounds"]) == ("fp32", True)
    assert set(found["graphs"]) == {"image.onnx", "text.onnx", "matching.onnx"}
    assert found["graphs"]["image.onnx"]["image_tokens"]["min_cosine"] > 0.999999
    checkpoint = families.read(checkpoints["blip"], "blip")
    graph = families.graphs(checkpoint)[2]
    again = verify.measure(graph, checkpoint, bundles["blip"] / "matching.onnx")
    assert found["graphs"]["matching.onnx"]["logits"]["max_difference"] == pytest.approx(
        again["logits"]["max_difference"], abs=1e-5)


def test_inputs_of_the_comparison_can_be_fewer(checkpoints, tmp_path, traced, monkeypatch):
    monkeypatch.setattr(graphs, "write", traced)
    shapes = ((1, 2),)
    export(checkpoints["clip"], "clip", tmp_path / "few", shapes=shapes)
    found = _report(tmp_path / "few")
    assert found["inputs"]["batch_and_length"] == [[1, 2]]
    checkpoint = families.read(checkpoints["clip"], "clip")
    graph = families.graphs(checkpoint)[0]
    few, all_ = (verify.measure(graph, checkpoint, tmp_path / "few" / graph.file, *given)
                 for given in ((shapes,), ()))
    values = [each["image_embedding"]["max_value"] for each in (few, all_)]
    assert values[0] < values[1]
    assert found["graphs"][graph.file]["image_embedding"]["max_value"] == pytest.approx(values[0])


@pytest.mark.parametrize("precision,kind", [("fp16", onnx.TensorProto.FLOAT16),
                                            ("int8", onnx.TensorProto.INT8)])
def test_weights_are_smaller_and_close(bundles, reduced, precision, kind):
    manifest.check(reduced / precision)
    found = _report(reduced / precision)
    assert found["precision"] == precision
    for name in ("image.onnx", "text.onnx", "matching.onnx"):
        model = onnx.load(reduced / precision / name)
        stored = {i.data_type for i in model.graph.initializer if int(np.prod(i.dims)) > 900}
        assert kind in stored
        # Inputs and outputs stay float32: the runtime knows no other.
        floats = [t for t in (*model.graph.input, *model.graph.output)
                  if t.type.tensor_type.elem_type != onnx.TensorProto.INT64]
        assert {t.type.tensor_type.elem_type for t in floats} == {onnx.TensorProto.FLOAT}
        assert (reduced / precision / name).stat().st_size < (
            bundles["blip"] / name).stat().st_size
    embedding = found["graphs"]["image.onnx"]["image_embedding"]
    assert embedding["min_cosine"] > {"fp16": 0.999, "int8": 0.9}[precision]
    assert embedding["max_difference"] > 1e-5


def test_int8_has_a_scale_for_each_output(reduced):
    model = onnx.load(reduced / "int8" / "text.onnx")
    stored = {i.name: i for i in model.graph.initializer}
    matrices = [name for name, i in stored.items() if i.data_type == onnx.TensorProto.INT8
                and len(i.dims) == 2]
    assert len(matrices) >= 10
    for name in matrices:
        scales = stored[f"{name.removesuffix('_int8')}_scales"]
        assert list(scales.dims) == [stored[name].dims[1]]


@pytest.mark.parametrize("name,file", [
    ("blip", "image.onnx"), ("blip", "text.onnx"), ("blip", "matching.onnx"),
    ("clip", "text.onnx"), ("albef", "matching.onnx"), ("siglip", "text.onnx"),
    ("blip2-captioner", "matching.onnx"), ("blip-captioner", "caption.onnx")])
def test_an_input_of_int8_does_not_see_its_neighbours(checkpoints, bundles, tmp_path, name, file):
    """A run of seven equals seven runs of one, whatever the others are and however a text is
    padded."""
    family = name.removesuffix("-captioner")
    checkpoint = families.read(checkpoints[name], family)
    [graph] = [each for each in families.graphs(checkpoint) if each.file == file]
    path = tmp_path / file
    path.write_bytes((bundles[name] / file).read_bytes())
    precision.convert(path, "int8")
    given = dict(zip(graph.inputs, graph.example(checkpoint, 7, 9), strict=True))
    # one input is far larger than the others, which a scale for all would follow
    for value in given.values():
        if value.is_floating_point():
            value[3] *= 50
    together = _outputs(path, graph, given)
    for row in range(7):
        alone = {}
        for key, value in given.items():
            alone[key] = torch.zeros(1, dtype=torch.int64) if key == "rows" else value[row:row + 1]
        if "rows" in given:
            alone["past"] = given["past"][given["rows"][row]][None]
        elif "attention_mask" in given:
            length = int(given["attention_mask"][row].sum())
            alone |= {key: value[:, :length] for key, value in alone.items()
                      if key in ("input_ids", "attention_mask", "text_features")}
        for one, all_ in zip(_outputs(path, graph, alone), together, strict=True):
            wanted = all_[row:row + 1]
            one = one[:, :wanted.shape[1]]
            np.testing.assert_allclose(one, wanted[:, :one.shape[1]], atol=1e-5, rtol=1e-5)


def _outputs(path, graph, given):
    return verify.session(path).run(list(graph.outputs), {k: v.numpy() for k, v in given.items()})


def test_large_weights_in_8_bits_are_in_one_file_again(checkpoints, bundles, tmp_path, monkeypatch):
    checkpoint = families.read(checkpoints["clip"], "clip")
    [graph, _] = families.graphs(checkpoint)
    limit = sum(p.numel() * 4 for p in graph.module.parameters()) - 1
    monkeypatch.setattr(graphs, "ONE_FILE_BYTES", limit)
    path = graphs.write(graph, checkpoint, tmp_path)
    assert graphs.weights_beside(path).exists()
    precision.convert(path, "int8")
    assert [file.name for file in tmp_path.iterdir()] == ["image.onnx"]
    other = tmp_path / "plain.onnx"
    other.write_bytes((bundles["clip"] / "image.onnx").read_bytes())
    precision.convert(other, "int8")
    given = dict(zip(graph.inputs, graph.example(checkpoint, 2, 5), strict=True))
    for one, two in zip(_outputs(path, graph, given), _outputs(other, graph, given), strict=True):
        np.testing.assert_array_equal(one, two)
    monkeypatch.setattr(graphs, "ONE_FILE_BYTES", 1000)
    precision.convert(graphs.write(graph, checkpoint, tmp_path), "int8")
    assert graphs.weights_beside(path).exists(), "still too large for one file"
    np.testing.assert_array_equal(_outputs(path, graph, given)[0],
                                  _outputs(other, graph, given)[0])


def test_beyond_the_bounds_is_refused_unless_forced(checkpoints, tmp_path, traced, monkeypatch):
    monkeypatch.setattr(graphs, "write", traced)
    monkeypatch.setitem(verify.BOUNDS, "int8", verify.Bounds(0.99999999, 1e-9))
    with pytest.raises(ExportError, match=r"\[image.onnx\] image_embedding: cosine 0\.\d+ to the "
                                          r"checkpoint, expected at least 0.99999999 for int8"):
        export(checkpoints["clip"], "clip", tmp_path / "small", precision="int8")
    assert not (tmp_path / "small").exists()
    export(checkpoints["clip"], "clip", tmp_path / "small", precision="int8", force=True)
    assert _report(tmp_path / "small")["within_bounds"] is False


@pytest.mark.parametrize("name,seen,message", [
    ("logits", {"max_difference": 0.9, "max_value": 1.0}, "logits: differs .* by 9.00e-01"),
    ("logits", {"max_difference": float("nan"), "max_value": 1.0}, "logits: differs .* by nan"),
    ("image_tokens", {"max_difference": 0.1, "max_value": 1.0, "min_cosine": 0.5},
     "image_tokens: cosine 0.500000"),
])
def test_bounds(name, seen, message):
    with pytest.raises(ExportError, match=message):
        verify.refuse("some.onnx", {name: seen}, "int8")


def test_logits_may_differ_in_proportion_to_their_size():
    verify.refuse("some.onnx", {"logits": {"max_difference": 0.9, "max_value": 2.0}}, "int8")


def test_unknown_precision_is_named(checkpoints, tmp_path):
    with pytest.raises(ExportError, match=r"\[precision\] must be one of .*, got \[int4\]"):
        export(checkpoints["clip"], "clip", tmp_path / "x", precision="int4")


def test_command_prints_the_differences(checkpoints, tmp_path, capsys, traced, monkeypatch):
    monkeypatch.setattr(graphs, "write", traced)
    code = main([str(checkpoints["clip"]), "--out", str(tmp_path / "half"), "--precision", "fp16"])
    assert code == 0
    assert "image.onnx image_embedding: cosine at least 0.9" in capsys.readouterr().out


def test_large_weights_lie_beside_the_graph(checkpoints, bundles, tmp_path, monkeypatch):
    monkeypatch.setattr(graphs, "ONE_FILE_BYTES", 10_000)
    export(checkpoints["clip"], "clip", tmp_path / "large")
    found = manifest.check(tmp_path / "large")
    assert {"image.onnx", "image.onnx.data", "text.onnx.data"} <= set(found["files"])
    pixels = torch.randn(2, 3, 32, 32).numpy()
    one, two = (verify.session(folder / "image.onnx").run(None, {"pixel_values": pixels})[0]
                for folder in (bundles["clip"], tmp_path / "large"))
    np.testing.assert_allclose(one, two, atol=1e-6)
    with pytest.raises(ExportError, match=r"fp16 is not supported for \[image.onnx\]"):
        export(checkpoints["clip"], "clip", tmp_path / "small", precision="fp16")


def test_weights_that_half_precision_has_are_stored_so(checkpoints, tmp_path):
    """As of a checkpoint that was published in half precision; the others stay as they are."""
    checkpoint = families.read(checkpoints["clip"], "clip")
    with torch.no_grad():
        for weight in checkpoint.model.vision_model.parameters():
            weight.copy_(weight.half().float())
    image, text = families.graphs(checkpoint)
    for graph, packed in ((image, True), (text, False)):
        path = graphs.write(graph, checkpoint, tmp_path)
        plain = path.read_bytes()
        arguments = graph.example(checkpoint, 2, 5)
        before = _run(path, graph, arguments)
        precision.pack(path)
        assert (path.stat().st_size < 0.7 * len(plain)) is packed
        assert packed or path.read_bytes() == plain
        # Bit for bit: the runtime widens the numbers to what they were.
        for was, now in zip(before, _run(path, graph, arguments), strict=True):
            np.testing.assert_array_equal(was, now)


def _run(path, graph, arguments):
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    given = zip(graph.inputs, arguments, strict=True)
    return session.run(None, {name: value.numpy() for name, value in given})
