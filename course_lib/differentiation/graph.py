"""The graph of a function: x_i = g_i(x_Pa(i)), one node for each operation.

The lecture's example f(x) = √(x² + exp(x²)) is five nodes::

    x_1 = x    x_2 = x_1²    x_3 = exp(x_2)    x_4 = x_2 + x_3    x_5 = √x_4 = f

`trace` runs a function once and records them. The nodes are the tape of reverse mode,
so the graph that is drawn is the graph that is differentiated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import networkx as nx
import numpy as np

from course_lib._calling import called
from course_lib._validation import function
from course_lib.differentiation._arrays import choose, getitem, total, transpose
from course_lib.differentiation._checks import number_or_array, require_finite
from course_lib.differentiation._differentiable import plain
from course_lib.differentiation.reverse_mode import Tape, Variable, _inputs

# How an operation is written, with {} for each argument. All others are name(argument, ...).
_WRITTEN = {
    np.add: "{} + {}",
    np.subtract: "{} − {}",
    np.multiply: "{} · {}",
    np.divide: "{} / {}",
    np.power: "{}^{}",
    np.matmul: "{} @ {}",
    np.positive: "+{}",
    np.negative: "−{}",
    np.square: "{}²",
    np.reciprocal: "1 / {}",
    np.sqrt: "√{}",
    np.cbrt: "∛{}",
    total: "Σ{}",
    transpose: "{}ᵀ",
}
_NAMED = {np.absolute: "abs", choose: "where"}

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def trace(f: Callable[..., Any], *x: Any) -> Tape:
    """Run f once and return its graph: the inputs x_1, ..., x_d, then each operation in order.

    Parameters
    ----------
    f
        function of one or more numbers or arrays, written with NumPy functions.
    *x
        number or array for each argument of f, dimensionless; the point where it is run.

    Returns
    -------
    Tape
        x_1, ..., x_D. An input that f does not use is on it as well.

    Raises
    ------
    TypeError
        f is no function, an argument holds no numbers, an operation has no rule.
    ValueError
        no argument, an empty one, NaN or infinity in an argument or in f(x);
        f has several outputs, ignores its arguments, or hands one of several back as it is.

    Notes
    -----
    Lecture A4, A8, A9.

    Examples
    --------
    >>> for node in trace(lambda x: np.sqrt(x**2 + np.exp(x**2)), 1.0):
    ...     print(op_label(node))
    input
    (·)²
    (·)²
    exp(·)
    (·) + (·)
    √(·)
    """
    function(f, "f")
    if not x:
        raise ValueError("trace needs a point: write trace(f, x)")
    leaves = _inputs([number_or_array(v, "x") for v in x])
    y = called(f, *leaves)
    if isinstance(y, (tuple, list)):
        raise ValueError(f"f must have one output, got {len(y)}: trace them one at a time")
    if not (isinstance(y, Variable) and y.level == leaves[0].level):
        raise ValueError(f"f must depend on its arguments, but it returned {y!r:.60}")
    if y.op is None and len(leaves) > 1:
        raise ValueError("f returns one of its arguments as it is: there is no operation to show")
    require_finite(y.value, "f", leaves[0])
    return Tape.of(y, leaves)


def op_label(node: Variable) -> str:
    """Return the operation g_i of a node as the lecture writes it, with · for each variable.

    Parameters
    ----------
    node
        a variable of a tape.

    Returns
    -------
    str
        a label such as ``(·)²``, ``exp(·)``, ``(·) + (·)`` or ``2 · (·)``; ``input`` for an input.

    Raises
    ------
    TypeError
        node is no variable.

    Notes
    -----
    Lecture A9.
    """
    if not isinstance(node, Variable):
        raise TypeError(f"op_label needs a Variable, got {node!r:.60}")
    if node.op is None:
        return "input"
    mine = [any(x is parent for parent in node.parents) for x in node.inputs]
    texts = ["·" if m else constant_text(x) for x, m in zip(node.inputs, mine)]
    bracketed = [f"({t})" if m or t.startswith("-") else t for t, m in zip(texts, mine)]
    if node.op is getitem:
        return f"(·)[{_index_text(node.options['index'])}]"
    if node.op is np.power and mine == [True, False] and set(texts[1]) <= set("-0123456789"):
        return f"(·){texts[1].translate(_SUPERSCRIPTS)}"
    if node.op in _WRITTEN:
        return _WRITTEN[node.op].format(*bracketed)
    return f"{_NAMED.get(node.op, node.op.__name__)}({', '.join(texts)})"


def constant_text(value: Any) -> str:
    """Write a number by its digits and an array by its shape."""
    value = plain(value)
    return f"{np.asarray(value)[()]:.4g}" if np.ndim(value) == 0 else _shape_text(value)


def _shape_text(value: Any) -> str:
    """Write the shape of an array, as [2×3]."""
    return "[" + "×".join(map(str, np.shape(value))) + "]"


def _index_text(index: Any) -> str:
    """Write an index as in Python, with … for an array of indices."""
    if isinstance(index, tuple):
        return ", ".join(map(_index_text, index))
    if isinstance(index, slice):
        return ":".join("" if k is None else str(k) for k in (index.start, index.stop))
    return "…" if np.ndim(index) else str(index)


def node_names(tape: Tape, names: Sequence[str] | None = None) -> list[str]:
    """Return a name for each node: `names`, or x₁, ..., x_D.

    Raises
    ------
    TypeError
        tape is no tape.
    ValueError
        there are not as many names as nodes.
    """
    if not isinstance(tape, Tape):
        raise TypeError(f"expected a Tape, got {tape!r:.60}: write trace(f, x)")
    if names is None:
        return [f"x{i}".translate(_SUBSCRIPTS) for i in range(1, len(tape) + 1)]
    given = [] if isinstance(names, str) or not np.iterable(names) else list(map(str, names))
    if len(given) != len(tape):
        raise ValueError(f"the tape has {len(tape)} nodes: give as many names, got {names!r:.60}")
    return given


def to_networkx(tape: Tape, names: Sequence[str] | None = None) -> nx.DiGraph:
    """Return the graph for networkx.

    Parameters
    ----------
    tape
        what `trace` returned.
    names
        one name for each node; x₁, ..., x_D if left out.

    Returns
    -------
    nx.DiGraph
        directed graph with the nodes 1, ..., D, each with the attributes ``name``, ``op`` (its
        label) and ``value``, and an edge from each parent to its child. The edge's attribute
        ``multiplicity`` is 2 where a parent enters twice, as in x · x.

    Raises
    ------
    TypeError
        tape is no tape.
    ValueError
        there are not as many names as nodes.

    Notes
    -----
    Lecture A8.

    Examples
    --------
    >>> graph = to_networkx(trace(lambda x: x * x, 3.0))
    >>> list(graph.edges(data="multiplicity"))
    [(1, 2, 2)]
    """
    names = node_names(tape, names)
    graph, number = nx.DiGraph(), {node: i for i, node in enumerate(tape, start=1)}
    for node, name in zip(tape, names):
        graph.add_node(number[node], name=name, op=op_label(node), value=node.value)
        for parent in node.parents:
            edge = number[parent], number[node]
            times = graph.edges[edge]["multiplicity"] if graph.has_edge(*edge) else 0
            graph.add_edge(*edge, multiplicity=times + 1)
    return graph


def to_dot(tape: Tape, names: Sequence[str] | None = None) -> str:
    r"""Return the graph as text for Graphviz, drawn from left to right.

    Parameters
    ----------
    tape
        what `trace` returned.
    names
        one name for each node; x₁, ..., x_D if left out.

    Raises
    ------
    TypeError
        tape is no tape.
    ValueError
        there are not as many names as nodes.

    Examples
    --------
    >>> print(to_dot(trace(lambda x: x * x, 3.0)))
    digraph {
      rankdir=LR;
      1 [label="x₁\ninput\n3"];
      2 [label="x₂\n(·) · (·)\n9"];
      1 -> 2;
      1 -> 2;
    }
    """
    graph = to_networkx(tape, names)
    lines = []
    for i, node in graph.nodes(data=True):
        texts = node["name"], node["op"], constant_text(node["value"])
        label = "\\n".join(t.replace("\\", "\\\\").replace('"', '\\"') for t in texts)
        lines.append(f'  {i} [label="{label}"];')
    for parent, child, times in graph.edges(data="multiplicity"):
        lines += [f"  {parent} -> {child};"] * times
    return "\n".join(["digraph {", "  rankdir=LR;", *lines, "}"])
