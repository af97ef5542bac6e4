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
    slopes: bool = False,
) -> Axes:
    """Draw the graph of a function from top to bottom: name, operation and value of each node.

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
    slopes
        whether to write ∂g_j/∂x_i on the arrow from x_i to x_j, for a graph of numbers.

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
    columns, routes = _graph_places(graph)
    places = {i: (-height, -column) for i, (column, height) in columns.items()}  # a column becomes a row
    # An empty place needs less room than a node.
    margins = {i: 0.25 if isinstance(i, tuple) else 0.5 for i in places}
    left = min(places[i][0] - margins[i] for i in places)
    right = max(places[i][0] + margins[i] for i in places)
    down = max(column for column, _ in columns.values())
    lines = 2 + (tangents is not None) + (adjoints is not None)
    height = 0.2 * lines + 0.1  # of a box, in inches
    row = height + (0.38 if slopes else 0.28)
    ax = blank_axes(ax, (1.5 * (right - left), row * down + height + 0.1))
    half = 0.44, height / row / 2
    ax.set_xlim(left, right)
    ax.set_ylim(-down - half[1] - 0.05 / row, half[1] + 0.05 / row)
    node_at = dict(enumerate(tape, start=1))
    for (p, i), route in routes.items():
        parts = [part for x, part in node_at[i].pull_back(1.0) if x is node_at[p]] if slopes else []
        _draw_edge(ax, [places[k] for k in route], half[1], graph.edges[p, i]["multiplicity"], parts)
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
        texts = [(f"${name}$ = {made}" if node.parents else f"${name}$", INK)]
        texts.append((constant_text(node.value), COLOURS["network"]))
        if tangent is not None:
            texts.append((f"$\\dot{{{name}}}$ = {constant_text(tangent)}", COLOURS["w"]))
        if adjoint is not None:
            texts.append((f"$\\partial f/\\partial {name}$ = {constant_text(adjoint)}", COLOURS["delta"]))
        for line, (text, colour) in enumerate(texts):
            place = y + 0.9 * half[1] * (1 - (2 * line + 1) / lines)
            ax.text(x, place, text, ha="center", va="center", fontsize=11, color=colour, zorder=4)
    return ax


def _draw_edge(
    ax: Axes, points: list[tuple[float, float]], half: float, times: int, slopes: Sequence[Any]
) -> None:
    """Draw an arrow from box to box through the empty places between them, `times` abreast, each with its slope."""
    for copy in range(times):
        shift = 0.32 * (copy - (times - 1) / 2)
        way = [(x + shift, y) for x, y in points]
        way[0], way[-1] = (way[0][0], way[0][1] - half), (way[-1][0], way[-1][1] + half + 0.02)
        vertices, codes = [way[0]], [Path.MOVETO]
        for (x0, y0), (x1, y1) in zip(way, way[1:]):
            middle = (y0 + y1) / 2
            vertices += [(x0, middle), (x1, middle), (x1, y1)]
            codes += [Path.CURVE4] * 3
        ax.add_patch(FancyArrowPatch(path=Path(vertices, codes), arrowstyle="-|>", color=INK,
                                     mutation_scale=11, linewidth=1.1, zorder=2))  # fmt: skip
        if slopes:
            first, last = way[(len(way) - 1) // 2], way[len(way) // 2]
            place = (first[0] + last[0]) / 2, (first[1] + last[1]) / 2
            ground = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none"}
            ax.text(*place, constant_text(slopes[copy]), ha="center", va="center", fontsize=10, color=INK,
                    bbox=ground, zorder=2.5)  # fmt: skip
