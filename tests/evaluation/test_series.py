"""How much results scatter, against closed forms."""

import pytest

from explorer.evaluation.series import as_good, spread


def test_the_spread_is_that_of_a_sample():
    found = spread([0.9, 0.94, 0.98])
    assert found.mean == pytest.approx(0.94)
    assert found.deviation == pytest.approx(0.04)  # (0.04² + 0 + 0.04²) / 2
    assert spread([0.5]).deviation is None


def test_what_chance_explains_is_as_good_as_the_best():
    # The standard error of 0.9 on 100 pictures is 0.03, of a difference about 0.042: 0.08 is near.
    assert as_good([0.9, 0.83, 0.7], 100) == 1
    assert as_good([0.9, 0.83, 0.7], 10_000) == 0
