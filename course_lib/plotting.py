"""Figures of what the other modules return. One quantity has one colour in all of them.

Each function draws on the axes it is given, or on new ones, and returns the axes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import networkx as nx
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from course_lib.graph import constant_text, node_names, to_networkx
from course_lib.reverse_mode import Tape
from course_lib.validation import expect_shape, finite_array, function, instance, whole_number

# Okabe and Ito's colours, which colour-blind readers can tell apart.
COLOURS = {
    "x": "#56B4E9",
    "w": "#009E73",
    "delta": "#D55E00",
    "network": "#0072B2",
    "exact": "#333333",
    "euler": "#E69F00",
    "data": "#CC79A7",
}
INK, PALE = "#333333", "#BBBBBB"
# Negative numbers and positive ones, as the weights have them.
SIGNS = LinearSegmentedColormap.from_list("sign", [COLOURS["delta"], "white", COLOURS["network"]])
LONG, TOP, BOTTOM = 8, 4, 3  # a layer above LONG neurons shows its first TOP and last BOTTOM
RADIUS, GAP = 0.36, 2.6  # of a neuron, and between layers, in units of the neurons' distance


def axes_for(ax: Axes | None, size: tuple[float, float] | None = None) -> Axes:
    """Return the axes that are given, or new ones of this size in inches."""
    axes: Axes = instance(plt.subplots(figsize=size)[1] if ax is None else ax, Axes, "ax")
    return axes


def blank_axes(ax: Axes | None, size: tuple[float, float]) -> Axes:
    """Return axes without frame and ticks, for a drawing in units of its own."""
    ax = axes_for(ax, size)
    ax.set_axis_off()
    return ax


def neurons_shown(size: int, distance: float = 1.0) -> dict[int, float]:
    """Return the height of each neuron j = 0, 1, ... that is drawn."""
    if size <= LONG:
        return {j: distance * ((size - 1) / 2 - j) for j in range(size)}
    kept = [*range(TOP), *range(size - BOTTOM, size)]
    rows = [*range(TOP), *range(TOP + 1, TOP + 1 + BOTTOM)]  # one row for the dots
    return {j: (TOP + BOTTOM) / 2 - row for j, row in zip(kept, rows)}


def draw_network(
    sizes_or_network: Any,
    theta: Sequence[Any] | None = None,
    values: Sequence[Any] | None = None,
    symbols: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Draw a network: a column of neurons for each layer, a line for each weight.

    Parameters
    ----------
    sizes_or_network
        the numbers of neurons n_0, ..., n_L, or a network with these as ``sizes``.
    theta
        the parameters, dimensionless. The width of a line is then ``|w_jk|``, its colour the sign.
    values
        a number for each neuron, dimensionless, such as the δ of one sample: arrays (n_l,) or
        (1, n_l) for the layers 0..L or 1..L. They become the colours of the neurons.
    symbols
        whether to write a_j⁽ˡ⁾ into the neurons, and w_jk⁽ˡ⁾, b_j⁽ˡ⁾ where there is room.
    ax
        where to draw.

    Returns
    -------
    Axes
        The axes drawn on.

    Raises
    ------
    TypeError
        a size is no whole number.
    ValueError
        fewer than two layers; theta or values do not belong to such a network.
    """
    sizes = getattr(sizes_or_network, "sizes", sizes_or_network)
    sizes = [whole_number(n, "a layer's size") for n in np.atleast_1d(sizes)]
    depth = len(sizes) - 1
    if depth < 1:
        raise ValueError(f"a network has at least two layers, got the sizes {sizes}")
    small = symbols and max(sizes) <= LONG // 2
    heights = [neurons_shown(n, distance=1.45 if small else 1.0) for n in sizes]
    rows = max(max(h.values()) - min(h.values()) + 1 for h in heights)
    ax = blank_axes(ax, (1.75 * depth + 1.4 + (values is not None), 0.68 * rows + 1.0))
    ax.set_aspect("equal")
    ax.set_xlim(-0.8, GAP * depth + 0.8)
    ax.set_ylim(-rows / 2 - 1.0, rows / 2 + 0.4)
    draw_weights(ax, sizes, heights, theta)
    if small:
        write_parameters(ax, heights)
    colour_of = neuron_colours(ax, sizes, values)
    for l, shown in enumerate(heights):
        for j, y in shown.items():
            face = colour_of(l, j)
            ax.add_patch(Circle((GAP * l, y), RADIUS, facecolor=face, edgecolor=INK, zorder=3))
            if symbols:
                dark = np.dot(face[:3], (0.3, 0.6, 0.1)) < 0.5
                name = f"$a_{{{j + 1}}}^{{({l})}}$"
                colour = "white" if dark else INK
                ax.text(GAP * l, y, name, color=colour, ha="center", va="center", zorder=4)
        if len(shown) < sizes[l]:
            ax.text(GAP * l, (BOTTOM - TOP) / 2, "⋮", ha="center", va="center", fontsize=14)
        kind = "input" if l == 0 else "output" if l == depth else "hidden"
        ax.text(GAP * l, -rows / 2 - 0.2, f"{kind}\n$l = {l}$", ha="center", va="top", color=INK)
    return ax


