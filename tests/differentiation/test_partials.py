"""All partial derivatives from one pass, against one pass for each, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib._validation import NotFinite
from course_lib.differentiation._differentiable import MissingRule
from course_lib.differentiation.forward_mode import jvp
from course_lib.differentiation.partials import _directions, partials


def three_of_four(a, b, c, d):
    return [np.sin(a) * b + c, a / (2 + b * b) - np.exp(c), c * c * c]


@pytest.mark.lecture("A5")
@given(st.integers(1, 5), st.integers(0, 2**20))
def test_partials_are_those_of_one_jvp_for_each_argument(m, seed):
    x = np.random.default_rng(seed).uniform(-2, 2, (4, m))
    values, slopes = partials(three_of_four, *x)
    assert values.shape == (3, m)
    assert slopes.shape == (3, 4, m)
    np.testing.assert_allclose(values, three_of_four(*x), rtol=1e-14)
    for k in range(4):
        one = lambda s, k=k: np.stack(three_of_four(*x[:k], s, *x[k + 1 :]))
        np.testing.assert_allclose(slopes[:, k], jvp(one, x[k], np.ones(m))[1], atol=1e-14)
    a, b, c, _ = x
    exact = [[np.cos(a) * b, np.sin(a), 1 + 0 * a, 0 * a],
             [1 / (2 + b * b), -2 * a * b / (2 + b * b) ** 2, -np.exp(c), 0 * a],
             [0 * a, 0 * a, 3 * c * c, 0 * a]]  # fmt: skip
    np.testing.assert_allclose(slopes, exact, rtol=1e-13, atol=1e-14)


@pytest.mark.lecture("A5")
def test_partials_take_one_pass():
    passes = []

    def f(*x):
        passes.append([len(part) for part in x])
        return [sum(k * part for k, part in enumerate(x))]

    values, slopes = partials(f, *np.ones((5, 3)))
    assert passes == [[15] * 5]
    np.testing.assert_array_equal(values, [[10.0] * 3])
    np.testing.assert_array_equal(slopes, [[[k] * 3 for k in range(5)]])


def test_partials_of_a_function_that_ignores_all_its_arguments():
    values, slopes = partials(lambda a, b: [np.arange(6.0), b], [1.0, 2.0, 3.0], [4.0, 5.0, 6.0])
    np.testing.assert_array_equal(values, [[0.0, 1.0, 2.0], [4.0, 5.0, 6.0]])
    np.testing.assert_array_equal(slopes, [np.zeros((2, 3)), [[0.0] * 3, [1.0] * 3]])


def test_partials_refuse_what_has_no_rule_or_no_finite_slope():
    x = np.array([1.0, 0.0])
    with pytest.raises(MissingRule, match="no derivative rule for deg2rad"):
        partials(lambda a: [np.deg2rad(a)], x)
    text = r"^f has no finite slope in argument 1, which is 0 at point 1$"
    with np.errstate(divide="ignore"), pytest.raises(NotFinite, match=text):
        partials(lambda a: [np.sqrt(a)], x)


def test_partials_blame_the_argument_whose_slope_is_infinite():
    text = r"^f has no finite slope in argument 2, which is 0 at point 1$"
    with np.errstate(all="ignore"), pytest.raises(NotFinite, match=text):
        partials(lambda a, b: [a + np.sqrt(b)], [2.0, 1.0], [1.0, 0.0])


def test_partials_find_a_slope_that_is_no_number():
    text = r"^f has no finite slope in argument 1, which is 3 at point 0$"
    with np.errstate(all="ignore"), pytest.raises(NotFinite, match=text):
        partials(lambda a: [np.sqrt(a - a)], [3.0, 2.0])


@pytest.mark.parametrize(("n", "m"), [(1, 1), (2, 3), (4, 2)])
def test__directions_move_one_block_each(n, m):
    rows = _directions(n, m)
    assert rows.shape == (n, n * m)
    for k, row in enumerate(rows):
        np.testing.assert_array_equal(row.reshape(n, m), np.eye(n)[k][:, None] * np.ones(m))
    assert not rows.flags.writeable
