"""The demo's gallery: one style of artwork with its names, as a zip."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

from PIL import Image

from .sources import SOURCES, TEST_STYLE
from .store import Store

#: A fixed time stamp: the same pictures give the same zip.
_DATE = (2026, 1, 1, 0, 0, 0)


def write(store: Store, out: Path, license_text: str, style: str = TEST_STYLE) -> int:
    """Write the zip and return the number of pictures.

    Pictures are PNG with transparency; ``gallery.jsonl`` has one object a line: ``id``, ``name``,
    ``emoji``, ``group``, ``subgroup``, ``tags``, ``skin_tone``, ``file``.

    :param license_text: kept in the zip as ``LICENSE``
    """
    source = next(s for s in SOURCES if s.style == style)
    order = {key: at for at, key in enumerate(store.catalog)}
    rows = sorted((at for at, s in enumerate(store.styles) if s == style),
                  key=lambda at: order[store.keys[at]])
    lines = []
    with zipfile.ZipFile(out, "w") as archive:
        def add(name: str, data: bytes, method: int) -> None:
            entry = zipfile.ZipInfo(name, _DATE)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data, method)

        for row in rows:
            emoji = store.catalog[store.keys[row]]
            file = f"{emoji.key.lower()}.png"
            encoded = io.BytesIO()
            # The array is a read-only map of the file; Pillow wants its own copy.
            Image.fromarray(store.pixels[row].copy(), "RGBA").save(encoded, "PNG", optimize=True)
            add(file, encoded.getvalue(), zipfile.ZIP_STORED)
            lines.append(json.dumps({
                "id": emoji.key.lower(), "name": emoji.name, "emoji": emoji.char,
                "group": emoji.group, "subgroup": emoji.subgroup, "tags": list(emoji.tags),
                "skin_tone": emoji.skin_tone, "file": file,
            }, ensure_ascii=False))
        add("gallery.jsonl", ("\n".join(lines) + "\n").encode(), zipfile.ZIP_DEFLATED)
        notice = (f"{source.credit}, from the npm package {source.package} {source.version}, "
                  f"licence {source.license}. Names and tags: emojibase-data 17.0.0 (MIT).\n\n")
        add("LICENSE", (notice + license_text).encode(), zipfile.ZIP_DEFLATED)
    return len(rows)
