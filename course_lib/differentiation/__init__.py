"""Part II: four ways to a derivative, in the order of chapters 3 to 6.

Each is a module of its own, because nearly all of them have a `derivative` or a `gradient`::

    finite_differences
    elementary ──► forward_mode ──► reverse_mode ──► graph
                        └──► partials
    operation_counts ──► symbolic

``from course_lib.differentiation import forward_mode, reverse_mode``. Names that only one of them has, and
forward mode's `derivative`, can be imported from here: ``from course_lib.differentiation import Dual, jvp``.
"""

from course_lib.differentiation import elementary, finite_differences, forward_mode, reverse_mode
from course_lib.differentiation._differentiable import Differentiable, apply, plain
from course_lib.differentiation.elementary import RULES
from course_lib.differentiation.finite_differences import central, complex_step, observed_order
from course_lib.differentiation.forward_mode import Dual, derivative, jvp
from course_lib.differentiation.reverse_mode import Tape, Variable, backward, value_and_gradient

__all__ = [
    "RULES",
    "Differentiable",
    "Dual",
    "Tape",
    "Variable",
    "apply",
    "backward",
    "central",
    "complex_step",
    "derivative",
    "elementary",
    "finite_differences",
    "forward_mode",
    "jvp",
    "observed_order",
    "plain",
    "reverse_mode",
    "value_and_gradient",
]
