"""Downloads, renders and keeps the artwork as one array that training maps into memory."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import tarfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from .catalog import Emoji, NameIndex, load_catalog
from .sources import NAMES_PACKAGE, SOURCES, Picture, package_folder, pictures, unicode_names

SIZE = 64


def fetch(data: Path) -> None:
    """Download and unpack every npm package that is not there yet.

    :raises RuntimeError: when npm is missing or a package cannot be had; the message names it
    """
    npm = shutil.which("npm")
    packages = dict.fromkeys([NAMES_PACKAGE, *((s.package, s.version) for s in SOURCES)])
    for package, version in packages:
        target = package_folder(data, package, version)
        if target.is_dir():
            continue
        if npm is None:
            raise RuntimeError("[npm] is needed to download artwork and was not found on the path")
        archives = data / "npm"
        archives.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            [npm, "pack", "--silent", f"{package}@{version}"],
            cwd=archives, capture_output=True, text=True, check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"[npm pack {package}@{version}] failed: {done.stderr.strip()}")
        with tarfile.open(archives / done.stdout.strip().splitlines()[-1]) as archive:
            archive.extractall(target.parent, filter="data")


@dataclass(frozen=True)
class Store:
    """The rendered artwork.

    :param pixels: uint8 ``[n, 64, 64, 4]`` straight (not premultiplied) RGBA, mapped from disk
    :param styles: style name of each picture
    :param keys: emoji key of each picture
    :param catalog: emoji by key
    """

    pixels: np.ndarray
    styles: list[str]
    keys: list[str]
    catalog: dict[str, Emoji]

    def white(self, rows) -> np.ndarray:
        """Return pictures composed on white, uint8 ``[len(rows), 64, 64, 3]``.

        Uses Pillow's alpha compositing so that the result is what a runtime that composes a
        PNG on white gets.
        """
        out = np.empty((len(rows), SIZE, SIZE, 3), np.uint8)
        for at, row in enumerate(rows):
            out[at] = on_white(Image.fromarray(np.asarray(self.pixels[row]), "RGBA"))
        return out


def on_white(image: Image.Image) -> np.ndarray:
    """Compose a picture on white; returns uint8 ``[h, w, 3]``."""
    rgba = image.convert("RGBA")
    base = Image.new("RGBA", rgba.size, (255, 255, 255, 255))
    return np.asarray(Image.alpha_composite(base, rgba).convert("RGB"))


def build(data: Path, workers: int = 2) -> None:
    """Render all artwork at 64 pixels into ``pixels.npy`` and ``index.json`` below ``data``."""
    catalog = load_catalog(package_folder(data, *NAMES_PACKAGE))
    names = NameIndex(catalog, unicode_names(data))
    todo = [p for source in SOURCES for p in pictures(source, data, catalog, names)]
    with ThreadPoolExecutor(workers) as pool:
        images = list(pool.map(_render, todo))
    kept = [(p, image) for p, image in zip(todo, images, strict=True) if image is not None]
    np.save(data / "pixels.npy", np.stack([image for _, image in kept]))
    index = {"styles": [p.style for p, _ in kept], "keys": [p.key for p, _ in kept]}
    (data / "index.json").write_text(json.dumps(index), "utf-8")


def load(data: Path) -> Store:
    """Open what ``build`` wrote.

    :raises FileNotFoundError: naming the command that makes the store
    """
    if not (data / "index.json").is_file():
        raise FileNotFoundError(f"[{data}] has no index.json: run `python -m emoji_models data` "
                                "first")
    index = json.loads((data / "index.json").read_text("utf-8"))
    pixels = np.load(data / "pixels.npy", mmap_mode="r")
    catalog = load_catalog(package_folder(data, *NAMES_PACKAGE))
    return Store(pixels, index["styles"], index["keys"], catalog)


def _render(picture: Picture) -> np.ndarray | None:
    """Return uint8 ``[64, 64, 4]``, or None for a file that is not a picture."""
    try:
        if picture.path is not None and picture.path.suffix != ".svg":
            image = Image.open(picture.path).convert("RGBA")
        else:
            svg = (picture.path.read_bytes() if picture.path
                   else (picture.svg or "").encode())
            image = Image.open(io.BytesIO(_rasterise(svg))).convert("RGBA")
    except (OSError, subprocess.CalledProcessError):
        return None
    if image.size != (SIZE, SIZE):
        scale = SIZE / max(image.size)
        size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
        image = image.resize(size, Image.Resampling.BICUBIC)
        square = Image.new("RGBA", (SIZE, SIZE), (255, 255, 255, 0))
        square.paste(image, ((SIZE - size[0]) // 2, (SIZE - size[1]) // 2))
        image = square
    return np.asarray(image)


def _rasterise(svg: bytes) -> bytes:
    command = ["rsvg-convert", "-w", str(SIZE), "-h", str(SIZE), "--keep-aspect-ratio"]
    return subprocess.run(command, input=svg, capture_output=True, check=True).stdout
