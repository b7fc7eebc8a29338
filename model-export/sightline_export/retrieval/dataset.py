"""Datasets in Karpathy's format: pictures with a split and several sentences each."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

from . import EvaluationError


@dataclass(frozen=True)
class Entry:
    """One picture.

    :param file: its encoded bytes lie here
    :param sentences: what is said of it, at least one
    """

    file: Path
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Dataset:
    """The pictures of one split, in the file's order."""

    name: str
    entries: tuple[Entry, ...]

    def texts(self) -> list[tuple[int, str]]:
        """Return all sentences, each with the row of its picture."""
        return [(row, text) for row, entry in enumerate(self.entries) for text in entry.sentences]


def read(file: Path, images: Path, split: str = "test", limit: int | None = None) -> Dataset:
    """Read one split.

    :param file: JSON with ``dataset`` and ``images``; an image has ``filename``, ``split``,
        ``sentences`` with ``raw``, and possibly ``filepath``, a folder below ``images``
    :param images: folder of the pictures
    :param limit: take only the first so many pictures
    :raises EvaluationError: naming the file and the key, or the picture that is missing
    """
    try:
        content = json.loads(file.read_text("utf-8"))
    except ValueError as e:
        raise EvaluationError(f"[{file}] is not JSON: {e}") from e
    if not isinstance(content, dict) or not isinstance(content.get("images"), list):
        raise EvaluationError(f"[{file}] has no list [images]")
    entries: list[Entry] = []
    splits = set()
    for at, image in enumerate(content["images"]):
        for key in ("filename", "split", "sentences"):
            if key not in image:
                raise EvaluationError(f"[{file}] has no [images[{at}].{key}]")
        splits.add(image["split"])
        if image["split"] != split or (limit is not None and len(entries) == limit):
            continue
        sentences = tuple(str(s["raw"]).strip() for s in image["sentences"] if "raw" in s)
        if not sentences:
            raise EvaluationError(f"[{file}] has no [images[{at}].sentences[].raw]")
        path = images / image.get("filepath", "") / image["filename"]
        if not path.is_file():
            path = images / image["filename"]
        if not path.is_file():
            raise EvaluationError(f"[{path}] does not exist, which [{file}] names")
        entries.append(Entry(path, sentences))
    if not entries:
        raise EvaluationError(f"[{file}] has no images of split [{split}], it has "
                              f"{sorted(splits)}")
    return Dataset(str(content.get("dataset", file.stem)), tuple(entries))


def from_gallery(gallery: Path, out: Path, skin_tones: bool = False) -> int:
    """Unpack the demo's gallery as such a dataset; returns the number of pictures.

    Every picture has one sentence, its official name. Writes ``out/dataset.json`` and
    ``out/images``.

    :param gallery: the zip
    :param out: a folder that does not exist yet
    :param skin_tones: whether the variants with skin tones are taken as well
    """
    folder = out / "images"
    folder.mkdir(parents=True)
    images = []
    with zipfile.ZipFile(gallery) as archive:
        for line in archive.read("gallery.jsonl").decode("utf-8").splitlines():
            entry = json.loads(line)
            if entry["skin_tone"] and not skin_tones:
                continue
            name = Path(entry["file"]).name
            (folder / name).write_bytes(archive.read(entry["file"]))
            images.append({"filename": name, "split": "test",
                           "sentences": [{"raw": entry["name"]}]})
    (out / "dataset.json").write_text(
        json.dumps({"dataset": "emoji", "images": images}, indent=1), "utf-8")
    return len(images)
