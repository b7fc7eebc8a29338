"""SigLIP 2 of any shape gives what transformers' Siglip2Model gives."""

import json

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional
from transformers import Siglip2ImageProcessorPil, Siglip2Model

from sightline_export.bundle import ExportError, manifest, preprocessor
from sightline_export.bundle.families import graphs, read
from sightline_export.bundle.families.naflex import stretched
from sightline_export.bundle.verify import session

NAME = "siglip-naflex"
#: Rows and columns of patches; torch interpolates a single column wrongly, see ``naflex.py``.
SHAPES = [(1, 20), (4, 5), (4, 4), (7, 2), (2, 3), (1, 1)]


def _patches(rows, columns, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(rows * columns, 192, generator=generator)


def _theirs(model, rows, columns, patches):
    padded = functional.pad(patches, (0, 0, 0, 20 - len(patches)))[None]
    mask = (torch.arange(20) < rows * columns).long()[None]
    with torch.no_grad():
        found = model.vision_model(padded, mask, torch.tensor([[rows, columns]]))
    return functional.normalize(found.pooler_output, dim=-1)[0].numpy()


def test_pictures_of_all_shapes_equal_transformers(checkpoints, bundles):
    model = Siglip2Model.from_pretrained(checkpoints[NAME]).eval()
    image = manifest.check(bundles[NAME])["image"]
    given = [_patches(*shape, at) for at, shape in enumerate(SHAPES)]
    sheets = np.stack([preprocessor.sheet(patches.numpy(), *shape, image)
                       for shape, patches in zip(SHAPES, given, strict=True)])
    found = session(bundles[NAME] / "image.onnx").run(None, {"pixel_values": sheets})[0]
    for shape, patches, own in zip(SHAPES, given, found, strict=True):
        np.testing.assert_allclose(own, _theirs(model, *shape, patches), atol=1e-5)


def test_the_reference_of_the_export_is_transformers(checkpoints):
    """It reads the sheet in its own way."""
    model = Siglip2Model.from_pretrained(checkpoints[NAME]).eval()
    checkpoint = read(checkpoints[NAME], "siglip")
    reference = graphs(checkpoint)[0].wanted
    for shape in SHAPES:
        sheet = preprocessor.sheet(_patches(*shape).numpy(), *shape, checkpoint.image)
        with torch.no_grad():
            found = reference(torch.from_numpy(sheet)[None])[0].numpy()
        np.testing.assert_allclose(found, _theirs(model, *shape, _patches(*shape)), atol=1e-6)


def test_positions_are_interpolated_as_by_torch():
    table, grid = stretched(4, 20), torch.randn(1, 5, 4, 4)
    for rows, columns in SHAPES[:-1]:
        wanted = functional.interpolate(grid, size=(rows, columns), mode="bilinear",
                                        align_corners=False, antialias=True)
        found = torch.einsum("ri,cj,bdij->bdrc", table[rows, :rows], table[columns, :columns], grid)
        torch.testing.assert_close(found, wanted, atol=1e-6, rtol=0)


def test_manifest(bundles):
    found = manifest.check(bundles[NAME])
    image = found["image"]
    assert (found["family"], image["resize"], image["crop"]) == ("siglip", "patches", "none")
    assert image["patches"] == {"size": 8, "count": 20}
    # five patches across, four rows of them, and a row that tells their number
    assert (image["width"], image["height"]) == (40, 40)
    assert found["text"]["padding"] == "max_length"


def test_a_picture_becomes_the_processors_patches(checkpoints):
    """The sheet holds what transformers' processor gives."""
    processor = Siglip2ImageProcessorPil.from_pretrained(checkpoints[NAME])
    noise = np.random.default_rng(3).integers(0, 256, (41, 97, 3), dtype=np.uint8)
    found = processor(Image.fromarray(noise), return_tensors="np")
    rows, columns = found["spatial_shapes"][0].tolist()
    image = read(checkpoints[NAME], "siglip").image
    resized = Image.fromarray(noise).resize((8 * columns, 8 * rows), Image.Resampling.BILINEAR)
    own = preprocessor.patches_of(np.asarray(resized) / 127.5 - 1, 8)
    np.testing.assert_allclose(own, found["pixel_values"][0][:rows * columns], atol=1e-5)
    sheet = preprocessor.sheet(own, rows, columns, image)
    assert [round((sheet[0, 32, at] + 1) * 127.5) for at in (0, 1)] == [rows - 1, columns - 1]


@pytest.mark.parametrize("file,change,message", [
    ("preprocessor_config.json", {"patch_size": 16}, r"patch_size is \[16\], the model reads "
                                                     r"patches of \[8\]"),
    ("sightline.json", {"max_num_patches": 0}, r"\[max_num_patches\] must be in \[1, 4096\]"),
])
def test_what_does_not_fit_is_named(copy, file, change, message):
    folder = copy(NAME)
    content = json.loads((folder / file).read_text("utf-8")) if (folder / file).is_file() else {}
    (folder / file).write_text(json.dumps({**content, **change}), "utf-8")
    with pytest.raises(ExportError, match=message):
        read(folder, "siglip")


def test_the_number_of_patches_may_be_another_one(copy):
    folder = copy(NAME)
    (folder / "sightline.json").write_text('{"max_num_patches": 7}', "utf-8")
    image = read(folder, "siglip").image
    assert image["patches"] == {"size": 8, "count": 7}
    assert (image["width"], image["height"]) == (24, 32)
