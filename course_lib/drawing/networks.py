"""The drawing of a network: a column of neurons for each layer, a line for each weight."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.patches import Circle

from course_lib._validation import expect_shape, finite_array, instance, whole_number
from course_lib.drawing._canvas import COLOURS, INK, PALE, SIGNS, blank_axes

_LONG, _TOP, _BOTTOM = 8, 4, 3  # a layer above _LONG neurons shows its first _TOP and last _BOTTOM
_RADIUS, _GAP = 0.36, 2.6  # of a neuron, and between layers, in units of the neurons' distance


def _neurons_shown(size: int, distance: float) -> dict[int, float]:
    """Return the height of each neuron j = 0, 1, ... that is drawn."""
    if size <= _LONG:
        return {j: distance * ((size - 1) / 2 - j) for j in range(size)}
    kept = [*range(_TOP), *range(size - _BOTTOM, size)]
    rows = [*range(_TOP), *range(_TOP + 1, _TOP + 1 + _BOTTOM)]  # one row for the dots
    return {j: (_TOP + _BOTTOM) / 2 - row for j, row in zip(kept, rows)}


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
    small = symbols and max(sizes) <= _LONG // 2
    heights = [_neurons_shown(n, distance=1.45 if small else 1.0) for n in sizes]
    rows = max(max(h.values()) - min(h.values()) + 1 for h in heights)
    ax = blank_axes(ax, (1.75 * depth + 1.4 + (values is not None), 0.68 * rows + 1.0))
    ax.set_aspect("equal")
    ax.set_xlim(-0.8, _GAP * depth + 0.8)
    ax.set_ylim(-rows / 2 - 1.0, rows / 2 + 0.4)
    _draw_weights(ax, sizes, heights, theta)
    if small:
        _write_parameters(ax, heights)
    colour_of = _neuron_colours(ax, sizes, values)
    for l, shown in enumerate(heights):
        for j, y in shown.items():
            face = colour_of(l, j)
            ax.add_patch(Circle((_GAP * l, y), _RADIUS, facecolor=face, edgecolor=INK, zorder=3))
            if symbols:
                dark = np.dot(face[:3], (0.3, 0.6, 0.1)) < 0.5
                name = f"$a_{{{j + 1}}}^{{({l})}}$"
                colour = "white" if dark else INK
                ax.text(_GAP * l, y, name, color=colour, ha="center", va="center", zorder=4)
        if len(shown) < sizes[l]:
            ax.text(_GAP * l, (_BOTTOM - _TOP) / 2, "⋮", ha="center", va="center", fontsize=14)
        kind = "input" if l == 0 else "output" if l == depth else "hidden"
        ax.text(_GAP * l, -rows / 2 - 0.2, f"{kind}\n$l = {l}$", ha="center", va="top", color=INK)
    return ax


def _neuron_colours(ax: Axes, sizes: list[int], values: Any) -> Callable[[int, int], Any]:
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


def _draw_weights(ax: Axes, sizes: list[int], heights: list[dict[int, float]], theta: Any) -> None:
    """Draw the lines of all weights; with theta, as wide as the numbers in it are large."""
    if theta is not None and len(theta) != len(sizes) - 1:
        raise ValueError(f"theta has {len(theta)} layers, expected {len(sizes) - 1}")
    for l in range(1, len(sizes)):
        pairs = [(j, k) for j in heights[l] for k in heights[l - 1]]
        left, right = _GAP * (l - 1), _GAP * l
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


def _write_parameters(ax: Axes, heights: list[dict[int, float]]) -> None:
    """Write w_jk⁽ˡ⁾ on each line and b_j⁽ˡ⁾ above each neuron."""
    style: Any = {"ha": "center", "fontsize": 9, "color": COLOURS["w"], "zorder": 2}
    for l in range(1, len(heights)):
        # The place along the lines where they are evenly spread; from a single neuron they spread all the way.
        t = 1 / (1 + len(heights[l])) if len(heights[l - 1]) > 1 else 0.55
        for j, above in heights[l].items():
            name = f"$b_{{{j + 1}}}^{{({l})}}$"
            ax.text(_GAP * l, above + _RADIUS + 0.04, name, va="bottom", **style)
            for k, before in heights[l - 1].items():
                ax.text(_GAP * (l - 1 + t), (1 - t) * before + t * above,
                        f"$w_{{{j + 1}{k + 1}}}^{{({l})}}$", va="center", **style,
                        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5})  # fmt: skip
