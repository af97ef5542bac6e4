"""Beyond the lecture: what the method of part III is for where Euler's does not reach.

The modules stand in the order of chapters 11 to 13. Each builds on `course_lib.equations` and on nothing beside it::

    sides ──► pde_problem ──► pde_problems
                   └──► pde_trial_solution ──► pde_residuals ──► pde_error_estimate ──► pde_solve

    covariance ──► inverse
"""

from course_lib.beyond.inverse import Data, Fit, fit
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
    "fit",
    "solve_pde",
]
