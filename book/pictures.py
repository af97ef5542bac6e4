"""Draw the pictures of README.md and of the book's first page.

    python book/pictures.py

In the first one a network becomes the solution of an equation: each position is that of `course_lib.equations.solve`
after some steps of training. It moves once, for five seconds, and then stands. The others are one for each part of
the book, and two badges.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from course_lib.differentiation.forward_mode import derivative
from course_lib.drawing import COLOURS, draw_network
from course_lib.equations import PROBLEMS, Solution, euler, solve
from course_lib.networks import Network

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "book/_static/pictures"
PROBLEM, HIDDEN, SEED = PROBLEMS["oscillator"], 7, 1
STEPS = [1, 2, 3, 5, 8, 12, 16, 20, 24, 28, 32, 36, 40, 50]
SECONDS = 5
BLUE, ORANGE, GREEN, INK, PALE = (COLOURS[name] for name in ("network", "delta", "w", "exact", "x"))

# What a picture maps from its own units to pixels: x to the right, y up.
Place = Callable[[float, float], str]


def svg(width: int, height: int, *parts: str) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
    return "\n".join([head, f'<rect width="{width}" height="{height}" fill="#FFFFFF"/>', *parts, "</svg>", ""])


def frame(x: tuple[float, float], y: tuple[float, float], left: int, right: int, top: int, bottom: int) -> Place:
    """Put the interval x between left and right, and y between bottom and top."""
    across, up = (right - left) / (x[1] - x[0]), (bottom - top) / (y[1] - y[0])
    return lambda a, b: f"{left + (a - x[0]) * across:.1f},{bottom - (b - y[0]) * up:.1f}"


def way(place: Place, xs: Iterable[float], ys: Iterable[float]) -> str:
    return "M" + " ".join(place(a, b) for a, b in zip(xs, ys))


def curve(path: str, colour: str, width: float = 2.5, more: str = "", inside: str = "") -> str:
    return (f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width}"'
            f' stroke-linejoin="round" stroke-linecap="round"{more}>{inside}</path>')  # fmt: skip


def dot(at: str, radius: float, colour: str) -> str:
    x, y = at.split(",")
    return f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{colour}"/>'


def moving(name: str, values: list[str]) -> str:
    """What changes from one position to the next; nothing, where there is one."""
    if len(values) == 1:
        return ""
    return f'<animate attributeName="{name}" dur="{SECONDS}s" fill="freeze" values="{";".join(values)}"/>'


def network(
    sizes: tuple[int, ...], weights: list[list[np.ndarray]], box: tuple[int, int, int, int], radius: int
) -> list[str]:
    """A network in a box (left, right, top, bottom), for one or more positions of its weights.

    A positive weight is blue, a negative one orange; the larger, the thicker.
    """
    left, right, top, bottom = box
    heights = [np.linspace(top, bottom, n) if n > 1 else np.array([(top + bottom) / 2]) for n in sizes]
    columns = np.linspace(left, right, len(sizes))
    parts = []
    for l in range(len(sizes) - 1):
        for j, y2 in enumerate(heights[l + 1]):
            for k, y1 in enumerate(heights[l]):
                w = [position[l][j, k] for position in weights]
                colours = [BLUE if value > 0 else ORANGE for value in w]
                widths = [f"{min(0.6 + 1.6 * abs(value), 7):.1f}" for value in w]
                parts.append(
                    f'<path d="M{columns[l]:.0f},{y1:.0f}L{columns[l + 1]:.0f},{y2:.0f}" stroke="{colours[-1]}"'
                    f' stroke-width="{widths[-1]}">{moving("stroke", colours)}{moving("stroke-width", widths)}</path>'
                )
    dots = (f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{radius}" fill="#FFFFFF" stroke="{INK}" stroke-width="1.6"/>'
            for x, column in zip(columns, heights) for y in column)  # fmt: skip
    return [*parts, *dots]


def moving_network() -> str:
    """The network and its solution in training, side by side."""

    def trained(steps: int) -> Solution:
        return solve(PROBLEM, (HIDDEN,), method="levenberg-marquardt", iterations=steps, seed=SEED)

    found = [trained(steps) for steps in STEPS]
    x = np.linspace(*PROBLEM.domain, 60)
    place = frame(PROBLEM.domain, (-1.4, 1.4), 380, 700, 20, 250)
    ways = [way(place, x, solution(x)) for solution in found]
    weights = [[layer.weights for layer in solution.theta] for solution in found]
    letter = '<text x="{}" y="{}" font-family="serif" font-style="italic" font-size="20" fill="{}">{}</text>'
    return svg(
        720, 280,
        *network((1, HIDDEN, 1), weights, (40, 300, 30, 240), 11),
        curve("M380,20V250H700", "#999999", 1),
        curve(ways[-1], BLUE, 4, inside=moving("d", ways)),
        curve(way(place, x, PROBLEM.exact(x)), INK, 2, ' stroke-dasharray="7 6"'),
        *(letter.format(*where, INK, text) for where, text in (((14, 141), "x"), ((320, 141), "N"), ((690, 272), "x"))),
    )  # fmt: skip


def networks() -> str:
    """Part I: a network with the weights with which its training begins."""
    model = Network((2, 5, 5, 1), ("tanh", "tanh", "identity"))
    theta = model.initial_parameters(np.random.default_rng(2))
    return svg(240, 130, *network(model.sizes, [[layer.weights for layer in theta]], (30, 210, 18, 112), 7))


def differentiation() -> str:
    """Part II: the lecture's function with the slopes that forward mode finds."""
    f = lambda x: np.sqrt(x**2 + np.exp(x**2))
    place, x = frame((-1.3, 1.3), (0.9, 2.7), 20, 220, 12, 118), np.linspace(-1.25, 1.25, 40)
    slopes = [(a, f(a), derivative(f)(a)) for a in np.linspace(-1.0, 1.0, 5)]
    return svg(240, 130, curve(way(place, x, f(x)), "#999999", 2), *(
        curve(way(place, (a - r, a + r), (y - r * s, y + r * s)), GREEN, 3.5)
        for a, y, s in slopes for r in [0.2 / np.hypot(1, s)]
    ), *(dot(place(a, y), 4, BLUE) for a, y, _ in slopes))  # fmt: skip


