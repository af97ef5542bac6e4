"""Each unknown of a system is right to the tolerance, however large another one is."""

from __future__ import annotations

import numpy as np
import pytest

from course_lib.equations import At, BoundaryValue, InitialValue, ODEProblem, TrialSolution, solve
from course_lib.equations._solver.fitting import Fit, Record, unknown
from course_lib.equations._solver.units import Found, each_in_its_unit, in_units, strict_enough
from course_lib.networks import Network

SMALL = np.array([[1e-13, 9e-11], [1.0, 1e-6], [1.0, 1e-6], [1.0, 1e-6], [0.0, 0.0]])
HOPELESS = np.array([[1.0, 1.0], [1.0, 1e-6], [1.0, 1e-6], [1.0, 1e-6], [0.0, 0.0]])
OSCILLATOR = InitialValue(0, (0.0, 1.0, 0.0))


@pytest.mark.parametrize("big", [1e6, 1e12])
@pytest.mark.parametrize("pieces", [None, 5])
def test_an_oscillator_beside_a_large_decay(big, pieces):
    residual = lambda x, f, df: (df[0] - f[1], df[1] + f[0], df[2] + f[2])
    solution = solve(ODEProblem(residual, InitialValue(0, (0.0, 1.0, big)), (0, 10)), pieces=pieces)
    x = np.linspace(0, 10, 101)
    exact = np.stack([np.sin(x), np.cos(x), big * np.exp(-x)], axis=1)
    assert solution.converged
    assert np.all(np.abs(solution(x) - exact).max(axis=0) <= 1e-10 * np.abs(exact).max(axis=0))
    assert 1e-17 * big < solution.error_estimate < 1e-10 * big


@pytest.mark.parametrize("small", [1e-6, 1e-12, 1e-19])
def test_what_an_oscillator_drives_a_little(small):
    residual = lambda x, f, df: (df[0] - f[1], df[1] + f[0], df[2] - small * f[0])
    solution = solve(ODEProblem(residual, OSCILLATOR, (0, 10)))
    x = np.linspace(0, 10, 101)
    assert solution.converged
    # What is less than the rounding of the others, 1e-16, is known to 1e-12 of that.
    np.testing.assert_allclose(solution(x)[:, 2], small * (1 - np.cos(x)), atol=max(2e-10 * small, 1e-28), rtol=0)


def test_conditions_at_two_ends_in_other_units():
    units, x = np.array([1e-6, 20.0]), np.linspace(0, 2, 5)
    residual = lambda x, f, df, d2f: (d2f[0] - f[1], d2f[1] + f[0])
    problem = ODEProblem(residual, (At(0.0, df=(3e-6, 1.0)), At(2.0, f=(1e-6, 5.0))), (0.0, 2.0))
    h1, scaled = (
        TrialSolution(each, Network((1, 3, 2), "tanh")).h1(x) for each in (problem, in_units(units, [1, 1], problem))
    )
    np.testing.assert_allclose(units * scaled, h1, rtol=1e-14)


def test_conditions_at_two_ends_from_another_origin():
    conditions = At(1e6, df=1.0), At(1e6 + 1.0, f=2.0)
    solution = solve(ODEProblem(lambda x, f, df, d2f: d2f + f, conditions, (1e6, 1e6 + 1.0)))
    s, B = np.array([0.0, 0.25, 1.0]), (2.0 - np.sin(1.0)) / np.cos(1.0)
    assert solution.converged
    np.testing.assert_allclose(solution(1e6 + s), np.sin(s) + B * np.cos(s), rtol=1e-9)


def test_two_ends():
    residual = lambda x, f, df, d2f: (d2f[0] + f[0], d2f[1] - 1e-12 * f[0])
    x = np.linspace(0, 1, 51)
    exact = 1e-12 * (x - np.sin(x) / np.sin(1))
    for conditions in (
        BoundaryValue(0, (0.0, 0.0), 1, (1.0, 0.0)),
        (At(0, f=(0.0, 0.0)), At(1, mix=((1.0,), (1.0, 0.0)))),
    ):
        solution = solve(ODEProblem(residual, conditions, (0, 1)))
        assert solution.converged
        np.testing.assert_allclose(solution(x)[:, 1], exact, atol=1e-22, rtol=0)


