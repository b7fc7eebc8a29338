"""Checkpoint in, bundle out: reading, graphs, verification, manifest."""


class ExportError(Exception):
    """The checkpoint cannot become a bundle; the message names what was missing or wrong."""
