"""Copies a zip of the plugin for another version of Elasticsearch: repack.py SOURCE TARGET VERSION.

Everything stays as it is, dates and modes too, but for the version in the descriptor.
"""

import re
import sys
import zipfile
from pathlib import Path

DESCRIPTOR = "plugin-descriptor.properties"
VERSION = re.compile(r"^elasticsearch\.version=.*$", re.MULTILINE)


def repack(source: Path, target: Path, version: str) -> None:
    """Writes the target, which appears when it is complete."""
    partial = target.with_name(target.name + ".part")
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(partial, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename == DESCRIPTOR:
                text, replaced = VERSION.subn(f"elasticsearch.version={version}", content.decode())
                if replaced != 1:
                    raise ValueError(f"[{DESCRIPTOR}] of [{source}] names {replaced} versions")
                content = text.encode()
            new.writestr(entry, content)
    partial.replace(target)


if __name__ == "__main__":
    repack(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
