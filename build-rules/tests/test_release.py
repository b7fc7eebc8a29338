"""build-rules/release in short: everything is real but the build of the zips."""

import hashlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHANGELOG = """# Changelog

## Unreleased (0.1.0)

### Added
- Pictures are found.

## 0.0.9

- Older.
"""

# Zips of two versions, as build-rules/build-all names them after the version in the pom.
BUILD_ALL = """#!/usr/bin/env python3
import hashlib, pathlib, re, sys, zipfile
assert sys.argv[1] == "--all-platforms", sys.argv
version = re.search("<revision>(.*)</revision>", pathlib.Path("pom.xml").read_text()).group(1)
zips = pathlib.Path("build/zips")
zips.mkdir(parents=True)
for name in ("9.5.3-macos-aarch64", "9.5.3-linux-x86_64", "8.19.21-linux-x86_64"):
    if name.split("-")[0] in (sys.argv[3:] or [name])[0]:
        zip = zips / f"sightline-{version}-es{name}.zip"
        with zipfile.ZipFile(zip, "w") as archive:
            archive.writestr("sbom.cdx.json", '{"version": "' + version + " " + name + '"}')
        digest = hashlib.sha512(zip.read_bytes()).hexdigest()
        zip.with_name(zip.name + ".sha512").write_text(f"{digest}  {zip.name}")
"""
ZIPS = {"sightline-0.1.0-es9.5.3-macos-aarch64.zip", "sightline-0.1.0-es9.5.3-linux-x86_64.zip",
        "sightline-0.1.0-es8.19.21-linux-x86_64.zip"}
BILLS = {"sightline-0.1.0-es9.5.3.cdx.json", "sightline-0.1.0-es8.19.21.cdx.json"}
WHEEL = "sightline_export-0.1.0-py3-none-any.whl"


def git(repository: Path, *words: str) -> str:
    found = subprocess.run(["git", *words], cwd=repository, check=True, capture_output=True,
                           text=True)
    return found.stdout.strip()


@pytest.fixture
def repository(tmp_path):
    rules = tmp_path / "build-rules"
    rules.mkdir()
    for name in ("release", "find-jdk.sh", "find-python.sh"):
        shutil.copy(ROOT / "build-rules" / name, rules)
    (rules / "build-all").write_text(BUILD_ALL, "utf-8")
    (rules / "build-all").chmod(0o755)
    exporter = tmp_path / "model-export"
    (exporter / "sightline_export").mkdir(parents=True)
    for name in ("pyproject.toml", "README.md", "sightline_export/__init__.py"):
        shutil.copy(ROOT / "model-export" / name, exporter / name)
    for name in ("pom.xml", ".gitignore"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG, "utf-8")
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    git(tmp_path, "config", "user.name", "Somebody")
    git(tmp_path, "config", "user.email", "somebody@example.org")
    commit(tmp_path)
    return tmp_path


def commit(repository: Path) -> None:
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message", "Begin")


