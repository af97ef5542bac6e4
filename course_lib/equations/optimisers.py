"""Four ways to train all weights: make C(Θ) = (1/n) Σ L(xᵢ, fᵢ, ...)² small, step by step.

Every method starts from the same random parameters, a vector of shape (P,), and sees the same
residual r(Θ) and Jacobian J = ∂r/∂Θ; they differ in the step they take:

- gradient descent: Θ ← Θ - γ ∇C with ∇C = 2 Jᵀ r / n,
- Adam: the same with a running mean of ∇C, scaled by its running size,
- BFGS: the gradient times an estimate of the inverse Hessian, learned from past gradients,
- Levenberg-Marquardt: the step that makes the linearised residual smallest, kept short.

Each is a generator: it yields Θ with its cost C, first those it was given, then those after each
step. Whoever asks for the next decides how many there are, and one that ends says why.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
from scipy.linalg import solve_triangular

from course_lib._validation import NotFinite
from course_lib.equations.residuals import Residuals
from course_lib.networks import minibatch

Steps = Generator[tuple[Any, float], None, str]


def gradient_descent(residuals: Residuals, vector: Any, gamma: float) -> Steps:
    """Θ ← Θ - γ ∇C for Θ of shape (P,), the update of backpropagation (lecture B6, B7)."""
    while True:
        cost, slope = residuals.cost_and_gradient(vector)
        yield vector, cost
        vector = vector - gamma * slope


def adam(residuals: Residuals, vector: Any, gamma: float) -> Steps:
    """Θ ← Θ minus Adam's step, both of shape (P,): Kingma and Ba (2015), algorithm 1."""
    step = minibatch.adam()
    while True:
        cost, slope = residuals.cost_and_gradient(vector)
        yield vector, cost
        vector = vector - step(slope, gamma)


def bfgs(residuals: Residuals, vector: Any, gamma: float) -> Steps:
    """Θ ← Θ - γ B ∇C, where B becomes the inverse Hessian; γ is 1, or smaller.

    B y = s holds for the last step s, shape (P,), in which the gradient changed by y: Nocedal and
    Wright (2006), equation 6.17.
    """
    B, first = np.eye(len(vector)), True
    cost, slope = residuals.cost_and_gradient(vector)
    gamma = float(np.minimum(1.0, 1.0 / np.linalg.norm(slope)))
    while True:
        yield vector, cost
        s, cost, new_slope = _downhill(residuals, vector, cost, slope, -B @ slope, gamma)
        if new_slope is None:
            return "the cost stopped falling"
        vector, y, slope = vector + s, new_slope - slope, new_slope
        if first and s @ y > 0.0:
            B *= s @ y / (y @ y)
        B, first, gamma = _with_secant(B, s, y), False, 1.0


def _downhill(
    residuals: Residuals, vector: Any, cost: float, slope: Any, direction: Any, gamma: float
) -> tuple[Any, float, Any]:
    """Return the step s = γ times the direction, cut until the cost falls enough, C and ∇C after it."""
    promised = slope @ direction
    while gamma >= 1e-12:
        s = gamma * direction
        new_cost, new_slope = _cost_or_infinity(residuals, vector + s)
        if new_cost <= cost + 1e-4 * gamma * promised:
            return s, new_cost, new_slope
        # The minimum of the parabola through what is known, and not less than a tenth.
        rise = new_cost - cost - gamma * promised
        gamma *= max(0.1, -0.5 * gamma * promised / rise) if rise < np.inf else 0.1
    return s, cost, None


def _with_secant(B: Any, s: Any, y: Any) -> Any:
    """Return the matrix next to B, shape (P, P), with B y = s; B itself where the slope did not grow."""
    sy, By = s @ y, B @ y
    if sy <= 0.0:
        return B
    half = np.outer(s, (0.5 * (1.0 + y @ By / sy) * s - By) / sy)
    return B + half + half.T


def levenberg_marquardt(residuals: Residuals, vector: Any, gamma: float = 0.0) -> Steps:
    """Minimise ‖r + J s‖² + μ‖s‖² for the step s; μ falls after a success and grows after a miss.

    Here r has shape (m d,), J (m d, P) and s (P,). Marquardt (1963); Nocedal and Wright (2006),
    section 10.3. γ is not used.
    """
    r, J = residuals.with_jacobian(vector)
    mu = 1e-3 * np.max(np.sum(J * J, axis=0))
    while True:
        yield vector, residuals.cost(r)
        s = damped_step(residuals, vector, r, J, mu)
        r_new = _residual_or_infinity(residuals, vector + s, r)
        if r_new @ r_new < r @ r:
            vector, mu = vector + s, mu / 5.0
            r, J = residuals.with_jacobian(vector)
        else:
            mu *= 4.0
        if np.linalg.norm(s) < 1e-15 * (1.0 + np.linalg.norm(vector)):
            return "the steps became too small to matter"


def damped_step(residuals: Residuals, vector: Any, r: Any, J: Any, mu: float) -> Any:
    """Return the s, shape (P,), of least ‖r + J s‖² + μ‖s‖², bent to follow the floor of the valley.

    The bend solves a second least-squares problem, with the curvature of r along s, shape (m d,), in
    place of r; where it is no small correction it is left out. Transtrum and Sethna (2012).
    """
    Q, R = np.linalg.qr(np.vstack([J, np.sqrt(mu) * np.eye(len(vector))]))
    s = -solve_triangular(R, Q[: len(r)].T @ r, check_finite=False)
    along = _residual_or_infinity(residuals, vector + 0.1 * s, r)
    curvature = 2.0 / 0.1 * ((along - r) / 0.1 - J @ s)
    with np.errstate(invalid="ignore"):  # where the residual is not finite, nor is the bend
        bend = -0.5 * solve_triangular(R, Q[: len(r)].T @ curvature, check_finite=False)
    return s + bend if np.linalg.norm(bend) < 0.75 * np.linalg.norm(s) else s


def _cost_or_infinity(residuals: Residuals, vector: Any) -> tuple[float, Any]:
    """Return C and ∂C/∂Θ, shape (P,); infinity and no gradient where the residual is not finite."""
    try:
        return residuals.cost_and_gradient(vector)
    except NotFinite:
        return np.inf, None


def _residual_or_infinity(residuals: Residuals, vector: Any, like: Any) -> Any:
    """Return r, shape (m d,), as `like`; infinity where the residual is not finite."""
    try:
        return residuals(vector)
    except NotFinite:
        return np.full_like(like, np.inf)
