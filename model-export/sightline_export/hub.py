"""Checkpoints by name: a folder, or a repository on the HuggingFace hub.

Of a repository only the files that a family reads are fetched, into the hub's own cache, where they
stay for the next time.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from huggingface_hub import HfApi, hf_hub_download
from huggingface_hub.errors import (
    GatedRepoError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from .bundle import ExportError, families

_REPOSITORY = re.compile(r"([\w.-]+/[\w.-]+)(?:@([\w./-]+))?")
_CONFIGS = ("config.json", "preprocessor_config.json", "processor_config.json", "tokenizer.json",
            "tokenizer_config.json", "special_tokens_map.json", "open_clip_config.json",
            "sightline.json")
#: By these a family is known; without them only by its weights.
_SPEAKING = ("config.json", "open_clip_config.json")


@dataclass(frozen=True)
class Found:
    """A checkpoint's files.

    :param folder: where they are
    :param name: of the checkpoint, without its owner
    :param source: what the manifest notes of it: with the commit, where it comes from the hub
    :param family: key of ``families.FAMILIES``
    :param license: what the hub says, or None
    """

    folder: Path
    name: str
    source: str
    family: str
    license: str | None = None


def model_id(name: str) -> str:
    """Return the model id that a checkpoint's name gives."""
    return re.sub(r"[^a-z0-9._-]+", "-", name.lower()).lstrip("._-")[:100]


def find(name: str, family: str | None, tell: Callable[[str], None]) -> Found:
    """Return a checkpoint, fetched where it is not a folder.

    :param name: a folder, or ``owner/name`` with or without ``@revision``
    :param family: read from the files where it is None
    :param tell: gets lines of progress
    :raises ExportError: when there is no such checkpoint, or its family is unknown or ambiguous
    """
    folder = Path(name)
    if folder.is_dir():
        path = folder.resolve()
        return Found(path, path.name, path.name, family or families.detect(path))
    repository = _REPOSITORY.fullmatch(name)
    if repository is None:
        raise ExportError(f"[{name}] is neither a folder nor a repository: expected a folder or "
                          "owner/name[@revision]")
    endpoint = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
    try:
        return _fetch(HfApi(endpoint), repository[1], repository[2] or "main", family, tell)
    except GatedRepoError as e:
        raise ExportError(f"[{name}] is gated: accept its terms at {endpoint}/{repository[1]} and "
                          "set HF_TOKEN to a token of the account that did") from e
    except RevisionNotFoundError as e:
        raise ExportError(f"[{name}]: [{repository[1]}] has no revision [{repository[2]}]; without "
                          "@revision it is [main]") from e
    except RepositoryNotFoundError as e:
        raise ExportError(f"[{name}] is not at {endpoint}, and is no folder here; for a private "
                          "repository set HF_TOKEN") from e
    except (httpx.HTTPError, LocalEntryNotFoundError) as e:
        raise ExportError(f"[{name}] cannot be fetched from {endpoint}: "
                          f"{str(e).strip().splitlines()[0]}") from e
    except OSError as e:
        if e.errno != errno.ENOSPC:
            raise
        raise ExportError(f"[{name}]: no space is left for the hub's cache; HF_HUB_CACHE may name "
                          "another folder") from e


def _fetch(api: HfApi, repository: str, revision: str, family: str | None,
           tell: Callable[[str], None]) -> Found:
    info = api.model_info(repository, revision=revision)
    names = {str(file.rfilename) for file in info.siblings or ()}

    def fetch(wanted: Iterable[str]) -> list[Path]:
        return [Path(hf_hub_download(repository, name, revision=info.sha, endpoint=api.endpoint))
                for name in sorted(wanted)]

    tell(f"{repository}@{info.sha}: fetching configs")
    configs = fetch(names & set(_CONFIGS))
    if family is None and any(path.name in _SPEAKING for path in configs):
        family = families.detect(configs[0].parent, names)
    weights = families.weight_files(family, names)
    if not weights:
        raise ExportError(f"[{repository}] has no weights that are known; it contains "
                          f"{', '.join(sorted(names)) or 'nothing'}")
    tell(f"{repository}: fetching {', '.join(weights)}")
    folder = fetch(weights)[0].parent
    return Found(folder, repository.partition("/")[2], f"{repository}@{info.sha}",
                 family or families.detect(folder), _license(info.card_data))


def _license(card: Any) -> str | None:
    found = getattr(card, "license", None) if card is not None else None
    return str(getattr(card, "license_name", None) or found) if found else None
