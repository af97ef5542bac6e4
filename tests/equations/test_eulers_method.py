"""Euler's method, against the mathematics."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from course_lib.differentiation.finite_differences import observed_order
from course_lib.equations import euler

numbers = st.floats(-3, 3)


@pytest.mark.lecture("O3", "O4", "O5")
@given(st.lists(numbers, min_size=2, max_size=8), numbers, st.floats(0.01, 1.0))
def test_euler_is_its_formula(slopes, f0, dx):
    x = dx * np.arange(len(slopes) + 1)
    table = dict(zip(x, slopes))
    f = euler(lambda s: table[s], f0, x)
    for i, g in enumerate(slopes):
        assert f[i + 1] == f[i] + (x[i + 1] - x[i]) * g
        assert (f[i + 1] - f[i]) / (x[i + 1] - x[i]) == pytest.approx(g, rel=1e-9, abs=1e-12)


@given(numbers, numbers, numbers)
def test_exact_for_straight_lines(slope, f0, x0):
    x = np.linspace(x0, x0 + 2.0, 9)
    np.testing.assert_allclose(euler(lambda s: slope, f0, x), f0 + slope * (x - x0), atol=1e-13)


def test_slope_of_x_alone_is_a_running_sum():
    x = np.sort(np.random.default_rng(0).uniform(0, 3, 50))
    expected = np.cumsum([0.7, *(np.diff(x) * np.cos(x[:-1]))])
    np.testing.assert_array_equal(euler(np.cos, 0.7, x), expected)


@settings(deadline=None, max_examples=20)
@given(st.floats(0.5, 1.5), st.floats(-1.0, 1.0), st.floats(-1.0, 1.0))
def test_global_error_is_of_order_one(a, b, f0):
    def g(x, f):
        return a * np.cos(f) + b * np.sin(x) + 1.5 * a + abs(b)

    exact = solve_ivp(g, (0, 1), [f0], method="DOP853", rtol=1e-12, atol=1e-12).y[0, -1]
    steps = [2**7, 2**8, 2**9, 2**10]
    errors = [abs(euler(g, f0, np.linspace(0, 1, n + 1))[-1] - exact) for n in steps]
    if min(errors) > 1e-4:  # else the leading term happens to vanish at the end point
        assert observed_order(errors, [1 / n for n in steps]) == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize(("k", "dx"), [(10.0, 0.05), (10.0, 0.18), (10.0, 0.21), (3.0, 0.9)])
def test_stability_factor(k, dx):
    f = euler(lambda x, f: -k * f, 1.0, dx * np.arange(41))
    np.testing.assert_allclose(f, (1 - k * dx) ** np.arange(41), rtol=1e-11)
    assert (abs(f[-1]) <= 1) == (dx <= 2 / k)


@given(numbers, st.floats(0.5, 3), st.floats(0.001, 0.5))
def test_energy_of_the_oscillator_grows_by_the_derived_factor(f0, v0, dx):
    f = euler(lambda x, s: (s[1], -s[0]), (f0, v0), dx * np.arange(20))
    energy = np.sum(f**2, axis=1) / 2
    np.testing.assert_allclose(energy[1:] / energy[:-1], 1 + dx**2, rtol=1e-12)


def test_a_system_of_independent_equations_is_solved_equation_by_equation():
    x = np.linspace(0, 1, 11)
    both = euler(lambda s, f: [np.cos(s), -2 * f[1]], [0, 10], x.tolist())
    np.testing.assert_array_equal(both[:, 0], euler(np.cos, 0.0, x))
    np.testing.assert_array_equal(both[:, 1], euler(lambda s, f: -2 * f, 10, x))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((lambda x, f: f, 1.0, [0.0, 0.0]), r"x must grow: x\[0\] = 0 is followed by x\[1\] = 0"),
        ((lambda x, f: f, 1.0, [1.0, 0.0]), "x must grow"),
        ((lambda x, f: f, 1.0, [0, 2, 3, 3, 1]), r"x\[2\] = 3 is followed by x\[3\] = 3$"),
        ((lambda x, f: f, 1.0, []), "x is empty"),
        ((lambda x, f: f, 1.0, [0.0, np.nan]), "x has NaN"),
        ((lambda x, f: f, np.inf, [0.0, 1.0]), "f0 has NaN or infinity"),
        ((lambda x, f: f, [[1.0]], [0.0, 1.0]), r"f0 has shape \(1, 1\)"),
        ((lambda x, f: f, 1.0, [[0.0, 1.0]]), r"x has shape \(1, 2\), expected \(n \+ 1,\)"),
        ((lambda x, f: [f, f], 1.0, [0.0, 1.0]), r"g has shape \(2,\), expected \(\)"),
        ((lambda x: np.ones(1), 1.0, [0.0, 1.0, 2.0]), r"g has shape \(1,\), expected \(\)"),
        ((lambda x, f: f[0], [1.0, 2.0], [0.0, 1.0]), r"g has shape \(\), expected \(2,\)"),
        ((lambda x, f: np.nan, 1.0, [0.0, 1.0]), "no finite number at x = 1"),
    ],
)
def test_euler_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        euler(*arguments)


def test_euler_wants_a_function_and_numbers():
    with pytest.raises(TypeError, match="g must be a function"):
        euler(3.0, 1.0, [0.0, 1.0])
    with pytest.raises(TypeError, match="x must hold numbers"):
        euler(np.cos, 1.0, ["a", "b"])


@pytest.mark.lecture("O5")
@pytest.mark.parametrize(
    "g",
    [
        np.cos,
        lambda x: np.exp(-x) * np.sin(3 * x),
        lambda x: float(np.cos(float(x))),  # one point at a time
        lambda x: 1.0 if x < 1.7 else 2.0,
        lambda x: 3.0,
    ],
)
def test_slope_in_x_alone_gives_the_bits_of_the_loop(g):
    x = np.cumsum(np.random.default_rng(0).uniform(0.01, 0.1, size=200))
    f = [np.float64(0.3)]
    for i in range(len(x) - 1):
        f.append(f[i] + (x[i + 1] - x[i]) * g(x[i]))
    assert np.array_equal(euler(g, 0.3, x), f)


def test_euler_with_a_slope_that_python_cannot_look_into():
    """f' = max(x, f) with f(0) = 1 is f' = f on [0, 1], and max says nothing of its arguments."""
    x = np.linspace(0.0, 1.0, 11)
    np.testing.assert_allclose(euler(max, 1.0, x), 1.1 ** np.arange(11), rtol=1e-13)


def test_euler_names_the_point_of_an_infinite_slope():
    slope = lambda x: np.where(x < 0.45, 1.0, np.inf)
    with pytest.raises(ValueError, match=r"no finite number at x = 0\.6: take smaller steps"):
        euler(slope, 0.0, np.linspace(0.0, 1.0, 11))
