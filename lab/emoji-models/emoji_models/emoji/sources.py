"""Where the artwork comes from: npm packages by exact version, with their licences."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .catalog import Emoji, NameIndex, strip_variation

NAMES_PACKAGE = ("emojibase-data", "17.0.0")

#: The style that no model is trained on.
TEST_STYLE = "noto"
#: A style left out of training as well, to look at while training.
VALIDATION_STYLE = "fxemoji"


@dataclass(frozen=True)
class Source:
    """One style of artwork.

    :param style: our short name
    :param package: npm package
    :param version: exact version
    :param folder: folder inside the package (``icons.json`` for iconify sets)
    :param naming: ``code`` (hexadecimal code points), ``slug`` or ``squashed`` (Unicode names)
    :param license: SPDX identifier
    :param credit: whom to name
    """

    style: str
    package: str
    version: str
    folder: str
    naming: str
    license: str
    credit: str


_ICONIFY = "icons.json"

SOURCES = (
    Source("noto", "emoji-datasource-google", "16.0.0", "img/google/64", "code",
           "Apache-2.0", "Noto Emoji, Google"),
    Source("twemoji", "emoji-datasource-twitter", "16.0.0", "img/twitter/64", "code",
           "CC-BY-4.0", "Twemoji, Twitter and contributors"),
    Source("openmoji", "openmoji", "17.0.0", "color/svg", "code",
           "CC-BY-SA-4.0", "OpenMoji, HfG Schwaebisch Gmuend"),
    Source("openmoji-black", "openmoji", "17.0.0", "black/svg", "code",
           "CC-BY-SA-4.0", "OpenMoji, HfG Schwaebisch Gmuend"),
    Source("fluent-flat", "fluentui-emoji", "1.3.0", "icons/flat", "slug",
           "MIT", "Fluent Emoji, Microsoft"),
    Source("fluent-modern", "fluentui-emoji", "1.3.0", "icons/modern", "slug",
           "MIT", "Fluent Emoji, Microsoft"),
    Source("fluent-3d", "@lobehub/fluent-emoji-3d", "1.1.0", "assets", "code",
           "MIT", "Fluent Emoji, Microsoft"),
    Source("fluent-contrast", "@iconify-json/fluent-emoji-high-contrast", "1.2.6", _ICONIFY,
           "slug", "MIT", "Fluent Emoji, Microsoft"),
    Source("emojione", "@iconify-json/emojione", "1.2.3", _ICONIFY, "slug",
           "CC-BY-4.0", "EmojiOne 2, Ranks.com"),
    Source("emojione-v1", "@iconify-json/emojione-v1", "1.2.3", _ICONIFY, "slug",
           "CC-BY-SA-4.0", "EmojiOne 1, Ranks.com"),
    Source("emojione-mono", "@iconify-json/emojione-monotone", "1.2.1", _ICONIFY, "slug",
           "CC-BY-4.0", "EmojiOne 2 monotone, Ranks.com"),
    Source("streamline", "@iconify-json/streamline-emojis", "1.2.4", _ICONIFY, "slug",
           "CC-BY-4.0", "Streamline Emojis, Streamline"),
    Source("fxemoji", "@iconify-json/fxemoji", "1.2.2", _ICONIFY, "squashed",
           "Apache-2.0", "FxEmojis, Mozilla"),
)


@dataclass(frozen=True)
class Picture:
    """A picture to render: either a file, or SVG text."""

    style: str
    key: str
    path: Path | None
    svg: str | None


def package_folder(data: Path, package: str, version: str) -> Path:
    """Return where ``fetch`` unpacks a package below the data folder."""
    return data / "packages" / f"{package.replace('@', '').replace('/', '-')}-{version}" / "package"


def unicode_names(data: Path) -> dict[str, str]:
    """Return Unicode character names (the older names of emoji) to key."""
    noto = SOURCES[0]
    entries = json.loads(
        (package_folder(data, noto.package, noto.version) / "emoji.json").read_text("utf-8")
    )
    return {e["name"]: strip_variation(e["unified"]) for e in entries if e.get("name")}


def pictures(source: Source, data: Path, catalog: dict[str, Emoji],
             names: NameIndex) -> Iterator[Picture]:
    """Yield the pictures of one source whose name maps to an emoji; the first of a key wins."""
    folder = package_folder(data, source.package, source.version) / source.folder
    seen: set[str] = set()
    items = _iconify(folder) if source.folder == _ICONIFY else _files(folder)
    for name, path, svg in items:
        key: str | None
        if source.naming == "code":
            key = strip_variation(name)
        elif source.naming == "slug":
            key = names.find(name)
        else:
            key = names.find(name) or names.find_squashed(name)
        if key is not None and key in catalog and key not in seen:
            seen.add(key)
            yield Picture(source.style, key, path, svg)


def _files(folder: Path) -> Iterator[tuple[str, Path | None, str | None]]:
    for path in sorted(folder.iterdir()):
        if path.suffix in (".png", ".svg", ".webp"):
            yield path.stem, path, None


def _iconify(file: Path) -> Iterator[tuple[str, Path | None, str | None]]:
    icons = json.loads(file.read_text("utf-8"))
    for name, icon in icons["icons"].items():
        yield name, None, _svg(icon, icons)
    for name, alias in icons.get("aliases", {}).items():
        # An alias may turn or mirror its parent; those are other pictures than the name says.
        if set(alias) == {"parent"} and alias["parent"] in icons["icons"]:
            yield name, None, _svg(icons["icons"][alias["parent"]], icons)


def _svg(icon: dict, defaults: dict) -> str:
    def value(field: str, fallback: int) -> int:
        return icon.get(field, defaults.get(field, fallback))

    width, height = value("width", 16), value("height", 16)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{width}" height="{height}" '
        f'viewBox="{value("left", 0)} {value("top", 0)} {width} {height}">{icon["body"]}</svg>'
    )
