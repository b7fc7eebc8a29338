"""Turns checkpoints into bundles, trains the small bundled models, writes golden fixtures."""

__version__ = "0.1.0"
