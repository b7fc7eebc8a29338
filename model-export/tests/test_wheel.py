"""What is installed: the exporter alone, which needs nothing of the laboratory."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
_IMPORT_ALL = """
import importlib, pkgutil, sightline_export
for module in pkgutil.walk_packages(sightline_export.__path__, "sightline_export."):
    importlib.import_module(module.name)
    print(module.name)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    # a copy: setuptools writes beside what it builds
    shutil.copytree(PROJECT / "sightline_export", source / "sightline_export",
                    ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(PROJECT / name, source)
    subprocess.run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index",
                    "--no-build-isolation", "--wheel-dir", folder, source],
                   check=True, capture_output=True)
    [made] = folder.glob("*.whl")
    return made


def test_it_holds_the_exporter_and_its_command(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        [entries] = [name for name in names if name.endswith("entry_points.txt")]
        assert ("sightline-export = sightline_export.__main__:main"
                in archive.read(entries).decode("utf-8"))
    code = {name for name in names if ".dist-info/" not in name}
    assert code == {path.relative_to(PROJECT).as_posix()
                    for path in (PROJECT / "sightline_export").rglob("*.py")}
    parts = {name.split("/")[1].removesuffix(".py") for name in code}
    assert parts == {"__init__", "__main__", "command", "hub", "push", "bundle", "retrieval"}


def test_it_works_without_the_laboratory(wheel, tmp_path):
    found = subprocess.run(
        [sys.executable, "-c", _IMPORT_ALL], cwd=tmp_path, capture_output=True, text=True,
        check=False, env={**os.environ, "PYTHONPATH": str(wheel)})
    assert found.returncode == 0, found.stderr
    assert "sightline_export.bundle.families.hf" in found.stdout.split()
