"""Turns a checkpoint folder into a bundle folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import ExportError, cleaning, families, graphs, manifest, samples, sharing, verify
from . import precision as smaller
from .checkpoint import TOKENIZER, Checkpoint


def export(folder: Path, family: str, out: Path, *, model_id: str | None = None,
           description: str = "", license: str = "unknown",
           source: str | None = None, precision: str = "fp32",
           force: bool = False, text_cleaning: str | None = None,
           shapes: verify.Shapes = verify.SHAPES, shared_bytes: int = sharing.LEAST_BYTES,
           tell: Callable[[str], None] = lambda line: None) -> dict[str, Any]:
    """Write a bundle and return its manifest.

    The bundle appears at ``out`` only when every graph has been written and agrees with the
    checkpoint; an older bundle there is replaced.

    :param folder: checkpoint in one of the layouts that the family reads
    :param family: key of ``families.FAMILIES``, or a name registered there
    :param out: the bundle's folder; its name is the model id unless ``model_id`` says otherwise
    :param source: what to note as the checkpoint's name; its folder name by default
    :param precision: one of ``precision.PRECISIONS``
    :param force: write a smaller graph although it is farther from the checkpoint than
        ``verify.BOUNDS`` allow; a float32 graph must always agree
    :param text_cleaning: key of ``cleaning.STEPS``; that of the checkpoint's layout by default
    :param shapes: of the random inputs by which graphs and checkpoint are compared
    :param shared_bytes: so many bytes of weights that several graphs have are worth a file
    :param tell: gets lines of progress
    :raises ExportError: when the checkpoint lacks something or a graph disagrees with it
    """
    if precision not in smaller.PRECISIONS:
        raise ExportError(f"[precision] must be one of {list(smaller.PRECISIONS)}, "
                          f"got [{precision}]")
    model_id = manifest.check_id(model_id or out.name)
    tell(f"reading {folder.name} as {family}")
    checkpoint = families.read(folder, family)
    cleaned = cleaning.steps(text_cleaning or checkpoint.cleaning)
    fresh = out.with_name(out.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    try:
        roles: dict[str, Any] = {}
        measured: dict[str, Any] = {}
        made = families.graphs(checkpoint)
        for graph in made:
            tell(f"{graph.file}: writing the graph")
            path = graphs.write(graph, checkpoint, fresh)
            if precision == "fp32":
                smaller.pack(path)
            else:
                tell(f"{graph.file}: comparing it with the checkpoint, then {precision}")
                verify.compare(graph, checkpoint, path, shapes=shapes)
                smaller.convert(path, precision)
            for role, names in graph.roles.items():
                roles[role] = {"file": graph.file, **names}
        holders = sharing.share(fresh, [graph.file for graph in made], shared_bytes)
        for graph in made:
            tell(f"{graph.file}: comparing it with the checkpoint")
            path = fresh / graph.file
            measured[graph.file] = verify.measure(graph, checkpoint, path, shapes)
            if precision == "fp32" or not force:
                verify.refuse(graph.file, measured[graph.file], precision)
        (fresh / TOKENIZER).write_bytes(checkpoint.tokenizer_json)
        found = verify.report(measured, precision, shapes)
        (fresh / verify.REPORT).write_text(json.dumps(found, indent=2) + "\n", "utf-8")
        if found["within_bounds"]:
            samples.write(checkpoint, verify.BOUNDS[precision], fresh)
        written = _manifest(checkpoint, model_id, description, license, source or folder.name,
                            roles, fresh)
        written["text"] = {**written["text"], **cleaned}
        if holders:
            written["files"][sharing.NAME]["graphs"] = holders
        manifest.write(fresh, written)
        _replace(fresh, out)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return written


def _manifest(checkpoint: Checkpoint, model_id: str, description: str, license: str, source: str,
              roles: dict[str, Any], folder: Path) -> dict[str, Any]:
    several = checkpoint.vectors_per_image
    return {
        "format_version": manifest.FORMAT_VERSION,
        "id": model_id,
        "family": checkpoint.family,
        "description": description,
        "license": license,
        "source": {"checkpoint": source, "sha256": manifest.digest(checkpoint.weights)},
        **({} if checkpoint.dimensions is None else {"dimensions": checkpoint.dimensions}),
        **({"vectors_per_image": several} if several > 1 else {}),
        "similarity": "cosine",
        "logit_scale": round(float(checkpoint.logit_scale), 6),
        "logit_bias": round(float(checkpoint.logit_bias), 6),
        "image": checkpoint.image,
        "text": checkpoint.text,
        **({} if checkpoint.caption is None else {"caption": checkpoint.caption}),
        "roles": roles,
        "files": manifest.entries(folder),
    }


def _replace(fresh: Path, out: Path) -> None:
    if out.exists() and not (out / manifest.NAME).is_file() and any(out.iterdir()):
        raise ExportError(f"[{out.name}] exists and is not a bundle")
    shutil.rmtree(out, ignore_errors=True)
    fresh.rename(out)