def equations() -> str:
    """Part III: the slopes of an equation, a solution, and Euler's polygon."""
    g = lambda x, f: 2 * f * (1 - f)
    place, x = frame((0, 3), (0, 1.35), 15, 225, 12, 118), np.linspace(0, 3, 40)
    field = [way(place, (a - r, a + r), (b - r * g(a, b), b + r * g(a, b)))
             for a in np.arange(0.15, 3, 0.3) for b in np.arange(0.1, 1.3, 0.2)
             for r in [0.08 / np.hypot(1, g(a, b))]]  # fmt: skip
    corners = np.linspace(0, 3, 6)
    polygon = [place(*corner) for corner in zip(corners, euler(g, 0.1, corners))]
    return svg(
        240, 130, *(curve(one, "#999999", 1) for one in field),
        curve(way(place, x, 0.1 / (0.1 + 0.9 * np.exp(-2 * x))), INK, 2, ' stroke-dasharray="6 5"'),
        curve("M" + " ".join(polygon), COLOURS["euler"], 3), *(dot(at, 4, COLOURS["euler"]) for at in polygon),
    )  # fmt: skip


def beyond() -> str:
    """Part IV: descent in a narrow valley goes from wall to wall."""
    place, turn = frame((-2.4, 2.4), (-1.3, 1.3), 0, 240, 0, 130), np.linspace(0, 2 * np.pi, 60)
    at, path = np.array([2.1, 0.62]), []
    for _ in range(14):
        path.append(at)
        at = at - 0.185 * np.array([1.0, 10.0]) * at
    rings = [way(place, r * np.cos(turn), r * np.sin(turn) / np.sqrt(10)) for r in (0.6, 1.2, 1.8, 2.3)]
    return svg(
        240, 130, *(curve(ring, "#999999", 1) for ring in rings),
        curve(way(place, *np.transpose(path)), BLUE, 2.5), *(dot(place(*point), 3.5, BLUE) for point in path),
        dot(place(0, 0), 4.5, ORANGE),
    )  # fmt: skip


def badge(left: str, right: str) -> str:
    a, b = (round(6.6 * len(text) + 14) for text in (left, right))
    text = ('<text x="{}" y="14" font-family="Verdana, DejaVu Sans, sans-serif" font-size="11" fill="#FFFFFF"'
            ' text-anchor="middle">{}</text>')  # fmt: skip
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{a + b}" height="20">'
            f'<rect width="{a}" height="20" fill="{INK}"/><rect x="{a}" width="{b}" height="20" fill="{BLUE}"/>'
            f"{text.format(a / 2, left)}{text.format(a + b / 2, right)}</svg>\n")  # fmt: skip


def badges() -> dict[str, str]:
    """What the project promises about Python, its tests and its licences, from its settings."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    least = settings["project"]["requires-python"].removeprefix(">=")
    covered = settings["tool"]["coverage"]["report"]["fail_under"]
    text = re.search(r"Creative Commons (Attribution) (\d\.\d)", (ROOT / "LICENSE-TEXT").read_text(encoding="utf-8"))
    assert text
    return {
        "badge_python": badge("Python", f"{least} and newer"),
        "badge_tests": badge("lines and branches tested", f"{covered} %"),
        "badge_licence": badge("licence", f"{settings['project']['license']} · CC BY {text[2]}"),
    }


def social(path: Path) -> None:
    """What a link to the book shows elsewhere: the title, the network and its solution, 1200 by 630 pixels."""
    solution = solve(PROBLEM, (HIDDEN,), method="levenberg-marquardt", iterations=STEPS[-1], seed=SEED)
    figure, axes = plt.subplots(1, 2, figsize=(12, 6.3))
    figure.subplots_adjust(left=0.05, right=0.95, bottom=0.08, top=0.72)
    draw_network((1, HIDDEN, 1), solution.theta, symbols=False, ax=axes[0])
    x = np.linspace(*PROBLEM.domain, 200)
    axes[1].plot(x, solution(x), color=BLUE, linewidth=6)
    axes[1].plot(x, PROBLEM.exact(x), "--", color=INK, linewidth=2)
    axes[1].set(xticks=[], yticks=[], xlabel="$x$")
    axes[1].spines[["top", "right"]].set_visible(False)
    title = "From Backpropagation to\nNeural ODE Solutions"
    figure.suptitle(title, x=0.05, y=0.95, ha="left", fontsize=38, weight="bold")
    figure.savefig(path, dpi=100, metadata={"Software": None})


def pictures() -> dict[str, str]:
    """Every picture by its name."""
    drawn = {one.__name__: one() for one in (moving_network, networks, differentiation, equations, beyond)}
    return drawn | badges()


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in pictures().items():
        (FOLDER / f"{name}.svg").write_text(text, encoding="utf-8")
    social(FOLDER / "social.png")
