"""Turns checkpoints into bundles, compares them, and evaluates retrieval through a cluster."""

__version__ = "0.1.0.dev0"
