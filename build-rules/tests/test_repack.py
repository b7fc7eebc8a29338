"""A zip for another version differs in one line of the descriptor."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
DESCRIPTOR = "name=sightline\nelasticsearch.version={}\njava.version=21\n"


def repack(source: Path, target: Path, version: str) -> subprocess.CompletedProcess[str]:
    script = ROOT / "build-rules" / "repack.py"
    command = [sys.executable, str(script), str(source), str(target), version]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def write(path: Path, descriptor: str) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("plugin-descriptor.properties", descriptor)
        command = zipfile.ZipInfo("bin/sightline-models", (2026, 1, 1, 0, 0, 0))
        command.external_attr = 0o100755 << 16
        command.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(command, b"#!/bin/bash\n" * 100)


def test_only_the_version_changes(tmp_path):
    write(tmp_path / "a.zip", DESCRIPTOR.format("9.2.8"))
    assert repack(tmp_path / "a.zip", tmp_path / "b.zip", "9.2.0").returncode == 0
    with zipfile.ZipFile(tmp_path / "a.zip") as a, zipfile.ZipFile(tmp_path / "b.zip") as b:
        assert b.read("plugin-descriptor.properties").decode() == DESCRIPTOR.format("9.2.0")
        before, after = a.getinfo("bin/sightline-models"), b.getinfo("bin/sightline-models")
        assert a.read(before) == b.read(after)
        assert after.external_attr == before.external_attr
        assert after.date_time == before.date_time
        assert after.compress_type == zipfile.ZIP_DEFLATED
        assert a.namelist() == b.namelist()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "b.zip"]


def test_a_zip_without_a_version_is_refused(tmp_path):
    write(tmp_path / "a.zip", "name=sightline\n")
    result = repack(tmp_path / "a.zip", tmp_path / "b.zip", "9.2.0")
    assert "names 0 versions" in result.stderr
    assert not (tmp_path / "b.zip").exists()
