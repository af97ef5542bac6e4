"""What solve_pde finds is compared with the truth, and its own judgement with its true error."""

from __future__ import annotations

import numpy as np
import pytest

from course_lib._validation import NotFinite
from course_lib.beyond import PDE_PROBLEMS, PDEProblem, PDESolution, Side, pde_error_estimate, pde_solve, solve_pde
from course_lib.beyond.pde_problems import burgers_exact
from course_lib.networks import Activation, Network

# The largest error over five seeds, with the defaults, on 61 × 61 points.
BARS = {"heat": 1e-8, "wave": 1e-12, "lagaris 5": 1e-14, "lagaris 7": 1e-8, "burgers": 1e-5, "schrödinger": 1e-5}


def true_error(solution: PDESolution, exact=None) -> float:
    """The largest difference from the exact solution on 61 × 61 points."""
    problem = solution.problem
    x, t = np.meshgrid(*(np.linspace(*interval, 61) for interval in problem.domain))
    u = (exact or problem.exact)(x.ravel(), t.ravel())
    return float(np.abs(solution(x, t) - u.reshape(solution(x, t).shape)).max())


class TestAgainstTheTruth:
    @pytest.mark.parametrize("seed", range(5))
    @pytest.mark.parametrize("name", ["heat", "wave", "lagaris 5", "lagaris 7"])
    def test_error_and_what_is_said_of_it(self, name, seed):
        solution = solve_pde(PDE_PROBLEMS[name], seed=seed)
        error = true_error(solution)
        assert error < BARS[name] and solution.converged
        assert error / 10.0 < solution.error_estimate < 10.0 * error

    @pytest.mark.parametrize("name", ["burgers", "schrödinger"])
    def test_of_one_that_needs_twice_the_neurons(self, name):
        solution = solve_pde(PDE_PROBLEMS[name])
        error = true_error(solution)
        assert error < BARS[name] and solution.converged and solution.network.sizes[1] == 600
        assert error / 10.0 < solution.error_estimate < 10.0 * error

    def test_a_front_that_is_too_steep_is_not_called_converged(self):
        viscosity, given = 0.01 / np.pi, PDE_PROBLEMS["burgers"]
        steep = PDEProblem(lambda x, t, u: u.t + u * u.x - viscosity * u.xx, given.sides, given.domain)
        solution = solve_pde(steep, hidden=300)
        assert true_error(solution, lambda x, t: burgers_exact(x, t, viscosity)) > 0.1
        assert not solution.converged and solution.error_estimate > 1e-2
        assert "is above the tolerance 1.0e-05: try more neurons" in solution.message

    @pytest.mark.parametrize(("method", "bar"), [("levenberg-marquardt", 1e-2), ("bfgs", 5e-2)])
    def test_methods_that_train_all_weights(self, method, bar):
        solution = solve_pde(PDE_PROBLEMS["heat"], 10, method, points=10, iterations=150)
        assert true_error(solution) < bar
        assert solution.error_estimate < 10.0 * true_error(solution)

    @pytest.mark.parametrize("method", ["gradient descent", "adam"])
    def test_methods_that_walk_downhill(self, method):
        """Slowly: the cost falls by a quarter, and what is found is not called converged."""
        solution = solve_pde(PDE_PROBLEMS["heat"], 10, method, points=8, iterations=200, gamma=1e-3)
        assert solution.history.cost[-1] < 0.75 * solution.history.cost[0] and len(solution.history.cost) == 201
        assert not solution.converged and "try method='random features'" in solution.message

    def test_two_hidden_layers_and_other_sigmas(self):
        solution = solve_pde(PDE_PROBLEMS["wave"], (60, 40), activation="sine", points=20)
        assert true_error(solution) < 1e-2

    def test_slopes_at_both_walls(self):
        """Insulated ends: u = cos πx exp(-π²t) loses no heat."""
        exact = lambda x, t: np.cos(np.pi * x) * np.exp(-(np.pi**2) * t)
        sides = [Side("x", 0, slope=0.0), Side("x", 1, slope=0.0), Side("t", 0, value=lambda x: np.cos(np.pi * x))]
        solution = solve_pde(PDEProblem(lambda x, t, u: u.t - u.xx, sides, ((0, 1), (0, 1)), exact))
        assert true_error(solution) < 1e-7 and solution.converged
        heat = np.polynomial.legendre.leggauss(20)
        at = solution(0.5 + 0.5 * heat[0][:, None], np.linspace(0, 1, 5))
        np.testing.assert_allclose(heat[1] @ at, 0.0, atol=1e-7)

    def test_a_beam(self):
        """Fourth order in x: u = (1 - cos 2πx) cos t, clamped at both ends."""
        w = 2 * np.pi
        force = lambda x, t: (-(1 - np.cos(w * x)) - w**4 * np.cos(w * x)) * np.cos(t)
        clamped = [Side("x", end, value=0.0, slope=0.0) for end in (0.0, 1.0)]
        start = Side("t", 0.0, value=lambda x: 1 - np.cos(w * x), slope=0.0)
        beam = PDEProblem(
            lambda x, t, u: u.tt + u.xxxx - force(x, t), [*clamped, start], ((0, 1), (0, 1)),
            lambda x, t: (1 - np.cos(w * x)) * np.cos(t),
        )  # fmt: skip
        solution = solve_pde(beam)
        assert true_error(solution) < 1e-6


