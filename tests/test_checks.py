"""The self-checks of the exercises: what is right passes, each kind of mistake is told."""

from __future__ import annotations

import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from course_lib import checks
from course_lib.checks import Failed
from course_lib.network import Network

FINITE = st.floats(-1e6, 1e6)
ARRAYS = arrays(float, st.tuples(st.integers(1, 4), st.integers(1, 4)), elements=FINITE)


@given(ARRAYS)
def test_equal_accepts_the_same_numbers_and_refuses_a_change(x):
    checks.equal(x, x.copy())
    checks.equal(x.tolist(), x)
    changed = x.copy()
    changed.flat[-1] += 1e-3 * (1 + abs(x).max())
    with pytest.raises(Failed, match="is off by"):
        checks.equal(changed, x)


@pytest.mark.parametrize(
    ("yours", "message"),
    [
        (None, "is a return missing"),
        ("text", "to hold real numbers"),
        (np.ones((3, 1)), r"shape \(3,\). Came shape \(3, 1\)"),
        ([1.0, 1.0], "shape"),
        ([1.0, np.nan, 1.0], "to be finite"),
        ([1.0, 2.0, 1.0], r"Came 2 at index \(1,\), which is off by 1"),
        (np.array([1j, 1, 1]), "to hold real numbers"),
    ],
)
def test_equal_says_what_is_wrong(yours, message):
    with pytest.raises(Failed, match=message):
        checks.equal(yours, np.ones(3), read="chapter 1")


def test_equal_compares_theta_layer_by_layer():
    theta = Network((2, 3, 1), ("tanh", "identity")).initial_parameters(np.random.default_rng(0))
    checks.equal(theta, theta)
    turned = [(w.T, b) for w, b in theta]
    with pytest.raises(Failed, match=r"part 0, part weights, to have shape \(3, 2\)"):
        checks.equal(turned, theta)
    with pytest.raises(Failed, match=r"list of length 2. Came a list of length 1"):
        checks.equal(theta[:1], theta)
    with pytest.raises(Failed, match=r"list of length 2. Came float"):
        checks.equal(1.0, theta)


def test_agree_names_the_call_that_differs():
    checks.agree(np.sin, lambda x: np.cos(x - np.pi / 2), [0.3, np.linspace(0, 1, 5)])
    checks.agree(lambda a, b: a * b, lambda a, b: b * a, [(1.0, 2.0), (3.0, 4.0)])
    with pytest.raises(Failed, match=r"call 2, 2., to agree"):
        checks.agree(lambda x: x * x, lambda x: x, [1.0, 2.0])


def test_agree_turns_an_error_into_a_failed_check():
    def unwritten(x):
        raise NotImplementedError

    with pytest.raises(Failed, match="still raises NotImplementedError"):
        checks.agree(unwritten, np.sin, [1.0])
    with pytest.raises(Failed, match=r"ZeroDivisionError: division by zero. Read chapter 2"):
        checks.agree(lambda x: 1 / 0, np.sin, [1.0], read="chapter 2")


def test_gradient_agrees_with_differences_or_fails():
    points = np.random.default_rng(0).normal(size=(3, 4))
    checks.gradient(lambda x: np.cos(x), lambda x: anp.sin(x).sum(), points)
    for factor in (2.0, -1.0, 1.001):
        with pytest.raises(Failed, match="is off by"):
            checks.gradient(lambda x: factor * np.cos(x), lambda x: anp.sin(x).sum(), points)


@given(st.integers(1, 6))
def test_order_is_recognised(p):
    checks.order(lambda h: 3 * h**p, p, [0.1, 0.05, 0.025])
    with pytest.raises(Failed, match=f"order {p}.00"):
        checks.order(lambda h: 3 * h**p, p + 1, [0.1, 0.05, 0.025])


def test_gradient_refuses_a_small_wrong_gradient():
    with pytest.raises(Failed, match="is off by"):
        checks.gradient(lambda x: 0 * x, lambda x: 1e-7 * x**2, [1.0])


@pytest.mark.parametrize(
    ("error", "message"),
    [(0.0, "errors above zero"), (np.nan, "finite errors"), (np.inf, "finite errors")],
)
def test_order_refuses_errors_without_an_order(error, message):
    with pytest.raises(Failed, match=message):
        checks.order(lambda h: error, 1, [0.1, 0.05])


def test_holds_says_what_came(capsys):
    checks.holds(True, "the condition holds")
    assert capsys.readouterr().out == "Right: the condition holds.\n"
    with pytest.raises(Failed, match=r"Expected the energy to grow. Came 0.9. Read chapter 7."):
        checks.holds(False, "the energy to grow", 0.9, read="chapter 7")


def test_a_notebook_shows_the_text_without_a_traceback():
    assert Failed("Expected a. Came b.")._render_traceback_() == ["Not yet. Expected a. Came b."]


def test_a_function_among_the_arguments_is_called_by_its_name():
    checks.agree(lambda f, x: f(x), lambda f, x: f(x), [(np.cos, 0.5), (abs, -1.0)])
    with pytest.raises(Failed, match=r"in call 1, cos, 0\.5, to agree"):
        checks.agree(lambda f, x: -f(x), lambda f, x: f(x), [(np.cos, 0.5)])
