"""The estimated error is the true one, whether the solution is poor or good."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import expm

from course_lib._validation import NotFinite
from course_lib.equations import (
    PROBLEMS,
    At,
    BoundaryValue,
    InitialValue,
    ODEProblem,
    Residuals,
    TrialSolution,
    solve,
    spread_bends,
)
from course_lib.equations._solver.rounding import _root, rounding_error, spread_of
from course_lib.equations.error_estimate import _second_basis, error_estimate
from course_lib.networks import Network

LM = "levenberg-marquardt"

# Problems with exact solutions; in the first part errors are small sums, in the last they are not.
LINEAR = {
    **{name: PROBLEMS[name] for name in PROBLEMS if name not in ("logistic", "lagaris 4")},
    "growth": ODEProblem(
        lambda x, f, df: df - 3 * f, InitialValue(0, 1), (0, 2), lambda x: np.exp(3 * x)
    ),
    "from the right": ODEProblem(
        lambda x, f, df: df + 2 * x * f, InitialValue(2, np.exp(-4)), (-1, 2),
        lambda x: np.exp(-(x**2)),
    ),
    "from within": ODEProblem(
        lambda x, f, df: df - f * np.cos(x), InitialValue(1, np.exp(np.sin(1))), (-2, 3),
        lambda x: np.exp(np.sin(x)),
    ),
    "rotation": ODEProblem(
        lambda x, f, df: (df[0] - f[1], df[1] + f[0]), InitialValue(0, (0, 1)), (0, 4),
        lambda x: np.stack([np.sin(x), np.cos(x)], axis=-1),
    ),
    "layer": ODEProblem(
        lambda x, f, df, d2f: d2f - 100 * f, BoundaryValue(0, 1, 1, 0), (0, 1),
        lambda x: np.sinh(10 * (1 - x)) / np.sinh(10),
    ),
}  # fmt: skip
NONLINEAR = {
    "logistic": PROBLEMS["logistic"],
    "lagaris 4": PROBLEMS["lagaris 4"],
    "towards a pole": ODEProblem(
        lambda x, f, df: df - f**2, InitialValue(0, 1), (0, 0.8), lambda x: 1 / (1 - x)
    ),
    "inverse square": ODEProblem(
        lambda x, f, df, d2f: d2f - 6 * f**2, InitialValue(1.5, 1.5**-2, -2 * 1.5**-3), (1, 3),
        lambda x: x**-2.0,
    ),
}  # fmt: skip
QUALITIES = {
    "poor": {"method": "gradient descent", "iterations": 50, "gamma": 1e-4},
    "fair": {"method": LM, "iterations": 3},
    "middling": {"method": LM, "iterations": 10},
    "good": {"method": LM, "iterations": 50},
    "better": {"hidden": 8, "pieces": 1},
    "best": {"hidden": 15, "pieces": 1},
}


def true_error(solution):
    x = np.linspace(*solution.problem.domain, 2001)
    return float(np.max(np.abs(solution(x) - solution.problem.exact(x))))


class TestAgainstTheTruth:
    @pytest.mark.parametrize("quality", QUALITIES)
    @pytest.mark.parametrize("name", LINEAR)
    def test_of_a_linear_equation_it_is_right_at_any_size(self, name, quality):
        # The error obeys the equation exactly, so all that is missed is the peak between points. The rounding of
        # large weights is known by its size alone.
        least, most = (0.7, 2.0) if quality == "best" else (0.9, 1.1)
        for seed in range(2):
            solution = solve(LINEAR[name], seed=seed, **QUALITIES[quality])
            error = true_error(solution)
            if error > 1e-12:
                assert least < solution.error_estimate / error < most

    @pytest.mark.parametrize("quality", QUALITIES)
    @pytest.mark.parametrize("name", NONLINEAR)
    def test_of_a_nonlinear_one_it_is_right_where_it_is_small(self, name, quality):
        for seed in range(2):
            solution = solve(NONLINEAR[name], seed=seed, **QUALITIES[quality])
            error = true_error(solution)
            size = np.max(np.abs(NONLINEAR[name].exact(np.linspace(*solution.problem.domain, 99))))
            if 1e-12 < error < 0.01 * size:
                assert 0.9 < solution.error_estimate / error < (2.0 if quality == "best" else 1.1)
            elif error > 1e-12:  # beyond the linear picture it is still a warning
                assert 0.1 * error < solution.error_estimate < 1e3 * error
                assert not solution.converged

    @pytest.mark.parametrize("seed", range(3))
    @pytest.mark.parametrize("name", PROBLEMS)
    def test_of_an_error_near_rounding_it_is_small(self, name, seed):
        solution = solve(PROBLEMS[name], seed=seed)
        assert solution.error_estimate < (1e-9 if name == "lagaris 4" else 1e-11)

    @pytest.mark.parametrize("end", [5, 10, 20])
    def test_rounding_of_large_weights_is_told(self, end):
        """Weights of both signs and up to 1e4 leave noise that no smooth error explains."""
        for seed in range(4):
            solution = solve(replace(PROBLEMS["oscillator"], domain=(0, end)), 30, seed=seed, pieces=1)
            assert 0.5 * true_error(solution) < solution.error_estimate < 5 * true_error(solution)

    def test_rounding_is_carried_from_piece_to_piece(self):
        """From x = 3 to 6 errors of this system grow eighty thousandfold, and those of the last digit with them."""
        system = replace(PROBLEMS["lagaris 4"], domain=(0, 6))
        for seed in range(12):
            solution = solve(system, seed=seed)
            assert solution.error_estimate > 0.3 * true_error(solution)
            assert not solution.converged

    @pytest.mark.parametrize("points", [40, 60, 200])
    def test_what_is_too_fine_for_the_networks_is_not_overlooked(self, points):
        fine = ODEProblem(
            lambda x, f, df: df - np.sin(100 * x), InitialValue(0, 0), (0, 1),
            lambda x: (1 - np.cos(100 * x)) / 100,
        )  # fmt: skip
        for seed in range(3):
            solution = solve(fine, points=points, pieces=1, seed=seed)
            error = true_error(solution)
            assert error > 5e-3
            assert 0.7 * error < solution.error_estimate < 1.3 * error

    @pytest.mark.parametrize("seed", range(2))
    def test_an_unstable_equation_is_noticed(self, seed):
        solution = solve(PROBLEMS["lagaris 4"], method=LM, seed=seed)
        assert solution.max_residual < 1e-4  # small, and yet
        assert solution.error_estimate > 1e-3
        assert 0.5 < solution.error_estimate / true_error(solution) < 2
        assert not solution.converged

    @pytest.mark.parametrize("k", [5, 15, 25, 33, 36])
    @pytest.mark.parametrize("sign", [-1, 1])
    def test_where_rounding_errors_grow_it_says_so(self, k, sign):
        for seed in range(3):
            solution = solve(growing(k, sign), seed=seed)
            error = true_error(solution)
            assert error < 1e-15 * np.exp(k) + 1e-12
            assert solution.error_estimate > error / 100
            assert not solution.converged or error < 1e-9

    def test_never_converged_where_rounding_errors_grow_to_the_size_of_the_solution(self):
        solution = solve(growing(40, 1))
        assert not solution.converged or true_error(solution) < 1e-9


def growing(k, sign):
    """f = sin x + exp(k (x - 1)): an error at the start grows by exp(k). Or mirrored."""
    return ODEProblem(
        lambda x, f, df: sign * df - k * (f - np.sin(sign * x)) - np.cos(x),
        InitialValue(0, np.exp(-k)),
        (0, 1) if sign == 1 else (-1, 0),
        lambda x: np.sin(sign * x) + np.exp(k * (sign * x - 1)),
    )


class TestParts:
    def parts(self, problem, hidden=30, start_error=None, seed=0, steps=0):
        solution = solve(problem, hidden, pieces=1, seed=seed)
        found = error_estimate(solution.trial, solution.theta, steps, start_error)
        return solution, found

    def test_residual_and_size_are_the_largest_on_its_points(self):
        solution, found = self.parts(PROBLEMS["logistic"], hidden=6, steps=200)
        x = np.linspace(0, 1, 201)
        f, df = solution(x), solution(x, 1)
        assert found.residual == pytest.approx(np.max(np.abs(df - 2 * f * (1 - f))), rel=1e-9)
        assert found.size == pytest.approx(np.max(np.abs(f)), rel=1e-12)

    def test_at_least_two_steps_for_a_neuron_and_a_power_of_two_of_them(self):
        seen = []
        problem = replace(
            PROBLEMS["decay"], residual=lambda x, f, df: (seen.append(x), df + 2 * f)[1]
        )
        trial = TrialSolution(problem, Network((1, 50, 1), ("tanh", "identity")))
        theta = spread_bends(trial.network, (0.0, 1.0), np.random.default_rng(0))
        for steps, wanted in [(0, 128), (124, 128), (500, 500)]:
            seen.clear()
            error_estimate(trial, theta, steps)
            [x] = {tuple(np.unique(x)) for x in seen}
            np.testing.assert_allclose(x, np.sin(np.linspace(0, np.pi / 2, wanted + 1)) ** 2, atol=1e-15)

    @pytest.mark.parametrize("K", [1, 2, 3, 4])
    def test_slopes_are_the_largest_and_their_errors_those_at_the_ends(self, K):
        values = [2.0**k for k in range(K)]  # of exp(2 x)
        problem = ODEProblem(lambda x, *f: f[K] - 2.0 * f[K - 1], InitialValue(0.0, *values), (0.0, 1.0))
        _, found = self.parts(problem, hidden=8)
        assert np.shape(found.slopes) == np.shape(found.own_slopes) == (K - 1,)
        if K > 1:
            np.testing.assert_allclose(found.slopes, np.exp(2.0) * 2.0 ** np.arange(1, K), rtol=1e-3)
            np.testing.assert_allclose(found.own_slopes, np.abs(found.ends[:, 1:, 0]).max(axis=0), rtol=1e-12)

    def test_ends_are_the_signed_errors_and_slopes_there(self):
        for name in ("oscillator", "rotation", "from the right", "from within", "poisson"):
            problem = {**LINEAR, **PROBLEMS}[name]
            solution, found = self.parts(problem, hidden=6)
            h = 1e-5
            assert found.ends.shape == (2, problem.order, problem.unknowns)
            for side, end in enumerate(problem.domain):
                error = problem.exact(np.array(end)) - solution(end)
                size = found.error
                np.testing.assert_allclose(found.ends[side, 0], error, rtol=0.01, atol=1e-3 * size)
                if problem.order == 2:
                    exact = (problem.exact(end + h) - problem.exact(end - h)) / (2 * h)
                    slope = exact - solution(end, 1)
                    np.testing.assert_allclose(found.ends[side, 1], slope, rtol=0.01, atol=1e-8)

    @pytest.mark.parametrize("conditions", [
        InitialValue(2.5, 1.0, 0.0), BoundaryValue(2, 0, 5, 1), [At(2, df=1.0), At(5, mix=((1, 2), 3))],
    ])  # fmt: skip
    def test_the_kept_network_is_that_of_this_domain(self, conditions):
        problem = ODEProblem(lambda x, f, df, d2f: d2f + f, conditions, (2.0, 5.0))
        network = Network((1, 40, 1), ("tanh", "identity"))
        residuals = Residuals(TrialSolution(problem, network), 2 + 3 * np.sin(np.linspace(0, np.pi / 2, 101)) ** 2)
        here = spread_bends(network, problem.domain, np.random.default_rng([40, 1]), (0.5, 2.5))
        for _ in range(2):  # made, and kept
            found = _second_basis(residuals, 40, 100)
            np.testing.assert_allclose(found.B, residuals.output_basis(here, network), atol=1e-11)

    @pytest.mark.parametrize("name", ["decay", "oscillator", "lagaris 3 initial", "poisson"])
    def test_features_that_are_known_change_nothing(self, name):
        solution = solve(PROBLEMS[name], 10, seed=3, pieces=1)
        computed = error_estimate(solution.trial, solution.theta)
        known = error_estimate(solution.trial, solution.theta, drawn=3)
        assert known.error == pytest.approx(computed.error, rel=1e-3)
        np.testing.assert_allclose(known.ends, computed.ends, rtol=1e-3, atol=1e-3 * computed.error)

    def test_same_generator_same_estimate(self):
        _, first = self.parts(PROBLEMS["lagaris 4"], hidden=10)
        _, second = self.parts(PROBLEMS["lagaris 4"], hidden=10)
        assert first[:4] == second[:4]
        assert np.array_equal(first.ends, second.ends)

    def test_not_finite_between_the_points_is_raised(self):
        problem = replace(PROBLEMS["decay"], residual=lambda x, f, df: df / (np.abs(x - 0.5) > 0.02))
        trial = TrialSolution(problem, Network((1, 30, 1), ("tanh", "identity")))
        theta = spread_bends(trial.network, (0.0, 1.0), np.random.default_rng(0))
        with np.errstate(all="ignore"), pytest.raises(NotFinite):
            error_estimate(trial, theta)


@given(at=st.floats(0.01, 0.99))
@pytest.mark.parametrize("K", [1, 2])
def test_a_jump_between_the_points_is_not_told_too_small(K, at):
    """Of f_t = 0 for f⁽ᴷ⁾ = [x > at], f = (x - at)ᴷ / K! beyond it."""
    residual = lambda x, *f: f[-1] - 1.0 * (x > at)
    problem = ODEProblem(residual, InitialValue(0.0, *[0.0] * K), (0.0, 1.0))
    trial = TrialSolution(problem, Network((1, 30, 1), "identity"))
    found = error_estimate(trial, spread_bends(trial.network, (0.0, 1.0), np.random.default_rng(0)))
    exact, h = (1.0 - at) ** K / K, np.pi / 256
    assert 0.999 * exact < found.error < exact + 2.2 * h


class TestStartError:
    """An error of the initial values is carried on as the linear equation itself says."""

    def carried(self, problem, start_error):
        solution = solve(problem, 30, pieces=1)
        start_error = np.reshape(start_error, (problem.order, problem.unknowns, -1))
        return error_estimate(solution.trial, solution.theta, 0, start_error)

    @pytest.mark.parametrize("rate", [-2.0, 3.0])
    @pytest.mark.parametrize("x0", [0.0, 1.0, 2.0])
    def test_grows_exponentially_to_both_sides(self, rate, x0):
        problem = ODEProblem(lambda x, f, df: df - rate * f, InitialValue(x0, 1.0), (0.0, 2.0))
        found = self.carried(problem, 1e-3)
        wanted = 1e-3 * np.exp(rate * (np.array([0.0, 2.0]) - x0))
        np.testing.assert_allclose(found.ends[:, 0, 0], wanted, rtol=1e-5)
        assert found.error == pytest.approx(max(wanted), rel=1e-5)
        assert found.own < 1e-6 * found.error

    def test_with_a_rate_that_changes(self):
        problem = ODEProblem(lambda x, f, df: df - f * np.cos(x), InitialValue(1, 2), (-1, 4))
        found = self.carried(problem, -0.3)
        wanted = -0.3 * np.exp(np.sin([-1, 4]) - np.sin(1))
        np.testing.assert_allclose(found.ends[:, 0, 0], wanted, rtol=1e-3)
        assert found.error == pytest.approx(0.3 * np.exp(1 - np.sin(1)), rel=1e-3)

    def test_about_a_solution_where_the_equation_bends(self):
        # δf' = 2 (1 - 2 f) δf about the logistic curve, so δf is proportional to f (1 - f).
        problem = PROBLEMS["logistic"]
        found = self.carried(problem, 1e-2)
        slope = lambda x: problem.exact(x) * (1 - problem.exact(x))
        assert found.ends[1, 0, 0] == pytest.approx(1e-2 * slope(1.0) / slope(0.0), rel=1e-7)

    def test_value_and_slope_of_second_order(self):
        problem = replace(PROBLEMS["oscillator"], domain=(-1.0, 2.0))
        found = self.carried(problem, (2e-3, -1e-3))
        for side, x in enumerate((-1.0, 2.0)):
            turn = np.array([[np.cos(x), np.sin(x)], [-np.sin(x), np.cos(x)]])
            np.testing.assert_allclose(found.ends[side, :, 0], turn @ [2e-3, -1e-3], rtol=1e-4)

    def test_systems(self):
        A = np.array([[0.3, 2.0], [-1.0, 0.1]])
        problem = ODEProblem(
            lambda x, f, df: tuple(df[i] - A[i, 0] * f[0] - A[i, 1] * f[1] for i in range(2)),
            InitialValue(2.0, (1.0, -1.0)),
            (0.0, 2.0),
        )
        found = self.carried(problem, (1e-3, 5e-3))
        np.testing.assert_allclose(found.ends[0, 0], expm(-2 * A) @ [1e-3, 5e-3], rtol=1e-6)
        np.testing.assert_allclose(found.ends[1, 0], [1e-3, 5e-3], rtol=1e-12)

    def test_a_spread_is_carried_on_and_told_by_one_and_a_half_standard_deviations(self):
        problem = replace(PROBLEMS["oscillator"], domain=(-1.0, 2.0))
        spread = 1e-3 * np.array([[3.0, -1.0, 0.5], [1.0, 2.0, -1.0]])
        error, told = np.array([2e-3, -1e-3]), []
        found = self.carried(problem, np.column_stack([error, spread]))
        for side, x in enumerate((-1.0, 2.0)):
            turn = np.array([[np.cos(x), np.sin(x)], [-np.sin(x), np.cos(x)]])
            np.testing.assert_allclose(found.ends[side, :, 0], turn @ error, rtol=1e-4)
            root = found.at(side)[:, 0, 1:]
            np.testing.assert_allclose(root @ root.T, turn @ spread @ spread.T @ turn.T, rtol=1e-4)
        for x in np.linspace(-1.0, 2.0, 301):
            turn = np.array([np.cos(x), np.sin(x)])
            told.append(abs(turn @ error) + 1.5 * np.linalg.norm(turn @ spread))
        assert found.error == pytest.approx(max(told), rel=1e-3)
        assert found.own < 1e-6 * found.error

    def test_adds_to_its_own_with_its_sign(self):
        solution = solve(LINEAR["growth"], 6, pieces=1)
        estimates = [
            error_estimate(solution.trial, solution.theta, 0, start)
            for start in (None, np.zeros((1, 1)), np.array([[0.1]]), np.array([[-0.1]]))
        ]
        alone, zero, plus, minus = (found.ends[1, 0, 0] for found in estimates)
        assert zero == pytest.approx(alone, rel=1e-9)
        assert plus == pytest.approx(alone + 0.1 * np.exp(6), rel=1e-5)
        assert minus == pytest.approx(alone - 0.1 * np.exp(6), rel=1e-5)
        assert [found.own for found in estimates] == pytest.approx([estimates[0].own] * 4, rel=1e-9)

    @pytest.mark.parametrize("start", [np.inf, np.nan])
    def test_infinite(self, start):
        for problem in (PROBLEMS["decay"], PROBLEMS["oscillator"], PROBLEMS["lagaris 4"]):
            shape = (problem.order, problem.unknowns)
            found = self.carried(problem, np.full(shape, start))
            assert found.error == np.inf
            assert np.isfinite(found.own) and np.isfinite(found.residual)
            assert np.array_equal(found.ends, np.full((2, *shape), np.inf))


class TestWhatNoChangeMends:
    """Between two ends, where the residual is flat, what is left of it, over ∂L/∂f⁽ᴷ⁾, times the length to the K."""

    def estimate(self, residual, condition, domain):
        problem = ODEProblem(residual, condition, domain)
        trial = TrialSolution(problem, Network((1, 8, problem.unknowns), ("tanh", "identity")))
        theta = spread_bends(trial.network, domain, np.random.default_rng(0))  # N = 0
        return error_estimate(trial, theta)

    def test_adds_to_what_can_be_mended(self):
        # f₁ = 1 is off by (x - 0.5) (x - 3.5), and no small change of f₂ makes f₂''² + 0.3 smaller.
        found = self.estimate(
            lambda x, f, df, d2f: ((1 + x) * (d2f[0] - 2), d2f[1] ** 2 + 0.3),
            BoundaryValue(0.5, (1, 1), 3.5, (1, 1)), (0.5, 3.5),
        )  # fmt: skip
        rest = 0.3 / 1.5 * 3**2
        wanted = [[[rest, rest], [3 + rest, rest]]] * 2
        np.testing.assert_allclose(found.ends, wanted, rtol=1e-4)
        assert found.error == found.own == pytest.approx(1.5**2 + rest, rel=1e-4)

    def test_has_any_size_where_the_highest_derivative_drops_out(self):
        systems = lambda x, f, df: (df[0] ** 2 + 1, df[1] - f[0])
        for residual, start in [(lambda x, f, df: df**2 + 1, 0), (systems, (0, 0))]:
            with np.errstate(all="raise"):
                found = self.estimate(residual, InitialValue(0, start), (0, 1))
            assert found.error == found.own == np.inf


class TestRounding:
    """The last digit of f = 1 is wrong anywhere, and that grows as the equation says."""

    def estimate(self, residual, condition, domain=(0.0, 1.0)):
        problem = ODEProblem(residual, condition, domain)
        trial = TrialSolution(problem, Network((1, 8, problem.unknowns), ("tanh", "identity")))
        theta = spread_bends(trial.network, domain, np.random.default_rng(0))  # N = 0
        return error_estimate(trial, theta, 128)

    @pytest.mark.parametrize("k", [15.0, 20.0])
    def test_of_first_order(self, k):
        right = self.estimate(lambda x, f, df: df - k * (f - 1), InitialValue(0.0, 1.0))
        left = self.estimate(lambda x, f, df: df + k * (f - 1), InitialValue(1.0, 1.0))
        within = self.estimate(
            lambda x, f, df: df - k * (f - 1), InitialValue(-1.0, 1.0), (-2.0, 0.0)
        )
        for found in (right, left, within):
            assert found.error == pytest.approx(np.finfo(float).eps * np.exp(k), rel=0.3)
            assert found.own == found.error and found.residual == 0.0

    @pytest.mark.parametrize("k", [15.0, 20.0])
    def test_of_second_order(self, k):
        found = self.estimate(
            lambda x, f, df, d2f: d2f - k * k * (f - 1), InitialValue(0.0, 1.0, 0.0)
        )
        least = np.finfo(float).eps * np.cosh(k)
        assert 0.8 * least < found.error < 2 * (k + 1) * least

    def test_of_a_system(self):
        # The second unknown pulls the first, as in f'' = 400 (f - 1).
        found = self.estimate(
            lambda x, f, df: (df[0] - 20 * (f[1] - 1), df[1] - 20 * (f[0] - 1)),
            InitialValue(0.0, (1.0, 1.0)),
        )
        assert found.error == pytest.approx(np.finfo(float).eps * np.exp(20), rel=0.3)

    def test_where_nothing_grows(self):
        k = 40.0
        decay = self.estimate(lambda x, f, df: df + k * (f - 1), InitialValue(0.0, 1.0))
        wave = self.estimate(
            lambda x, f, df: (df[0] - 9 * (f[1] - 1), df[1] + 9 * (f[0] - 1)),
            InitialValue(0.0, (1.0, 1.0)),
        )
        ends = self.estimate(
            lambda x, f, df, d2f: d2f - k * k * (f - 1), BoundaryValue(0.0, 1.0, 1.0, 1.0)
        )
        for found in (decay, wave):
            assert found.error < 1e-15
        assert ends.error < 1e-14

    @pytest.mark.parametrize(
        ("a", "b", "length", "counts"),
        [
            (4.9, 4.9, 1.0, False), (5.0, 5.0, 1.0, True),
            (0.9, 0.0, 11.0, False), (0.1, 0.0, 11.0, False), (0.9, 0.0, 12.0, True),
        ],
    )
    def test_counts_only_where_it_may_grow_by_exp_10(self, a, b, length, counts):
        # f'' = a f' + b (f - 1), solved by f = 1, has the norm max(1, a L + b L²) with x in units of the length L.
        found = self.estimate(
            lambda x, f, df, d2f: 8 * (d2f - a * df - b * (f - 1)), InitialValue(0, 1, 0), (0.0, length)
        )
        assert (found.error > 0) == counts


@pytest.mark.parametrize("steps", [64, 65, 90, 127, 128])
def test_rounding_grows_over_the_whole_domain(steps):
    # e' = 30 e: the error of the start grows by exp(30), with any number of steps.
    problem = ODEProblem(lambda x, f, df: df - 30 * (f - 1) + 0 * x, InitialValue(0, 1), (0, 1))
    trial = TrialSolution(problem, Network((1, 2, 1), ("tanh", "identity")))
    residuals = Residuals(trial, np.linspace(0, 1, steps + 1))
    f = np.ones((2, steps + 1, 1)) * np.array([1.0, 0.0])[:, None, None]
    half, one = 15 / steps, np.ones((steps, 1, 1))
    even = 1 + half**2 / 3
    found, at_ends = rounding_error(residuals, f, residuals.partials(f)[1], (even - half) * one, (even + half) * one, 0)
    wanted = np.finfo(float).eps * ((even + half) / (even - half)) ** np.arange(1.0, steps + 1)
    assert found == pytest.approx(wanted[-1], rel=1e-9)
    # A rounding at one of the points is as likely at each of them.
    np.testing.assert_allclose(np.abs(at_ends), [[[[0.0]]], [[[np.sqrt(np.mean(wanted**2))]]]], rtol=1e-9)


@pytest.mark.parametrize(("K", "d", "n"), [(1, 1, 0), (1, 3, 1), (2, 1, 4), (2, 2, 9)])
def test_few_errors_of_random_signs_for_many(K, d, n):
    rng = np.random.default_rng(0)
    carried, left, in_f = rng.normal(size=(2, K, d, n)), rng.normal(size=(2, K, d, K * d)), rng.random((2, d))
    for at_ends in (left, 0.0):
        found = spread_of(carried, at_ends, in_f)
        assert found.shape == (2, K, d, K * d)
        for side in range(2):
            parts = [part[side].reshape(K * d, -1) for part in (carried, left)[: 2 if at_ends is left else 1]]
            wanted = sum(part @ part.T for part in parts) + np.diag([*in_f[side] ** 2, *[0.0] * ((K - 1) * d)])
            got = found[side].reshape(K * d, K * d)
            np.testing.assert_allclose(got @ got.T, wanted, atol=1e-12)
    assert np.all(spread_of(np.full((2, K, d, 1), np.inf), 0.0, in_f) == np.inf)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_a_root_of_the_covariance(n):
    A = np.random.default_rng(0).normal(size=(n, n - 1 or 1))
    root = _root(A @ A.T)  # singular for n > 1
    np.testing.assert_allclose(root @ root.T, A @ A.T, atol=1e-12)
    assert np.all(_root(np.full((n, n), np.nan)) == np.inf)


@pytest.mark.parametrize(
    ("rate", "x0", "steps"),
    [
        (lambda x: np.where(x > 0, 60 * x, 30 * x), 0.0, 64),  # grows to both sides
        (lambda x: np.where(x > 0, 30 * x, 60 * x), 0.0, 64),
        (lambda x: -15.0 + 0 * x, -0.875, 16),  # grows on the one step to the left alone
        (lambda x: 40 + 30 * np.sin(5 * x), -1.0, 21),
        (lambda x: 30 * np.sign(x), -1.0, 64),  # falls, then grows
        (lambda x: -30 * np.sign(x), -1.0, 64),
    ],
)
def test_rounding_grows_on_each_pair_of_pairs(rate, x0, steps):
    """e' = a(x) e is stepped from x₀ to both ends: over one step, two, four, ... of them."""
    problem = ODEProblem(lambda x, f, df: df - rate(x) * f, InitialValue(x0, 1), (-1, 1))
    x = np.linspace(-1, 1, steps + 1)
    residuals = Residuals(TrialSolution(problem, Network((1, 2, 1), ("tanh", "identity"))), x)
    f = 1e-3 * np.array([2 + np.sin(x), np.cos(x)])[:, :, None]
    start, h = int(np.abs(x - x0).argmin()), x[1] - x[0]
    half = 0.25 * h * (rate(x[1:]) + rate(x[:-1]))
    P, Q = (part[:, None, None] for part in (1 - half, 1 + half))
    found, _ = rounding_error(residuals, f, residuals.partials(f)[1], P, Q, start)
    largest, right = 0.0, (1 + half[start:]) / (1 - half[start:])
    left = ((1 - half[:start]) / (1 + half[:start]))[::-1]
    for factors, side in [(right, x[start:]), (left, x[: start + 1][::-1])]:
        length = 1
        while length < 2 * len(factors):
            for k in range(0, len(factors), length):
                size = 1e-3 * (2 + np.sin(side[k]) + h * np.cos(side[k]))
                largest = max(largest, size * np.abs(np.prod(factors[k : k + length])))
            length *= 2
    assert found / np.finfo(float).eps == pytest.approx(largest, rel=1e-9)
