"""What people use today, timed: one process that takes commands as lines of JSON.

``python rival.py THREADS``. Each line of standard input is an object with ``do``; each answer is
one line of JSON on standard output. Times are this process' own, around the work alone: loading
models and reading files comes before.

R1 is transformers on torch, R2 is ONNX Runtime with Pillow and numpy in batches of 32 and bulk
requests, one after the other, as the bulk helper of the Elasticsearch client sends them.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import io
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

BATCH = 32


class Preprocessor:
    """Pillow and numpy, by the manifest of a bundle."""

    def __init__(self, bundle: Path) -> None:
        image = json.loads((bundle / "model.json").read_text("utf-8"))["image"]
        self.size = (image["width"], image["height"])
        self.shortest = image["resize"] == "shortest_edge"
        self.white = image.get("transparency") == "white"
        bicubic = image["interpolation"] == "bicubic"
        self.filter = Image.Resampling.BICUBIC if bicubic else Image.Resampling.BILINEAR
        self.scale = (1 / (255 * np.array(image["std"], np.float32))).astype(np.float32)
        self.shift = (np.array(image["mean"], np.float32)
                      / np.array(image["std"], np.float32)).astype(np.float32)

    def __call__(self, encoded: bytes) -> np.ndarray:
        """Return ``[3, height, width]`` of an encoded image."""
        image: Image.Image = Image.open(io.BytesIO(encoded))
        if self.white and image.mode != "RGB":
            image = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
        image = image.convert("RGB")
        width, height = self.size
        if self.shortest:
            shorter, longer = sorted(image.size)
            long = int(width * longer / shorter)
            size = (width, long) if image.width <= image.height else (long, width)
            image = image.resize(size, self.filter)
            left, top = (image.width - width) // 2, (image.height - height) // 2
            image = image.crop((left, top, left + width, top + height))
        else:
            image = image.resize(self.size, self.filter)
        values = np.asarray(image, np.float32)
        return (values * self.scale - self.shift).transpose(2, 0, 1)


class Rival:
    """State of the process: models and images by name."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self.images: dict[str, list[bytes]] = {}
        self.documents: dict[str, list[dict[str, Any]]] = {}
        self.sessions: dict[str, Any] = {}
        self.models: dict[str, Any] = {}

    def hello(self) -> dict[str, Any]:
        """Say what runs here."""
        import onnxruntime
        import PIL
        import torch
        import transformers

        return {"python": sys.version.split()[0], "torch": torch.__version__,
                "transformers": transformers.__version__, "pillow": PIL.__version__,
                "onnxruntime": onnxruntime.__version__}

    def load(self, name: str, files: list[str]) -> dict[str, Any]:
        """Read encoded images into memory."""
        self.images[name] = [Path(file).read_bytes() for file in files]
        return {"images": len(files)}

    def describe(self, name: str, documents: list[dict[str, Any]]) -> dict[str, Any]:
        """Keep what documents say beside vectors, by image: ``id`` and ``fields``.

        Such documents have their picture and its digest as well, as the pipeline leaves them.
        """
        self.documents[name] = documents
        return {"documents": len(documents)}

    def _lines(self, images: str, at: int, encoded: bytes, vector: np.ndarray) -> list[str]:
        if images in self.documents:
            described = self.documents[images][at]
            name = described["id"]
            document = {**described["fields"], "photo": base64.b64encode(encoded).decode(),
                        "photo_digest": hashlib.sha256(encoded).hexdigest()}
        else:
            name = str(at)
            document = {"title": f"picture {at}"}
        document["photo_vector"] = vector.tolist()
        return [json.dumps({"index": {"_id": name}}), json.dumps(document)]

    def _session(self, bundle: str) -> tuple[Any, str, Preprocessor]:
        if bundle not in self.sessions:
            import onnxruntime

            folder = Path(bundle)
            manifest = json.loads((folder / "model.json").read_text("utf-8"))
            role = manifest["roles"]["image_embedding"]
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = self.threads
            session = onnxruntime.InferenceSession(
                folder / role["file"], options, providers=["CPUExecutionProvider"])
            self.sessions[bundle] = (session, role["outputs"]["embedding"], Preprocessor(folder))
        return self.sessions[bundle]

    def _embed(self, bundle: str, encoded: list[bytes]) -> np.ndarray:
        session, output, preprocess = self._session(bundle)
        pixels = np.stack([preprocess(one) for one in encoded])
        vectors = session.run([output], {session.get_inputs()[0].name: pixels})[0]
        return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)

    def vectors(self, bundle: str, images: str, count: int) -> dict[str, Any]:
        """Embed the first images, to see that both sides do the same work."""
        return {"vectors": self._embed(bundle, self.images[images][:count]).tolist()}

    def ingest(self, bundle: str, images: str, host: str, port: int, index: str,
               first: int, count: int) -> dict[str, Any]:
        """R2: encode a range of images in batches and index their documents."""
        self._session(bundle)
        connection = http.client.HTTPConnection(host, port, timeout=600)
        start = time.perf_counter()
        for at in range(first, first + count, BATCH):
            chosen = self.images[images][at:min(at + BATCH, first + count)]
            lines = []
            for offset, vector in enumerate(self._embed(bundle, chosen)):
                lines += self._lines(images, at + offset, chosen[offset], vector)
            body = ("\n".join(lines) + "\n").encode()
            connection.request("POST", f"/{index}/_bulk?pipeline=_none", body,
                               {"Content-Type": "application/x-ndjson"})
            answer = json.loads(connection.getresponse().read())
            if answer.get("errors", True):
                raise RuntimeError(f"a bulk request failed: {json.dumps(answer)[:500]}")
        seconds = time.perf_counter() - start
        connection.close()
        return {"seconds": seconds}

    def decode(self, bundle: str, images: str, count: int) -> dict[str, Any]:
        """Decode, resize and normalise, on this one thread."""
        preprocess = Preprocessor(Path(bundle))
        start = time.perf_counter()
        for encoded in self.images[images][:count]:
            preprocess(encoded)
        return {"seconds": time.perf_counter() - start}

    def match(self, checkpoint: str, bundle: str, images: str, count: int,
              ids: list[int]) -> dict[str, Any]:
        """R1: one batch of pairs of one text and an image each, everything computed anew."""
        import torch

        torch.set_num_threads(self.threads)
        if checkpoint not in self.models:
            from transformers import BlipForImageTextRetrieval

            self.models[checkpoint] = BlipForImageTextRetrieval.from_pretrained(checkpoint).eval()
        model = self.models[checkpoint]
        preprocess = Preprocessor(Path(bundle))
        start = time.perf_counter()
        with torch.inference_mode():
            pixels = np.stack([preprocess(one) for one in self.images[images][:count]])
            text = torch.tensor([ids]).expand(count, -1)
            logits = model(pixel_values=torch.from_numpy(pixels), input_ids=text,
                           attention_mask=torch.ones_like(text)).itm_score
        return {"seconds": time.perf_counter() - start, "logits": logits.tolist()}


def main() -> None:
    """Answer until standard input ends."""
    rival = Rival(int(sys.argv[1]))
    answers, sys.stdout = sys.stdout, sys.stderr  # libraries may print what they like
    for line in sys.stdin:
        command = json.loads(line)
        try:
            answer = getattr(rival, command.pop("do"))(**command)
        except Exception as e:
            answer = {"error": f"{type(e).__name__}: {e}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
