"""Each method takes the steps of its formula, and none makes the best worse."""

from __future__ import annotations

import numpy as np
import pytest

from course_lib._validation import NotFinite
from course_lib.equations import PROBLEMS, InitialValue, ODEProblem, Residuals, TrialSolution, residual_cost
from course_lib.equations._solver.fitting import follow
from course_lib.equations.optimisers import adam, bfgs, gradient_descent, levenberg_marquardt
from course_lib.networks import Network, ravel
from course_lib.networks.parameters import layers_of

ALL = [gradient_descent, adam, bfgs, levenberg_marquardt]
LINE = ODEProblem(lambda x, f, df: df - 1, InitialValue(0.0, 1.0), (0.0, 1.0))


class Steps:
    """A record that keeps everything."""

    def __init__(self):
        self.vectors, self.costs = [], []

    def __call__(self, vector, cost):
        self.vectors.append(vector.copy())
        self.costs.append(cost)


def on_points(problem, hidden=(6,), m=12, seed=0):
    """Residuals on equally spaced points, and random parameters (P,)."""
    names = (*["tanh"] * len(hidden), "identity")
    network = Network((1, *hidden, problem.unknowns), names)
    residuals = Residuals(TrialSolution(problem, network), np.linspace(*problem.domain, m))
    return residuals, ravel(network.initial_parameters(np.random.default_rng(seed)))


def run(method, residuals, vector, iterations, gamma=1e-3):
    steps = Steps()
    message = follow(method(residuals, vector, gamma), steps, iterations)
    assert isinstance(message, str) and message
    return steps


class Quadratic:
    """r(v) = r₀ + J v + ½ v·H·v in place of residuals, and the domain may end at a wall."""

    def __init__(self, seed=0, n=9, P=4, bend=0.0, wall=np.inf):
        rng = np.random.default_rng(seed)
        self.x, self.r0, self.J = np.zeros(n), rng.normal(size=n), rng.normal(size=(n, P))
        H = bend * rng.normal(size=(n, P, P))
        self.H, self.wall = 0.5 * (H + H.swapaxes(1, 2)), wall

    def __call__(self, v):
        if v[0] > self.wall:
            raise NotFinite("beyond the wall")
        return self.r0 + self.J @ v + 0.5 * np.einsum("nij,i,j->n", self.H, v, v)

    def cost(self, r):
        return float(r @ r) / len(r)

    def with_jacobian(self, v):
        return self(v), self.J + np.einsum("nij,j->ni", self.H, v)

    def cost_and_gradient(self, v):
        r, J = self.with_jacobian(v)
        return float(r @ r) / len(r), 2.0 / len(r) * J.T @ r

    @property
    def minimum(self):
        """Without a bend: the v of least cost."""
        return np.linalg.lstsq(self.J, -self.r0, rcond=None)[0]


class TestInterface:
    @pytest.mark.lecture("S2")
    @pytest.mark.parametrize("method", ALL)
    @pytest.mark.parametrize("name", ["logistic", "poisson", "lagaris 4"])
    def test_records_the_cost_of_each_vector_from_the_first_on(self, method, name):
        residuals, vector = on_points(PROBLEMS[name])
        steps = run(method, residuals, vector, 5, gamma=1e-4)
        assert np.array_equal(steps.vectors[0], vector)
        assert len(steps.costs) == 6
        for v, cost in zip(steps.vectors, steps.costs):
            theta = layers_of(v, residuals.trial.network.sizes)
            wanted = residual_cost(residuals.trial, theta, residuals.x)
            assert cost == pytest.approx(wanted, rel=1e-10)
        assert min(steps.costs) < steps.costs[0]

    @pytest.mark.parametrize("method", ALL)
    def test_leaves_its_start_alone(self, method):
        residuals, vector = on_points(PROBLEMS["decay"])
        kept = vector.copy()
        run(method, residuals, vector, 3)
        assert np.array_equal(vector, kept)

    @pytest.mark.parametrize("method", ALL)
    @pytest.mark.parametrize("iterations", [1, 2, 7])
    def test_iterations(self, method, iterations):
        residuals, vector = on_points(PROBLEMS["decay"])
        assert len(run(method, residuals, vector, iterations).costs) == iterations + 1

    @pytest.mark.parametrize("method", ALL)
    def test_not_finite_at_the_start_is_raised(self, method):
        with pytest.raises(NotFinite):
            run(method, Quadratic(wall=-1.0), np.zeros(4), 3)


