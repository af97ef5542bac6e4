"""Slopes and mixes at two ends, third and fourth order: solved right, or refused with the reason."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.equations import At, BoundaryValue, InitialValue, ODEProblem, Solution, solve
from course_lib.equations.boundary_conditions import Ends


def swing(x, f, df, d2f):
    return d2f + f


def decay_of_heat(x, f, df, d2f):
    return d2f - f


def beam(x, f, df, d2f, d3f, d4f):
    return d4f - 1.0


def blasius(x, f, df, d2f, d3f):
    return 2.0 * d3f + f * d2f


CLAMPED, HINGED, FREE = {"f": 0.0, "df": 0.0}, {"f": 0.0, "d2f": 0.0}, {"d2f": 0.0, "d3f": 0.0}
SOLVED = {
    "a slope at the right end": (swing, (At(0, f=0.0), At(1, df=1.0)), lambda x: np.sin(x) / np.cos(1)),
    "a slope at the left end": (swing, (At(0, df=1.0), At(1, f=0.0)), lambda x: np.sin(x - 1) / np.cos(1)),
    "slopes at both ends": (
        decay_of_heat, (At(0, df=1.0), At(1, df=0.0)), lambda x: -np.cosh(1 - x) / np.sinh(1)
    ),
    "an end that gives off heat": (
        decay_of_heat, (At(0, f=1.0), At(1, mix=((1.0, 1.0), 0.0))), lambda x: np.exp(-x)
    ),
    "mixes at both ends": (
        decay_of_heat, (At(0, mix=((1.0, -1.0), 2.0)), At(1, mix=((2.0, 2.0), 0.0))), lambda x: np.exp(-x)
    ),
    "a clamped beam": (beam, (At(0, **CLAMPED), At(1, **CLAMPED)), lambda x: x**2 * (1 - x) ** 2 / 24),
    "a beam on two supports": (beam, (At(0, **HINGED), At(1, **HINGED)), lambda x: x * (1 - 2 * x**2 + x**3) / 24),
    "a beam with a free end": (beam, (At(0, **CLAMPED), At(1, **FREE)), lambda x: x**2 * (6 - 4 * x + x**2) / 24),
    "third order from one point": (
        lambda x, f, df, d2f, d3f: d3f + df, InitialValue(0, 0.0, 1.0, 0.0), np.sin
    ),
    "third order in the middle": (
        lambda x, f, df, d2f, d3f: d3f - f, InitialValue(0.5, *[np.exp(0.5)] * 3), np.exp
    ),
    "fourth order from one point": (
        lambda x, f, df, d2f, d3f, d4f: d4f + 5 * d2f + 4 * f, InitialValue(0, 0.0, 1.0, 0.0, -1.0), np.sin
    ),
    "a nonlinear equation": (  # f = 1/(1 + x)
        lambda x, f, df, d2f: d2f - 2 * f**3, (At(0, df=-1.0), At(1, f=0.5)), lambda x: 1 / (1 + x)
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SOLVED)
def test_solved(name):
    residual, conditions, exact = SOLVED[name]
    solution = solve(ODEProblem(residual, conditions, (0, 1)))
    x = np.linspace(0, 1, 201)
    assert solution.converged, solution
    size = np.abs(exact(x)).max()
    error = np.abs(solution(x) - exact(x)).max()
    assert error <= 1e-10 * size
    assert error <= 20 * solution.error_estimate + 1e-13 * size


def test_blasius():
    """The wall's shear, as Boyd (1999) gives it for a plate without end; here the flow is free at x = 10."""
    ends = At(0, f=0.0, df=0.0), At(10, df=1.0)
    solution = solve(ODEProblem(blasius, ends, (0, 10)))
    shear = float(solution(0.0, order=2))
    assert solution.converged
    assert shear == pytest.approx(0.332057336215196, abs=2e-9)
    again = solve(ODEProblem(blasius, InitialValue(0, 0.0, 0.0, shear), (0, 10)))
    assert again.converged
    assert again(10.0, order=1) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("method", ["bfgs", "levenberg-marquardt"])
@pytest.mark.parametrize("name", ["a slope at the right end", "a clamped beam", "third order in the middle"])
def test_all_weights_can_be_trained(name, method):
    residual, conditions, exact = SOLVED[name]
    solution = solve(ODEProblem(residual, conditions, (0, 1)), method=method, hidden=10)
    x = np.linspace(0, 1, 50)
    assert np.abs(solution(x) - exact(x)).max() <= 1e-3 * np.abs(exact(x)).max()


def test_a_system():
    """f1'' = -f2', f2'' = f1' with f1 = cos, f2 = sin."""
    ends = At(0, f=(1.0, 0.0)), At(1, df=(-np.sin(1), np.cos(1)))
    solution = solve(ODEProblem(lambda x, f, df, d2f: (d2f[0] + df[1], d2f[1] - df[0]), ends, (0, 1)))
    x = np.linspace(0, 1, 50)
    assert solution.converged
    np.testing.assert_allclose(solution(x), np.stack([np.cos(x), np.sin(x)], axis=1), atol=1e-12)


powers = st.integers(-12, 12).map(lambda k: 10.0**k)


@given(length=powers, size=powers, at=st.sampled_from([0.0, -3.0, 7.0]))
@settings(max_examples=10)
def test_units_do_not_matter(length, size, at):
    """The fin of the table above, with x in units of its own, from a start of its own, and f likewise."""
    start, end = at * length, (at + 1) * length
    ends = At(start, f=size), At(end, mix=((1.0, length), 0.0))
    solution = solve(ODEProblem(lambda x, f, df, d2f: d2f - f / length**2, ends, (start, end)))
    u = np.linspace(0, 1, 50)
    assert solution.converged
    np.testing.assert_allclose(solution(start + u * (end - start)), size * np.exp(-u), atol=1e-12 * size, rtol=0)


