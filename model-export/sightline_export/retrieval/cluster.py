"""The cluster as the evaluation uses it: two indices, searches, nothing else."""

from __future__ import annotations

import base64
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator

from . import EvaluationError

#: Encoded pictures of one bulk request, in bytes.
_BULK_BYTES = 8 << 20
_TRIES = 8


class Cluster:
    """Speaks HTTP to one node.

    :param url: such as ``http://localhost:9200``; user and password may stand in it
    :param timeout: seconds that one request may take
    """

    def __init__(self, url: str, timeout: float = 600.0):
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise EvaluationError(f"[--index] must be an http or https URL, got [{url}]")
        port = f":{parts.port}" if parts.port else ""
        self._base = f"{parts.scheme}://{parts.hostname}{port}{parts.path.rstrip('/')}"
        self._timeout = timeout
        self._headers = {"Content-Type": "application/json"}
        if parts.username:
            user = urllib.parse.unquote(f"{parts.username}:{parts.password or ''}")
            token = base64.b64encode(user.encode()).decode()
            self._headers["Authorization"] = f"Basic {token}"

    def call(self, method: str, path: str, body: dict | str | None = None) -> dict:
        """Send a request; returns the answer.

        :raises EvaluationError: with the reason that the cluster gives
        """
        data = body if isinstance(body, str) or body is None else json.dumps(body)
        request = urllib.request.Request(
            self._base + path, data.encode() if data is not None else None, self._headers,
            method=method)
        try:
            with urllib.request.urlopen(request, timeout=self._timeout) as answer:
                return json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as e:
            raise EvaluationError(f"{method} {path}: {e.code} {_reason(e.read())}") from e
        except urllib.error.URLError as e:
            raise EvaluationError(f"{method} {self._base}{path}: {e.reason}") from e

    def model(self, model_id: str) -> dict:
        """Return what the cluster says of a model."""
        return self.call("GET", f"/_sightline/models/{urllib.parse.quote(model_id)}")

    def create(self, index: str, source: dict, field: str, kind: str, model: dict) -> str:
        """Create an index and its pipeline; both have that name.

        The vectors are searched exactly (``flat``), as in the papers.

        :param source: mapping of what the documents bring
        :param field: what is embedded, into ``{field}_vector``
        :param kind: ``image`` or ``text``
        :returns: the field to search: where an image has several vectors, they are nested
        """
        entry = {"input_field": field, "input_type": kind, "output_field": f"{field}_vector"}
        options = {"model_id": model["model_id"], "input_output": entry}
        if kind == "image":
            options["digest_field"] = f"{field}_digest"
        self.call("PUT", f"/_ingest/pipeline/{index}",
                  {"processors": [{"image_text_embedding": options}]})
        vector = {"type": "dense_vector", "dims": model["dimensions"], "similarity": "cosine",
                  "index_options": {"type": "flat"}}
        searched = f"{field}_vector"
        if kind == "image" and model["vectors_per_image"] > 1:
            vector = {"type": "nested", "properties": {"vector": vector}}
            searched += ".vector"
        self.call("PUT", f"/{index}", {
            "settings": {"number_of_shards": 1, "number_of_replicas": 0,
                         "default_pipeline": index, "max_result_window": 10_000},
            "mappings": {"dynamic": "strict", "properties": {
                **source, f"{field}_digest": {"type": "keyword"}, f"{field}_vector": vector}}})
        return searched

    def drop(self, index: str) -> None:
        """Remove an index and its pipeline, where they exist."""
        for path in (f"/{index}?ignore_unavailable=true", f"/_ingest/pipeline/{index}"):
            try:
                self.call("DELETE", path)
            except EvaluationError as e:
                if ": 404 " not in str(e):
                    raise

    def add(self, index: str, documents: Iterable[dict]) -> Iterator[int]:
        """Index documents by number, from 0; yields how many are done so far.

        What a full queue refuses (429) is sent again.
        """
        done = 0
        for part in _parts(documents):
            waiting = {str(done + at): document for at, document in enumerate(part)}
            for attempt in range(_TRIES):
                waiting = self._bulk(index, waiting)
                if not waiting:
                    break
                time.sleep(min(30, 2 ** attempt))
            else:
                raise EvaluationError(f"[{index}] refuses [{len(waiting)}] documents with 429 "
                                      f"after [{_TRIES}] tries")
            done += len(part)
            yield done
        self.call("POST", f"/{index}/_refresh")

    def _bulk(self, index: str, documents: dict[str, dict]) -> dict[str, dict]:
        lines = []
        for number, document in documents.items():
            lines.append(json.dumps({"index": {"_id": number}}))
            lines.append(json.dumps(document))
        answer = self.call("POST", f"/{index}/_bulk", "\n".join(lines) + "\n")
        again = {}
        for item in answer["items"]:
            result = item["index"]
            if result["status"] == 429:
                again[result["_id"]] = documents[result["_id"]]
            elif result["status"] >= 300:
                raise EvaluationError(f"[{index}] refuses document [{result['_id']}]: "
                                      f"{result['error'].get('reason')}")
        return again

    def search(self, index: str, retriever: dict, size: int) -> list[int]:
        """Return the numbers of the documents found, best first."""
        answer = self.call("POST", f"/{index}/_search",
                           {"retriever": retriever, "size": size, "_source": False})
        if answer["_shards"]["failed"]:
            raise EvaluationError(f"[{index}] has failed shards: {answer['_shards']}")
        return [int(hit["_id"]) for hit in answer["hits"]["hits"]]


def _reason(body: bytes) -> str:
    try:
        error = json.loads(body)["error"]
        return error["reason"] if isinstance(error, dict) else str(error)
    except (ValueError, KeyError, TypeError):
        return body[:200].decode("utf-8", "replace")


def _parts(documents: Iterable[dict]) -> Iterator[list[dict]]:
    part, size = [], 0
    for document in documents:
        part.append(document)
        size += sum(len(str(value)) for value in document.values())
        if size >= _BULK_BYTES or len(part) == 500:
            yield part
            part, size = [], 0
    if part:
        yield part
