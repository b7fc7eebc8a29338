"""Held-out results of the bundled models, computed from bundles with ONNX Runtime."""