class TestGradientDescent:
    @pytest.mark.lecture("B6", "B7", "S2")
    def test_two_steps_by_hand(self):
        residuals, vector = on_points(PROBLEMS["decay"])
        steps = run(gradient_descent, residuals, vector, 2, gamma=1e-3)
        for _ in range(2):
            r, J = residuals.with_jacobian(vector)
            vector = vector - 1e-3 * 2 / len(residuals.x) * J.T @ r
        np.testing.assert_allclose(steps.vectors[2], vector, rtol=1e-12)

    def test_goes_downhill_by_the_square_of_the_slope(self):
        residuals, vector = on_points(PROBLEMS["logistic"])
        slope = residuals.cost_and_gradient(vector)[1]
        gamma = 1e-7 / (slope @ slope)
        costs = run(gradient_descent, residuals, vector, 1, gamma).costs
        assert costs[0] - costs[1] == pytest.approx(gamma * slope @ slope, rel=1e-5)

    def test_divergence_is_raised(self):
        with np.errstate(over="ignore", invalid="ignore"), pytest.raises(NotFinite):
            run(gradient_descent, *on_points(PROBLEMS["logistic"]), 1000, gamma=10.0)


class TestAdam:
    def test_first_step_has_the_size_gamma_in_every_parameter(self):
        residuals, vector = on_points(PROBLEMS["decay"])
        slope = residuals.cost_and_gradient(vector)[1]
        first = run(adam, residuals, vector, 1, gamma=1e-3).vectors[1] - vector
        wanted = -1e-3 * slope / (np.abs(slope) + 1e-8)
        np.testing.assert_allclose(first, wanted, rtol=1e-10)

    def test_five_steps_of_algorithm_1(self):
        residuals, v = on_points(PROBLEMS["logistic"])
        steps = run(adam, residuals, v, 5, gamma=0.02)
        m, s = 0.0, 0.0
        for i in range(1, 6):
            g = residuals.cost_and_gradient(v)[1]
            m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g**2
            v = v - 0.02 * (m / (1 - 0.9**i)) / (np.sqrt(s / (1 - 0.999**i)) + 1e-8)
            np.testing.assert_allclose(steps.vectors[i], v, rtol=1e-10)