def neuron_colours(ax: Axes, sizes: list[int], values: Any) -> Callable[[int, int], Any]:
    """Return the colour of neuron j in layer l, and draw the colour bar of `values`, each (n_l,)."""
    if values is None:
        return lambda l, j: (1.0, 1.0, 1.0, 1.0)
    first = len(sizes) - len(values)
    if first not in (0, 1):
        raise ValueError(f"values has {len(values)} layers, expected {len(sizes)}, or one less")
    layers = {}
    for l, layer in enumerate(values, start=first):
        layer = finite_array(layer, f"values of layer {l}")
        layer = layer[0] if layer.ndim == 2 and len(layer) == 1 else layer
        layers[l] = expect_shape(layer, f"values of layer {l}", (sizes[l],))
    largest = max(np.abs(layer).max() for layer in layers.values()) or 1.0
    scale = ScalarMappable(Normalize(-largest, largest), SIGNS)
    ax.figure.colorbar(scale, ax=ax, shrink=0.7)
    white = (1.0, 1.0, 1.0, 1.0)
    return lambda l, j: scale.to_rgba(layers[l][j]) if l in layers else white


def draw_weights(ax: Axes, sizes: list[int], heights: list[dict[int, float]], theta: Any) -> None:
    """Draw the lines of all weights; with theta, as wide as the numbers in it are large."""
    if theta is not None and len(theta) != len(sizes) - 1:
        raise ValueError(f"theta has {len(theta)} layers, expected {len(sizes) - 1}")
    for l in range(1, len(sizes)):
        pairs = [(j, k) for j in heights[l] for k in heights[l - 1]]
        left, right = GAP * (l - 1), GAP * l
        ends = [[(left, heights[l - 1][k]), (right, heights[l][j])] for j, k in pairs]
        lines = LineCollection(ends, colors=PALE, linewidths=1.0, zorder=1)
        if theta is not None:
            w = finite_array(instance(theta[l - 1], tuple, f"layer {l} of theta")[0], f"w of layer {l}")
            w = expect_shape(w, f"w of layer {l}", (sizes[l], sizes[l - 1]))
            w = np.array([w[pair] for pair in pairs])
            size = np.abs(w) / (np.abs(w).max() or 1.0)
            lines.set(
                color=[COLOURS["network"] if v >= 0 else COLOURS["delta"] for v in w],
                linewidth=0.4 + 2.6 * size,
                alpha=0.25 + 0.75 * size,
            )
        ax.add_collection(lines)
    if theta is not None:
        for colour, label in [("network", "$w > 0$"), ("delta", "$w < 0$")]:
            ax.plot([], [], color=COLOURS[colour], label=label)
        ax.legend(loc="upper center", bbox_to_anchor=(0.5, 0.02), ncols=2, frameon=False)