@pytest.mark.parametrize(
    "third", [lambda f, df: df[2], lambda f, df: df[2] - (f[0] ** 2 + f[1] ** 2 - 1)], ids=["zero", "invariant"]
)
def test_an_unknown_that_is_zero_to_rounding(third):
    residual = lambda x, f, df: (df[0] - f[1], df[1] + f[0], third(f, df))
    solution = solve(ODEProblem(residual, OSCILLATOR, (0, 10)))
    assert solution.converged
    assert np.abs(solution(np.linspace(0, 10, 50))[:, 2]).max() < 1e-10


@pytest.mark.parametrize("method", ["bfgs", "levenberg-marquardt"])
def test_other_methods_do_not_call_a_small_one_right(method):
    residual = lambda x, f, df: (df[0] - 1e-6 * np.cos(5 * x), df[1] + f[1])
    problem = ODEProblem(residual, InitialValue(0, (0.0, 1.0)), (0, 2))
    solution = solve(problem, method=method, iterations=10)
    assert not solution.converged


@pytest.mark.parametrize("after", [0, 1, 2])
def test_an_interruption_keeps_the_first_solution(after):
    """In the second round, which a small unknown asks for, and in which the residual has a factor beside it."""
    calls = []

    def residual(x, f, df):
        calls.append(len(x))
        if len(calls) == limit:
            raise KeyboardInterrupt
        return df[0] - f[1], df[1] + f[0], df[2] - 1e-12 * f[0]

    limit, problem = 0, ODEProblem(residual, OSCILLATOR, (0, 10))
    solve(problem)
    rounds = [k for k, n in enumerate(calls, 1) if n == calls[0]]
    calls.clear()
    limit = rounds[-1] + after
    solution = solve(problem)
    assert not solution.converged and "was interrupted" in solution.message
    assert np.isfinite(solution(1.0)).all()


@pytest.mark.parametrize(("each", "rounds"), [(SMALL, 3), (HOPELESS, 1)])
def test_units_that_do_not_help(each, rounds):
    calls = []

    def attempt(near):
        calls.append(near)
        return [fit._replace(estimate=fit.estimate._replace(each=each))]

    problem = ODEProblem(lambda x, f, df: (df[0] + f[0], df[1] + f[1]), InitialValue(0, (1.0, 1e-9)), (0, 1))
    trial = TrialSolution(problem, Network((1, 1, 2), "tanh"))
    fit = Fit(trial, None, 0.0, "done", unknown(problem)._replace(each=SMALL))
    first = Found(problem, [fit])
    found = each_in_its_unit(first, attempt, Record(False), 1e-10)
    assert len(calls) == rounds and (found is first) == (each is HOPELESS)


@pytest.mark.parametrize(
    ("sizes", "could", "relative"),
    [
        ([1.0], [1e12], [1e-3]),  # as in f'' = -1e12 f: large terms alone excuse nothing
        ([1.0, 1.0], [1e12, 1e12], [1e-3, 1e-3]),
        ([1.0, 1e-11], [1.0, 1e-11], [1e-3, 1e8]),  # small, and so are its terms
        ([1.0, 1e-11], [1.0, 10.0], [1e-3, 1e-3]),  # noise beside its terms and beside the other
        ([1e6, 1e-5], [1e6, 1e5], [1e-9, 1e-7]),  # the same in units in which all is large
        ([1.0, 0.0], [1.0, 0.0], [1e-3, 1e-2]),  # nothing at all, and no term: beside the other
    ],
)
def test_only_noise_is_measured_by_its_terms(sizes, could, relative):
    rest = np.zeros(len(sizes))
    each = np.array([np.full(len(sizes), 1e-3), sizes, could, rest, rest])
    problem = ODEProblem(lambda x, f, df: df, InitialValue(0, 1.0), (0, 1))
    found = Found(problem, [Fit(None, None, 0.0, "done", unknown(problem)._replace(each=each))])
    np.testing.assert_allclose(found.relative(), relative)


