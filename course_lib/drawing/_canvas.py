"""What all figures share: the axes to draw on, and one colour for one quantity."""

from __future__ import annotations

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from course_lib._validation import instance

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


def axes_for(ax: Axes | None, size: tuple[float, float] | None = None) -> Axes:
    """Return the axes that are given, or new ones of this size in inches."""
    axes: Axes = instance(plt.subplots(figsize=size)[1] if ax is None else ax, Axes, "ax")
    return axes


def blank_axes(ax: Axes | None, size: tuple[float, float]) -> Axes:
    """Return axes without frame and ticks, for a drawing in units of its own."""
    ax = axes_for(ax, size)
    ax.set_axis_off()
    return ax