class TestBFGS:
    def test_minimum_of_a_linear_problem(self):
        # Without a hidden layer the residual is linear in the parameters: f = 1 + x is exact.
        steps = run(bfgs, *on_points(LINE, hidden=()), 40)
        assert steps.costs[-1] < 1e-20
        np.testing.assert_allclose(steps.vectors[-1], [0.0, 1.0], atol=1e-10)

    @pytest.mark.parametrize("seed", range(4))
    def test_minimum_of_a_quadratic(self, seed):
        quadratic = Quadratic(seed)
        found = run(bfgs, quadratic, np.ones(4), 40).vectors[-1]
        np.testing.assert_allclose(found, quadratic.minimum, rtol=1e-7, atol=1e-7)

    @pytest.mark.parametrize("bend", [0.0, 0.2])
    @pytest.mark.parametrize("seed", range(3))
    def test_each_step_goes_along_the_updated_inverse_hessian(self, seed, bend):
        """Nocedal and Wright (2006), equations 6.17 and 6.20, as they stand in the book."""
        residuals, v = Quadratic(seed, bend=bend), np.ones(4)
        vectors = run(bfgs, residuals, v, 6).vectors
        slopes = [residuals.cost_and_gradient(v)[1] for v in vectors]
        first = vectors[1] - vectors[0]
        share = first @ -slopes[0] / (slopes[0] @ slopes[0])
        np.testing.assert_allclose(first, -share * slopes[0], rtol=1e-10)
        assert 0 < share <= min(1.0, 1.0 / np.linalg.norm(slopes[0])) * (1 + 1e-12)
        full = 0
        for i in range(5):
            s, y = vectors[i + 1] - vectors[i], slopes[i + 1] - slopes[i]
            rho, eye = 1.0 / (y @ s), np.eye(4)
            if i == 0:
                B = (y @ s) / (y @ y) * eye
            left = eye - rho * np.outer(s, y)
            B = left @ B @ left.T + rho * np.outer(s, s)
            np.testing.assert_allclose(B @ y, s, rtol=1e-8, atol=1e-12)  # the secant equation
            step, direction = vectors[i + 2] - vectors[i + 1], -B @ slopes[i + 1]
            gamma = step @ direction / (direction @ direction)
            assert 0 < gamma <= 1 + 1e-6
            np.testing.assert_allclose(step, gamma * direction, rtol=1e-6, atol=1e-9)
            full += gamma == pytest.approx(1.0, abs=1e-6)
        assert full >= 3

    def test_secant_equation(self):
        # Where full steps are taken, y · s₊ = -y · B ∇C₊ = -s · ∇C₊, as B y = s.
        residuals = Quadratic(1)
        residuals.J = np.linalg.qr(residuals.J)[0] * np.array([1.8, 2.0, 2.2, 2.4])
        vectors = run(bfgs, residuals, np.ones(4), 4).vectors
        slopes = [residuals.cost_and_gradient(v)[1] for v in vectors]
        s, y = np.diff(vectors, axis=0), np.diff(slopes, axis=0)
        for i in range(3):
            assert y[i] @ s[i + 1] == pytest.approx(-s[i] @ slopes[i + 1], rel=1e-6)

    @pytest.mark.parametrize("name", ["logistic", "lagaris 4", "poisson", "oscillator"])
    def test_never_raises_the_cost(self, name):
        costs = run(bfgs, *on_points(PROBLEMS[name]), 60).costs
        assert np.all(np.diff(costs) <= 0)
        assert costs[-1] < 0.1 * costs[0]

    def test_steps_short_of_where_the_residual_is_not_finite(self):
        # The first steps lead beyond the wall, the minimum lies before it.
        quadratic = Quadratic(2)
        quadratic.wall = quadratic.minimum[0] + 1e-3
        start = quadratic.minimum + np.array([-3.0, 0.5, -0.5, 1.0])
        steps = run(bfgs, quadratic, start, 60)
        assert np.all(np.diff(steps.costs) <= 0)
        assert all(v[0] <= quadratic.wall for v in steps.vectors)
        np.testing.assert_allclose(steps.vectors[-1], quadratic.minimum, atol=1e-6)

    def tried(self, cost, slope, start, iterations=1):
        """The numbers v at which the cost of one parameter is computed."""
        seen = []

        class Line:
            def cost_and_gradient(self, v):
                seen.append(v[0])
                return cost(v[0]), np.array([slope(v[0])])

        follow(bfgs(Line(), np.array([start]), 1.0), Steps(), iterations)
        return seen

    def test_first_step_is_the_slope_and_no_longer_than_one(self):
        for start, step in [(0.125, -0.25), (-0.5, 1.0), (3.0, -1.0)]:
            seen = self.tried(lambda v: v * v, lambda v: 2 * v, start)
            np.testing.assert_allclose(seen[:2], [start, start + step])

    def test_after_a_step_too_far_comes_the_minimum_of_the_parabola(self):
        seen = self.tried(lambda v: 5 + 8 * v * v, lambda v: 16 * v, 0.3)
        np.testing.assert_allclose(seen, [0.3, -0.7, 0.0], atol=1e-15)
        # That of a steep one lies near: no step is cut to less than its tenth.
        seen = self.tried(lambda v: 500 * v * v, lambda v: 1000 * v, 0.02)
        np.testing.assert_allclose(seen[:3], [0.02, -0.98, -0.08], atol=1e-15)

    def test_a_step_must_lower_the_cost(self):
        seen = self.tried(lambda v: 1 + 5e-5 * v if v > 0.5 else 1 - v, lambda v: -1.0, 0.0)
        assert seen[:2] == [0.0, 1.0] and 0.1 < seen[2] < 0.5 + 1e-4

    def test_where_the_slope_stays_the_same_nothing_is_learned(self):
        assert self.tried(lambda v: -v, lambda v: -1.0, 0.0, 3) == [0.0, 1.0, 2.0, 3.0]

    def test_stops_where_nothing_is_lower(self):
        class Kink(Quadratic):
            """The slope promises a descent that never comes."""

            def cost_and_gradient(self, v):
                return 1.0 + np.sum(np.abs(v)), -np.ones(4)

        steps = Steps()
        assert follow(bfgs(Kink(), np.zeros(4), 1e-3), steps, 50) == "the cost stopped falling"
        assert len(steps.costs) == 1