def release(repository: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    return subprocess.run(["build-rules/release", *words], cwd=repository, capture_output=True,
                          text=True, env=environment, check=False)


def check_files(repository: Path) -> None:
    out = repository / "build" / "release" / "0.1.0"
    assert (out / "NOTES.md").read_text("utf-8").strip() == "### Added\n- Pictures are found."
    files = {path.name: path.read_bytes() for path in (out / "files").iterdir()}
    digests = {name + ".sha512" for name in ZIPS}
    assert files.keys() == ZIPS | digests | BILLS | {WHEEL, "SHA256SUMS"}
    bill = json.loads(files["sightline-0.1.0-es8.19.21.cdx.json"])
    assert bill == {"version": "0.1.0 8.19.21-linux-x86_64"}
    sums = dict(line.split(maxsplit=1)[::-1]
                for line in files.pop("SHA256SUMS").decode("utf-8").splitlines())
    assert sums == {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


def at(repository: Path, commit: str, path: str) -> str:
    return git(repository, "show", f"{commit}:{path}")


def test_a_dry_run_changes_nothing_and_may_be_of_some_versions(repository):
    head = git(repository, "rev-parse", "HEAD")
    found = release(repository, "--dry-run", "0.1.0", "--only", "8.19.21")
    assert found.returncode == 0, found.stderr
    assert found.stdout.endswith("Nothing was tagged.\n")
    files = repository / "build" / "release" / "0.1.0" / "files"
    zip = "sightline-0.1.0-es8.19.21-linux-x86_64.zip"
    assert {path.name for path in files.iterdir()} == {
        zip, zip + ".sha512", "sightline-0.1.0-es8.19.21.cdx.json", WHEEL, "SHA256SUMS"}
    assert git(repository, "rev-parse", "HEAD") == head
    assert git(repository, "status", "--porcelain") == ""
    assert git(repository, "tag") == ""
    assert len(git(repository, "worktree", "list").splitlines()) == 1


def test_a_release_is_tagged_and_the_next_version_begins(repository):
    found = release(repository, "0.1.0")
    assert found.returncode == 0, found.stderr
    assert found.stdout.endswith(
        "Tagged v0.1.0. Push it: git push --atomic origin HEAD v0.1.0\n")
    check_files(repository)
    assert git(repository, "status", "--porcelain") == ""
    assert git(repository, "log", "--format=%s", "-2") == "Begin 0.2.0\nRelease 0.1.0"
    assert git(repository, "rev-parse", "v0.1.0^{commit}", "HEAD~1").split("\n") == [
        git(repository, "rev-parse", "HEAD~1")] * 2
    assert "<revision>0.1.0</revision>" in at(repository, "v0.1.0", "pom.xml")
    assert "<revision>0.2.0-SNAPSHOT</revision>" in at(repository, "HEAD", "pom.xml")
    init = "model-export/sightline_export/__init__.py"
    assert '__version__ = "0.1.0"' in at(repository, "v0.1.0", init)
    assert '__version__ = "0.2.0.dev0"' in at(repository, "HEAD", init)
    released = at(repository, "v0.1.0", "CHANGELOG.md")
    assert re.sub(r"0\.1\.0 \(20\d\d-\d\d-\d\d\)", "Unreleased (0.1.0)", released) == (
        CHANGELOG.strip())
    assert at(repository, "HEAD", "CHANGELOG.md") == released.replace(
        "## 0.1.0", "## Unreleased (0.2.0)\n\n## 0.1.0")
    again = release(repository, "0.1.0")
    assert (again.returncode, again.stderr) == (2, "release: there is a tag [v0.1.0] already\n")


def test_what_is_not_ready_is_refused(repository):
    def refused(*words: str) -> str:
        found = release(repository, *words)
        assert (found.returncode, found.stdout) == (2, "")
        return found.stderr

    assert refused("1.0") == "release: the version must be like 0.1.0, got [1.0]\n"
    assert refused() == "release: the version must be like 0.1.0, got []\n"
    assert refused("0.1.0", "--next", "x") == "release: [--next] must be like 0.1.0, got [x]\n"
    assert refused("0.1.0", "--only", "9.5.3") == (
        "release: [--only] is for [--dry-run]: a release has zips for all versions\n")
    assert refused("--push") == (
        "release: [--push] is not an option, see build-rules/release --help\n")
    assert refused("0.3.0") == (
        "release: CHANGELOG.md needs a section [## Unreleased (0.3.0)] that says what is new\n")
    (repository / "new.txt").write_text("new", "utf-8")
    assert refused("0.1.0") == (
        "release: the tree has changes that are not committed:\n?? new.txt\n")
    assert not (repository / "build").exists()


def test_a_version_that_is_nowhere_to_be_set_is_named(repository):
    pom = repository / "pom.xml"
    pom.write_text(pom.read_text("utf-8").replace("revision>", "else>"), "utf-8")
    commit(repository)
    found = release(repository, "--dry-run", "0.1.0")
    assert found.returncode == 2
    assert found.stderr.endswith("/pom.xml] has no place for the version\n")
    assert len(git(repository, "worktree", "list").splitlines()) == 1
