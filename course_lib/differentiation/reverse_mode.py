"""Reverse mode: record the operations of a function, then send adjoints back through them.

Each operation makes a `Variable` x_i = g_i(x_Pa(i)). In the order of their making they are the
tape. One reverse sweep over it gives ∂f/∂x_i for every i, however many inputs there are::

    ∂f/∂x_D = 1
    ∂f/∂x_i = Σ_{j: x_i ∈ Pa(x_j)} ∂f/∂x_j ∂g_j/∂x_i    (backpropagation, if f is a network's cost)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np

from course_lib._calling import called
from course_lib._door import door
from course_lib._validation import finite_array, finite_number, function
from course_lib.differentiation._arrays import TRANSPOSES, Operation, Options, shape_of, unbroadcast
from course_lib.differentiation._checks import number_or_array, require_finite
from course_lib.differentiation._differentiable import Differentiable, new_level
from course_lib.differentiation._speed import evaluate, finite_together, sweep, times
from course_lib.differentiation.elementary import RULES

_order = count()  # of the making of variables


class Variable(Differentiable):
    """A node of the graph: x_i = g_i(x_Pa(i)), or an input.

    Parameters
    ----------
    value
        number or array of any shape, dimensionless.

    Raises
    ------
    TypeError, ValueError
        the value is no number or array of finite numbers.

    Notes
    -----
    Lecture A4, A8. Baydin et al. (2018), section 3.2.

    Examples
    --------
    >>> x = Variable(3.0)
    >>> float(backward(x * x + x)[x])
    7.0
    """

    __slots__ = ("op", "inputs", "values", "options", "order", "tape")
    op: Any  #: g_i, a NumPy ufunc or an array operation such as a sum; None for an input
    inputs: tuple[Any, ...]  #: the arguments of g_i, variables and constants, in their order
    values: list[Any]  #: what g_i was computed from: the values of the variables, the constants themselves
    options: Options  #: the options of g_i, such as the axis of a sum

    def __init__(self, value: Any) -> None:
        self.become(number_or_array(value, "value"), 0, None)

    def become(self, value: Any, level: int, tape: list[Variable] | None) -> Variable:
        """Become an input, number or array; what is computed from it is appended to `tape`."""
        self.op, self.inputs, self.values, self.options = None, (), [], {}
        self.value, self.level, self.tape, self.order = value, level, tape, next(_order)
        return self

    @property
    def parents(self) -> tuple[Variable, ...]:
        """The variables among the inputs, in their order."""
        return tuple(x for x, value in zip(self.inputs, self.values) if x is not value)

    def __repr__(self) -> str:
        return f"Variable({self.value}{f', {self.op.__name__}' if self.op else ''})"

    def apply(self, op: Operation, inputs: tuple[Any, ...], options: Options) -> Variable:
        """Compute y = op(inputs) and remember where it came from."""
        inputs = _owned(inputs)
        values = self.values_of(inputs)
        y = evaluate(op, values, options)
        return self.record(y, op, inputs, values, options)

    def record(
        self, value: Any, op: Operation, inputs: tuple[Any, ...], values: list[Any], options: Options
    ) -> Variable:
        """Make the variable with this value, number or array, and append it to the tape."""
        y = object.__new__(Variable)
        y.value, y.op, y.inputs, y.values, y.options = value, op, inputs, values, options
        y.level, y.tape, y.order = self.level, self.tape, next(_order)
        if y.tape is not None:
            y.tape.append(y)
        return y

    def share(self, k: int, adjoint: Any) -> Any:
        """Return what the k-th argument gets of the adjoint ∂f/∂x_j: ∂f/∂x_j ∂g_j/∂x_i, like the argument x_i."""
        op, values = self.op, self.values
        if op in RULES:
            return unbroadcast(times(RULES[op][k](*values, self.value), adjoint), shape_of(values[k]))
        return TRANSPOSES[op](k, adjoint, values, **self.options)

    def pull_back(self, adjoint: Any) -> list[tuple[Variable, Any]]:
        """Return each parent x_i with its share ∂f/∂x_j ∂g_j/∂x_i of the adjoint, like x_i."""
        values = self.values  # a constant is its own value, a parent is not
        return [
            (x, self.share(k, adjoint)) for k, x in enumerate(self.inputs) if x is not values[k]
        ]


def _owned(inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the arguments with copies of plain arrays, which the function may change before the sweep."""
    for x in inputs:
        if type(x) is not Variable and isinstance(x, np.ndarray):
            return tuple([x.copy() if isinstance(x, np.ndarray) else x for x in inputs])
    return inputs


