"""The command: a checkpoint by name, from a folder or the hub, into a bundle and a cluster."""

import hashlib
import json
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

import pytest
import torch

from fixture_maker import tiny_openclip
from sightline_export import hub, push
from sightline_export.__main__ import main
from sightline_export.bundle import ExportError, families, manifest

COMMIT = "0123456789abcdef0123456789abcdef01234567"
PART = 4096


class Server(ThreadingHTTPServer):
    """Answers on a port of its own; ``answer`` of the subclass gets method, path and body, and
    returns a status, headers and a body."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def answer(self, method, path, body, headers):
        raise NotImplementedError


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def _any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = unquote(urlsplit(self.path).path)
        self.server.asked.append((self.command, path))
        status, headers, content = self.server.answer(self.command, path, body, self.headers)
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_HEAD = do_POST = do_PUT = _any

    def log_message(self, *_):
        pass


class Hub(Server):
    """Repositories as folders, as the hub's documentation has them."""

    def __init__(self, repositories):
        self.repositories = repositories
        super().__init__()

    def answer(self, method, path, body, headers):
        for name, folder in self.repositories.items():
            if path.startswith(f"/api/models/{name}"):
                return self._info(name, folder, path.rpartition("/revision/")[2])
            if path.startswith(f"/{name}/resolve/"):
                return self._file(folder, path.removeprefix(f"/{name}/resolve/").partition("/")[2])
        return 404, {"X-Error-Code": "RepoNotFound"}, b"{}"

    def _info(self, name, folder, revision):
        if name.endswith("gated"):
            return 403, {"X-Error-Code": "GatedRepo"}, b"{}"
        if revision not in ("main", "v1", COMMIT):
            return 404, {"X-Error-Code": "RevisionNotFound"}, b"{}"
        files = [{"rfilename": str(path.relative_to(folder))} for path in sorted(
            folder.rglob("*")) if path.is_file()]
        return 200, {"Content-Type": "application/json"}, json.dumps({
            "id": name, "sha": COMMIT, "siblings": files, "tags": [], "private": False,
            "cardData": {"license": "bsd-3-clause"}}).encode()

    def _file(self, folder, name):
        content = (folder / name).read_bytes()
        tag = hashlib.sha256(content).hexdigest()
        return 200, {"ETag": f'"{tag}"', "X-Repo-Commit": COMMIT}, content


