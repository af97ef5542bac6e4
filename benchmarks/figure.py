"""The figure of error against CPU time, one panel for each problem."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from peers.problems import PROBLEMS

from course_lib.drawing import COLOURS

#: name of the contender: label, colour, and a marker where it gives one point for each run.
LOOKS = {
    "random features": ("solve", COLOURS["network"], "*"),
    "levenberg-marquardt": ("solve, all weights", COLOURS["x"], None),
    "DOP853, dense": ("DOP853", COLOURS["exact"], "o"),
    "LSODA, dense": ("LSODA", COLOURS["exact"], "s"),
    "solve_bvp": ("solve_bvp", COLOURS["exact"], "D"),
    "Chebyshev": ("Chebyshev", COLOURS["exact"], "^"),
    "tfc": ("tfc", COLOURS["exact"], "v"),
    "heyoka, dense": ("heyoka", COLOURS["exact"], "P"),
    "neurodiffeq": ("neurodiffeq, best", COLOURS["delta"], None),
    "neurodiffeq defaults": ("neurodiffeq, defaults", COLOURS["euler"], None),
    "DeepXDE": ("DeepXDE", COLOURS["w"], None),
    "lecture": ("lecture code", COLOURS["data"], None),
}


def falling(pairs: list[Any]) -> tuple[list[float], list[float]]:
    """Return the times and the smallest error so far."""
    seconds, errors = [], []
    for second, error in sorted(map(tuple, pairs)):
        if not errors or error < errors[-1]:
            seconds.append(second)
            errors.append(error)
    return seconds, errors


def draw_run(ax: Axes, contender: str, pairs: list[Any], label: str | None) -> None:
    _, colour, marker = LOOKS[contender]
    seconds, errors = falling(pairs)
    if marker:
        ax.plot(seconds, errors, marker, color=colour, label=label, ms=11 if marker == "*" else 5)
    else:
        ax.step(seconds, errors, where="post", color=colour, label=label, lw=1.0)


def draw(raw: dict[str, Any], path: Path) -> None:
    plt.style.use("course_lib.course")
    figure, axes = plt.subplots(2, 4, figsize=(12.4, 6.4), sharex=True, sharey=True)
    panels = dict(zip(PROBLEMS, axes.flat))
    labels = {name: look[0] for name, look in LOOKS.items()}
    runs = [(r["contender"], r["problem"], r["pairs"]) for r in raw["results"]]
    runs += [
        ("random features", r["problem"], [r["ours"]])
        for r in raw["results"]
        if r["contender"] == "levenberg-marquardt"
    ]
    for contender, problem, pairs in runs:
        if contender in LOOKS:
            draw_run(panels[problem], contender, pairs, labels.pop(contender, None))
    for problem, ax in panels.items():
        ax.set(xscale="log", yscale="log", title=problem)
    figure.supxlabel("CPU time (s)", fontsize=10)
    figure.supylabel("largest error so far", fontsize=10)
    handles = {}
    for ax in panels.values():
        handles |= {label: handle for handle, label in zip(*ax.get_legend_handles_labels())}
    order = [look[0] for look in LOOKS.values() if look[0] in handles]
    figure.legend(
        [handles[label] for label in order],
        order,
        ncols=(len(order) + 1) // 2,
        loc="outside upper center",
        handlelength=1.2,
        columnspacing=1.1,
    )
    figure.savefig(path)
    plt.close(figure)