@given(start=st.sampled_from([1e6, -1e9, 1e12]))
@settings(max_examples=3)
def test_far_from_zero(start):
    """The same fin where x has few digits left between its ends."""
    ends = At(start, f=1.0), At(start + 1024, mix=((1.0, 1024.0), 0.0))
    solution = solve(ODEProblem(lambda x, f, df, d2f: 1024.0**2 * d2f - f, ends, (start, start + 1024)))
    u = np.linspace(0, 1, 33)
    assert solution.converged
    np.testing.assert_allclose(solution(start + 1024 * u), np.exp(-u), atol=1e-12)


def test_both_ways_of_writing_two_values_agree():
    x = np.linspace(0, 1, 20)
    first = solve(ODEProblem(swing, BoundaryValue(0, 1.0, 1, 2.0), (0, 1)))
    second = solve(ODEProblem(swing, (At(1, f=2.0), At(0, f=1.0)), (0, 1)))
    np.testing.assert_allclose(first(x), second(x), atol=1e-13)


@pytest.mark.parametrize("name", ["a clamped beam", "fourth order from one point"])
def test_saved_and_loaded(name, tmp_path):
    residual, conditions, _ = SOLVED[name]
    problem = ODEProblem(residual, conditions, (0, 1))
    pieces = 2 if isinstance(conditions, InitialValue) else None
    solution = solve(problem, pieces=pieces)
    solution.save(tmp_path / "beam.npz")
    again = Solution.load(tmp_path / "beam.npz", problem)
    x = np.linspace(0, 1, 7)
    assert np.array_equal(again(x), solution(x))


@pytest.mark.parametrize(
    ("ends", "degree"),
    [
        ((At(0, f=1.0), At(1, f=1.0)), 1),
        ((At(0, f=1.0), At(1, df=1.0)), 1),
        ((At(0, df=1.0), At(1, df=1.0)), 2),  # no straight line has two slopes
        ((At(0, f=1.0), At(1, mix=((1.0, -1.0), 0.0))), 2),  # x lacks what 1 f - 1 f' asks for
        ((At(0, **CLAMPED), At(1, **CLAMPED)), 3),
        ((At(0, **FREE), At(1, **FREE)), 5),
    ],
)
def test_the_polynomials_are_as_short_as_can_be(ends, degree):
    both = Ends(*ends)
    assert len(both.coefficients) == degree + 1
    found = both.of(both.jets(np.array(both.points))[: both.order])
    np.testing.assert_allclose(found, np.eye(both.order), atol=1e-13)


# ------------------------------------------------------------------------------------- refused


def equation(conditions, residual=decay_of_heat):
    return ODEProblem(residual, conditions, (0, 1))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: At(0), ValueError, r"nothing is known at x = 0: give f, df, d2f, d3f or mix"),
        (lambda: At(0, mix=3.0), TypeError, r"mix must be \(\(c0, c1, ...\), v\)"),
        (lambda: At(0, mix=((0.0, 0.0), 1.0)), ValueError, "not all zero"),
        (lambda: At(0, mix=(np.ones(5), 1.0)), ValueError, "one to 4 numbers"),
        (lambda: At(0, f=lambda x: x), TypeError, "f must hold numbers, got a function: only linear"),
        (lambda: At(0, f=np.nan), ValueError, "f has NaN"),
        (lambda: At("0", f=1.0), TypeError, "x must hold numbers"),
        (lambda: InitialValue(0, 1.0, d2f0=2.0), ValueError, "d2f0 is given without df0"),
        (lambda: InitialValue(0, 1.0, 2.0, d3f0=2.0), ValueError, "d3f0 is given without d2f0"),
        (lambda: equation((At(0, f=1.0), At(0, df=1.0))), ValueError, "in one InitialValue"),
        (lambda: equation((At(0, f=1.0),)), ValueError, "conditions at 1 place, but two are built"),
        (
            lambda: equation((At(0, f=1.0), At(0.5, f=1.0), At(1, f=1.0))),
            ValueError, "conditions at 3 places, but two are built.*scipy.optimize.root",
        ),
        (lambda: equation("periodic"), TypeError, "two At, got 'periodic'. Periodic ends .* are not built"),
        (lambda: equation(()), TypeError, "two At, got"),
        (lambda: equation((At(0, f=1.0), At(1, d2f=1.0))), ValueError, "2 conditions make an equation of order 2"),
        (lambda: equation((At(0, **CLAMPED, d2f=1.0), At(1, **CLAMPED))), ValueError, "5 conditions .* at most four"),
        (lambda: equation((At(0, f=1.0, mix=((2.0,), 2.0)), At(1, df=1.0))), ValueError, "say the same"),
        (lambda: equation((At(0, f=1.0), At(1, f=(1.0, 2.0)))), ValueError, "must have the same shape"),
        (lambda: equation((At(0, f=1.0), At(2, f=1.0))), ValueError, "the condition at x = 2 is outside"),
        (lambda: equation((At(0, f=1.0), At(1, df=1.0)), blasius), TypeError, "of order 2: residual must take the 4"),
        (lambda: equation((At(0, **CLAMPED), At(1, df=1.0))), TypeError, "order 3: .*x, f, df, d2f, d3f"),
    ],
)  # fmt: skip
def test_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_slopes_alone_that_fix_no_solution_are_not_converged():
    solution = solve(ODEProblem(lambda x, f, df, d2f: d2f - x, (At(0, df=0.0), At(1, df=0.5)), (0, 1)))
    assert not solution.converged
    assert "the ends hardly fix the solution" in solution.message