class TestSolve:
    def test_same_seed_same_solution(self):
        one, other, third = (solve_pde(PDE_PROBLEMS["wave"], 60, seed=seed) for seed in (1, 1, 2))
        assert one(0.3, 0.4) == other(0.3, 0.4) != third(0.3, 0.4)

    def test_grows_only_where_nothing_is_fixed(self):
        assert solve_pde(PDE_PROBLEMS["burgers"], 50).network.sizes == (2, 50, 1)
        assert solve_pde(PDE_PROBLEMS["heat"], tolerance=1e-9, points=20).network.sizes == (2, 300, 1)

    def test_points_and_parameters_of_your_own(self):
        heat, network = PDE_PROBLEMS["heat"], Network((2, 40, 1), ("tanh", "identity"))
        theta = pde_error_estimate.spread_lines(network, np.random.default_rng(5))
        points = np.random.default_rng(0).uniform(size=(300, 2))
        solution = solve_pde(heat, 40, points=points, theta=theta)
        np.testing.assert_array_equal(solution.theta[0].weights, theta[0].weights)
        assert true_error(solution) < 1e-2

    def test_diverging_descent_gives_the_best_so_far(self):
        solution = solve_pde(PDE_PROBLEMS["burgers"], 10, "gradient descent", points=8, iterations=300, gamma=10.0)
        assert not solution.converged and "diverged, try a smaller gamma" in solution.message
        assert np.isfinite(solution(0.0, 0.5))

    def test_residual_without_a_value_from_the_start(self):
        problem = PDE_PROBLEMS["heat"]
        broken = PDEProblem(lambda x, t, u: u.t - u.xx + np.log(-1.0 - t), problem.sides, problem.domain)
        with pytest.raises(NotFinite, match="NaN or infinity"):
            solve_pde(broken, 10)

    def test_residual_without_a_value_between_the_points(self):
        problem = PDE_PROBLEMS["heat"]
        broken = PDEProblem(lambda x, t, u: u.t - u.xx + 1e-9 * np.log(t), problem.sides, problem.domain)
        solution = solve_pde(broken, 50)
        assert not solution.converged and "the residual is not finite between the points" in solution.message

    def test_draws_no_bar_unless_asked(self, capsys):
        solve_pde(PDE_PROBLEMS["heat"], 10, "adam", points=4, iterations=3)
        assert capsys.readouterr() == ("", "")
        solve_pde(PDE_PROBLEMS["heat"], 10, "adam", points=4, iterations=3, progress=True)
        out, err = capsys.readouterr()
        assert out == "" and "cost" in err and "3/3" in err

    def test_interruption_gives_the_best_so_far(self, monkeypatch):
        def interrupted(residuals, vector, gamma):
            yield vector, 1.0
            raise KeyboardInterrupt

        monkeypatch.setitem(pde_solve.METHODS, "adam", pde_solve.METHODS["adam"]._replace(run=interrupted))
        solution = solve_pde(PDE_PROBLEMS["heat"], 10, "adam", progress=True)
        assert not solution.converged and solution.message.startswith("was interrupted")

    def test_interruption_before_anything_is_an_interruption(self, monkeypatch):
        def interrupted(residuals, vector, gamma):
            raise KeyboardInterrupt
            yield

        monkeypatch.setitem(pde_solve.METHODS, "adam", pde_solve.METHODS["adam"]._replace(run=interrupted))
        with pytest.raises(KeyboardInterrupt):
            solve_pde(PDE_PROBLEMS["heat"], 10, "adam")

    @pytest.mark.parametrize(
        ("change", "error", "message"),
        [
            ({"problem": "heat"}, TypeError, "problem must be a PDEProblem, got str"),
            ({"method": "magic"}, ValueError, "unknown method 'magic'; known: 'gradient descent'"),
            ({"hidden": 0}, ValueError, "must be at least 1"),
            ({"hidden": ()}, ValueError, "a hidden layer"),
            ({"points": 1}, ValueError, "points must be at least 2"),
            (
                {"points": [[0.5, 0.5], [0.5, 2.0]]},
                ValueError,
                "points must lie in the domain, where t runs from 0 to 1",
            ),
            ({"points": [0.5, 0.5]}, ValueError, r"points has shape \(2,\), expected \(n, 2\)"),
            ({"activation": "relu"}, ValueError, "'relu' has corners and no second derivative"),
            ({"activation": Activation("own", np.tanh, np.tanh)}, ValueError, "is not the derivative of its value"),
            ({"iterations": 0}, ValueError, "iterations must be at least 1"),
            ({"gamma": 0.0}, ValueError, "gamma must be positive"),
            ({"tolerance": -1.0}, ValueError, "tolerance must be positive"),
            ({"theta": []}, ValueError, "theta must be a list of 2 layers"),
        ],
    )
    def test_clear_errors(self, change, error, message):
        with pytest.raises(error, match=message):
            solve_pde(**{"problem": PDE_PROBLEMS["heat"], **change})


class TestSolution:
    def test_warns_outside_the_domain(self):
        solution = solve_pde(PDE_PROBLEMS["lagaris 5"], 20)
        with pytest.warns(UserWarning, match=r"y leaves the domain \(0, 1\): nothing was learned there"):
            solution(0.5, 1.5)

    def test_derivatives_and_looks(self):
        solution = solve_pde(PDE_PROBLEMS["wave"], 150)
        assert solution(0.5, 0.0, "t") == pytest.approx(-np.pi, abs=1e-10)
        assert solution(0.5, 0.5, "xx") == pytest.approx(np.pi**2, rel=1e-4)
        assert "PDESolution(wave: converged after" in repr(solution)

    def test_the_estimate_covers_a_large_error(self):
        """A network that was not trained at all: the error is of the size of u, and so is its estimate."""
        problem = PDE_PROBLEMS["wave"]
        network = Network((2, 20, 1), ("tanh", "identity"))
        solution = solve_pde(
            problem, 20, "gradient descent", iterations=1, theta=network.initial_parameters(np.random.default_rng(0))
        )
        assert 0.5 < solution.error_estimate / true_error(solution) < 2.0
