"""Training lowers the cost, finds known solutions, and says so when it does not."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_bvp, solve_ivp
from scipy.special import airy

from course_lib.equations import (
    PROBLEMS,
    BoundaryValue,
    InitialValue,
    ODEProblem,
    Solution,
    TrialSolution,
    residual_cost,
    solve,
    spread_bends,
)
from course_lib.equations._solver.fitting import Fit, Fitting, Record
from course_lib.equations._solver.pieces import Pieces, in_pieces, shortened
from course_lib.equations._solver.units import Found
from course_lib.equations.error_estimate import ErrorEstimate
from course_lib.equations.training import METHODS, _joined
from course_lib.networks import ACTIVATIONS, Network, ravel

LM, RF = "levenberg-marquardt", "random features"
SLOW = [method for method in METHODS if method != RF]
DECAY = PROBLEMS["decay"]
LAYER = ODEProblem(
    lambda x, f, df, d2f: d2f - 1000 * f, BoundaryValue(0, 1, 1, 0), (0, 1),
    lambda x: np.sinh(1000**0.5 * (1 - x)) / np.sinh(1000**0.5),
)  # fmt: skip


def largest_error(solution: Solution, exact=None) -> float:
    x = np.linspace(*solution.problem.domain, 1001)
    return float(np.max(np.abs(solution(x) - (exact or solution.problem.exact)(x))))


def chebyshev(n: int, start: float, end: float):
    angle = np.pi * (np.arange(n) + 0.5) / n
    return (start + end) / 2 - (end - start) / 2 * np.cos(angle)


class TestEveryMethod:
    @pytest.mark.lecture("S2")
    @pytest.mark.parametrize("method", METHODS)
    @pytest.mark.parametrize("name", ["decay", "poisson", "lagaris 4"])
    def test_lowers_the_cost(self, method, name):
        problem = PROBLEMS[name]
        pieces = None if name == "poisson" else 1
        solution = solve(problem, (6,), method, 10, iterations=30, gamma=1e-4, pieces=pieces)
        costs = solution.history.cost
        assert solution.cost == min(costs) < costs[0]
        cost = residual_cost(solution.trial, solution.theta, chebyshev(10, *problem.domain))
        assert cost == pytest.approx(solution.cost, rel=1e-6)

    @pytest.mark.parametrize("method", METHODS)
    def test_same_seed_same_result(self, method):
        first, second, other = (
            solve(PROBLEMS["lagaris 4"], (5,), method, 8, seed=seed, iterations=20, pieces=2)
            for seed in (3, 3, 4)
        )
        for one, two, three in zip(first.theta, second.theta, other.theta):
            assert np.array_equal(ravel(one), ravel(two))
            assert not np.any(ravel(one)[:5] == ravel(three)[:5])
        assert first.history.cost == second.history.cost
        assert first.error_estimate == second.error_estimate
        assert repr(first) == repr(second)

    @pytest.mark.parametrize("method", METHODS)
    def test_history_begins_before_the_first_step(self, method):
        solution = solve(PROBLEMS["logistic"], (5,), method, 8, seed=1, iterations=3, pieces=1)
        rng, network = np.random.default_rng(1), solution.network
        spread = method == RF
        start = spread_bends(network, (0, 1), rng) if spread else network.initial_parameters(rng)
        wanted = residual_cost(solution.trial, start, chebyshev(8, 0, 1))
        assert solution.history.cost[0] == pytest.approx(wanted)
        steps = 2 if spread else 3  # a step that is as pictured is the last
        assert len(solution.history.cost) == len(solution.history.time) == 1 + steps
        assert solution.history.time == sorted(solution.history.time)

    @pytest.mark.lecture("S1")
    @pytest.mark.parametrize("method", METHODS)
    def test_keeps_the_initial_value(self, method):
        assert solve(DECAY, (5,), method, points=8, iterations=5, pieces=1)(0.0) == 10.0

    @pytest.mark.parametrize("method", METHODS)
    def test_draws_no_bar_unless_asked(self, method, capsys):
        solve(DECAY, (3,), method, points=5, iterations=3, pieces=1)
        assert capsys.readouterr() == ("", "")
        solve(DECAY, (3,), method, points=5, iterations=3, pieces=1, progress=True)
        out, err = capsys.readouterr()
        assert out == ""
        assert "cost" in err
        assert "1/3" in err if method == RF else "3/3" in err

    @pytest.mark.parametrize("method", SLOW)
    def test_one_bar_for_all_pieces(self, method, capsys):
        solve(DECAY, (3,), method, points=5, iterations=3, pieces=4, progress=True)
        err = capsys.readouterr().err
        assert "12/12" in err and "13/" not in err

    @pytest.mark.parametrize("method", METHODS)
    def test_takes_no_more_iterations_than_asked(self, method):
        for count in (1, 2):
            solution = solve(PROBLEMS["logistic"], (4,), method, iterations=count, pieces=1)
            assert len(solution.history.cost) == count + 1
            if method != LM:
                assert solution.message.startswith(f"took {count} steps; estimated error ")

    @pytest.mark.parametrize("method", METHODS)
    def test_given_parameters_are_the_start(self, method):
        first = solve(PROBLEMS["logistic"], 8, method, 10, iterations=3, pieces=1)
        second = solve(PROBLEMS["logistic"], 8, method, 10, iterations=1, theta=first.theta)
        assert second.history.cost[0] == pytest.approx(first.cost, rel=1e-9)
        assert second.cost < first.cost

    @pytest.mark.parametrize("method", METHODS)
    def test_given_points(self, method):
        points = [0.9, 0.1, 0.4, 0.4]
        seen = []

        def residual(x, f, df):
            seen.append(tuple(np.unique(x)))
            return df + 2 * f

        solution = solve(replace(DECAY, residual=residual), 4, method, points, iterations=2)
        assert set(seen[:-1]) == {(0.1, 0.4, 0.9)}  # and at last the error estimate's own
        cost = residual_cost(solution.trial, solution.theta, np.array(points))
        assert solution.cost == pytest.approx(cost, rel=1e-6)

    def test_usual_sizes(self):
        for method, neurons in [(RF, 30), ("gradient descent", 20), ("bfgs", 20), (LM, 20)]:
            seen = []

            def residual(x, f, df, seen=seen):
                seen.append(len(np.unique(x)))
                return df + 2 * f

            solution = solve(replace(DECAY, residual=residual), method=method, iterations=1)
            assert solution.network.sizes == (1, neurons, 1)
            assert [s.name for s in solution.network.activations] == ["tanh", "identity"]
            assert seen[0] == max(40, 2 * neurons)
        assert solve(PROBLEMS["lagaris 4"], 4, LM, iterations=1).network.sizes == (1, 4, 2)
        assert solve(DECAY, (), LM, iterations=1).network.sizes == (1, 1)
        network = solve(DECAY, [3, 2], LM, iterations=1, activation="sine").network
        assert network.sizes == (1, 3, 2, 1)
        assert [s.name for s in network.activations] == ["sine", "sine", "identity"]


# ------------------------------------------------------------------ what random features find

LINEAR = [name for name in PROBLEMS if name not in ("logistic", "lagaris 4")]


def by_classical_solver(slopes, start, d):
    """f on growing points of a domain that begins with the initial value, to 13 digits."""

    def exact(x):
        run = solve_ivp(slopes, (x[0], x[-1]), start, "DOP853", x, rtol=3e-14, atol=1e-14)
        return run.y[:d].T if d > 1 else run.y[0]

    return exact


def lorenz(x, f, df):
    return (
        df[0] - 10 * (f[1] - f[0]),
        df[1] - f[0] * (28 - f[2]) + f[1],
        df[2] - f[0] * f[1] + 8 / 3 * f[2],
    )


BRATU = 1.5171645990507543  # the smaller root of θ = √2 cosh(θ/4)

OTHERS = {
    "airy": ODEProblem(
        lambda x, f, df, d2f: d2f - x * f, InitialValue(0, *(airy(0)[i] for i in (0, 1))),
        (-10, 2), lambda x: airy(x)[0],
    ),
    "legendre": ODEProblem(
        lambda x, f, df, d2f: (1 - x**2) * d2f - 2 * x * df + 30 * f, InitialValue(0, 0, 15 / 8),
        (-1, 1), lambda x: (63 * x**5 - 70 * x**3 + 15 * x) / 8,
    ),
    "bell from the right": ODEProblem(
        lambda x, f, df: df + 2 * x * f, InitialValue(2, np.exp(-4)), (-1, 2),
        lambda x: np.exp(-(x**2)),
    ),
    "runge": ODEProblem(
        lambda x, f, df: df + 50 * x * f**2, InitialValue(-1, 1 / 26), (-1, 1),
        lambda x: 1 / (1 + 25 * x**2),
    ),
    "inverse square from within": ODEProblem(
        lambda x, f, df, d2f: d2f - 6 * f**2, InitialValue(1.5, 1.5**-2, -2 * 1.5**-3), (1, 3),
        lambda x: x**-2.0,
    ),
    "growth": ODEProblem(
        lambda x, f, df: df - 5 * f, InitialValue(0, 1), (0, 5), lambda x: np.exp(5 * x)
    ),
    "circle": ODEProblem(  # implicit: (x² + f²)' = 0
        lambda x, f, df: x + f * df, InitialValue(0, 2), (-1, 1), lambda x: np.sqrt(4 - x**2)
    ),
    "far from zero": ODEProblem(
        lambda x, f, df: df - 1e-3 * f, InitialValue(5000, 1e6), (5000, 6000),
        lambda x: 1e6 * np.exp(1e-3 * (x - 5000)),
    ),
    "small and short": ODEProblem(
        lambda x, f, df: df + 2e6 * f, InitialValue(0, 1e-9), (0, 1e-6),
        lambda x: 1e-9 * np.exp(-2e6 * x),
    ),
    "mild layer": ODEProblem(
        lambda x, f, df, d2f: d2f - 100 * f, BoundaryValue(0, 1, 1, 0), (0, 1),
        lambda x: np.sinh(10 * (1 - x)) / np.sinh(10),
    ),
    "bratu": ODEProblem(
        lambda x, f, df, d2f: d2f + np.exp(f), BoundaryValue(0, 0, 1, 0), (0, 1),
        lambda x: -2 * np.log(np.cosh((x - 0.5) * BRATU / 2) / np.cosh(BRATU / 4)),
    ),
    "lorenz": ODEProblem(
        lorenz, InitialValue(0, (1, 1, 1)), (0, 3), by_classical_solver(
            lambda x, y: [
                10 * (y[1] - y[0]), y[0] * (28 - y[2]) - y[1], y[0] * y[1] - 8 / 3 * y[2]
            ], [1, 1, 1], 3,
        ),
    ),
    "predator and prey": ODEProblem(
        lambda x, f, df: (df[0] - f[0] * (1 - f[1]), df[1] + f[1] * (1 - f[0])),
        InitialValue(0, (2, 1)), (0, 10), by_classical_solver(
            lambda x, y: [y[0] * (1 - y[1]), -y[1] * (1 - y[0])], [2, 1], 2
        ),
    ),
    "pendulum": ODEProblem(
        lambda x, f, df, d2f: d2f + np.sin(f), InitialValue(0, 3, 0), (0, 20), by_classical_solver(
            lambda x, y: [y[1], -np.sin(y[0])], [3, 0], 1
        ),
    ),
    "two coupled ends": ODEProblem(
        # f1'' = f2, f2'' = f1: sums and differences of exponentials and circular functions.
        lambda x, f, df, d2f: (d2f[0] - f[1], d2f[1] - f[0]),
        BoundaryValue(0, (2, 0), 1, (np.e + np.cos(1), np.e - np.cos(1))), (0, 1),
        lambda x: np.stack([np.exp(x) + np.cos(x), np.exp(x) - np.cos(x)], axis=-1),
    ),
}  # fmt: skip


class TestRandomFeatures:
    @pytest.mark.lecture("S1", "S2")
    @pytest.mark.parametrize("seed", range(5))
    @pytest.mark.parametrize("name", PROBLEMS)
    def test_known_solutions(self, name, seed):
        solution = solve(PROBLEMS[name], seed=seed)
        assert largest_error(solution) < (1e-11 if name in LINEAR else 1e-9)
        assert solution.converged
        assert solution.error_estimate < 1e-9
        assert "estimated error" in solution.message and "above" not in solution.message

    @pytest.mark.lecture("S1", "S2")
    @pytest.mark.parametrize("seed", range(2))
    @pytest.mark.parametrize("name", OTHERS)
    def test_other_problems(self, name, seed):
        problem = OTHERS[name]
        size = np.max(np.abs(problem.exact(np.linspace(*problem.domain, 201))))
        solution = solve(problem, seed=seed)
        assert largest_error(solution) < 1e-9 * size
        assert solution.converged
        assert solution.error_estimate < 1e-10 * size

    @pytest.mark.parametrize("seed", range(2))
    def test_wider_for_a_boundary_layer(self, seed):
        solution = solve(LAYER, seed=seed)
        assert solution.converged
        assert largest_error(solution) < 1e-9
        assert solution.network.sizes[1] > 30
        narrow = solve(LAYER, 30, seed=seed)
        assert narrow.network.sizes == (1, 30, 1)
        assert not narrow.converged
        assert narrow.error_estimate > solution.error_estimate

    def test_wider_up_to_a_limit_and_the_best_is_kept(self, monkeypatch):
        fits, points, errors, call = [], [], [], Fitting.__call__

        def spy(fitting, *arguments, **options):
            points.append(fitting.points)
            fit = call(fitting, *arguments, **options)
            if errors:
                each = fit.estimate.each.copy()
                each[0] = errors[len(fits)]
                fit = fit._replace(estimate=fit.estimate._replace(error=errors[len(fits)], each=each))
            fits.append(fit)
            return fit

        monkeypatch.setattr(Fitting, "__call__", spy)
        assert solve(PROBLEMS["poisson"]).converged and len(fits) == 1
        fits.clear()
        points.clear()
        errors += [5e-17, 4e-17, 2e-17, 1e-17, 3e-17]  # which is best is not left to rounding
        solution = solve(PROBLEMS["poisson"], tolerance=1e-18)  # beyond rounding
        assert not solution.converged
        assert [fit.trial.network.sizes[1] for fit in fits] == [30, 60, 120, 240, 480]
        assert points == [60, 120, 240, 480, 960]
        assert solution.error_estimate == 1e-17
        best = fits[3]
        assert solution.network is best.trial.network and solution.theta is best.theta

    def test_no_wider_than_asked(self):
        for options in ({"hidden": 30}, {"pieces": 1}, {"points": np.linspace(0, 1, 60)}):
            solution = solve(LAYER, **options)
            assert solution.network.sizes == (1, 30, 1)
            assert not solution.converged

    def test_no_pieces_where_something_was_given(self):
        long = replace(PROBLEMS["oscillator"], domain=(0, 40))
        theta = spread_bends(Network((1, 30, 1), "tanh"), (0, 40), np.random.default_rng(0))
        for options in ({"pieces": 1}, {"points": np.linspace(0, 40, 60)}, {"theta": theta}):
            solution = solve(long, **options)
            assert isinstance(solution.trial, TrialSolution)
            assert not solution.converged
        assert isinstance(solve(long).trial, Pieces)
        assert isinstance(solve(long, 20, points=40, tolerance=1e-8).trial, Pieces)

    def test_tolerance(self):
        long = replace(PROBLEMS["oscillator"], domain=(0, 40))
        counts = []
        for tolerance in (1e-3, 1e-6, 1e-10):
            solution = solve(long, tolerance=tolerance)
            assert solution.converged
            assert largest_error(solution, np.cos) <= tolerance
            counts.append(len(solution.theta))
        assert counts == sorted(counts) and counts[0] < counts[-1]

    def test_the_tolerance_itself_is_small_enough(self):
        trial = TrialSolution(DECAY, Network((1, 1, 1), "tanh"))
        each = np.array([[0.5], [2.0], [0.0], [0.0], [0.0]])
        fit = Fit(trial, None, 0.0, "done", ErrorEstimate(0.5, 0.5, 0.0, 2.0, None, None, each))
        for tolerance, converged in [(0.25, True), (0.24, False)]:
            solution = _joined(DECAY, Found(DECAY, [fit]), Record(False), tolerance, LM)
            assert solution.converged == converged and solution.error_estimate == 0.5

    def asked_after(self, ended, whole, first=np.nan):
        """The lengths asked for after a whole fit that ended so, with its own error and size, one of 1e-14 of 1e-3
        for the first piece of this length, and none for others.
        """
        asked = []

        def fit(problem, network, start_error=None, biases=None, hasty=False):
            length = np.ptp(problem.domain)
            asked.append(length)
            own, size = {4: whole, first: (1e-14, 1e-3)}.get(length, (0.0, 1e-3))
            ends = np.zeros((2, 1, 1))
            theta = network.initial_parameters(np.random.default_rng(0))
            trial = TrialSolution(problem, network)
            estimate = ErrorEstimate(own, own, 0.0, size, ends, ends[..., None], np.zeros((5, 1)))
            return Fit(trial, theta, 0.0, ended, estimate)

        fit.record = Record(False)
        problem = ODEProblem(lambda x, f, df: df, InitialValue(0, 1), (0, 4))
        in_pieces(problem, fit, Network((1, 1, 1), "tanh"), 1e-10, ())
        return asked

    @pytest.mark.parametrize(("ended", "first"), [("the linear picture was right", 0.5), ("took 8 steps", 2.0)])
    def test_a_first_fit_as_wrong_as_it_is_large_says_nothing_of_the_size(self, ended, first):
        # Its size would make the error of the first piece, 1e-14 of 1e-3, seem good enough.
        asked = self.asked_after(ended, (1.5, 1.0), first)
        assert asked[:2] == [4, first]
        assert asked[2] == pytest.approx(first * shortened(100.0), rel=1e-12)

    def test_the_error_of_a_first_fit_that_came_to_its_end_tells_the_first_length(self):
        asked = self.asked_after("the linear picture was right", (1e-12, 1e-3))  # 1e4 times the goal, 1e-13 of 1e-3
        assert asked[1] == pytest.approx(4 * shortened(1e4), rel=1e-12)
        assert self.asked_after("took 8 steps", (1e-12, 1e-3))[1] == 2

    def test_zero_is_a_solution(self):
        for problem in (
            ODEProblem(lambda x, f, df: df + f, InitialValue(0, 0), (0, 1)),
            ODEProblem(lambda x, f, df, d2f: d2f + f, BoundaryValue(0, 0, 1, 0), (0, 1)),
            ODEProblem(lambda x, f, df: df + f - 5e-324, InitialValue(0, 0), (0, 1)),
        ):
            solution = solve(problem)
            assert solution.converged
            assert np.max(np.abs(solution(np.linspace(0, 1, 11)))) < 1e-300

    def test_boundary_layers_that_a_classical_solver_knows(self):
        # f'' = sinh f with f(0) = 0, f(1) = 1, and Troesch's with 5: steep at the right end.
        for k in (1.0, 5.0):
            solution = solve(
                ODEProblem(
                    lambda x, f, df, d2f, k=k: d2f - k * np.sinh(k * f), BoundaryValue(0, 0, 1, 1),
                    (0, 1),
                )
            )  # fmt: skip
            x = np.linspace(0, 1, 201)
            run = solve_bvp(
                lambda x, y, k=k: np.stack([y[1], k * np.sinh(k * y[0])]),
                lambda a, b: np.array([a[0], b[0] - 1]), x, np.stack([x, 1 + 0 * x]),
                tol=1e-10, max_nodes=20_000,
            )  # fmt: skip
            error = np.max(np.abs(solution(x) - run.sol(x)[0]))
            assert error < 1e-8  # what the classical solver is good for
            assert solution.converged

    @pytest.mark.parametrize("activation", sorted({*ACTIVATIONS} - {"relu", "identity"}))
    def test_activations(self, activation):
        for name in ("logistic", "poisson"):
            solution = solve(PROBLEMS[name], activation=activation)
            assert solution.converged
            assert largest_error(solution) < 1e-10

    @pytest.mark.parametrize("activation", ["relu", "identity"])
    def test_functions_that_are_not_smooth_enough_do_not_converge(self, activation):
        assert not solve(DECAY, pieces=1, activation=activation).converged
        if activation == "identity":
            assert not solve(PROBLEMS["poisson"], 30, activation=activation).converged


class TestAllWeights:
    @pytest.mark.lecture("S1", "S2")
    @pytest.mark.parametrize("seed", range(3))
    @pytest.mark.parametrize("name", [name for name in PROBLEMS if name != "lagaris 4"])
    def test_levenberg_marquardt(self, name, seed):
        solution = solve(PROBLEMS[name], method=LM, seed=seed)
        assert largest_error(solution) < 1e-6
        assert solution.converged
        assert solution.error_estimate == pytest.approx(largest_error(solution), rel=0.2)

    def test_coupled_system_on_a_short_domain(self):
        solution = solve(replace(PROBLEMS["lagaris 4"], domain=(0, 1)), method=LM)
        assert solution.converged
        assert largest_error(solution) < 1e-6

    def test_coupled_system_on_its_whole_domain_does_not_converge(self):
        solution = solve(PROBLEMS["lagaris 4"], (10,), LM)
        assert largest_error(solution) > 1e-3
        assert not solution.converged
        assert "above the tolerance 1.0e-04" in solution.message
        assert "a shorter domain" in solution.message

    @pytest.mark.parametrize("activation", ["sigmoid", "sine", "softplus"])
    def test_other_activations(self, activation):
        solution = solve(PROBLEMS["poisson"], (8,), LM, activation=activation)
        assert largest_error(solution) < 1e-5

    def test_bfgs_and_two_hidden_layers(self):
        solution = solve(DECAY, (6, 6), "bfgs", points=15, iterations=400)
        assert largest_error(solution) < 1e-3

    @pytest.mark.lecture("S2")
    def test_lecture_way(self):
        solution = solve(DECAY, (10,), "gradient descent", 30, iterations=3000, gamma=1e-3)
        assert largest_error(solution) < 0.2
        assert not solution.converged
        assert "try method='random features'" in solution.message

    def test_residual_is_judged_between_the_points_too(self):
        # Two points can be met exactly; the equation between them is not.
        solution = solve(PROBLEMS["poisson"], (10,), LM, points=[0.2, 0.7])
        assert solution.cost < 1e-10
        assert not solution.converged
        assert solution.max_residual > 0.01
        assert solution.error_estimate == pytest.approx(largest_error(solution), rel=0.05)


class TestTroubles:
    def test_divergence(self):
        solution = solve(DECAY, (10,), "gradient descent", gamma=1.0)
        assert solution.message.startswith("diverged, try a smaller gamma")
        assert not solution.converged
        assert solution.cost == min(solution.history.cost) <= solution.history.cost[0]
        assert np.isfinite(ravel(solution.theta)).all()

    def test_divergence_is_silent(self, capsys):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            solve(DECAY, (10,), "gradient descent", gamma=1.0)
        assert capsys.readouterr() == ("", "")

    def test_residual_with_a_pole_between_the_points(self):
        problem = replace(DECAY, residual=lambda x, f, df: df + 2 * f + 1e-9 / (x - 0.5))
        solution = solve(problem, (3,), LM, points=[0.1, 0.45, 0.9])
        assert solution.max_residual == solution.error_estimate == np.inf
        assert not solution.converged
        assert "not finite between the points" in solution.message

    def test_cost_beyond_the_largest_number(self):
        problem = replace(DECAY, residual=lambda x, f, df: 1e200 * (df + 2 * f))
        solution = solve(problem, (3,), "gradient descent", points=5)
        assert solution.cost == np.inf
        assert not solution.converged
        assert solution(0.0) == 10.0

    @pytest.mark.parametrize("method", METHODS)
    def test_residual_that_is_nowhere_finite(self, method):
        problem = replace(DECAY, residual=lambda x, f, df: df / (x - x))
        with pytest.raises(ValueError, match="residual has NaN or infinity, first at x = "):
            solve(problem, (3,), method)

    def test_boundary_values_that_no_solution_has(self):
        resonant = ODEProblem(
            lambda x, f, df, d2f: d2f + np.pi**2 * f - np.sin(np.pi * x),
            BoundaryValue(0, 0, 1, 0), (0, 1),
        )  # fmt: skip
        assert not solve(resonant).converged

    @pytest.mark.parametrize(
        ("residual", "exact"),
        [
            (lambda x, f, df: df**2 + 1, None),  # has no solution
            (lambda x, f, df: df**2 - 1, lambda x: x),
            (lambda x, f, df: df**2 + f**2 - 1, np.sin),
        ],
        ids=["no solution", "line", "sine"],
    )
    @pytest.mark.parametrize("method", [RF, LM])
    def test_equation_that_is_flat_about_the_first_parameters(self, residual, exact, method):
        # At f = 0 no partial derivative of the residual tells where to go.
        problem = ODEProblem(residual, InitialValue(0, 0), (0, 1), exact)
        solution = solve(problem, method=method)
        x = np.linspace(0, 1, 101)
        if solution.converged:
            assert exact is not None
            assert np.max(np.abs(np.abs(solution(x)) - exact(x))) < 1e-4


def interrupting(problem, call=None):
    """The problem with a residual that is interrupted in this call, and the list of its calls."""
    calls = []

    def residual(*arguments):
        calls.append(1)
        if len(calls) == call:
            raise KeyboardInterrupt
        return problem.residual(*arguments)

    return replace(problem, residual=residual), calls


def calls_of(problem, **options):
    """How many calls of the residual the whole solution takes."""
    counted, calls = interrupting(problem)
    solve(counted, **options)
    return len(calls)


class TestInterrupted:
    """Ctrl-C at any moment gives the best so far."""

    def check(self, problem, call, **options):
        slow, _ = interrupting(problem, call)
        try:
            solution = solve(slow, **options)
        except KeyboardInterrupt:
            pytest.fail(f"interrupted in call {call}: what was computed before is lost")
        assert solution.message.startswith("was interrupted")
        assert not solution.converged
        return solution

    @pytest.mark.parametrize("method", METHODS)
    @pytest.mark.parametrize("call", [2, 3, 5, 8, 11])
    def test_every_method(self, method, call):
        problem = PROBLEMS["lagaris 4"]
        solution = self.check(
            problem, call, hidden=5, method=method, points=8, iterations=20, pieces=1, gamma=1e-4
        )
        assert 1 <= len(solution.history.cost) < call + 1
        assert solution.cost == min(solution.history.cost)
        assert np.array_equal(solution(0.0), [0, 1])

    @pytest.mark.parametrize("method", METHODS)
    def test_while_the_error_is_estimated(self, method):
        options = {"hidden": 5, "method": method, "points": 8, "iterations": 3, "pieces": 1}
        solution = self.check(DECAY, calls_of(DECAY, **options), **options)
        assert solution.error_estimate == np.inf
        assert np.array_equal(ravel(solution.theta), ravel(solve(DECAY, **options).theta))

    def test_before_anything_was_computed(self):
        for method in METHODS:
            with pytest.raises(KeyboardInterrupt):
                solve(interrupting(DECAY, 1)[0], (3,), method)

    def test_before_the_first_of_the_pieces_has_anything(self):
        with pytest.raises(KeyboardInterrupt):
            solve(interrupting(DECAY, 1)[0], pieces=2)

    def test_before_a_shorter_piece_has_anything(self):
        """The whole domain cannot be fitted, since √(0.6 - x) ends inside it; then comes Ctrl-C."""
        calls = []

        def residual(x, f, df):
            calls.append(np.size(x))
            if len(calls) > 1:
                raise KeyboardInterrupt
            return df + np.sqrt(0.6 - x) * f

        with pytest.raises(KeyboardInterrupt):
            solve(ODEProblem(residual, InitialValue(0.0, 1.0), (0.0, 1.0)))
        assert len(calls) == 2

    @pytest.mark.parametrize("method", [RF, LM])
    def test_in_the_middle_of_equal_pieces(self, method):
        options = {"hidden": 12, "method": method, "pieces": 3, "iterations": 5}
        whole, in_all, counts = solve(DECAY, **options), calls_of(DECAY, **options), []
        for call in range(2, in_all + 1):
            solution = self.check(DECAY, call, **options)
            assert solution.error_estimate == np.inf
            counts.append(len(solution.trial.trials))
            # What was complete before the interruption is what it would have been without.
            for found, wanted in zip(solution.theta[:-1], whole.theta):
                assert np.array_equal(ravel(found), ravel(wanted))
        assert sorted(counts) == counts and set(counts) == {1, 2, 3}

    @pytest.mark.parametrize("call", [2, 3])
    def test_in_the_first_piece_the_problem_stays_the_whole_one(self, call, tmp_path):
        problem, _ = interrupting(DECAY, call)
        solution = solve(problem, 20, pieces=3)
        assert solution.problem is problem
        solution.save(tmp_path / "first.npz")
        assert repr(Solution.load(tmp_path / "first.npz", problem)) == repr(solution)

    @pytest.mark.parametrize(
        "problem",
        [
            replace(PROBLEMS["oscillator"], domain=(0, 30)),
            ODEProblem(
                lambda x, f, df: df - f * np.cos(x), InitialValue(1, np.exp(np.sin(1))), (-3, 4)
            ),
        ],
        ids=["to the right", "to both sides"],
    )
    def test_in_the_middle_of_pieces_of_any_length(self, problem):
        for call in range(2, calls_of(problem) + 1):
            self.check(problem, call)

    def test_while_the_network_is_widened(self):
        for call in range(2, calls_of(LAYER) + 1):
            self.check(LAYER, call)

    def test_the_bar_is_closed(self, capsys):
        solve(interrupting(DECAY, 9)[0], 5, LM, progress=True)
        assert capsys.readouterr().err.endswith("\n")


class TestBadInput:
    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            ({"method": "newton"}, ValueError, "unknown method 'newton'; known: 'gradient "),
            ({"activation": "Tanh"}, ValueError, "unknown activation 'Tanh'; known: 'sigmoid'"),
            ({"hidden": (0,)}, ValueError, r"sizes\[1\] must be at least 1, got 0"),
            ({"hidden": (2.5,)}, TypeError, r"sizes\[1\] must be a whole number"),
            ({"hidden": "10"}, TypeError, "whole number"),
            ({"points": 1}, ValueError, "points must be at least 2"),
            ({"points": 2.5}, TypeError, "points must be a whole number"),
            ({"points": [0.0, 1.5]}, ValueError, r"points must lie in the domain \(0, 1\)"),
            ({"points": [-0.1, 0.5]}, ValueError, r"points must lie in the domain \(0, 1\)"),
            ({"points": [0.0, np.nan]}, ValueError, "points has NaN"),
            ({"points": [[0.0, 0.5]]}, ValueError, r"points has shape \(1, 2\), expected \(n,\)"),
            ({"points": []}, ValueError, "points is empty"),
            ({"points": ["a", "b"]}, TypeError, "points must hold numbers"),
            ({"seed": -1}, ValueError, "seed must be at least 0"),
            ({"seed": 0.5}, TypeError, "seed must be a whole number"),
            ({"iterations": 0}, ValueError, "iterations must be at least 1"),
            ({"iterations": "many"}, TypeError, "iterations must be a whole number"),
            ({"gamma": 0.0}, ValueError, "gamma must be positive, got 0"),
            ({"gamma": -1e-3}, ValueError, "gamma must be positive"),
            ({"gamma": np.inf}, ValueError, "gamma has NaN or infinity"),
            ({"tolerance": 0.0}, ValueError, "tolerance must be positive"),
            ({"tolerance": -1e-3}, ValueError, "tolerance must be positive"),
            ({"tolerance": np.nan}, ValueError, "tolerance has NaN or infinity"),
            ({"tolerance": "small"}, TypeError, "tolerance must hold numbers"),
            ({"theta": []}, ValueError, "theta must be a list of 2 layers, got 0"),
            ({"theta": [1, 2]}, TypeError, r"theta\[0\] must be a Layer, got int"),
            ({"pieces": 0}, ValueError, "pieces must be at least 1, got 0"),
            ({"pieces": 1.5}, TypeError, "pieces must be a whole number"),
            ({"pieces": 2, "points": [0.0, 1.0]}, ValueError, "^with pieces, give a number of"),
        ],
    )
    @pytest.mark.parametrize("method", [RF, LM])
    def test_arguments(self, arguments, error, message, method):
        with pytest.raises(error, match=message):
            solve(DECAY, **{"hidden": (3,), "iterations": 1, "method": method, **arguments})

    def test_problem(self):
        with pytest.raises(TypeError, match="problem must be an ODEProblem, got str"):
            solve("decay")

    def test_theta_of_another_network(self):
        theta = Network((1, 4, 1), "tanh").initial_parameters(np.random.default_rng(0))
        with pytest.raises(ValueError, match=r"layer 1 has shape \(4, 1\), expected \(3"):
            solve(DECAY, (3,), theta=theta)

    def test_theta_for_pieces(self):
        theta = Network((1, 3, 1), "tanh").initial_parameters(np.random.default_rng(0))
        with pytest.raises(ValueError, match=r"with pieces, give a number .* and no theta"):
            solve(DECAY, (3,), theta=theta, pieces=2)
        assert solve(DECAY, (3,), theta=theta, pieces=1).theta[0].weights.shape == (3, 1)

    def test_pieces_of_a_boundary_value_problem(self):
        with pytest.raises(ValueError, match=r"^pieces need an initial value to start from"):
            solve(PROBLEMS["poisson"], pieces=2)
        assert solve(PROBLEMS["poisson"], pieces=1).converged

    def test_residual(self):
        for method in METHODS:
            with pytest.raises(ValueError, match=r"residual has shape \(\), expected"):
                solve(replace(DECAY, residual=lambda x, f, df: np.sum(df)), 3, method)
            with pytest.raises(TypeError, match="residual must return arrays, got NoneType"):
                solve(replace(DECAY, residual=lambda x, f, df: None), 3, method)