def write_parameters(ax: Axes, heights: list[dict[int, float]]) -> None:
    """Write w_jk⁽ˡ⁾ on each line and b_j⁽ˡ⁾ above each neuron."""
    style: Any = {"ha": "center", "fontsize": 9, "color": COLOURS["w"], "zorder": 2}
    for l in range(1, len(heights)):
        t = 1 / (1 + len(heights[l]))  # the place along the lines where they are evenly spread
        for j, above in heights[l].items():
            name = f"$b_{{{j + 1}}}^{{({l})}}$"
            ax.text(GAP * l, above + RADIUS + 0.04, name, va="bottom", **style)
            for k, before in heights[l - 1].items():
                ax.text(GAP * (l - 1 + t), (1 - t) * before + t * above,
                        f"$w_{{{j + 1}{k + 1}}}^{{({l})}}$", va="center", **style,
                        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5})  # fmt: skip


def graph_places(graph: nx.DiGraph) -> tuple[dict[Any, tuple[float, float]], dict[Any, list[Any]]]:
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
        height = {i: mean_height(before[i], places) for i in row}
        row = sorted(row, key=lambda i: (-height[i], isinstance(i, tuple)))
        top = np.inf
        for i in row:
            top = min(height[i], top - 1)
            places[i] = float(c), top
        shift = float(np.mean([height[i] - places[i][1] for i in row]))
        places |= {i: (places[i][0], places[i][1] + shift) for i in row}
    return places, routes


def mean_height(nodes: list[Any], places: dict[Any, tuple[float, float]]) -> float:
    """Return the mean height of nodes, a number; 0 for none."""
    return float(np.mean([places[p][1] for p in nodes])) if nodes else 0.0


def per_node(given: Any, tape: Tape, name: str) -> list[Any]:
    """Return one number for each node, or None, from a dict of variables or a sequence."""
    if given is None:
        return [None] * len(tape)
    if isinstance(given, Mapping):
        return [given.get(node, 0.0) for node in tape]
    if len(given) != len(tape):
        raise ValueError(f"{name} has {len(given)} entries, the tape has {len(tape)} nodes")
    return list(given)


def operation_text(label: str, parents: Sequence[str]) -> str:
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
        what `course_lib.graph.trace` returned.
    adjoints
        ∂f/∂x_i to write on the nodes: what `course_lib.reverse_mode.backward` returned,
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
    places, routes = graph_places(graph)
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
        draw_edge(ax, [places[k] for k in route], half[0], graph.edges[p, i]["multiplicity"])
    name_of = dict(zip(tape, names))
    extra = zip(per_node(tangents, tape, "tangents"), per_node(adjoints, tape, "adjoints"))
    for node, (i, shown), (tangent, adjoint) in zip(tape, graph.nodes(data=True), extra):
        x, y = places[i]
        name, made = name_of[node], operation_text(shown["op"], [name_of[p] for p in node.parents])
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


def draw_edge(ax: Axes, points: list[tuple[float, float]], half: float, times: int) -> None:
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


def draw_direction_field(
    g: Callable[[Any, Any], Any], x: Any, f: Any, ax: Axes | None = None
) -> Axes:
    """Draw the slope df/dx = g(x, f) as a short line at each point of a grid.

    Parameters
    ----------
    g
        function of two arrays of one shape; returns that shape or a number.
    x, f
        (m,) and (n,), dimensionless; the columns and rows of the grid, at least two each.
    ax
        where to draw.

    Returns
    -------
    Axes
        The axes drawn on.

    Raises
    ------
    TypeError
        g is no function, x or f hold no numbers.
    ValueError
        a wrong shape; NaN or infinity in x, f or g(x, f).
    """
    function(g, "g")
    x, f = finite_array(x, "x", ("m",)), finite_array(f, "f", ("n",))
    if np.ptp(x) == 0 or np.ptp(f) == 0:
        raise ValueError("x and f need two different numbers each")
    columns, rows = np.meshgrid(x, f)
    slope = finite_array(g(columns, rows), "g(x, f)")
    slope = slope if slope.ndim == 0 else expect_shape(slope, "g(x, f)", columns.shape)
    cell = np.ptp(x) / (len(x) - 1), np.ptp(f) / (len(f) - 1)
    run = 0.7 / np.hypot(1 / cell[0], slope / cell[1])  # each line fills the same part of a cell
    ax = axes_for(ax)
    ax.quiver(columns, rows, run * np.ones_like(columns), run * slope, pivot="mid", angles="xy",
              scale_units="xy", scale=1, headaxislength=0, headlength=0, headwidth=1,
              width=0.0025, color="#8C8C8C", zorder=1)  # fmt: skip
    ax.set(xlabel="$x$", ylabel="$f$")
    return ax


