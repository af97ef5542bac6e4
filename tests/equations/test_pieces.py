"""Pieces cover the domain, fit together, and carry values and errors on."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.special import erf

from course_lib._validation import NotFinite
from course_lib.equations import PROBLEMS, InitialValue, ODEProblem, TrialSolution, random_features, solve
from course_lib.equations._solver import pieces
from course_lib.equations._solver.fitting import Fit, Fitting
from course_lib.equations._solver.pieces import ROOM, Pieces, march, shortened
from course_lib.equations.error_estimate import ErrorEstimate
from course_lib.equations.random_features import TooFarOff
from course_lib.networks import Layer, Network


def van_der_pol(mu):
    return lambda x, f, df, d2f: d2f - mu * (1 - f * f) * df + f


def kepler(x, f, df, d2f):
    r3 = (f[0] ** 2 + f[1] ** 2) ** 1.5
    return d2f[0] + f[0] / r3, d2f[1] + f[1] / r3


# The problem, and its solution or, as a first-order system, its slopes.
LONG = {
    "oscillation": (
        ODEProblem(lambda x, f, df, d2f: d2f + f, InitialValue(0, 1, 0), (0, 100), np.cos),
        None,
    ),
    "van der pol": (
        ODEProblem(van_der_pol(5.0), InitialValue(0, 2, 0), (0, 20)),
        lambda x, y: [y[1], 5.0 * (1 - y[0] ** 2) * y[1] - y[0]],
    ),
    "stiff": (
        ODEProblem(
            lambda x, f, df: df + 1000 * (f - np.cos(x)), InitialValue(0, 0), (0, 1),
            lambda x: (1e6 * np.cos(x) + 1e3 * np.sin(x) - 1e6 * np.exp(-1000 * x)) / (1e6 + 1),
        ),
        None,
    ),
    "from within": (
        ODEProblem(
            lambda x, f, df: df - f * np.cos(x), InitialValue(1, np.exp(np.sin(1))), (-20, 10),
            lambda x: np.exp(np.sin(x)),
        ),
        None,
    ),
    "from the right": (
        ODEProblem(
            lambda x, f, df: (df[0] - f[1], df[1] + f[0]),
            InitialValue(50, (np.sin(50), np.cos(50))), (0, 50),
            lambda x: np.stack([np.sin(x), np.cos(x)], axis=-1),
        ),
        None,
    ),
    "orbit": (
        ODEProblem(kepler, InitialValue(0, (0.5, 0.0), (0.0, np.sqrt(3.0))), (0, 2 * np.pi)),
        lambda x, y: [*y[2:], *(-y[:2] / (y[0] ** 2 + y[1] ** 2) ** 1.5)],
    ),
    "root": (  # f stays above 0.39, but the first f_t = 1 - x does not
        ODEProblem(lambda x, f, df, d2f: d2f - np.sqrt(f), InitialValue(0, 1, -1), (0, 3)),
        lambda x, y: [y[1], np.sqrt(y[0])],
    ),
}  # fmt: skip


def reference(name, x):
    """The exact solution at growing x, or one that a classical solver finds to 13 digits."""
    problem, slopes = LONG[name]
    if slopes is None:
        return problem.exact(x)
    start = np.ravel([problem.conditions.f0, problem.conditions.df0])
    run = solve_ivp(slopes, problem.domain, start, "DOP853", x, rtol=3e-14, atol=1e-15)
    return run.y[: problem.unknowns].T if problem.is_system else run.y[0]


def largest_error(solution, wanted=None):
    x = np.linspace(*solution.problem.domain, 1001)
    return np.max(np.abs(solution(x) - (solution.problem.exact if wanted is None else wanted)(x)))


def joints(solution):
    """Both sides of each joint: pairs (left, right) of f_t or its slope, shape (..., order, d)."""
    trial, order = solution.trial, solution.problem.order
    for k, x in enumerate(trial.breaks[1:-1]):
        yield tuple(
            np.array([trial.trials[i](solution.theta[i], x, n) for n in range(order)])
            for i in (k, k + 1)
        )


def check_cover(solution):
    """The pieces follow each other without gaps from end to end; x0 begins one or two of them."""
    trial, problem = solution.trial, solution.problem
    domains = [piece.problem.domain for piece in trial.trials]
    assert domains[0][0] == problem.domain[0] and domains[-1][1] == problem.domain[1]
    assert all(left[1] == right[0] for left, right in zip(domains, domains[1:]))
    assert np.array_equal(trial.breaks, [*(a for a, _ in domains), problem.domain[1]])
    x0 = problem.conditions.x0
    for (a, b), piece in zip(domains, trial.trials):
        assert a < b and not a < x0 < b
        assert piece.problem.conditions.x0 == (a if a >= x0 else b)
        assert piece.problem.conditions.order == problem.order


@pytest.fixture(scope="module")
def solutions():
    return {name: solve(LONG[name][0]) for name in LONG}


class TestSplitByItself:
    @pytest.mark.lecture("S1")
    @pytest.mark.parametrize("name", LONG)
    def test_error(self, solutions, name):
        solution = solutions[name]
        x = np.linspace(*LONG[name][0].domain, 1001)
        error = np.max(np.abs(solution(x) - reference(name, x)))
        assert error < 1e-9
        assert solution.converged
        assert solution.error_estimate < 1e-10 * np.max(np.abs(reference(name, x)))
        # The reference itself is known to some 1e-12.
        assert error / 30 - 1e-12 < solution.error_estimate < 30 * error + 1e-12

    @pytest.mark.parametrize("name", LONG)
    def test_cover(self, solutions, name):
        solution = solutions[name]
        assert isinstance(solution.trial, Pieces)
        assert len(solution.theta) == len(solution.trial.trials) >= 2
        check_cover(solution)

    @pytest.mark.lecture("S1")
    @pytest.mark.parametrize("name", LONG)
    def test_value_and_slope_continuous_at_the_joints(self, solutions, name):
        for left, right in joints(solutions[name]):
            np.testing.assert_allclose(left, right, rtol=1e-13, atol=1e-13)

    def test_short_pieces_where_the_solution_is_steep(self, solutions):
        solution = solutions["stiff"]
        lengths = np.diff(solution.trial.breaks)
        assert lengths[0] < 0.05 and lengths[-1] > 5 * lengths[0]

    def test_right_piece_answers_at_a_joint(self, solutions):
        solution = solutions["van der pol"]
        trial = solution.trial
        x = trial.breaks[1:-1]
        for order in (1, 2):
            wanted = [trial.trials[k](solution.theta[k], s, order) for k, s in enumerate(x, 1)]
            assert np.array_equal(solution(x, order), wanted)
        last = trial.breaks[-1]
        assert solution(last) == trial.trials[-1](solution.theta[-1], last)

    def test_points_in_any_order_and_one_at_a_time(self, solutions):
        for name in ("from within", "from the right"):
            solution = solutions[name]
            x = np.random.default_rng(0).uniform(*solution.problem.domain, 40)
            for order in (0, 1):
                one_by_one = np.array([solution(s, order) for s in x])
                np.testing.assert_allclose(solution(x, order), one_by_one, rtol=0, atol=1e-12)
                assert one_by_one.shape == (40, 2)[: 1 + solution.problem.is_system]

    def test_a_solution_that_begins_with_next_to_nothing(self):
        # A bell of area √(0.01 π): far from its middle f is as small as 1e-300.
        calls = []

        def residual(x, f, df):
            calls.append(1)
            assert len(calls) < 3000, "it marches on and on"
            return df - np.exp(-100 * (x - 5) ** 2)

        problem = ODEProblem(
            residual, InitialValue(0, 0), (0, 10),
            lambda x: 0.05 * np.sqrt(np.pi) * (erf(10 * (x - 5)) + erf(50)),
        )  # fmt: skip
        solution = solve(problem)
        assert solution.converged
        assert largest_error(solution) < 1e-10

    def test_the_whole_domain_tells_how_large_the_solution_becomes(self):
        # exp(-75) at the start and 1 at the end: there is no need to know the start to 12 digits.
        problem = ODEProblem(lambda x, f, df: df - np.exp(-3 * (x - 5) ** 2), InitialValue(0, 0),
                             (0, 10))  # fmt: skip
        solution = solve(problem)
        assert solution.converged
        assert solution.trial.breaks[1] >= 1 and len(solution.theta) < 9

    def test_one_piece_where_one_is_enough(self):
        assert isinstance(solve(PROBLEMS["decay"]).trial, TrialSolution)


class TestEqualPieces:
    @pytest.mark.parametrize("x0", [0.0, 1.0])
    @pytest.mark.parametrize("k", [2, 3, 7, 10])
    def test_as_many_as_asked(self, k, x0):
        problem = ODEProblem(
            lambda x, f, df: df + 2 * f, InitialValue(x0, 10), (0, 1),
            lambda x: 10 * np.exp(2 * x0 - 2 * x),
        )  # fmt: skip
        solution = solve(problem, 20, pieces=k)
        np.testing.assert_allclose(solution.trial.breaks, np.linspace(0, 1, k + 1), atol=1e-14)
        check_cover(solution)
        assert largest_error(solution) < 1e-10 * np.exp(2 * x0)
        for left, right in joints(solution):
            np.testing.assert_allclose(left, right, rtol=1e-13)

    def test_to_both_sides_of_a_point_within(self):
        problem = ODEProblem(
            lambda x, f, df, d2f: d2f + f, InitialValue(1, np.sin(1), np.cos(1)), (-1, 5), np.sin
        )
        solution = solve(problem, 20, pieces=6)
        np.testing.assert_allclose(solution.trial.breaks, np.arange(-1, 6), atol=1e-14)
        check_cover(solution)
        assert largest_error(solution) < 1e-10
        for left, right in joints(solution):
            np.testing.assert_allclose(left, right, rtol=1e-13, atol=1e-14)

    @pytest.mark.parametrize("method", ["gradient descent", "adam", "bfgs", "levenberg-marquardt"])
    def test_with_every_method(self, method):
        solution = solve(PROBLEMS["lagaris 4"], 5, method, pieces=3, iterations=20, gamma=1e-4)
        assert np.array_equal(solution.trial.breaks, [0, 1, 2, 3])
        assert len(solution.history.cost) == 3 * 21
        for left, right in joints(solution):
            np.testing.assert_allclose(left, right, rtol=1e-12, atol=1e-12)

    def test_cost_is_the_mean_of_all_points(self):
        solution = solve(PROBLEMS["logistic"], 4, pieces=3, points=20)
        total = 0.0
        for trial, theta in zip(solution.trial.trials, solution.theta):
            start, end = trial.problem.domain
            angle = np.pi * (np.arange(20) + 0.5) / 20
            x = (start + end) / 2 - (end - start) / 2 * np.cos(angle)
            f, df = trial(theta, x), trial(theta, x, 1)
            total += np.sum((df - 2 * f * (1 - f)) ** 2)
        assert solution.cost == pytest.approx(total / 60, rel=1e-6)

    @pytest.mark.parametrize("hidden", [5, 8])
    @pytest.mark.parametrize(
        ("residual", "condition", "exact"),
        [
            (lambda x, f, df: df - 5 * f, InitialValue(0, 1), lambda x: np.exp(5 * x)),
            (lambda x, f, df: df + 5 * f, InitialValue(2, 1), lambda x: np.exp(10 - 5 * x)),
            (lambda x, f, df: df + 5 * f, InitialValue(0, 1), lambda x: np.exp(-5 * x)),
            (lambda x, f, _, d2f: d2f - 9 * f, InitialValue(0, 1, 3), lambda x: np.exp(3 * x)),
            (lambda x, f, _, d2f: d2f - 9 * f, InitialValue(2, 1, -3), lambda x: np.exp(6 - 3 * x)),
        ],
    )
    def test_errors_grow_from_piece_to_piece_and_so_does_the_estimate(
        self, residual, condition, exact, hidden
    ):
        problem = ODEProblem(residual, condition, (0, 2), exact)
        solution = solve(problem, hidden, pieces=5)
        error = largest_error(solution)
        assert error > 1e-10
        assert 0.9 < solution.error_estimate / error < 1.1


def test_a_domain_that_is_too_long_is_given_up_at_the_first_bad_step(monkeypatch):
    ended = {}

    def watched(self, problem, *args, **options):
        ended[problem.domain] = "too far off"
        fit = fitted(self, problem, *args, **options)
        ended[problem.domain] = fit.ended
        return fit

    fitted = Fitting.__call__
    monkeypatch.setattr(Fitting, "__call__", watched)
    assert solve(PROBLEMS["lagaris 4"]).converged
    right = random_features.PICTURE_WAS_RIGHT
    assert ended == {(0.0, 3.0): "too far off", (0.0, 1.5): right, (1.5, 3.0): right}


@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
@pytest.mark.parametrize("power", [1, 5])  # with 5 the whole domain is given up at a bad step
def test_a_residual_that_divides_by_zero_at_the_start_is_said_to(power):
    problem = ODEProblem(lambda x, f, df, d2f: d2f + 2 * df / x + f**power, InitialValue(0, 1.0, 0.0), (0, 20))
    solution = solve(problem)
    assert not solution.converged and solution.error_estimate == np.inf
    assert "is not finite at x0: if it divides by zero there, multiply the equation by that" in solution.message


def test_a_jump_after_nothing_at_all_is_no_end():
    problem = ODEProblem(lambda x, f, df: df - np.where(x > 0.7, 5.0, 0.0) - np.where(x > 0.4, 1e-9, 0.0),
                         InitialValue(0, 0.0), (0, 2))  # fmt: skip
    solution = solve(problem, breaks=[0.4])
    assert not solution.converged and "Does the equation jump there? Give breaks=[0.7]" in solution.message


class TestPole:
    def test_says_where(self):
        problem = ODEProblem(lambda x, f, df: df - f**2, InitialValue(0, 1), (0, 2))
        solution = solve(problem, tolerance=1e-6)
        assert not solution.converged
        [place] = re.findall(r"no piece from x = (\S+) on is short enough. Does the solution end", solution.message)
        assert float(place) == pytest.approx(1.0, abs=1e-3)
        x = np.linspace(0, 0.9, 91)
        np.testing.assert_allclose(solution(x), 1 / (1 - x), rtol=1e-9)

    def test_on_the_left_of_a_point_within(self):
        problem = ODEProblem(lambda x, f, df: df + f**2, InitialValue(2, 0.5), (-1, 4))
        solution = solve(problem)
        assert not solution.converged
        [place] = re.findall(r"no piece from x = (\S+) on is short enough. Does the solution end", solution.message)
        assert float(place) == pytest.approx(0.0, abs=1e-3)
        x = np.linspace(0.5, 4, 36)  # the other side is not given up
        np.testing.assert_allclose(solution(x), 1 / x, rtol=1e-9)


def test_the_last_piece_before_the_residual_has_no_value_is_marked_and_the_others_stay():
    problem = ODEProblem(lambda x, f, df: df - np.cos(30 * x) + 0 * np.sqrt(2.5 - x), InitialValue(0, 0.0), (0, 4))
    with np.errstate(invalid="ignore"):
        solution = solve(problem)
    assert not solution.converged and solution.error_estimate == np.inf and "nears it" in solution.message
    breaks = solution.trial.breaks
    assert len(breaks) > 3 and np.all(np.diff(breaks) > 0) and breaks[-1] <= 2.5
    x = np.linspace(0, breaks[-1], 101)
    np.testing.assert_allclose(solution(x), np.sin(30 * x) / 30, atol=1e-11)


class Fits:
    """Stands for a `Fitting`: notes what it is asked for and answers with f_t = f0 + 2 (x - x0).

    A piece (a, b) has the size given, and its own error is `own` if it is good, or else 1.
    """

    def __init__(self, good=lambda a, b: True, own=0.0, size=lambda a, b: 1.0):
        self.asked, self.hints, self.good, self.own, self.size = [], [], good, own, size
        self.record = SimpleNamespace(interrupted=False)

    def __call__(self, problem, network, start_error, biases=None, hasty=False):
        start, end = problem.domain
        self.asked.append((problem, np.array(start_error)))
        self.hints.append((biases, hasty))
        own = self.own if self.good(start, end) else 1.0
        ends = np.array([[[10.0 * start]], [[10.0 * end]]])
        theta = [Layer(np.array([[0.0]]), np.array([2.0]))]
        estimate = ErrorEstimate(own, own, 0.0, self.size(start, end), ends, 0.1 * ends[..., None], np.zeros((5, 1)))
        return Fit(TrialSolution(problem, network), theta, 0.0, "fake", estimate)


def marched(fits, x0, domain, length, **options):
    problem = ODEProblem(lambda x, f, df: df, InitialValue(x0, 1.0), domain, lambda x: x, "whole")
    return list(march(problem, fits, Network((1, 1), "identity"), length, **options))


class TestMarch:
    def test_values_and_errors_are_carried_to_both_sides(self):
        fits = Fits()
        marched(fits, 2.0, (0.0, 5.0), 1.0)
        order = [(1, 2), (0, 1), (2, 3), (3, 4), (4, 5)]
        assert [problem.domain for problem, _ in fits.asked] == order
        # f_t has the slope 2, and the error at the end x of a piece is 10 x, its spread x.
        for (problem, error), x0, carried in zip(fits.asked, [2, 1, 2, 3, 4], [0, 10, 0, 30, 40]):
            assert problem.conditions == InitialValue(x0, 1.0 + 2.0 * (x0 - 2.0))
            assert np.array_equal(error, [[[carried, 0.1 * carried]]] if carried else [[[0.0]]])
            assert problem.exact is None

    def test_without_a_goal_all_have_the_same_length(self):
        fits = Fits(good=lambda a, b: False)
        found = marched(fits, 0.0, (0.0, 1.0), 0.25)
        assert [fit.trial.problem.domain for fit in found] == [
            (0, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 1)
        ]  # fmt: skip

    def test_shortened_after_a_miss_and_doubled_after_two_hits(self):
        fits, q = Fits(good=lambda a, b: b - a < 3.5), shortened(2.0)  # an error of 1 for a goal of 0.5
        found = marched(fits, 0.0, (0.0, 20.0), 8.0, goal=0.5)
        lengths = [np.ptp(fit.trial.problem.domain) for fit in found]
        assert sum(lengths) == pytest.approx(20, rel=1e-14) and max(lengths) < 3.5
        asked = [np.ptp(problem.domain) for problem, _ in fits.asked]
        # Three misses; a hit after a miss, a hit, a third twice as long: missed again.
        np.testing.assert_allclose(asked[:7], 8 * np.array([1, q, q**2, q**3, q**3, 2 * q**3, 2 * q**4]), rtol=1e-12)

    def test_no_piece_reaches_across_a_break_on_either_side(self):
        found = marched(Fits(), 5.0, (-1.0, 9.0), 10.0, breaks=(0.5, 3.0, 6.0, 7.5))
        domains = sorted(fit.trial.problem.domain for fit in found)
        assert domains == [(-1, 0.5), (0.5, 3), (3, 5), (5, 6), (6, 7.5), (7.5, 9)]

    @pytest.mark.parametrize("short", [0.79, 0.5, 0.2])
    def test_the_error_falls_like_the_tenth_power_of_the_length(self, short):
        assert shortened(ROOM * short**-10.0) == pytest.approx(short, rel=1e-14)

    def test_neither_too_short_nor_hardly_shorter(self):
        assert shortened(1e30) == shortened(np.inf) == 0.125
        assert shortened(ROOM) == shortened(0.0) == 0.8

    def test_grows_where_it_may(self):
        found = marched(Fits(), 0.0, (0.0, 31.0), 1.0, goal=0.5)
        assert [np.ptp(fit.trial.problem.domain) for fit in found] == [1, 1, 2, 4, 8, 15]

    def test_grows_only_where_rounding_alone_is_left(self):
        for own, lengths in [(0.04, [1, 1, 2, 4]), (0.06, [1] * 8)]:  # of 0.5
            found = marched(Fits(own=own), 0.0, (0.0, 8.0), 1.0, goal=0.5)
            assert [np.ptp(fit.trial.problem.domain) for fit in found] == lengths

    def test_a_piece_begins_with_the_highest_derivative_of_the_last(self):
        fits = Fits()
        marched(fits, 0.0, (-1.0, 3.0), 1.0, goal=0.5)
        # f_t = f0 + 2 (x - x0), so N = 2; the first piece on either side knows nothing.
        assert [biases for biases, _ in fits.hints] == [None, None, 2.0, 2.0]

    def test_of_second_order_that_is_half_of_it(self):
        fits, start = Fits(), InitialValue(0.0, 1.0, 0.5)
        problem = ODEProblem(lambda x, f, df, d2f: d2f, start, (0.0, 2.0))
        list(march(problem, fits, Network((1, 1), "identity"), 1.0, goal=0.5))
        # f_t = 1 + x/2 + 2 x², so f'' = 4 and N = 2 again; f(1) = 3.5 and f'(1) = 4.5.
        assert [biases for biases, _ in fits.hints] == [None, 2.0]
        assert fits.asked[1][0].conditions == InitialValue(1.0, 3.5, 4.5)

    def test_in_haste_it_is_halved_and_each_third_time_it_is_not_in_haste(self):
        class Far(Fits):
            def __call__(self, problem, *asked, **hints):
                fit = super().__call__(problem, *asked, **hints)
                if hints["hasty"] and np.ptp(problem.domain) > 1:
                    raise TooFarOff
                return fit

        fits = Far()
        found = marched(fits, 0.0, (0.0, 32.0), 32.0, goal=0.5)
        assert [np.ptp(problem.domain) for problem, _ in fits.asked][:4] == [32, 16, 8, 8]
        assert [hasty for _, hasty in fits.hints][:4] == [True, True, False, True]
        assert found[-1].trial.problem.domain[1] == 32
        fits = Fits()
        marched(fits, 0.0, (0.0, 2.0), 1.0)
        assert not any(hasty for _, hasty in fits.hints)  # without a goal nothing is halved

    def test_the_goal_is_relative_to_the_largest_value_so_far(self):
        def lengths(sizes, **options):
            found = marched(Fits(own=0.4, size=sizes), 1.0, (0.0, 4.0), 1.0, goal=0.5, **options)
            return [np.ptp(fit.trial.problem.domain) for fit in found]

        # The first piece is the one on the left of x0. 0.4 is good enough for 0.5 of 1.
        assert lengths(lambda a, b: 1.0) == [1, 1, 1, 1]
        assert lengths(lambda a, b: 1.0 if a < 1 else 0.1) == [1, 1, 1, 1]
        assert max(lengths(lambda a, b: 1.0 if a >= 1 else 0.7)[:1]) < 1e-6
        assert max(lengths(lambda a, b: 0.7)) < 1e-6
        # What is known of the size beforehand counts as well.
        assert lengths(lambda a, b: 0.7, size=0.9) == [1, 1, 1, 1]

    def test_gives_up_where_no_piece_is_short_enough(self):
        found = marched(Fits(good=lambda a, b: b <= 0.5), 0.0, (0.0, 1.0), 0.5, goal=0.5)
        assert found[0].trial.problem.domain == (0, 0.5)
        assert "no piece from x = 0.5 on" in found[-1].ended
        assert found[-1].estimate.error == np.inf
        assert np.ptp(found[-1].trial.problem.domain) < 1e-5

    def test_nearer_to_the_start_where_the_first_parameters_are_not_finite(self):
        class Walled(Fits):
            def __call__(self, problem, *asked, **hints):
                if problem.domain[1] > 2 * problem.domain[0] + 1:
                    raise NotFinite("too far")
                return super().__call__(problem, *asked, **hints)

        found = marched(Walled(), 0.0, (0.0, 8.0), 8.0, goal=0.5)
        assert [fit.trial.problem.domain for fit in found][:2] == [(0, 1), (1, 2)]
        assert found[-1].trial.problem.domain[1] == 8
        found = marched(Walled(), 16.0, (16.0, 64.0), 48.0, goal=0.5)
        assert [fit.trial.problem.domain for fit in found] == [(16, 28), (28, 40), (40, 64)]
        with pytest.raises(NotFinite):
            marched(Walled(), 0.0, (0.0, 8.0), 8.0)  # without a goal nothing is halved

    @pytest.mark.parametrize(
        ("domain", "between"), [((-4.0, 4.0), 2.0**-50), ((0.0, 0.25), 2.0**-54), ((2**20, 2**20 + 1), 2.0**-32)]
    )
    def test_the_shortest_holds_a_thousand_numbers(self, domain, between):
        found = marched(Fits(good=lambda a, b: False), domain[0], domain, 0.125, goal=0.5)
        assert 0.99 < np.ptp(found[-1].trial.problem.domain) / (1e3 * between) < 2.01

    @pytest.mark.parametrize(
        ("slopes", "length"),
        [
            (lambda x: 0.125, 0.5),
            (lambda x: 0.5, 1.0),
            (lambda x: 1.0, 2.0),
            (lambda x: 1.0 if x == 0.0 else 0.1, 2.0),
        ],
    )
    def test_from_second_order_on_slopes_count_too(self, slopes, length):
        """Relative to the largest slope so far, or to the size, which is one, over the length of the domain, four."""

        class Sloping(Fits):
            def __call__(self, problem, *asked, **hints):
                fit = super().__call__(problem, *asked, **hints)
                start, end = problem.domain
                own = 0.5 * (end - start)  # is as large as the slope, or a quarter, at `length`
                found = fit.estimate._replace(own_slopes=[own, own / 4.0], slopes=[slopes(start), slopes(start) / 4.0])
                return fit._replace(estimate=found)

        problem = ODEProblem(lambda x, f, df, d2f, d3f: d3f, InitialValue(0.0, 1.0, 0.5, 0.0), (0.0, 4.0))
        march_to = partial(march, problem, Sloping(), Network((1, 1), "identity"), length)
        assert [np.ptp(fit.trial.problem.domain) for fit in march_to(goal=1.001)] == [length] * round(4.0 / length)
        assert max(np.ptp(fit.trial.problem.domain) for fit in march_to(goal=0.999)) < length

    def test_interrupted_it_ends_with_the_piece_it_has(self):
        fits = Fits()
        fits.record.interrupted = True
        [fit] = marched(fits, 0.0, (0.0, 2.0), 1.0)
        assert fit.ended == "fake" and fit.estimate.error == np.inf

    def test_not_finite_at_the_start_itself_is_raised(self):
        def nowhere(*_, **hints):
            raise NotFinite("nowhere")

        nowhere.record = SimpleNamespace(interrupted=False)
        with pytest.raises(NotFinite, match="nowhere"):
            marched(nowhere, 0.0, (0.0, 1.0), 1.0, goal=0.5)


class TestWhatIsNotCovered:
    def test_beyond_a_pole_the_solution_warns(self):
        blow_up = ODEProblem(lambda x, f, df: df - f**2, InitialValue(0, 1), (0, 2))
        solution = solve(blow_up)
        assert solution(0.5) == pytest.approx(2.0, rel=1e-9)
        with pytest.warns(UserWarning, match=r"x leaves what was solved, \(0, 1\)"):
            solution(1.5)

    def test_takes_no_more_than_so_many_pieces(self, monkeypatch):
        monkeypatch.setattr(pieces, "MOST", 5)
        long = replace(PROBLEMS["oscillator"], domain=(0, 100))
        solution = solve(long)
        assert not solution.converged
        assert len(solution.trial.trials) == 6
        assert solution.message.startswith("took 5 pieces to x = ")

    def test_the_other_side_is_not_given_up(self, monkeypatch):
        monkeypatch.setattr(pieces, "MOST", 2)
        found = marched(Fits(), 5.0, (0.0, 6.0), 1.0)
        assert [fit.trial.problem.domain for fit in found] == [(4, 5), (3, 4), (2, 3), (5, 6)]

    def test_beyond_an_end_the_piece_there_answers(self):
        solution = solve(PROBLEMS["decay"], 10, pieces=3)
        for x, k in [(-0.25, 0), (1.25, 2)]:
            assert solution.trial(solution.theta, x) == solution.trial.trials[k](solution.theta[k], x)
        with pytest.raises(NotFinite, match=r"^x has NaN"):
            solution.trial(solution.theta, np.nan)
