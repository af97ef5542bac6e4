"""Partial differential equations as a user writes them: conventions, the named ones, and clear errors."""

from __future__ import annotations

import autograd.numpy as anp
import numpy as np
import pytest

from course_lib._validation import NotFinite
from course_lib.beyond import PDE_PROBLEMS, PDEProblem, Side, pde_problems
from course_lib.beyond.pde_problem import Field
from course_lib.differentiation import jvp

ENDS = [Side("x", 0.0, value=0.0), Side("x", 1.0, value=0.0)]
START = Side("t", 0.0, value=lambda x: np.sin(np.pi * x))
SQUARE = ((0, 1), (0, 1))


def heat(x, t, u):
    return u.t - u.xx


def exact_parts(problem, x, t):
    """Derivatives of the exact solution: in x and t by nested dual numbers, where NumPy's functions make it."""

    def along(f, k, n):
        for _ in range(n):
            f = lambda x, t, f=f: jvp(lambda s: f(s, t) if k == 0 else f(x, s), (x, t)[k], np.ones(len(x)))[1]
        return f

    def part(j, alpha):
        f = along(along(problem.exact, 0, alpha[0]), 1, alpha[1])
        return f(x, t)[:, j] if problem.is_system else f(x, t)

    return part


class TestNamed:
    @pytest.mark.parametrize("name", [name for name in PDE_PROBLEMS if name != "burgers"])
    def test_the_exact_solution_has_no_residual(self, name):
        problem = PDE_PROBLEMS[name]
        x, t = (np.random.default_rng(0).uniform(*interval, 20) for interval in problem.domain)
        for r in problem.columns(x, t, exact_parts(problem, x, t)):
            assert np.abs(r).max() < 1e-12

    def test_the_exact_solution_of_burgers_has_no_residual(self):
        """Its integral is a sum over nodes, so differences take the place of dual numbers."""
        problem, h = PDE_PROBLEMS["burgers"], 1e-3
        x, t = np.random.default_rng(0).uniform(-0.9, 0.9, 20), np.random.default_rng(1).uniform(0.1, 0.9, 20)
        u = problem.exact
        parts = {
            (0, 0): u(x, t),
            (0, 1): (u(x, t - 2 * h) - 8 * u(x, t - h) + 8 * u(x, t + h) - u(x, t + 2 * h)) / (12 * h),
            (1, 0): (u(x - 2 * h, t) - 8 * u(x - h, t) + 8 * u(x + h, t) - u(x + 2 * h, t)) / (12 * h),
            (2, 0): (-u(x - 2 * h, t) + 16 * u(x - h, t) - 30 * u(x, t) + 16 * u(x + h, t) - u(x + 2 * h, t))
            / (12 * h**2),
        }
        assert np.abs(problem.columns(x, t, lambda j, alpha: parts[alpha])[0]).max() < 1e-7

    @pytest.mark.parametrize("name", PDE_PROBLEMS)
    def test_the_exact_solution_meets_the_sides(self, name):
        problem = PDE_PROBLEMS[name]
        for k, edges in enumerate(problem.edges):
            for place, order, data in edges.conditions:
                s = np.linspace(*problem.domain[1 - k], 9)
                at = np.full(9, problem.domain[k][place])
                points = (at, s) if k == 0 else (s, at)
                part = exact_parts(problem, *points)
                for j, f in enumerate(data if isinstance(data, tuple) else (data,)):
                    wanted = f(s) if callable(f) else f
                    found = part(j, (order, 0) if k == 0 else (0, order))
                    np.testing.assert_allclose(found, np.broadcast_to(wanted, 9), atol=1e-12)

    @pytest.mark.parametrize("t", [0.0, 0.5, 1.0])
    def test_the_packet_keeps_its_norm_and_moves_as_it_spreads(self, t):
        x, h = np.linspace(-15.0, 15.0, 3001, retstep=True)
        density = (PDE_PROBLEMS["schrödinger"].exact(x, t) ** 2).sum(axis=1)
        moments = [h * (density * x**k).sum() for k in range(3)]
        np.testing.assert_allclose(moments, np.sqrt(np.pi) * np.array([1.0, t, t**2 + (1.0 + t**2) / 2.0]), atol=1e-12)

    def test_the_steep_burgers_is_the_one_of_basdevant(self):
        """Their table: with ν = 0.01/π the slope at the origin is steepest, -152.005, at πt = 1.6037."""
        t, h = np.full(2, 1.6037 / np.pi), 1e-5
        u = pde_problems.burgers_exact(np.array([-h, h]), t, 0.01 / np.pi)
        assert (u[1] - u[0]) / (2 * h) == pytest.approx(-152.005, abs=0.01)


