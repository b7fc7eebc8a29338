"""Openly licensed emoji artwork and its Unicode names: download, naming, rendering, storage."""
