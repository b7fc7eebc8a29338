"""Writes and checks ``model.json``; the fields are those of docs/bundle-format.md."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from . import ExportError

NAME = "model.json"
FORMAT_VERSION = 1
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_ROLES = {"image_embedding", "text_embedding", "image_tokens", "text_features", "matching",
          "caption_decoder"}


def digest(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def entries(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the manifest's ``files`` object of a folder: every file but the manifest."""
    return {
        path.name: {"sha256": digest(path), "bytes": path.stat().st_size}
        for path in sorted(folder.iterdir()) if path.name != NAME
    }


def check_id(model_id: str) -> str:
    """Return a model id that is allowed.

    :raises ExportError: when it is not
    """
    if not _ID.fullmatch(model_id):
        raise ExportError(f"[id] must match {_ID.pattern}, got [{model_id}]")
    return model_id


def write(folder: Path, manifest: dict[str, Any]) -> None:
    """Write ``model.json``."""
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    (folder / NAME).write_text(text, "utf-8")


def check(folder: Path) -> dict[str, Any]:
    """Return the manifest of a bundle after comparing it with its files.

    :raises ExportError: naming the first thing that does not fit
    """
    if not (folder / NAME).is_file():
        raise ExportError(f"[{folder.name}] has no {NAME}")
    manifest = json.loads((folder / NAME).read_text("utf-8"))
    if manifest.get("format_version") != FORMAT_VERSION:
        raise ExportError(f"[format_version] must be {FORMAT_VERSION}, "
                          f"got [{manifest.get('format_version')}]")
    if check_id(manifest["id"]) != folder.name:
        raise ExportError(f"[id] is [{manifest['id']}], the folder is [{folder.name}]")
    present = entries(folder)
    if present.keys() != manifest["files"].keys():
        raise ExportError(f"[files] lists {sorted(manifest['files'])}, the folder has "
                          f"{sorted(present)}")
    for name, wanted in manifest["files"].items():
        if present[name] != {key: wanted.get(key) for key in ("sha256", "bytes")}:
            raise ExportError(f"[files] {name}: {present[name]}, the manifest says {wanted}")
    for role, entry in manifest["roles"].items():
        if role not in _ROLES:
            raise ExportError(f"[roles] knows {sorted(_ROLES)}, got [{role}]")
        if entry["file"] not in present:
            raise ExportError(f"[roles] {role} names [{entry['file']}], which is not there")
    return manifest
