"""Part III: differential equations, by Euler's method and by a network.

The modules stand in the order of chapters 7 to 9::

    conditions, boundary_conditions ──► problem ──► eulers_method, problems
                      └──► trial_solution ──► residuals ──► optimisers, random_features
                                                                     │
                                              error_estimate ──► training ──► solution

Inside `training`, `_solver` fits a network to one domain, cuts a long domain into pieces, gives each unknown a
unit of its own, solves the least squares, and follows an error in steps.
"""

from course_lib.equations.boundary_conditions import At
from course_lib.equations.conditions import BoundaryValue, InitialValue
from course_lib.equations.eulers_method import euler
from course_lib.equations.problem import ODEProblem
from course_lib.equations.problems import PROBLEMS
from course_lib.equations.random_features import spread_bends
from course_lib.equations.residuals import Residuals
from course_lib.equations.solution import Solution
from course_lib.equations.training import solve
from course_lib.equations.trial_solution import TrialSolution, residual_cost

__all__ = [
    "PROBLEMS",
    "At",
    "BoundaryValue",
    "InitialValue",
    "ODEProblem",
    "Residuals",
    "Solution",
    "TrialSolution",
    "euler",
    "residual_cost",
    "solve",
    "spread_bends",
]
