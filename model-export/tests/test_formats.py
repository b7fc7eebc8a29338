"""The pictures of all formats are written reproducibly, and are what they say."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps, __version__ as pillow

from sightline_export.fixtures import formats, raw

FIXTURES = Path(__file__).parents[2] / "model-runtime" / "src" / "test" / "fixtures"


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fixtures")
    assert formats.write(folder) > 100
    return folder / "images-formats"


@pytest.mark.skipif(pillow != "12.3.0", reason="encoders change between versions of Pillow")
def test_the_fixtures_are_those_of_the_repository(written):
    kept = FIXTURES / "images-formats"
    assert {file.name for file in written.iterdir()} == {file.name for file in kept.iterdir()}
    for file in written.iterdir():
        assert file.read_bytes() == (kept / file.name).read_bytes(), file.name


def test_pixels_are_those_of_pillow(written):
    record = json.loads((written / "formats.json").read_text("utf-8"))
    pixels = (written / record["pixels"]).read_bytes()
    for case in record["cases"]:
        with Image.open(written / case["file"]) as image:
            deep_grey = image.mode == "I;16"
            shown = ImageOps.exif_transpose(image).convert("RGB")
        rgb = case["rgb"]
        assert (rgb["width"], rgb["height"]) == shown.size, case["file"]
        if not deep_grey:
            expected = pixels[rgb["offset"]:rgb["offset"] + len(shown.tobytes())]
            assert shown.tobytes() == expected, case["file"]


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_packed_png_is_read_by_pillow(depth, interlaced):
    samples = np.random.default_rng(3).integers(0, 1 << depth, (11, 13, 1), dtype=np.uint16)
    image = Image.open(io.BytesIO(raw.png(samples, depth, raw.GREY, [], interlaced)))
    assert (np.asarray(image.convert("L")) == samples[..., 0] * 255 // ((1 << depth) - 1)).all()