@dataclass(frozen=True)
class Tape:
    """The Wengert list: the variables x_1, ..., x_D in the order of their making.

    Parameters
    ----------
    nodes
        the variables; every parent stands before its children, the output is the last.

    Notes
    -----
    Lecture A8, A9. Wengert (1964).
    """

    nodes: list[Variable]

    @classmethod
    def of(cls, output: Variable, inputs: tuple[Variable, ...] = ()) -> Tape:
        """Return everything that `output` was computed from, and `inputs` even if unused."""
        if not isinstance(output, Variable):
            raise TypeError(f"a tape needs a Variable, got {output!r:.60}")
        found, waiting = {output, *inputs}, [output]
        while waiting:
            for parent in waiting.pop().parents:
                if parent not in found:
                    found.add(parent)
                    waiting.append(parent)
        return cls(sorted(found, key=lambda node: node.order))

    @property
    def inputs(self) -> list[Variable]:
        """The variables that no operation made."""
        return [node for node in self.nodes if node.op is None]

    @property
    def output(self) -> Variable:
        """The last variable, x_D = f."""
        return self.nodes[-1]

    def __len__(self) -> int:
        return len(self.nodes)

    def __iter__(self) -> Iterator[Variable]:
        return iter(self.nodes)

    def __getitem__(self, index: Any) -> Any:
        return self.nodes[index]


def _one_number(output: Variable) -> tuple[Variable]:
    if not isinstance(output, Variable):
        raise TypeError(f"a tape needs a Variable, got {output!r:.60}")
    if output.size != 1:
        raise ValueError(f"f must be one number, got shape {output.shape}: take a sum")
    return (output,)


@door(_one_number)
def backward(output: Variable) -> dict[Variable, Any]:
    """Return the adjoint ∂f/∂x_i of every variable x_i, from one reverse sweep.

    Parameters
    ----------
    output
        the variable x_D = f, holding one number.

    Returns
    -------
    dict
        from each variable behind `output`, itself included, to its adjoint, like its value.

    Raises
    ------
    TypeError, ValueError
        `output` is no variable, or holds more than one number.

    Notes
    -----
    Lecture A6, A10. Griewank and Walther (2008), section 3.2.
    """
    adjoints = {output: np.ones(output.shape)[()]}
    for node in reversed(Tape.of(output).nodes):
        for parent, part in node.pull_back(adjoints[node]):
            adjoints[parent] = adjoints[parent] + part if parent in adjoints else part
    return adjoints


def _inputs(x: Any, tape: list[Variable] | None = None) -> tuple[Variable, ...]:
    """Return numbers and arrays as variables of a new derivative, which append what follows to the tape.

    Whether arrays are finite is left to whoever calls.
    """
    level, leaves = new_level(), []
    for v in x:
        usual = type(v) is np.ndarray and v.dtype == float and v.size
        value = v.copy() if usual else number_or_array(v, "x")
        leaves.append(object.__new__(Variable).become(value, level, tape))
    return tuple(leaves)


def value_and_gradient(f: Callable[..., Any]) -> Callable[..., tuple[Any, Any]]:
    """Return a function of x that gives f(x) and its gradient together.

    Parameters
    ----------
    f
        function of one or more numbers or arrays, written with NumPy functions; returns a number.

    Returns
    -------
    Callable
        a function of the same arguments; it returns f(x) and the gradient, like x or a tuple.

    Raises
    ------
    TypeError, ValueError
        no function, no point, no rule, not one number; NaN or infinity in x, f(x) or the gradient.
    """
    function(f, "f")

    def with_gradient(*x: Any) -> tuple[Any, Any]:
        if not x:
            raise ValueError("the gradient needs a point: write gradient(f)(x)")
        tape: list[Variable] = []
        leaves = _inputs(x, tape)
        y = called(f, *leaves)
        if isinstance(y, (tuple, list)):
            raise ValueError(f"f must return one number, got {len(y)} parts: take a sum")
        if isinstance(y, Variable) and y.level == leaves[0].level:
            adjoints, value = sweep(*_one_number(y), tape), require_finite(y.value, "f", *leaves)
        else:  # f ignores its arguments
            adjoints, value = {}, finite_number(y, "f(x)")
            tape.clear()  # it holds the variables and they hold it
        slopes = [adjoints[v] if v in adjoints else np.zeros_like(v.value)[()] for v in leaves]
        for leaf, slope in zip(leaves, slopes):
            if not finite_together(leaf.value, slope):
                finite_array(leaf.value, "x")
                require_finite(slope, "the gradient", leaf)
        slopes = _apart(slopes)
        return value, slopes[0] if len(slopes) == 1 else tuple(slopes)

    return with_gradient


def _apart(slopes: list[Any]) -> list[Any]:
    """Return arrays that share no memory with one another and may be written to."""
    seen, apart = set(), []
    for s in slopes:
        if isinstance(s, np.ndarray) and (s.base is not None or id(s) in seen):
            s = s.copy()
        seen.add(id(s))
        apart.append(s)
    return apart


def gradient(f: Callable[..., Any]) -> Callable[..., Any]:
    """Return ∇f, the gradient of a function of one or more numbers or arrays.

    Its parameter and errors are those of `value_and_gradient`; its result is like x, or a tuple.

    Notes
    -----
    Lecture A7, A10.

    Examples
    --------
    >>> gradient(lambda x: (x * x).sum())([1.0, 2.0])
    array([2., 4.])
    """
    both = value_and_gradient(f)
    return lambda *x: both(*x)[1]
