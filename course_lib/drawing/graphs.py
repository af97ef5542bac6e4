"""The drawing of a function's graph: a box for each operation, an arrow from each argument."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import networkx as nx
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from course_lib.differentiation.graph import constant_text, node_names, to_networkx
from course_lib.differentiation.reverse_mode import Tape
from course_lib.drawing._canvas import COLOURS, INK, blank_axes


def _graph_places(graph: nx.DiGraph) -> tuple[dict[Any, tuple[float, float]], dict[Any, list[Any]]]:
    """Return the place of each node and, for each edge, the nodes it runs along.

    The column of a node is its longest path from an input. An edge over several columns gets
    an empty place in each, so that it passes no node.
    """
    column: dict[Any, int] = {}
    for i in graph:
        column[i] = max((column[p] + 1 for p in graph.predecessors(i)), default=0)
    routes = {}
    for p, i in graph.edges:
        routes[p, i] = [p, *((p, i, c) for c in range(column[p] + 1, column[i])), i]
    column |= {place: place[2] for route in routes.values() for place in route[1:-1]}
    rows = [[i for i in column if column[i] == c] for c in range(max(column.values()) + 1)]
    before: dict[Any, list[Any]] = {i: [] for i in column}
    for route in routes.values():
        for p, i in zip(route, route[1:]):
            before[i].append(p)
    places: dict[Any, tuple[float, float]] = {}
    for c, row in enumerate(rows):
        # Nodes stand near what they come from, so few edges cross; empty places stand below.
        height = {i: _mean_height(before[i], places) for i in row}
        row = sorted(row, key=lambda i: (-height[i], isinstance(i, tuple)))
        top = np.inf
        for i in row:
            top = min(height[i], top - 1)
            places[i] = float(c), top
        shift = float(np.mean([height[i] - places[i][1] for i in row]))
        places |= {i: (places[i][0], places[i][1] + shift) for i in row}
    return places, routes


def _mean_height(nodes: list[Any], places: dict[Any, tuple[float, float]]) -> float:
    """Return the mean height of nodes, a number; 0 for none."""
    return float(np.mean([places[p][1] for p in nodes])) if nodes else 0.0


def _per_node(given: Any, tape: Tape, name: str) -> list[Any]:
    """Return one number for each node, or None, from a dict of variables or a sequence."""
    if given is None:
        return [None] * len(tape)
    if isinstance(given, Mapping):
        return [given.get(node, 0.0) for node in tape]
    if len(given) != len(tape):
        raise ValueError(f"{name} has {len(given)} entries, the tape has {len(tape)} nodes")
    return list(given)


def _operation_text(label: str, parents: Sequence[str]) -> str:
    """Put the names of the parents into an operation, as mathtext: a + b for (·) + (·)."""
    names = iter(parents)
    # A dot with its brackets, except those of exp(·), and no sign of multiplication.
    hole = r"(?<!\w)\(·\)|(?<=\()·|(?<=, )·"
    return re.sub(hole, lambda _: f"${next(names)}$", label)


def draw_graph(
    tape: Tape,
    adjoints: Any = None,
    names: Sequence[str] | None = None,
    tangents: Any = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the graph of a function from left to right: name, operation and value of each node.

    Parameters
    ----------
    tape
        what `course_lib.differentiation.graph.trace` returned.
    adjoints
        ∂f/∂x_i to write on the nodes: what `course_lib.differentiation.reverse_mode.backward` returned,
        or a number for each node.
    names
        one name for each node, as mathtext without the dollars; x_1, ..., x_D if left out.
    tangents
        ẋ_i to write on the nodes: a number for each.
    ax
        where to draw.

    Returns
    -------
    Axes
        The axes drawn on.

    Raises
    ------
    TypeError
        tape is no tape.
    ValueError
        there are not as many names, adjoints or tangents as nodes.

    Notes
    -----
    Lecture A4.
    """
    node_names(tape, names)
    names = [f"x_{{{i}}}" for i in range(1, len(tape) + 1)] if names is None else names
    graph = to_networkx(tape)
    places, routes = _graph_places(graph)
    across = max(x for x, _ in places.values())
    # An empty place needs less room than a node.
    margins = {i: 0.15 if isinstance(i, tuple) else 0.45 for i in places}
    low = min(places[i][1] - margins[i] for i in places)
    high = max(places[i][1] + margins[i] for i in places)
    lines = 2.0 + (tangents is not None) + 2.2 * (adjoints is not None)
    ax = blank_axes(ax, (1.3 * across + 1.2, (0.27 * lines + 0.2) * (high - low)))
    ax.set_xlim(-0.44, across + 0.44)
    ax.set_ylim(low, high)
    half = 0.42, 0.38
    for (p, i), route in routes.items():
        _draw_edge(ax, [places[k] for k in route], half[0], graph.edges[p, i]["multiplicity"])
    name_of = dict(zip(tape, names))
    extra = zip(_per_node(tangents, tape, "tangents"), _per_node(adjoints, tape, "adjoints"))
    for node, (i, shown), (tangent, adjoint) in zip(tape, graph.nodes(data=True), extra):
        x, y = places[i]
        name, made = name_of[node], _operation_text(shown["op"], [name_of[p] for p in node.parents])
        box = FancyBboxPatch((x - half[0], y - half[1]), 2 * half[0], 2 * half[1],
                             boxstyle="round,pad=0,rounding_size=0.08", facecolor="white",
                             edgecolor=INK if node.parents else COLOURS["x"],
                             linewidth=1.4, zorder=3)  # fmt: skip
        ax.add_patch(box)
        texts = [(f"${name}$ = {made}" if node.parents else f"${name}$", INK, 1.0)]
        texts.append((constant_text(node.value), COLOURS["network"], 1.0))
        if tangent is not None:
            texts.append((f"$\\dot{{{name}}}$ = {constant_text(tangent)}", COLOURS["w"], 1.0))
        if adjoint is not None:
            slope = f"$\\dfrac{{\\partial f}}{{\\partial {name}}}$ = {constant_text(adjoint)}"
            texts.append((slope, COLOURS["delta"], 2.2))
        above = 0.0
        for text, colour, room in texts:
            height = y + 0.94 * half[1] * (1 - (2 * above + room) / lines)
            ax.text(x, height, text, ha="center", va="center", fontsize=11, color=colour, zorder=4)
            above += room
    return ax


def _draw_edge(ax: Axes, points: list[tuple[float, float]], half: float, times: int) -> None:
    """Draw an arrow from box to box through the empty places between them, `times` abreast."""
    for copy in range(times):
        shift = 0.16 * (copy - (times - 1) / 2)
        way = [(x, y + shift) for x, y in points]
        way[0], way[-1] = (way[0][0] + half, way[0][1]), (way[-1][0] - half - 0.02, way[-1][1])
        vertices, codes = [way[0]], [Path.MOVETO]
        for (x0, y0), (x1, y1) in zip(way, way[1:]):
            middle = (x0 + x1) / 2
            vertices += [(middle, y0), (middle, y1), (x1, y1)]
            codes += [Path.CURVE4] * 3
        ax.add_patch(FancyArrowPatch(path=Path(vertices, codes), arrowstyle="-|>", color=INK,
                                     mutation_scale=11, linewidth=1.1, zorder=2))  # fmt: skip