class Node(Server):
    """The cluster's calls of the store of models."""

    def __init__(self):
        self.parts, self.manifest, self.busy = {}, None, 1
        super().__init__()

    def answer(self, method, path, body, headers):
        if headers.get("Authorization") != "ApiKey secret":
            return 401, {}, b'{"error": {"reason": "missing authentication credentials"}}'
        if method == "PUT":
            if self.busy:
                self.busy -= 1
                return 429, {}, b'{"error": {"reason": "busy"}}'
            _, _, _, _, sha256, part = path.strip("/").split("/", 5)
            self.parts[sha256, int(part)] = body
            return 200, {}, b"{}"
        if method == "GET":
            return 200, {}, b'{"models": []}'
        self.manifest = json.loads(body)
        missing = []
        for name, file in self.manifest["files"].items():
            count = -(-file["bytes"] // PART)
            lacking = [at for at in range(count) if (file["sha256"], at) not in self.parts]
            if lacking:
                missing.append({"file": name, "sha256": file["sha256"], "bytes": file["bytes"],
                                "parts": lacking})
        result = {"result": "incomplete" if missing else "created", "part_bytes": PART,
                  "missing": missing}
        return 202 if missing else 201, {}, json.dumps(result).encode()


@pytest.fixture
def server(monkeypatch, tmp_path):
    """Starts servers that end with the test; the hub's cache is the test's."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    started = []

    def start(made):
        started.append(made)
        if isinstance(made, Hub):
            monkeypatch.setenv("HF_ENDPOINT", made.url)
        return made

    yield start
    for each in started:
        each.shutdown()
        each.server_close()


def _unseen(line):
    pass


def test_a_repository_becomes_a_bundle_in_a_cluster(
        server, checkpoints, bundles, tmp_path, monkeypatch, capsys):
    files = tmp_path / "files"
    shutil.copytree(checkpoints["clip"], files)
    (files / "onnx").mkdir()
    (files / "onnx/model.onnx").write_bytes(b"not read")
    (files / "README.md").write_text("not read either", "utf-8")
    served = server(Hub({"owner/Tiny_CLIP": files}))
    node = server(Node())
    monkeypatch.setenv("SIGHTLINE_API_KEY", "secret")
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    monkeypatch.chdir(tmp_path)
    assert main(["owner/Tiny_CLIP@v1", "--push", node.url + "/"]) == 0
    bundle = tmp_path / "bundles/tiny_clip"
    found = manifest.check(bundle)
    assert (found["id"], found["family"], found["license"]) == ("tiny_clip", "clip", "bsd-3-clause")
    assert found["source"]["checkpoint"] == f"owner/Tiny_CLIP@{COMMIT}"
    asked = {path.rpartition("/")[2] for method, path in served.asked if "/resolve/" in path}
    assert asked == {"config.json", "preprocessor_config.json", "tokenizer.json",
                     "model.safetensors"}
    assert node.manifest == json.loads((bundle / manifest.NAME).read_text("utf-8"))
    for name, file in found["files"].items():
        sent = b"".join(node.parts[file["sha256"], at] for at in range(
            -(-file["bytes"] // PART)))
        assert sent == (bundle / name).read_bytes(), name
    out, lines = capsys.readouterr()
    assert f"tiny_clip: created in {node.url}" in out and "cosine at least" in out
    assert "image.onnx: writing the graph" in lines
    # What the cluster has is not sent again.
    before = len(node.asked)
    monkeypatch.setenv("SIGHTLINE_API_KEY", "secret")
    assert push.push(bundle, push.Cluster.of(node.url, None, None), _unseen) == "created"
    assert [method for method, _ in node.asked[before:]] == ["POST"]


@pytest.mark.parametrize("name,message", [
    ("owner/none", "is not at .*, and is no folder here; for a private repository set HF_TOKEN"),
    ("owner/gated", "is gated: accept its terms at .*/owner/gated and set HF_TOKEN"),
    ("owner/empty@v2", r"\[owner/empty\] has no revision \[v2\]"),
    ("owner/empty", r"\[owner/empty\] has no weights that are known; it contains tokenizer.json"),
    ("some/where/else", "is neither a folder nor a repository"),
])
def test_what_the_hub_does_not_give_is_named(server, tmp_path, name, message):
    (tmp_path / "files").mkdir()
    (tmp_path / "files/tokenizer.json").write_text("{}", "utf-8")
    server(Hub(dict.fromkeys(("owner/gated", "owner/empty"), tmp_path / "files")))
    with pytest.raises(ExportError, match=message):
        hub.find(name, None, _unseen)


def test_a_hub_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    with pytest.raises(ExportError, match=r"\[owner/name\] cannot be fetched from http://127"):
        hub.find("owner/name", None, _unseen)


@pytest.mark.parametrize("name,family", [
    ("clip", "clip"), ("blip", "blip"), ("siglip", "siglip"), ("blip2", "blip2"),
    ("openclip", "openclip"), ("blip-pth", "blip"), ("albef", "albef"), ("blip2-pth", "blip2"),
    ("blip-captioner", "blip"), ("blip2-captioner", "blip2")])
def test_the_family_is_read_from_the_files(checkpoints, name, family):
    assert families.detect(checkpoints[name]) == family
    assert hub.find(str(checkpoints[name]), None, _unseen).family == family


def test_files_of_two_families_need_a_word(copy, checkpoints):
    folder = copy("clip")
    for path in checkpoints["openclip"].iterdir():
        if path.name.startswith("open_clip"):
            shutil.copy(path, folder)
    with pytest.raises(ExportError, match=r"is a checkpoint of \[clip\] and of \[openclip\]: say "
                                          "which one with --family"):
        families.detect(folder)
    assert hub.find(str(folder), "openclip", _unseen).family == "openclip"


def test_files_of_no_family_are_listed(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "vilt"}', "utf-8")
    with pytest.raises(ExportError, match=r"model_type \[vilt\], supported are \['blip', 'blip-2'"):
        families.detect(tmp_path)
    (tmp_path / "config.json").unlink()
    torch.save({"model": {"backbone.weight": torch.zeros(2)}}, tmp_path / "model.pth")
    with pytest.raises(ExportError, match=r"a published .pth; it contains model\.pth"):
        families.detect(tmp_path)


def test_weights_in_several_files_are_fetched_together():
    names = {"config.json", "model.safetensors.index.json", "model-00001-of-00002.safetensors",
             "model-00002-of-00002.safetensors", "pytorch_model.bin", "other-1.safetensors"}
    assert families.weight_files("clip", names) == ["pytorch_model.bin"]
    assert families.weight_files("clip", names - {"pytorch_model.bin"}) == [
        "model.safetensors.index.json", "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors"]
    assert families.weight_files("openclip", {*names, "open_clip_pytorch_model.bin"}) == [
        "open_clip_pytorch_model.bin"]
    assert families.weight_files(None, {"model.pth", "old/model.pth"}) == ["model.pth"]


def test_a_processor_of_transformers_5(copy):
    """``CLIPProcessor.save_pretrained`` writes one file, in which the picture's rules are."""
    folder = copy("clip")
    wanted = families.read(folder, "clip").image
    rules = json.loads((folder / "preprocessor_config.json").read_text("utf-8"))
    (folder / "preprocessor_config.json").unlink()
    (folder / "processor_config.json").write_text(json.dumps(
        {"processor_class": "CLIPProcessor", "image_processor": rules}), "utf-8")
    assert families.read(folder, "clip").image == wanted


@pytest.mark.parametrize("url,user,message", [
    ("localhost:9200", None, r"\[--push\] must be an http or https URL"),
    ("http://elastic:secret@localhost:9200", None, "without a user"),
    ("http://localhost:9200", "elastic", r"needs the password in .*\[SIGHTLINE_PASSWORD\]"),
])
def test_a_cluster_is_named_rightly(monkeypatch, url, user, message):
    monkeypatch.delenv("SIGHTLINE_PASSWORD", raising=False)
    with pytest.raises(ExportError, match=message):
        push.Cluster.of(url, user, None)


@pytest.mark.parametrize("user", [None, "elastic"])
def test_a_secret_does_not_travel_in_the_open(monkeypatch, user):
    monkeypatch.setenv("SIGHTLINE_PASSWORD", "secret")
    monkeypatch.setenv("SIGHTLINE_API_KEY", "secret")
    with pytest.raises(ExportError, match=r"\[http://es.example:9200\] is plain http to another "
                                          r"machine.*https URL \(and --ca\), or --insecure"):
        push.Cluster.of("http://es.example:9200", user, None)
    for url in ("http://localhost:9200", "http://127.0.1.1", "http://[::1]:9200", "https://x"):
        assert push.Cluster.of(url, user, None).authorization
    assert push.Cluster.of("http://es.example:9200", user, None, insecure=True).authorization
    monkeypatch.delenv("SIGHTLINE_API_KEY")
    assert push.Cluster.of("http://es.example:9200", None, None).authorization is None


def test_a_cluster_that_refuses_ends_the_command_before_the_work(
        server, checkpoints, tmp_path, monkeypatch, capsys):
    node = server(Node())
    monkeypatch.setenv("SIGHTLINE_API_KEY", "wrong")
    out = tmp_path / "out"
    assert main([str(checkpoints["clip"]), "--out", str(out), "--push", node.url]) == 1
    assert "error: [--push] GET " in (said := capsys.readouterr().err)
    assert "401 missing authentication credentials" in said
    assert not out.exists()


@pytest.mark.parametrize("name,expected", [
    ("blip-itm-base-coco", "blip-itm-base-coco"), ("CLIP_ViT.B 32", "clip_vit.b-32"),
    ("--x", "x")])
def test_ids(name, expected):
    assert manifest.check_id(hub.model_id(name)) == expected


def test_openclip_repositories_bring_their_own_files(server, tmp_path):
    tiny_openclip.make("resnet", tmp_path / "files")
    (tmp_path / "files/open_clip_pytorch_model.bin").write_bytes(b"the same again")
    served = server(Hub({"owner/rn": tmp_path / "files"}))
    found = hub.find("owner/rn", None, _unseen)
    assert found.family == "openclip"
    assert families.read(found.folder, found.family).dimensions == 16
    assert not any(path.endswith(".bin") for _, path in served.asked)
