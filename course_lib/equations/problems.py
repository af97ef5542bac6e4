"""Problems whose solutions are known: what a method finds can be compared with the truth."""

from __future__ import annotations

from typing import Any

import numpy as np

from course_lib.equations.conditions import BoundaryValue, InitialValue
from course_lib.equations.problem import ODEProblem


def _lagaris_1(x: Any, f: Any, df: Any) -> Any:
    p = (1 + 3 * x**2) / (1 + x + x**3)
    return df + (x + p) * f - x**3 - 2 * x - x**2 * p


def _lagaris_4(x: Any, f: Any, df: Any) -> Any:
    (f1, f2), (df1, df2) = f, df
    return (
        df1 - np.cos(x) - f1**2 - f2 + 1 + x**2 + np.sin(x) ** 2,
        df2 - 2 * x + (1 + x**2) * np.sin(x) - f1 * f2,
    )


def _lagaris_3(x: Any, f: Any, df: Any, d2f: Any) -> Any:
    return d2f + df / 5 + f + np.exp(-x / 5) * np.cos(x) / 5


def _damped_sine(x: Any) -> Any:
    return np.exp(-x / 5) * np.sin(x)


#: The named problems, each with its exact solution.
#: The lecturer's course, chapter 11, has decay, logistic growth and the Poisson problem;
#: the numbered ones are those of Lagaris, Likas and Fotiadis (1998), section IV.
PROBLEMS: dict[str, ODEProblem] = {
    problem.name: problem
    for problem in (
        ODEProblem(
            lambda x, f, df: df + 2 * f,
            InitialValue(0.0, 10.0),
            (0.0, 1.0),
            lambda x: 10 * np.exp(-2 * x),
            "decay",
        ),
        ODEProblem(
            lambda x, f, df: df - 2 * f * (1 - f),
            InitialValue(0.0, 1.2),
            (0.0, 1.0),
            lambda x: 1.2 / (1.2 - 0.2 * np.exp(-2 * x)),
            "logistic",
        ),
        ODEProblem(
            _lagaris_1,
            InitialValue(0.0, 1.0),
            (0.0, 1.0),
            lambda x: np.exp(-(x**2) / 2) / (1 + x + x**3) + x**2,
            "lagaris 1",
        ),
        ODEProblem(
            lambda x, f, df: df + f / 5 - np.exp(-x / 5) * np.cos(x),
            InitialValue(0.0, 0.0),
            (0.0, 2.0),
            _damped_sine,
            "lagaris 2",
        ),
        ODEProblem(
            _lagaris_3, InitialValue(0.0, 0.0, 1.0), (0.0, 2.0), _damped_sine, "lagaris 3 initial"
        ),
        ODEProblem(
            _lagaris_3,
            BoundaryValue(0.0, 0.0, 1.0, np.sin(1.0) * np.exp(-0.2)),
            (0.0, 1.0),
            _damped_sine,
            "lagaris 3 boundary",
        ),
        ODEProblem(
            _lagaris_4,
            InitialValue(0.0, (0.0, 1.0)),
            (0.0, 3.0),
            lambda x: np.stack([np.sin(x), 1 + x**2], axis=-1),
            "lagaris 4",
        ),
        ODEProblem(
            lambda x, f, df, d2f: -d2f - (3 * x + x**2) * np.exp(x),
            BoundaryValue(0.0, 0.0, 1.0, 0.0),
            (0.0, 1.0),
            lambda x: x * (1 - x) * np.exp(x),
            "poisson",
        ),
        ODEProblem(
            lambda x, f, df, d2f: d2f + f,
            InitialValue(0.0, 1.0, 0.0),
            (0.0, 2 * np.pi),
            np.cos,
            "oscillator",
        ),
    )
}