class TestLevenbergMarquardt:
    def test_each_direction_of_a_linear_problem_shrinks_by_its_known_factor(self):
        """(JᵀJ + μ)⁻¹ leaves μ / (σ² + μ) of the distance along each singular vector of J."""
        residuals, start = Quadratic(3), np.full(4, 3.0)
        residuals.r0 = residuals.J @ np.array([1.0, -1.0, 2.0, 0.5])  # r = 0 can be reached
        vectors = run(levenberg_marquardt, residuals, start, 3).vectors
        _, sigma, Vt = np.linalg.svd(residuals.J, full_matrices=False)
        mu = 1e-3 * np.max(np.sum(residuals.J**2, axis=0))
        left = Vt @ (start - residuals.minimum)
        for v in vectors[1:]:
            left *= mu / (sigma**2 + mu)
            mu /= 5.0
            assert np.linalg.norm(left) > 1e-10
            np.testing.assert_allclose(Vt @ (v - residuals.minimum), left, rtol=1e-4, atol=1e-13)

    @pytest.mark.parametrize("seed", range(4))
    def test_first_step_has_the_geodesic_bend(self, seed):
        """Transtrum and Sethna (2012): δ + a/2, (JᵀJ + μ) a = -Jᵀ r'' with r'' along δ."""
        residuals, start = Quadratic(seed, bend=0.05), np.full(4, 0.3)
        first = run(levenberg_marquardt, residuals, start, 1).vectors[1] - start
        r, J = residuals.with_jacobian(start)
        A = J.T @ J + 1e-3 * np.max(np.sum(J * J, axis=0)) * np.eye(4)
        straight = np.linalg.solve(A, -J.T @ r)
        curvature = np.einsum("nij,i,j->n", residuals.H, straight, straight)
        bend = np.linalg.solve(A, -J.T @ curvature)
        assert 1e-3 < np.linalg.norm(bend) / np.linalg.norm(straight) < 1.5
        np.testing.assert_allclose(first, straight + 0.5 * bend, rtol=1e-8, atol=1e-10)

    @pytest.mark.parametrize(
        ("bend", "seed", "misses", "bent"),
        [(0.3, 2, 0, True), (1.0, 2, 0, False), (3.0, 4, 4, True), (10.0, 6, 3, False)],
    )
    def test_the_first_success_after_so_many_misses(self, bend, seed, misses, bent):
        """Each miss makes μ four times as large; a bend above 3/4 of the step is left out."""
        residuals, start = Quadratic(seed, bend=bend), np.full(4, 0.1)
        steps = run(levenberg_marquardt, residuals, start, misses + 1)
        assert steps.costs[: misses + 1] == [steps.costs[0]] * (misses + 1)
        assert steps.costs[-1] < steps.costs[0]
        r, J = residuals.with_jacobian(start)
        A = J.T @ J + 4.0**misses * 1e-3 * np.max(np.sum(J * J, axis=0)) * np.eye(4)
        straight = np.linalg.solve(A, -J.T @ r)
        curvature = np.einsum("nij,i,j->n", residuals.H, straight, straight)
        bend = 0.5 * np.linalg.solve(A, -J.T @ curvature)
        assert (np.linalg.norm(bend) < 0.75 * np.linalg.norm(straight)) == bent
        wanted = straight + bend if bent else straight
        np.testing.assert_allclose(steps.vectors[-1] - start, wanted, rtol=1e-7)

    def test_solves_a_linear_problem_in_a_few_steps(self):
        costs = run(levenberg_marquardt, *on_points(LINE, hidden=()), 8).costs
        assert costs[-1] < 1e-28

    @pytest.mark.parametrize("name", ["logistic", "lagaris 4", "poisson", "oscillator"])
    def test_never_raises_the_cost(self, name):
        costs = run(levenberg_marquardt, *on_points(PROBLEMS[name]), 60).costs
        assert np.all(np.diff(costs) <= 0)
        assert costs[-1] < 1e-2 * costs[0]

    def test_steps_short_of_where_the_residual_is_not_finite(self):
        quadratic = Quadratic(2)
        quadratic.wall = quadratic.minimum[0] - 1e-2  # the full step leads beyond it
        steps = run(levenberg_marquardt, quadratic, quadratic.minimum - 2.0, 60)
        assert np.all(np.diff(steps.costs) <= 0)
        assert all(v[0] <= quadratic.wall for v in steps.vectors)
        r = quadratic.r0 + quadratic.J @ quadratic.minimum
        assert r @ r / len(r) < steps.costs[-1] < 1.001 * r @ r / len(r)

    def test_stops_when_the_steps_vanish(self):
        steps = Steps()
        message = follow(levenberg_marquardt(Quadratic(3), np.ones(4)), steps, 500)
        assert message == "the steps became too small to matter"
        assert len(steps.costs) < 60

    @pytest.mark.parametrize(("at", "off", "steps"), [(1e6, 2.0**-32, 1), (0.0, 1.5e-15, 2)])
    def test_too_small_is_relative_to_the_parameters_and_to_one(self, at, off, steps):
        class Line:
            """r(v) = v - at: one step leads to 1/1000 of the distance."""

            x = np.zeros(1)

            def __call__(self, v):
                return v - at

            def cost(self, r):
                return float(r @ r)

            def with_jacobian(self, v):
                return v - at, np.ones((1, 1))

        seen = Steps()
        assert "too small" in follow(levenberg_marquardt(Line(), np.array([at + off])), seen, 9)
        assert len(seen.costs) == steps
