"""Makes the bundles of real size that are measured: ``python bundles.py FOLDER VOCABULARIES``.

Random weights, for speed does not depend on them. What is there already stays, as long as it was
made by the same export. Run it where ``sightline_export`` and ``fixture_maker`` are found.

``real-clip``       CLIP ViT-B/32 at 224 pixels, float32
``real-clip-int8``  the same weights, exported with ``--precision int8``
``real-blip``       BLIP base at 384 pixels, float32
``real-blip-int8``  the same, with the graphs that read texts in int8 and the image graph as it is
``checkpoint-blip`` what the BLIPs were made from, in HuggingFace's layout, for the rival
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

_SHAPES = ((1, 5), (2, 17))  # fewer comparisons with the checkpoint than an export for users makes
_SOURCE = "random weights"


def _checkpoint(family: str, folder: Path, vocabularies: Path) -> None:
    from transformers.utils import logging

    from fixture_maker import real_size

    logging.disable_progress_bar()
    model = real_size.MODELS[family]
    real_size.vocabularies.fetch(vocabularies)
    folder.mkdir()
    model.make(folder)
    shutil.copy(vocabularies / model.words / "tokenizer.json", folder)


def _bundle(checkpoint: Path, family: str, out: Path, precision: str = "fp32") -> None:
    from sightline_export.bundle.export import export

    # without force an int8 graph of random weights may be refused: its cosine is a row of the table
    export(checkpoint, family, out, source=_SOURCE, shapes=_SHAPES, precision=precision,
           force=precision != "fp32")


def _int8_texts(bundle: Path, out: Path) -> None:
    from sightline_export.bundle import manifest, precision, sharing

    shutil.copytree(bundle, out)
    written = json.loads((out / manifest.NAME).read_text("utf-8"))
    graphs = {role["file"] for role in written["roles"].values()} - {
        written["roles"]["image_tokens"]["file"]}
    for path in out.iterdir():
        if path.name in graphs:
            precision.convert(path, "int8")
        elif path.name not in written["files"] or (path.suffix == ".json" and (
                path.name not in (manifest.NAME, "tokenizer.json"))):
            path.unlink()  # reports and samples of the float32 graphs
    # In 8 bits they share other weights than before; the image graph shares none with them.
    (out / sharing.NAME).unlink(missing_ok=True)
    holders = sharing.share(out, sorted(graphs))
    written["id"] = out.name.removesuffix(".new")
    written["files"] = manifest.entries(out)
    if holders:
        written["files"][sharing.NAME]["graphs"] = holders
    manifest.write(out, written)


def _once(out: Path, make: Callable[[Path], None]) -> None:
    """Make a folder that appears only when it is whole."""
    if out.exists():
        return
    print(f"making {out.name}, once", flush=True)
    work = out.with_name(out.name + ".making")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    make(work / out.name)
    (work / out.name).rename(out)
    shutil.rmtree(work)


def _exporter() -> str:
    """Return a digest of everything that decides what a bundle is like."""
    import fixture_maker
    import sightline_export

    package = Path(sightline_export.__file__).parent
    sources = [*sorted((package / "bundle").rglob("*.py")),
               Path(fixture_maker.__file__).parent / "real_size.py", Path(__file__)]
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()


def main(folder: Path, vocabularies: Path) -> None:
    """Make everything that is not there or was made by another export."""
    stamp = folder / "made-by"
    if not stamp.is_file() or stamp.read_text("utf-8") != _exporter():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        stamp.write_text(_exporter(), "utf-8")
    clip = folder / "checkpoint-clip"
    blip = folder / "checkpoint-blip"
    if not all((folder / name).exists() for name in ("real-clip", "real-clip-int8")):
        _once(clip, lambda out: _checkpoint("clip", out, vocabularies))
        _once(folder / "real-clip", lambda out: _bundle(clip, "clip", out))
        _once(folder / "real-clip-int8", lambda out: _bundle(clip, "clip", out, "int8"))
        shutil.rmtree(clip)
    _once(blip, lambda out: _checkpoint("blip", out, vocabularies))
    _once(folder / "real-blip", lambda out: _bundle(blip, "blip", out))
    _once(folder / "real-blip-int8", lambda out: _int8_texts(folder / "real-blip", out))


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    main(Path(sys.argv[1]), Path(sys.argv[2]))