def by_name(series: Any, name: str) -> Mapping[str, Any]:
    """Return the numbers to draw if they are given by name."""
    if not isinstance(series, Mapping):
        raise TypeError(f"{name} must be a dict from a name to its numbers, got {series!r:.60}")
    return series


def draw_convergence(
    steps: Any,
    errors_by_name: Mapping[str, Any],
    orders: Mapping[str, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw errors against the step, both logarithmic.

    Parameters
    ----------
    steps
        (m,), positive, dimensionless.
    errors_by_name
        for each name (m,) errors, not negative. An error of exactly 0 is left out.
    orders
        for some of the names an order p: a dashed line ∝ hᵖ is drawn just below.
    ax
        where to draw.

    Returns
    -------
    Axes
        The axes drawn on.

    Raises
    ------
    TypeError
        no numbers.
    ValueError
        a step that is not positive, a negative error, a wrong shape, NaN, an unknown name.
    """
    steps, errors_by_name = finite_array(steps, "steps", ("m",)), by_name(errors_by_name, "errors")
    if not errors_by_name or (steps <= 0).any():
        raise ValueError("steps must be positive, and at least one series of errors is needed")
    orders = {} if orders is None else orders
    unknown = set(orders) - set(errors_by_name)
    if unknown:
        raise ValueError(f"no errors named {sorted(unknown)}; known: {list(errors_by_name)}")
    ax = axes_for(ax)
    for name, errors in errors_by_name.items():
        errors = finite_array(errors, f"errors of {name}", (len(steps),))
        if (errors < 0).any():
            raise ValueError(f"errors of {name} are negative: take their absolute value")
        (line,) = ax.loglog(steps, np.where(errors > 0, errors, np.nan), "o-", label=name)
        if name in orders:
            largest = np.argmax(np.where(errors > 0, steps, 0))
            guide = errors[largest] / 2 * (steps / steps[largest]) ** orders[name]
            ax.loglog(steps, guide, "--", color=line.get_color(), linewidth=1,
                      label=f"$\\propto h^{{{orders[name]:g}}}$")  # fmt: skip
    ax.set(xlabel="step $h$", ylabel="error")
    ax.legend()
    return ax


def draw_training(histories: Mapping[str, Any], ax: Axes | None = None, first: int = 0) -> Axes:
    """Draw the cost against the iteration; the cost logarithmic where it is positive.

    Parameters
    ----------
    histories
        for each name the (m,) costs, dimensionless. Where a run diverges
        beyond 1e100, to infinity or NaN, it is not drawn.
    ax
        where to draw.
    first
        the number at which the iterations begin: 1 for a logarithmic axis, which has no 0.

    Returns
    -------
    Axes
        The axes drawn on.

    Raises
    ------
    ValueError
        no history, an empty one, one that is no sequence or nowhere finite.
    """
    if not by_name(histories, "histories"):
        raise ValueError("histories is empty: give a dict from a name to its costs")
    ax = axes_for(ax)
    positive = True
    for name, costs in histories.items():
        costs = expect_shape(np.asarray(costs, dtype=float), f"costs of {name}", ("m",))
        finite = np.abs(costs) < 1e100  # a logarithmic axis overflows far above that
        if not finite.any():
            raise ValueError(f"costs of {name} hold no finite number")
        positive = positive and bool((costs[finite] > 0).all())
        ax.plot(first + np.arange(len(costs)), np.where(finite, costs, np.nan), label=name)
    ax.set(xlabel="iteration", ylabel="cost $C$", yscale="log" if positive else "linear")
    ax.legend()
    return ax