class TestItsOwnUnits:
    """What is asked for, if a fit says of each unknown its size and of each equation its largest terms."""

    @staticmethod
    def asked(sizes, terms, smallest=0.0):
        """The units, the sizes of the equations and the smallest part in which a second solution is looked for."""
        conditions = InitialValue(0.0, (1.0,) * len(sizes))
        near = ODEProblem(lambda x, f, df: tuple(df), conditions, (0.0, 1.0), lambda x: x)
        trial = TrialSolution(near, Network((1, 2, len(sizes)), "tanh"))
        theta = trial.network.initial_parameters(np.random.default_rng(0))

        def fits(errors, sizes):
            each = np.array([errors, sizes, sizes, terms, np.zeros(len(sizes))])
            return [Fit(trial, theta, 0.0, "done", unknown(near)._replace(each=each))]

        problems = []

        def attempt(problem):
            problems.append(problem)
            return fits(np.full(len(sizes), 1e-14), np.ones(len(sizes)))

        first = Found(near, fits(np.full(len(sizes), 9e-11 * max(sizes)), sizes), smallest=smallest)
        found = each_in_its_unit(first, attempt, Record(False), 1e-10)
        assert (found is first) == (not problems)
        assert all(problem.exact is None for problem in problems)
        return found.units, found.sizes, found.smallest

    def test_of_each_unknown_and_of_each_equation(self):
        units, rows, smallest = self.asked([1.0, 1e-6, 0.0], [2.0, 3e-5, 0.0])
        np.testing.assert_array_equal(units, [1.0, 1e-6, 1.0])  # what is zero is in units of one
        np.testing.assert_array_equal(rows, [2.0, 3e-5, 1.0])
        assert smallest == 1e-2

    def test_none_is_asked_for_where_none_is_small(self):
        assert self.asked([1.0, 0.7], [1.0, 1.0]) == (1.0, 1.0, 0.0)

    @pytest.mark.parametrize(("small", "again"), [(2e-5, True), (5e-6, False)])
    def test_nor_for_noise(self, small, again):
        units, _, _ = self.asked([1e4, small], [1.0, 1.0], smallest=1e-2)  # 1e-9 of the largest
        assert np.array_equal(units, [1e4, small]) == again


class TestWhereErrorsGrow:
    """The tolerance is 1e-10; what is found in one round after another has these errors."""

    @staticmethod
    def rounds(errors, stopped=0):
        """The shares that were asked for, the error of what is kept, and whether it was interrupted."""
        asked, record = [], Record(False)
        problem = ODEProblem(lambda x, f, df: df, InitialValue(0, 1.0), (0, 1))

        def found_with(share):
            asked.append(share)
            if len(asked) == stopped:
                raise KeyboardInterrupt
            each = np.array([[errors[len(asked) - 1]], [1.0], [1.0], [1.0], [0.0]])
            return Found(problem, [Fit(None, None, 0.0, "done", unknown(problem)._replace(each=each))])

        return asked, strict_enough(found_with, record, 1e-10).relative().item(), record.interrupted

    @pytest.mark.parametrize(
        ("errors", "shares", "kept"),
        [
            ([9e-11], [1.0], 9e-11),
            ([1.9e-9, 8e-11], [1.0, 0.05], 8e-11),
            ([2e-10, 1.5e-10], [1.0, 0.05], 1.5e-10),
            ([2e-10, 3e-10], [1.0, 0.05], 2e-10),  # the better
            ([2e-10, np.inf], [1.0, 0.05], 2e-10),
            ([2.1e-9], [1.0], 2.1e-9),  # too far off
            ([np.inf], [1.0], np.inf),  # the solution ends
        ],
    )
    def test_each_piece_is_asked_for_less(self, errors, shares, kept):
        assert self.rounds(errors) == (shares, kept, False)

    def test_an_interruption_keeps_what_is_found(self):
        assert self.rounds([2e-10], stopped=2) == ([1.0, 0.05], 2e-10, True)

    @pytest.mark.parametrize("seed", range(4))
    def test_three_turns_of_a_narrow_orbit(self, seed):
        """Each passage by the sun lets errors grow tenfold and more. E - 0.9 sin E = x is Kepler's equation."""

        def residual(x, f, df):
            cubed = (f[0] ** 2 + f[1] ** 2) ** 1.5
            return df[0] - f[2], df[1] - f[3], df[2] + f[0] / cubed, df[3] + f[1] / cubed

        problem = ODEProblem(residual, InitialValue(0, (0.1, 0.0, 0.0, 19**0.5)), (0, 20))
        solution = solve(problem, seed=seed)
        x = np.linspace(0, 20, 401)
        E = x.copy()
        for _ in range(100):
            E -= (E - 0.9 * np.sin(E) - x) / (1 - 0.9 * np.cos(E)).clip(0.5)
        np.testing.assert_allclose(E - 0.9 * np.sin(E), x, atol=1e-13)
        exact = np.stack([np.cos(E) - 0.9, 0.19**0.5 * np.sin(E)], axis=1)
        error = np.abs(solution(x)[:, :2] - exact).max()
        assert solution.converged and error < 2e-10 and 0.5 * error < solution.error_estimate
