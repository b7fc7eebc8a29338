"""The evaluation's dataset, table and refusals; the whole of it runs in the integration tests."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from sightline_export.retrieval import EvaluationError, dataset
from sightline_export.retrieval.cluster import Cluster
from sightline_export.retrieval.evaluation import Row
from sightline_export.retrieval.table import table


def _write(folder, images):
    file = folder / "dataset.json"
    file.write_text(json.dumps({"dataset": "some", "images": images}))
    return file


def _image(name, split="test", sentences=("a cat",), **more):
    return {"filename": name, "split": split, "sentences": [{"raw": s} for s in sentences], **more}


def test_reads_one_split_in_order(tmp_path):
    (tmp_path / "val").mkdir()
    for name in ("a.png", "b.png", "c.png", "val/d.png"):
        (tmp_path / name).write_bytes(b"x")
    file = _write(tmp_path, [
        _image("a.png", sentences=("one", " two ")), _image("b.png", "train"),
        _image("d.png", filepath="val"), _image("c.png", filepath="elsewhere")])
    data = dataset.read(file, tmp_path)
    assert data.name == "some"
    assert [e.file.name for e in data.entries] == ["a.png", "d.png", "c.png"]
    assert data.texts() == [(0, "one"), (0, "two"), (1, "a cat"), (2, "a cat")]
    assert len(dataset.read(file, tmp_path, limit=2).entries) == 2


@pytest.mark.parametrize("content, message", [
    ("[", "is not JSON"),
    ("[]", "has no list [images]"),
    ('{"images": [{"filename": "a.png", "split": "test"}]}', "has no [images[0].sentences]"),
    ('{"images": [{"filename": "a.png", "split": "test", "sentences": []}]}',
     "has no [images[0].sentences[].raw]"),
    ('{"images": [{"filename": "a.png", "split": "train", "sentences": []}]}',
     "has no images of split [test], it has ['train']"),
    ('{"images": [{"filename": "a.png", "split": "test", "sentences": [{"raw": "x"}]}]}',
     "a.png] does not exist"),
])
def test_bad_datasets_are_refused_by_key(tmp_path, content, message):
    file = tmp_path / "dataset.json"
    file.write_text(content)
    with pytest.raises(EvaluationError) as e:
        dataset.read(file, tmp_path)
    assert message in str(e.value)


def test_the_gallery_in_karpathys_format(tmp_path):
    gallery = tmp_path / "gallery.zip"
    with zipfile.ZipFile(gallery, "w") as archive:
        lines = [{"file": "a.png", "name": "cat", "skin_tone": False},
                 {"file": "b.png", "name": "hand", "skin_tone": True}]
        archive.writestr("gallery.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
        archive.writestr("a.png", b"A")
        archive.writestr("b.png", b"B")
    assert dataset.from_gallery(gallery, tmp_path / "plain") == 1
    assert dataset.from_gallery(gallery, tmp_path / "all", skin_tones=True) == 2
    data = dataset.read(tmp_path / "plain/dataset.json", tmp_path / "plain/images")
    assert data.texts() == [(0, "cat")]
    assert data.entries[0].file.read_bytes() == b"A"


def test_table_has_measured_rows_above_published_ones():
    row = Row("first stage", (0.5, 0.75, 1.0), (0.25, 0.5, 0.625))
    lines = table("flickr30k", [row]).split("\n")
    assert lines[1].split() == ["R@1", "R@5", "R@10"] * 2
    assert lines[3].split()[-6:] == ["50.0", "75.0", "100.0", "25.0", "50.0", "62.5"]
    assert lines[4] == "published on Flickr30K, 1,000 pictures"
    assert len({len(line) for line in lines[3:4] + lines[5:]}) == 1


def test_urls():
    with pytest.raises(EvaluationError, match=r"\[--index\] must be an http or https URL"):
        Cluster("localhost:9200")
    with pytest.raises(EvaluationError, match=r"refused|denied|unreachable"):
        Cluster("http://user:secret@127.0.0.1:9").call("GET", "/")


def test_needs_no_torch(tmp_path):
    """The commands start with Python's own library alone."""
    root = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-S", "-m", "sightline_export", "evaluate", "--dataset", "none.json",
         "--images", ".", "--index", "http://localhost:1"],
        cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ") and "none.json" in done.stderr
