"""Beyond the lecture: what the method of part III is for where Euler's does not reach.

The modules stand in the order of chapters 11 to 13::

    sides ──► pde_problem ──► pde_problems
                   └──► pde_trial_solution ──► pde_residuals ──► pde_error_estimate ──► pde_solve

    covariance, pde_solve ──► joint_least_squares ──► inverse
        └──► constants ───────────────────────────────┘

    neural_ode
"""

from course_lib.beyond.constants import Fit
from course_lib.beyond.inverse import fit
from course_lib.beyond.joint_least_squares import Data
from course_lib.beyond.neural_ode import adjoint, cost_and_gradient, learn_field, pull_back, walk
from course_lib.beyond.pde_problem import PDEProblem
from course_lib.beyond.pde_problems import PDE_PROBLEMS
from course_lib.beyond.pde_residuals import PDEResiduals
from course_lib.beyond.pde_solve import PDESolution, solve_pde
from course_lib.beyond.pde_trial_solution import PDETrialSolution
from course_lib.beyond.sides import Side

__all__ = [
    "PDE_PROBLEMS",
    "Data",
    "Fit",
    "PDEProblem",
    "PDEResiduals",
    "PDESolution",
    "PDETrialSolution",
    "Side",
    "adjoint",
    "cost_and_gradient",
    "fit",
    "learn_field",
    "pull_back",
    "solve_pde",
    "walk",
]
