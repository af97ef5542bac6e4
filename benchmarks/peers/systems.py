"""Systems of two to ten unknowns over a long interval, written once for NumPy, `math` and heyoka.

Those with a letter and a number are the test set DETEST of Hull, Enright, Fellen and Sedgwick (1972); left out are
its single equations (A), and C4 and C5, which have more unknowns.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import sqrt
from typing import Any

#: f_1', ..., f_d' as a function of a module with sin, exp and sqrt, of x, and of f_1, ..., f_d.
Slopes = Callable[..., list[Any]]


@dataclass(frozen=True)
class System:
    """f' = g(x, f) from 0 to `end`, f(0) = `start` (d,), and where it comes from."""

    slopes: Slopes
    start: tuple[float, ...]
    source: str
    end: float = 20.0


def predators(m: Any, x: Any, f1: Any, f2: Any) -> list[Any]:
    return [2 * (f1 - f1 * f2), -(f2 - f1 * f2)]


def reaction(m: Any, x: Any, f1: Any, f2: Any, f3: Any) -> list[Any]:
    return [f2 - f1, f1 - 2 * f2 + f3, f2 - f3]


def square_reaction(m: Any, x: Any, f1: Any, f2: Any, f3: Any) -> list[Any]:
    return [-f1, f1 - f2 * f2, f2 * f2]


def torus(m: Any, x: Any, f1: Any, f2: Any, f3: Any) -> list[Any]:
    r = m.sqrt(f1 * f1 + f2 * f2)
    return [-f2 - f1 * f3 / r, f1 - f2 * f3 / r, f1 / r]


def rigid_body(m: Any, x: Any, f1: Any, f2: Any, f3: Any) -> list[Any]:
    return [f2 * f3, -(f1 * f3), -0.51 * (f1 * f2)]


def decays(m: Any, x: Any, *f: Any, rates: tuple[float, ...]) -> list[Any]:
    """Each nucleus becomes the next one, the last of them stable."""
    flow = [rate * value for rate, value in zip(rates, f)]
    return [-flow[0], *(into - out for into, out in zip(flow, flow[1:])), flow[-1]]


def rod(m: Any, x: Any, *f: Any) -> list[Any]:
    inside = [left - 2 * own + right for left, own, right in zip(f, f[1:], f[2:])]
    return [f[1] - 2 * f[0], *inside, f[-2] - 2 * f[-1]]


def orbit(m: Any, x: Any, f1: Any, f2: Any, v1: Any, v2: Any) -> list[Any]:
    r = m.sqrt(f1 * f1 + f2 * f2)
    r3 = r * r * r
    return [v1, v2, -f1 / r3, -f2 / r3]


def bessel(m: Any, x: Any, f1: Any, f2: Any) -> list[Any]:
    s = x + 1
    return [f2, -(f2 / s + (1 - 0.25 / (s * s)) * f1)]


def van_der_pol(m: Any, x: Any, f1: Any, f2: Any) -> list[Any]:
    return [f2, (1 - f1 * f1) * f2 - f1]


def duffing(m: Any, x: Any, f1: Any, f2: Any) -> list[Any]:
    return [f2, f1 * f1 * f1 / 6 - f1 + 2 * m.sin(2.78535 * x)]


def falling(m: Any, x: Any, f1: Any, f2: Any) -> list[Any]:
    return [f2, 0.032 - 0.4 * (f2 * f2)]


def pursuit(m: Any, x: Any, f1: Any, f2: Any) -> list[Any]:
    return [f2, m.sqrt(1 + f2 * f2) / (25 - x)]


def lorenz(m: Any, x: Any, f1: Any, f2: Any, f3: Any) -> list[Any]:
    return [10 * (f2 - f1), f1 * (28 - f3) - f2, f1 * f2 - f3 * (8 / 3)]


def brusselator(m: Any, x: Any, f1: Any, f2: Any) -> list[Any]:
    made = f1 * f1 * f2
    return [1 + made - 4 * f1, 3 * f1 - made]


def epidemic(m: Any, x: Any, f1: Any, f2: Any, f3: Any) -> list[Any]:
    ill, well = 1.5 * (f1 * f2), 0.5 * f2
    return [-ill, ill - well, well]


def galaxy(m: Any, x: Any, f1: Any, f2: Any, v1: Any, v2: Any) -> list[Any]:
    return [v1, v2, -f1 - 2 * (f1 * f2), f2 * f2 - f2 - f1 * f1]


def masses(m: Any, x: Any, *f: Any) -> list[Any]:
    """Five masses between two walls, on springs of which the third power counts too."""
    places, speeds = f[:5], f[5:]
    stretch = [b - a for a, b in zip((0.0, *places), (*places, 0.0))]
    pull = [s + s * s * s for s in stretch]
    return [*speeds, *(right - left for left, right in zip(pull, pull[1:]))]


DETEST = "DETEST {}"
SYSTEMS: dict[str, System] = {
    "predator and prey": System(predators, (1.0, 3.0), DETEST.format("B1")),
    "linear reaction": System(reaction, (2.0, 0.0, 1.0), DETEST.format("B2")),
    "nonlinear reaction": System(square_reaction, (1.0, 0.0, 0.0), DETEST.format("B3")),
    "torus": System(torus, (3.0, 0.0, 0.0), DETEST.format("B4")),
    "rigid body": System(rigid_body, (0.0, 1.0, 1.0), DETEST.format("B5")),
    "ten decays": System(partial(decays, rates=(1.0,) * 9), (1.0,) + (0.0,) * 9, DETEST.format("C1")),
    "ten decays, ever faster": System(
        partial(decays, rates=tuple(map(float, range(1, 10)))), (1.0,) + (0.0,) * 9, DETEST.format("C2")
    ),
    "rod of ten": System(rod, (1.0,) + (0.0,) * 9, DETEST.format("C3")),
    **{
        f"orbit, eccentricity {e}": System(
            orbit, (1 - e, 0.0, 0.0, sqrt((1 + e) / (1 - e))), DETEST.format(f"D{k}") if k else "Kepler (1609)"
        )
        for k, e in enumerate((0.0, 0.1, 0.3, 0.5, 0.7, 0.9))
    },
    "Bessel": System(bessel, (0.6713967071418030, 0.09540051444747446), DETEST.format("E1")),
    "Van der Pol": System(van_der_pol, (2.0, 0.0), DETEST.format("E2")),
    "Duffing": System(duffing, (0.0, 0.0), DETEST.format("E3")),
    "falling body": System(falling, (30.0, 0.0), DETEST.format("E4")),
    "pursuit": System(pursuit, (0.0, 0.0), DETEST.format("E5")),
    "Lorenz": System(lorenz, (1.0, 1.0, 1.0), "Lorenz (1963)", end=10.0),
    "Brusselator": System(brusselator, (1.5, 3.0), "Hairer, Nørsett and Wanner (1993), I.16"),
    "epidemic": System(epidemic, (0.99, 0.01, 0.0), "Kermack and McKendrick (1927)"),
    "galaxy": System(galaxy, (0.0, 0.1, 0.5, 0.0), "Hénon and Heiles (1964)"),
    "five masses": System(masses, (0.5, 0.0, 0.0, 0.0, 0.0) + (0.0,) * 5, "Fermi, Pasta and Ulam (1955)"),
}
