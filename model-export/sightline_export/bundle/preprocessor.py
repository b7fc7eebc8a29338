"""The manifest's image rules, from what preprocessors say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from . import ExportError
from .checkpoint import optional_json, read_json

NAME = "preprocessor_config.json"
_PROCESSOR = "processor_config.json"
CLIP_MEAN = [0.48145466, 0.4578275, 0.40821073]
CLIP_STD = [0.26862954, 0.26130258, 0.27577711]
_FILTERS = {2: "bilinear", 3: "bicubic"}


def read(folder: Path, side: dict[str, Any]) -> dict[str, Any]:
    """Return the manifest's ``image`` object of a folder with ``preprocessor_config.json``, or with
    the ``processor_config.json`` in which transformers 5 keeps the same."""
    return with_transparency(image_rules(config(folder)), side)


def config(folder: Path) -> dict[str, Any]:
    """Return what a folder says of pictures; see ``read``."""
    nested = optional_json(folder, _PROCESSOR).get("image_processor")
    if (folder / NAME).is_file() or not isinstance(nested, dict):
        return read_json(folder, NAME)
    return nested


def sheet(patches: np.ndarray, rows: int, columns: int, image: dict[str, Any]) -> np.ndarray:
    """Return a picture's patches as a graph for patches reads them, ``[3, height, width]``.

    They lie on the sheet one after the other, row by row. The last row of patches tells in its
    first pixel how many rows the picture has, in its second one how many columns, each less one,
    the lower byte in red and the higher in green. All else is 0 before it is normalised.

    :param patches: normalised, ``[rows * columns, size * size * 3]``
    :param image: the manifest's ``image`` object
    """
    size, across = image["patches"]["size"], image["width"] // image["patches"]["size"]
    mean, std = (np.asarray(image[key], np.float32).reshape(3, 1, 1) for key in ("mean", "std"))
    made = np.broadcast_to(-mean / std, (3, image["height"], image["width"])).copy()
    for at in range(rows * columns):
        y, x = at // across * size, at % across * size
        piece = patches[at].reshape(size, size, 3)
        made[:, y:y + size, x:x + size] = piece.transpose(2, 0, 1)
    for at, number in enumerate((rows - 1, columns - 1)):
        told = np.array([number % 256, number // 256, 0], np.float32) / 255
        made[:, image["height"] - size, at] = (told - mean.ravel()) / std.ravel()
    return made


def patches_of(picture: np.ndarray, size: int) -> np.ndarray:
    """Return the patches of a picture ``[h,w,3]``, whole ones, row by row."""
    height, width, _ = picture.shape
    pieces = picture.reshape(height // size, size, width // size, size, 3).transpose(0, 2, 1, 3, 4)
    return pieces.reshape(-1, size * size * 3)


def random_pictures(batch: int, image: dict[str, Any]) -> torch.Tensor:
    """Return noise as the graph reads pictures, ``[b,3,h,w]``; where it reads patches, of pictures
    of all shapes."""
    if image["resize"] != "patches":
        return torch.randn(batch, 3, image["height"], image["width"])
    size, count = image["patches"]["size"], image["patches"]["count"]
    made = []
    for _ in range(batch):
        rows = int(torch.randint(1, count + 1, ()))
        columns = int(torch.randint(1, count // rows + 1, ()))
        patches = torch.randn(rows * columns, size * size * 3).numpy()
        made.append(torch.from_numpy(sheet(patches, rows, columns, image)))
    return torch.stack(made)


def with_transparency(image: dict[str, Any], side: dict[str, Any]) -> dict[str, Any]:
    """Return image rules with the sidecar's word on alpha channels, ``drop`` by default.

    :raises ExportError: when it is neither ``drop`` nor ``white``
    """
    transparency = side.get("transparency", "drop")
    if transparency not in ("drop", "white"):
        raise ExportError(f"[transparency] must be one of [drop, white], got [{transparency}]")
    return {**image, "transparency": transparency}


def squash(size: int, mean: list[float], std: list[float],
           interpolation: str = "bicubic") -> dict[str, Any]:
    """Return image rules that resize both sides to ``size`` pixels."""
    return {"width": size, "height": size, "resize": "squash", "interpolation": interpolation,
            "crop": "none", "mean": list(mean), "std": list(std)}


def image_rules(config: dict[str, Any]) -> dict[str, Any]:
    """Return the manifest's ``image`` object (without ``transparency``) of a preprocessor config.

    :raises ExportError: for a step that the bundle format has no word for
    """
    name = NAME
    if config.get("do_resize", True) is False or config.get("do_normalize", True) is False:
        raise ExportError(f"[{name}] must resize and normalise")
    if abs(config.get("rescale_factor", 1 / 255) - 1 / 255) > 1e-9:
        raise ExportError(f"[{name}] rescale_factor must be 1/255, "
                          f"got [{config['rescale_factor']}]")
    if config.get("resample", 3) not in _FILTERS:
        raise ExportError(f"[{name}] resample must be 2 (bilinear) or 3 (bicubic), "
                          f"got [{config['resample']}]")
    size = config.get("size")
    if isinstance(size, int):
        # Before transformers 4.22 a single number meant the shortest edge for CLIP.
        size = {"shortest_edge": size} if config.get("do_center_crop") else {
            "height": size, "width": size}
    if not isinstance(size, dict):
        raise ExportError(f"[{name}] has no size")
    if "shortest_edge" in size:
        crop = config.get("crop_size", size["shortest_edge"])
        if isinstance(crop, int):
            crop = {"height": crop, "width": crop}
        if not config.get("do_center_crop", True):
            raise ExportError(f"[{name}] resizes the shortest edge but does not crop")
        edge = size["shortest_edge"]
        if (crop["height"], crop["width"]) != (edge, edge):
            raise ExportError(f"[{name}] crop_size {crop['width']}x{crop['height']} must equal "
                              f"the shortest edge [{edge}]")
        shape = {"width": edge, "height": edge, "resize": "shortest_edge", "crop": "center"}
    elif {"height", "width"} <= set(size):
        if config.get("do_center_crop"):
            crop = config.get("crop_size", size)
            crop = {"height": crop, "width": crop} if isinstance(crop, int) else crop
            if (crop["height"], crop["width"]) != (size["height"], size["width"]):
                raise ExportError(f"[{name}] crops after resizing both sides")
        shape = {"width": size["width"], "height": size["height"],
                 "resize": "squash", "crop": "none"}
    else:
        raise ExportError(f"[{name}] size must have shortest_edge or height and width, "
                          f"got {sorted(size)}")
    for field in ("image_mean", "image_std"):
        if len(config.get(field) or ()) != 3:
            raise ExportError(f"[{name}] {field} must be 3 numbers, got [{config.get(field)}]")
    return {
        "width": shape["width"], "height": shape["height"], "resize": shape["resize"],
        "interpolation": _FILTERS[config.get("resample", 3)], "crop": shape["crop"],
        "mean": list(config["image_mean"]), "std": list(config["image_std"]),
    }