class TestField:
    def test_is_the_array_of_its_values(self):
        u = Field(np.array([1.0, 2.0]), lambda name: np.array([3.0, 4.0]))
        np.testing.assert_allclose(u * u.x + np.exp(u), [3.0 + np.e, 8.0 + np.e**2], rtol=1e-15)
        np.testing.assert_array_equal(2.0 * u, [2.0, 4.0])
        np.testing.assert_array_equal(anp.sin(u), np.sin([1.0, 2.0]))
        np.testing.assert_array_equal(np.where(u > 1.5, u, 0.0), [0.0, 2.0])
        assert len(u) == 2 and u.shape == (2,)

    def test_a_residual_may_return_the_unknown_itself(self):
        problem = PDEProblem(lambda x, t, u: (u.t, u)[1] if np.all(x == 0.25) else u.t - u.x, [ENDS[0], START], SQUARE)
        r = problem.columns(np.full(3, 0.25), np.ones(3), lambda j, alpha: np.full(3, 7.0))
        np.testing.assert_array_equal(r[0], np.full(3, 7.0))

    @pytest.mark.parametrize("name", ["y", "xxxxx", "xy", "dx"])
    def test_says_which_derivatives_there_are(self, name):
        with pytest.raises(AttributeError, match=rf"u has no '{name}': its derivatives are u.x, u.t, u.xx, u.xt, u.tt"):
            PDEProblem(lambda x, t, u: getattr(u, name), [*ENDS, START], SQUARE)


