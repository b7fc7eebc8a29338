"""Stores a bundle in a running cluster, part by part, as ``sightline-models push`` does.

What the cluster has already is not sent again, so that an interrupted push goes on where it was.
"""

from __future__ import annotations

import base64
import json
import os
import re
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .bundle import ExportError, manifest

_TRIES = 6
#: The cluster is busy, or something between is: the same request may succeed later.
_BUSY = (408, 429, 502, 503, 504)
_TIMEOUT = 300.0
#: Hosts to which nothing leaves this machine, as in the Java class Addresses.
_LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|::1")


@dataclass(frozen=True)
class Cluster:
    """Where to, and as whom.

    :param url: without a slash at its end
    :param authorization: header, or None
    :param trust: for https
    """

    url: str
    authorization: str | None = None
    trust: ssl.SSLContext | None = None

    @classmethod
    def of(cls, url: str, user: str | None, ca: Path | None, *, insecure: bool = False) -> Cluster:
        """Return the cluster at an address; secrets come from the environment.

        :param insecure: whether they may go over plain http to another machine
        :raises ExportError: for an address of another kind, a user without a password, a secret
            that others could read on its way, or certificates that cannot be read
        """
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            raise ExportError(f"[--push] must be an http or https URL without a user, got [{url}]")
        authorization = None
        if user is not None:
            password = os.environ.get("SIGHTLINE_PASSWORD")
            if not password:
                raise ExportError("[--user] needs the password in the environment's "
                                  "[SIGHTLINE_PASSWORD]")
            pair = base64.b64encode(f"{user}:{password}".encode()).decode()
            authorization = f"Basic {pair}"
        elif os.environ.get("SIGHTLINE_API_KEY"):
            authorization = f"ApiKey {os.environ['SIGHTLINE_API_KEY']}"
        if (authorization and parts.scheme == "http" and not insecure
                and not _LOOPBACK.fullmatch(parts.hostname)):
            raise ExportError(f"[--push] [{url}] is plain http to another machine, where others "
                              "can read the password or API key on its way: give an https URL "
                              "(and --ca), or --insecure to send it all the same")
        try:
            trust = ssl.create_default_context(cafile=ca) if ca else None
        except (OSError, ssl.SSLError) as e:
            raise ExportError(f"[--ca] [{ca}] cannot be read as certificates in PEM: {e}") from e
        return cls(url.rstrip("/"), authorization, trust)

    def check(self) -> None:
        """Ask for the models.

        :raises ExportError: when nobody answers who would take one
        """
        self.call("GET", "/_sightline/models")

    def call(self, method: str, path: str, body: bytes | None = None,
             kind: str = "application/json") -> dict[str, Any]:
        """Send a request, several times where the cluster is busy; returns the answer.

        :raises ExportError: with the reason that the cluster gives
        """
        headers = {"Content-Type": kind}
        if self.authorization:
            headers["Authorization"] = self.authorization
        for attempt in range(1, _TRIES + 1):
            request = urllib.request.Request(self.url + path, body, headers, method=method)
            try:
                with urllib.request.urlopen(request, timeout=_TIMEOUT,
                                            context=self.trust) as answer:
                    return json.loads(answer.read() or b"{}")
            except urllib.error.HTTPError as e:
                reason = f"{e.code} {_reason(e.read())}"
                again = e.code in _BUSY
            except (urllib.error.URLError, ConnectionError, TimeoutError) as e:
                reason = str(getattr(e, "reason", e))
                # the first request shows whether anybody is there
                again = method != "GET" and not isinstance(getattr(e, "reason", None), ssl.SSLError)
            except ValueError as e:
                raise ExportError(f"[--push] {method} {path}: {self.url} does not answer as "
                                  f"Elasticsearch does: {e}") from e
            if not again or attempt == _TRIES:
                raise ExportError(f"[--push] {method} {self.url}{path}: {reason}")
            time.sleep(2 ** (attempt - 1))
        raise AssertionError("a try returns or raises")


def push(folder: Path, cluster: Cluster, tell: Callable[[str], None]) -> str:
    """Send a bundle and take it into service; returns what happened: ``created``, ``updated`` or
    ``noop`` where the cluster has this version already.

    :param folder: the bundle, whose files must be those of its manifest
    :param tell: gets lines of progress
    :raises ExportError: when the cluster refuses it
    """
    found = manifest.check(folder)
    path = f"/_sightline/models/{urllib.parse.quote(found['id'])}"
    body = (folder / manifest.NAME).read_bytes()
    answer = cluster.call("POST", path, body)
    for file in answer.get("missing", ()):
        size = answer["part_bytes"]
        tell(f"{file['file']}: sending {len(file['parts'])} parts of at most {size:,} bytes")
        with (folder / file["file"]).open("rb") as content:
            for part in file["parts"]:
                content.seek(part * size)
                cluster.call("PUT", f"{path}/files/{file['sha256']}/{part}", content.read(size),
                             "application/octet-stream")
    if answer["result"] == "incomplete":
        answer = cluster.call("POST", path, body)
    if answer["result"] == "incomplete":
        raise ExportError(f"[--push] the cluster lacks {answer.get('missing')} after all was sent")
    return str(answer["result"])


def _reason(body: bytes) -> str:
    try:
        error = json.loads(body)["error"]
        return str(error["reason"] if isinstance(error, dict) else error)
    except (ValueError, KeyError, TypeError):
        return body[:200].decode("utf-8", "replace")
