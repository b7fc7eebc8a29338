"""The catalogue of emoji: official names, tags, groups, and the lookup from artwork file names.

An emoji's *key* is its code points in upper-case hexadecimal joined by ``-`` with the variation
selector FE0F removed, because artwork packages disagree about when to write FE0F.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

TONES = ("light", "medium-light", "medium", "medium-dark", "dark")

# Fluent's own spellings of names that Unicode writes differently.
_FLUENT_WORDS = (("blonde", "blond"), ("moon-ceremony", "moon-viewing-ceremony"))
_ROLES = "superhero|supervillain|mage|fairy|vampire|merpeople|elf|genie|zombie|wrestling|deaf"


@dataclass(frozen=True)
class Emoji:
    """One emoji.

    :param key: code points without FE0F, for example ``1F44B-1F3FB``
    :param name: official English name (CLDR short name)
    :param tags: further words from emojibase; a skin-tone variant has its base's tags
    :param group: Unicode group, for example ``people-body``
    :param subgroup: Unicode subgroup, for example ``hand-fingers-open``
    :param char: the emoji itself
    :param skin_tone: whether it is a skin-tone variant
    """

    key: str
    name: str
    tags: tuple[str, ...]
    group: str
    subgroup: str
    char: str
    skin_tone: bool


def strip_variation(code_points: str) -> str:
    """Return the key of a hexadecimal code point sequence such as ``0033-fe0f-20e3``."""
    parts = re.split(r"[-_ ]", code_points.strip().upper())
    return "-".join(part.lstrip("0") .rjust(4, "0") for part in parts if part and part != "FE0F")


def slug(text: str) -> str:
    """Return a file-name form of a name: ASCII lower case, words joined by ``-``.

    >>> slug("flag: Côte d’Ivoire")
    'flag-cote-divoire'
    """
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    text = text.replace("&", " and ").replace("#", " hash ").replace("*", " asterisk ")
    text = re.sub(r"['.\"!()]", "", text)
    return re.sub(r"[^a-z0-9]+", "-", text).strip("-")


def load_catalog(emojibase: Path) -> dict[str, Emoji]:
    """Read emojibase's English data.

    :param emojibase: unpacked ``emojibase-data`` package
    :return: emoji by key, in Unicode's order
    :raises FileNotFoundError: when the package lacks ``en/data.json``
    """
    data = json.loads((emojibase / "en" / "data.json").read_text("utf-8"))
    groups = json.loads((emojibase / "meta" / "groups.json").read_text("utf-8"))
    catalog: dict[str, Emoji] = {}
    for entry in sorted(data, key=lambda e: e.get("order", 10**6)):
        if "group" not in entry:
            continue  # regional indicators: halves of flags, no picture of their own
        group = groups["groups"][str(entry["group"])]
        subgroup = groups["subgroups"][str(entry["subgroup"])]
        tags = tuple(entry.get("tags", ()))
        for variant in [entry, *entry.get("skins", [])]:
            key = strip_variation(variant["hexcode"])
            catalog[key] = Emoji(
                key, variant["label"], tags, group, subgroup, variant["emoji"],
                variant is not entry or subgroup == "skin-tone",
            )
    return catalog


class NameIndex:
    """Finds the key that an artwork file name means; unknown names give None."""

    def __init__(self, catalog: dict[str, Emoji], unicode_names: dict[str, str]):
        """
        :param catalog: emoji by key
        :param unicode_names: Unicode character name to key, as older artwork is named by these
        """
        self._by_slug: dict[str, str] = {}
        self._squashed: dict[str, str] = {}
        # Current official names win over the older character names.
        for emoji in catalog.values():
            self._add(slug(emoji.name), emoji.key)
        for name, key in unicode_names.items():
            if key in catalog:
                self._add(slug(name), key)

    def _add(self, name: str, key: str) -> None:
        self._by_slug.setdefault(name, key)
        self._squashed.setdefault(name.replace("-", ""), key)

    def find(self, name: str) -> str | None:
        """Return the key for a slug such as ``flag-for-france``, ``man-cook-medium-dark``."""
        if name in self._by_slug:
            return self._by_slug[name]
        if name.startswith("flag-for-"):
            return self._by_slug.get("flag-" + name[len("flag-for-"):])
        tone = re.fullmatch(r"(.+?)-(default|medium-light|medium-dark|light|medium|dark)", name)
        if tone:
            base = self._fluent(tone[1])
            if base is None or tone[2] == "default":
                return base
            return self._by_slug.get(f"{base_slug(base, self._by_slug)}-{tone[2]}-skin-tone")
        return self._fluent(name)

    def find_squashed(self, name: str) -> str | None:
        """Return the key for a name written without separators, such as ``anchoredship``."""
        return self._squashed.get(re.sub(r"[^a-z0-9]", "", name.lower()))

    def _fluent(self, name: str) -> str | None:
        for old, new in _FLUENT_WORDS:
            name = name.replace(old, new)
        if name in self._by_slug:
            return self._by_slug[name]
        neutral = re.fullmatch(rf"person-({_ROLES})", name)
        if neutral and neutral[1] in self._by_slug:
            return self._by_slug[neutral[1]]
        swapped = re.fullmatch(r"(person|man|woman)-deaf", name)
        if swapped:
            return self._by_slug.get(f"deaf-{swapped[1]}")
        return self._by_slug.get(name.replace("person-with-bunny", "people-with-bunny"))


def base_slug(key: str, by_slug: dict[str, str]) -> str | None:
    """Return the first (official) slug that names ``key``."""
    return next((name for name, value in by_slug.items() if value == key), None)
