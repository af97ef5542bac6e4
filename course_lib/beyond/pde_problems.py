"""Partial differential equations whose solutions are known: what a method finds can be compared with the truth."""

from __future__ import annotations

from typing import Any

import numpy as np

from course_lib.beyond.pde_problem import PDEProblem
from course_lib.beyond.sides import Side

SQUARE = ((0.0, 1.0), (0.0, 1.0))


def _sine(x: Any) -> Any:
    return np.sin(np.pi * x)


def _lagaris_5(x: Any, y: Any, u: Any) -> Any:
    return u.xx + u.yy - np.exp(-x) * (x - 2 + y**3 + 6 * y)


def _lagaris_7(x: Any, y: Any, u: Any) -> Any:
    s = np.sin(np.pi * x)
    return u.xx + u.yy + u * u.y - s * (2 - np.pi**2 * y**2 + 2 * y**3 * s)


VISCOSITY = 0.2  # of "burgers"; a steeper front than this one's needs more neurons
_NODES, _WEIGHTS = np.polynomial.hermite.hermgauss(120)


def burgers_exact(x: Any, t: Any, viscosity: float = VISCOSITY) -> Any:
    """Return the solution u of u_t + u u_x = ν u_xx with u(x, 0) = -sin πx, where u(±1, t) = 0.

    Parameters
    ----------
    x, t
        The points, arrays of one shape (m,), -1 ≤ x ≤ 1 and t ≥ 0.
    viscosity
        ν > 0.

    Returns
    -------
    array
        Shape (m,).

    Notes
    -----
    Cole (1951): u = -2ν φ_x/φ, where φ obeys the heat equation. Its integral over a Gaussian is taken by the
    Gauss-Hermite rule, as in Basdevant et al. (1986).

    Examples
    --------
    >>> float(burgers_exact(np.array([0.5]), np.array([0.0]))[0])
    -1.0
    """
    y = np.asarray(x)[..., None] - np.sqrt(4.0 * viscosity * np.asarray(t))[..., None] * _NODES
    exponent = -np.cos(np.pi * y) / (2.0 * np.pi * viscosity)
    weight = _WEIGHTS * np.exp(exponent - exponent.max(axis=-1, keepdims=True))
    return -np.sum(weight * np.sin(np.pi * y), axis=-1) / np.sum(weight, axis=-1)


def _packet(x: Any, t: Any) -> tuple[Any, Any]:
    """Return real and imaginary part, each (m,), of a packet of width 1 and momentum 1 that moves and spreads."""
    size = 1.0 / (1.0 + t**2) ** 0.25 * np.exp(-((x - t) ** 2) / (2.0 * (1.0 + t**2)))
    phase = x - t / 2.0 + t * (x - t) ** 2 / (2.0 * (1.0 + t**2)) - np.arctan(t) / 2.0
    return size * np.cos(phase), size * np.sin(phase)


def _schroedinger(x: Any, t: Any, psi: Any) -> Any:
    p, q = psi
    return p.t + q.xx / 2, q.t - p.xx / 2


def _packet_sides(end: float) -> list[Side]:
    along = [tuple(lambda t, x=x, k=k: _packet(x, t)[k] for k in (0, 1)) for x in (-end, end)]
    start = tuple(lambda x, k=k: _packet(x, 0.0)[k] for k in (0, 1))
    return [Side("x", -end, value=along[0]), Side("x", end, value=along[1]), Side("t", 0.0, value=start)]


#: The named problems, each with its exact solution.
#: The lecturer's course, chapter 11, has heat and wave; the numbered ones are those of Lagaris, Likas and
#: Fotiadis (1998), section IV; Burgers' equation has the initial value of Basdevant et al. (1986).
PDE_PROBLEMS: dict[str, PDEProblem] = {
    problem.name: problem
    for problem in (
        PDEProblem(
            lambda x, t, u: u.t - u.xx,
            [Side("x", 0.0, value=0.0), Side("x", 1.0, value=0.0), Side("t", 0.0, value=_sine)],
            SQUARE,
            lambda x, t: np.exp(-(np.pi**2) * t) * _sine(x),
            "heat",
        ),
        PDEProblem(
            lambda x, t, u: u.tt - u.xx,
            [
                Side("x", 0.0, value=0.0),
                Side("x", 1.0, value=0.0),
                Side("t", 0.0, value=_sine, slope=lambda x: -np.pi * _sine(x)),
            ],
            SQUARE,
            lambda x, t: _sine(x) * (np.cos(np.pi * t) - np.sin(np.pi * t)),
            "wave",
        ),
        PDEProblem(
            _lagaris_5,
            [
                Side("x", 0.0, value=lambda y: y**3),
                Side("x", 1.0, value=lambda y: (1 + y**3) * np.exp(-1.0)),
                Side("y", 0.0, value=lambda x: x * np.exp(-x)),
                Side("y", 1.0, value=lambda x: (1 + x) * np.exp(-x)),
            ],
            SQUARE,
            lambda x, y: np.exp(-x) * (x + y**3),
            "lagaris 5",
            "xy",
        ),
        PDEProblem(
            _lagaris_7,
            [
                Side("x", 0.0, value=0.0),
                Side("x", 1.0, value=0.0),
                Side("y", 0.0, value=0.0),
                Side("y", 1.0, slope=lambda x: 2 * _sine(x)),
            ],
            SQUARE,
            lambda x, y: y**2 * _sine(x),
            "lagaris 7",
            "xy",
        ),
        PDEProblem(
            lambda x, t, u: u.t + u * u.x - VISCOSITY * u.xx,
            [Side("x", -1.0, value=0.0), Side("x", 1.0, value=0.0), Side("t", 0.0, value=lambda x: -_sine(x))],
            ((-1.0, 1.0), (0.0, 1.0)),
            burgers_exact,
            "burgers",
        ),
        PDEProblem(
            _schroedinger,
            _packet_sides(4.0),
            ((-4.0, 4.0), (0.0, 1.0)),
            lambda x, t: np.stack(_packet(x, t), axis=-1),
            "schrödinger",
        ),
    )
}
