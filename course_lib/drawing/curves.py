"""Figures of what the other modules return. One quantity has one colour in all of them.

Each function draws on the axes it is given, or on new ones, and returns the axes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from course_lib._validation import expect_shape, finite_array, function, real_values
from course_lib.drawing._canvas import axes_for


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
    slope = slope if slope.ndim else np.full(columns.shape, slope)
    expect_shape(slope, "g(x, f)", columns.shape)
    cell = np.ptp(x) / (len(x) - 1), np.ptp(f) / (len(f) - 1)
    run = 0.7 / np.hypot(1 / cell[0], slope / cell[1])  # each line fills the same part of a cell
    ax = axes_for(ax)
    ax.quiver(columns, rows, run, run * slope, pivot="mid", angles="xy",
              scale_units="xy", scale=1, headaxislength=0, headlength=0, headwidth=1,
              width=0.0025, color="#8C8C8C", zorder=1)  # fmt: skip
    ax.set(xlabel="$x$", ylabel="$f$")
    return ax


def _by_name(series: Any, name: str) -> Mapping[str, Any]:
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
    steps, errors_by_name = finite_array(steps, "steps", ("m",)), _by_name(errors_by_name, "errors")
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
    TypeError
        no dict; costs that are no real numbers.
    ValueError
        no history, an empty one, one that is no sequence or nowhere finite.
    """
    if not _by_name(histories, "histories"):
        raise ValueError("histories is empty: give a dict from a name to its costs")
    ax = axes_for(ax)
    positive = True
    for name, costs in histories.items():
        costs = expect_shape(real_values(costs, f"costs of {name}"), f"costs of {name}", ("m",))
        finite = np.abs(costs) < 1e100  # a logarithmic axis overflows far above that
        if not finite.any():
            raise ValueError(f"costs of {name} hold no finite number")
        positive = positive and bool((costs[finite] > 0).all())
        ax.plot(first + np.arange(len(costs)), np.where(finite, costs, np.nan), label=name)
    ax.set(xlabel="iteration", ylabel="cost $C$", yscale="log" if positive else "linear")
    ax.legend()
    return ax
