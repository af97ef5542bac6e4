"""The conditions of a differential equation: what they hold, and what they refuse."""

import numpy as np
import pytest

from course_lib.equations import BoundaryValue, InitialValue


def test_conditions_hold_floats_whatever_they_are_given():
    first, second = InitialValue(0, [1, 2], [3, 4]), BoundaryValue(0, [1, 2], 1, [3, 4])
    assert all(type(x) is float for x in (first.x0, second.a, second.b))
    for values in (first.f0, first.df0, second.fa, second.fb):
        assert values.shape == (2,) and values.dtype == float


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: InitialValue("0", 1.0), TypeError, "x0 must hold numbers"),
        (lambda: InitialValue(0.0, np.nan), ValueError, "f0 has NaN"),
        (lambda: BoundaryValue(1.0, 0.0, 1.0, 0.0), ValueError, "a must lie left of b"),
        (lambda: InitialValue(0.0, []), ValueError, "f0 is empty"),
        (lambda: InitialValue(0.0, [[1.0]]), ValueError, r"f0 has shape \(1, 1\), expected \(d,\)"),
        (lambda: InitialValue(0.0, [1, 2], [1]), ValueError, r"df0 has shape \(1,\), expected \(2,\)"),
        (lambda: InitialValue([0.0, 1.0], 1.0), ValueError, "x0 must be one real number"),
        (lambda: BoundaryValue(1, 0, 0, 0), ValueError, "a must lie left of b"),
        (lambda: BoundaryValue(0, [1, 2], 1, 0), ValueError, r"fb has shape \(\), expected \(2,\)"),
    ],
)
def test_conditions_refuse(make, error, message):
    with pytest.raises(error, match=message):
        make()
