"""Evaluation of retrieval through a running cluster. Needs nothing but Python's own library."""


class EvaluationError(RuntimeError):
    """The evaluation cannot be done; the message says why."""
