"""The version is the same wherever it stands."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def text(path: str) -> str:
    return (ROOT / path).read_text("utf-8")


def revision() -> str:
    [found] = re.findall(r"<revision>(.+)</revision>", text("pom.xml"))
    return found


def headings() -> set[str]:
    """Versions that the changelog has a section of."""
    return set(re.findall(r"^## (?:Unreleased \()?(\d+\.\d+\.\d+)", text("CHANGELOG.md"), re.M))


def test_maven_python_and_the_changelog_name_the_same_version():
    version = revision().removesuffix("-SNAPSHOT")
    released = version == revision()
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    exporter = text("model-export/sightline_export/__init__.py")
    assert f'__version__ = "{version if released else version + ".dev0"}"\n' in exporter
    newest = f"## {version} (" if released else f"## Unreleased ({version})\n"
    assert re.search(r"^## ", text("CHANGELOG.md"), re.M)
    assert text("CHANGELOG.md").index("\n## ") == text("CHANGELOG.md").index("\n" + newest)


def test_modules_take_it_from_the_root():
    poms = [*ROOT.glob("*/pom.xml"), ROOT / "lab" / "benchmarks" / "pom.xml"]
    assert len(poms) >= 9
    for pom in poms:
        parent = re.search(r"<parent>.*?<version>(.*?)</version>", pom.read_text("utf-8"), re.S)
        assert parent and parent.group(1) == "${revision}", pom


def test_documents_name_zips_that_there_are_or_will_be():
    documents = [ROOT / "README.md", ROOT / "UPGRADING.md", *(ROOT / "docs").glob("*.md")]
    zips = re.compile(r"sightline-(\d+\.\d+\.\d+)\S*?-es\d")
    named = {version for path in documents for version in zips.findall(path.read_text("utf-8"))}
    assert named
    assert named <= headings()