class TestProblem:
    def test_knows_the_derivatives_that_are_used(self):
        assert PDE_PROBLEMS["lagaris 7"].used == [(0, 1), (0, 2), (2, 0)]
        assert PDE_PROBLEMS["schrödinger"].used == [(0, 1), (2, 0)]

    def test_letters_in_any_order_are_the_same_derivative(self):
        problem = PDEProblem(lambda x, t, u: u.tx - u.xt + u.t + u.x, [ENDS[0], START], SQUARE)
        assert problem.used == [(0, 1), (1, 0), (1, 1)]

    @pytest.mark.parametrize(
        ("change", "error", "message"),
        [
            ({"residual": 3}, TypeError, "residual must be a function"),
            ({"residual": lambda x, t, u, du: du}, TypeError, r"must take \(x, t, u\), got a function of 4 arguments"),
            ({"residual": lambda x, t, u: u}, ValueError, "takes no derivative of u"),
            ({"residual": lambda x, t, u: 0.0 * len(u.t)}, TypeError, "must return arrays, got float"),
            ({"residual": lambda x, t, u: np.sum(u.t - u.xx)}, ValueError, r"residual has shape \(\), expected"),
            ({"residual": lambda x, t, u: u.t == u.xx}, TypeError, "write a difference"),
            ({"residual": lambda x, t, u: u.tt - u.xx}, ValueError, "in t is of order 2, so 2 conditions in t"),
            ({"residual": lambda x, t, u: u.t - u.x}, ValueError, "1 conditions in x are needed, got 2"),
            ({"sides": []}, TypeError, "sides must be a list such as"),
            ({"sides": [START, 3]}, TypeError, "sides must be a list such as"),
            ({"sides": [*ENDS, Side("y", 0.0, value=0.0)]}, ValueError, "y = 0 is no side of the domain, which has"),
            ({"sides": [*ENDS, Side("t", 0.5, value=0.0)]}, ValueError, "t = 0.5 is no side of the domain"),
            ({"sides": [*ENDS, START, START]}, ValueError, "two sides are at t = 0: give value and slope in one Side"),
            ({"sides": [*ENDS, Side("t", 0, value=(0.0, 0.0))]}, ValueError, "the sides are for 1 and 2 unknowns"),
            ({"sides": [*ENDS, Side("t", 0, value=np.cos)]}, ValueError,
             "corner x = 0, t = 0: u is 0 by the side x = 0 and 1 by the side t = 0. A smooth"),
            ({"sides": [Side("x", 0, slope=1.0), ENDS[1], START]}, ValueError, r"u.x is 1 by the side x = 0 and 3.14"),
            ({"sides": [*ENDS, Side("t", 0, value=lambda x: np.zeros(5))]}, ValueError, r"shape \(5,\) for 4"),
            ({"sides": [*ENDS, Side("t", 0, value=lambda x: x * np.nan)]}, ValueError, "the side t = 0 has NaN"),
            ({"domain": 3}, TypeError, "domain must be"),
            ({"domain": ((0, 1), 1)}, TypeError, "domain must be"),
            ({"domain": ((0, 1), (1, 0))}, ValueError, "the domain of t must run upwards"),
            ({"domain": ((0, np.inf), (0, 1))}, ValueError, "the domain of x"),
            ({"variables": "xx"}, ValueError, "two different small letters"),
            ({"variables": "xyz"}, ValueError, "two different small letters"),
            ({"exact": 3}, TypeError, "exact must be a function"),
        ],
    )  # fmt: skip
    def test_clear_errors(self, change, error, message):
        right = {"residual": heat, "sides": [*ENDS, START], "domain": SQUARE}
        with pytest.raises(error, match=message):
            problem = PDEProblem(**{**right, **change})
            problem.columns(np.zeros(2), np.zeros(2), lambda j, alpha: np.ones(2))

    @pytest.mark.parametrize("unit", [1e-12, 1.0, 1e12])
    def test_sides_agree_but_for_rounding_in_any_unit(self, unit):
        ends = [Side("x", 0.0, value=unit), Side("x", 1.0, value=unit)]
        PDEProblem(heat, [*ends, Side("t", 0.0, value=(1.0 + 1e-13) * unit)], SQUARE)
        with pytest.raises(ValueError, match="the sides disagree at the corner x = 0, t = 0"):
            PDEProblem(heat, [*ends, Side("t", 0.0, value=1.01 * unit)], SQUARE)

    @pytest.mark.parametrize("r", [lambda x, t, u: u[0].t - u[1].xx, lambda x, t, u: (u[0].t, u[0].xx, u[1].t)])
    def test_a_system_needs_one_residual_for_each_unknown(self, r):
        sides = [Side("x", 0, value=(0.0, 0.0)), Side("x", 1, value=(0.0, 0.0)), Side("t", 0, value=(0.0, 0.0))]
        with pytest.raises(ValueError, match="residual must return 2 arrays, one for each equation, got"):
            PDEProblem(r, sides, SQUARE)

    def test_says_where_the_residual_is_not_finite(self):
        problem = PDEProblem(lambda x, t, u: u.t - u.xx + np.log(t), [*ENDS, START], SQUARE)
        with (
            pytest.raises(NotFinite, match=r"NaN or infinity, first at x = 0\.5, t = 0"),
            np.errstate(all="ignore"),
        ):
            problem.columns(np.array([0.1, 0.5]), np.array([1.0, 0.0]), lambda j, alpha: np.ones(2))


class TestSide:
    @pytest.mark.parametrize(
        ("call", "error", "message"),
        [
            (lambda: Side("x", 0.0), ValueError, "nothing is known at x = 0: give value, slope or both"),
            (lambda: Side(3, 0.0, value=0.0), TypeError, "variable must be a name"),
            (lambda: Side("x", np.nan, value=0.0), ValueError, "at has NaN"),
            (lambda: Side("x", 0.0, value="hot"), TypeError, "value must hold numbers"),
            (lambda: Side("x", 0.0, slope=()), ValueError, "slope of a system must be a tuple"),
            (lambda: Side("x", 0.0, value=((1.0, 2.0), 0.0)), ValueError, "value of a system must be a tuple"),
            (lambda: Side("x", 0.0, value=1j), ValueError, "one real number"),
        ],
    )
    def test_clear_errors(self, call, error, message):
        with pytest.raises(error, match=message):
            call()

    def test_an_array_is_the_values_of_a_system(self):
        assert Side("x", 0.0, value=np.array([1.0, 2.0])).value == (1.0, 2.0)
