"""How captions are judged."""

import numpy as np
import pytest

from emoji_models.evaluation.caption_score import auc, shuffled, threshold


def test_area_under_the_curve():
    assert auc(np.array([3.0, 4.0]), np.array([1.0, 2.0])) == 1.0
    assert auc(np.array([1.0, 2.0]), np.array([3.0, 4.0])) == 0.0
    assert auc(np.array([1.0, 1.0]), np.array([1.0])) == 0.5
    # Of six pairs four are right and one is even.
    assert auc(np.array([0.2, 0.9, 0.4]), np.array([0.4, 0.1])) == pytest.approx(4.5 / 6)
    with pytest.raises(ValueError, match="got 0 and 1"):
        auc(np.array([]), np.array([1.0]))


def test_shuffled_names_are_all_wrong():
    names = ["a", "b", "c", "a", "d", "b", "a", "e"]
    other = shuffled(names)
    assert sorted(other) == sorted(names)
    assert all(one != two for one, two in zip(names, other, strict=True))
    with pytest.raises(ValueError, match="3 of 5 names are equal"):
        shuffled(["a", "a", "a", "b", "c"])


def test_threshold_divides_right_from_wrong():
    assert threshold(np.array([0.31, 0.8, 0.9]), np.array([0.1, 0.3, 0.05])) == 0.31
