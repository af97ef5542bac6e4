"""Four ways to train all weights: make C(Θ) = (1/n) Σ L(xᵢ, fᵢ, ...)² small, step by step.

Every method starts from the same random parameters, a vector of shape (P,), and sees the same
residual r(Θ) and Jacobian J = ∂r/∂Θ; they differ in the step they take:

- gradient descent: Θ ← Θ - γ ∇C with ∇C = 2 Jᵀ r / n,
- Adam: the same with a running mean of ∇C, scaled by its running size,
- BFGS: the gradient times an estimate of the inverse Hessian, learned from past gradients,
- Levenberg-Marquardt: the step that makes the linearised residual smallest, kept short.
"""

from __future__ import annotations

from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from scipy.linalg import solve_triangular
from tqdm import tqdm

from course_lib._validation import NotFinite
from course_lib.equations.residuals import Residuals
from course_lib.networks import minibatch


class History(NamedTuple):
    """The cost after each iteration (dimensionless) and the time since the start (seconds)."""

    cost: list[float]
    time: list[float]


class Record:
    """Keeps the history and the best parameters, also when the training is interrupted."""

    def __init__(self, progress: bool) -> None:
        self.history, self.start = History([], []), perf_counter()
        self.bar = tqdm(unit="it") if progress else None
        self.interrupted = False

    def begin(self, iterations: int) -> None:
        """Forget the best parameters: a network is trained next, with so many iterations."""
        self.best, self.cost, self.steps = None, np.inf, -1
        if self.bar is not None:
            self.bar.total = self.bar.n + iterations

    def __call__(self, vector: Any, cost: float) -> None:
        """Note the cost after an iteration, and keep the parameters, (P,), if it is the least."""
        self.history.cost.append(cost)
        self.history.time.append(perf_counter() - self.start)
        self.steps += 1
        if self.best is None or cost < self.cost:
            self.best, self.cost = vector, cost
        if self.bar is not None and self.steps:
            self.bar.update()
            self.bar.set_postfix_str(f"cost {cost:.2e}", refresh=False)

    def close(self) -> None:
        """End the progress bar."""
        if self.bar is not None:
            self.bar.close()


def gradient_descent(
    residuals: Residuals, vector: Any, record: Record, iterations: int, gamma: float
) -> str:
    """Θ ← Θ - γ ∇C for Θ of shape (P,), the update of backpropagation (lecture B6, B7)."""
    for _ in range(iterations):
        cost, slope = residuals.cost_and_gradient(vector)
        record(vector, cost)
        vector = vector - gamma * slope
    record(vector, residuals.cost_and_gradient(vector)[0])
    return f"took {iterations} steps"


def adam(
    residuals: Residuals, vector: Any, record: Record, iterations: int, gamma: float
) -> str:
    """Θ ← Θ minus Adam's step, both of shape (P,): Kingma and Ba (2015), algorithm 1."""
    step = minibatch.adam()
    for _ in range(iterations):
        cost, slope = residuals.cost_and_gradient(vector)
        record(vector, cost)
        vector = vector - step(slope, gamma)
    record(vector, residuals.cost_and_gradient(vector)[0])
    return f"took {iterations} steps"


def bfgs(
    residuals: Residuals, vector: Any, record: Record, iterations: int, gamma: float
) -> str:
    """Θ ← Θ - γ B ∇C, where B becomes the inverse Hessian; γ is 1, or smaller.

    B y = s holds for the last step s, shape (P,), in which the gradient changed by y: Nocedal and
    Wright (2006), equation 6.17.
    """
    B = np.eye(len(vector))
    cost, slope = residuals.cost_and_gradient(vector)
    record(vector, cost)
    for i in range(iterations):
        direction = -B @ slope
        gamma = 1.0 if i else float(np.minimum(1.0, 1.0 / np.linalg.norm(slope)))
        promised = slope @ direction
        while True:
            s = gamma * direction
            new_cost, new_slope = cost_or_infinity(residuals, vector + s)
            if new_cost <= cost + 1e-4 * gamma * promised:
                break
            # The minimum of the parabola through what is known, and not less than a tenth.
            rise = new_cost - cost - gamma * promised
            gamma *= max(0.1, -0.5 * gamma * promised / rise) if rise < np.inf else 0.1
            if gamma < 1e-12:
                return "the cost stopped falling"
        y = new_slope - slope
        vector, cost, slope = vector + s, new_cost, new_slope
        record(vector, cost)
        if (sy := s @ y) > 0.0:
            if i == 0:
                B *= sy / (y @ y)
            By = B @ y
            half = np.outer(s, (0.5 * (1.0 + y @ By / sy) * s - By) / sy)
            B += half + half.T
    return f"took {iterations} steps"


def levenberg_marquardt(
    residuals: Residuals, vector: Any, record: Record, iterations: int, gamma: float
) -> str:
    """Minimise ‖r + J s‖² + μ‖s‖² for the step s; μ falls after a success and grows after a miss.

    Here r has shape (m d,), J (m d, P) and s (P,). A second least-squares problem, with the
    curvature of r along s in place of r, bends the step to follow the floor of the valley.
    Marquardt (1963); Nocedal and Wright (2006), section 10.3; Transtrum and Sethna (2012). γ is not
    used.
    """
    n, identity = len(residuals.x), np.eye(len(vector))
    r, J = residuals.with_jacobian(vector)
    record(vector, float(r @ r) / n)
    mu = 1e-3 * np.max(np.sum(J * J, axis=0))
    for _ in range(iterations):
        Q, R = np.linalg.qr(np.vstack([J, np.sqrt(mu) * identity]))
        s = -solve_triangular(R, Q[: len(r)].T @ r, check_finite=False)
        try:
            curved = 2.0 / 0.1 * ((residuals(vector + 0.1 * s) - r) / 0.1 - J @ s)
            bend = -0.5 * solve_triangular(R, Q[: len(r)].T @ curved, check_finite=False)
            if np.linalg.norm(bend) < 0.75 * np.linalg.norm(s):
                s = s + bend
            r_new = residuals(vector + s)
        except NotFinite:
            r_new = np.inf * r
        if r_new @ r_new < r @ r:
            vector = vector + s
            r, J = residuals.with_jacobian(vector)
            mu /= 5.0
        else:
            mu *= 4.0
        record(vector, float(r @ r) / n)
        if np.linalg.norm(s) < 1e-15 * (1.0 + np.linalg.norm(vector)):
            return "the steps became too small to matter"
    return f"took {iterations} steps"


def cost_or_infinity(residuals: Residuals, vector: Any) -> tuple[float, Any]:
    """Return C and ∂C/∂Θ, shape (P,); infinity and no gradient where the residual is not finite."""
    try:
        return residuals.cost_and_gradient(vector)
    except NotFinite:
        return np.inf, None
