"""Draw the moving picture of README.md and of the first page: a network becomes the solution of an equation.

    python book/moving_network.py

Each position is that of `course_lib.equations.solve` after some steps of training. The picture moves once, for five
seconds, and then stands.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from course_lib.drawing import COLOURS
from course_lib.equations import PROBLEMS, Solution, solve

PICTURE = Path(__file__).parent / "_static/moving_network.svg"
PROBLEM, HIDDEN, SEED = PROBLEMS["oscillator"], 7, 1
STEPS = [1, 2, 3, 5, 8, 12, 16, 20, 24, 28, 32, 36, 40, 50]
WIDTH, HEIGHT, SECONDS = 720, 280, 5
LEFT, RIGHT, TOP, BOTTOM = 380, 700, 30, 240  # the frame of the curve


def trained() -> list[Solution]:
    """The solution after each number of steps."""
    return [solve(PROBLEM, (HIDDEN,), method="levenberg-marquardt", iterations=steps, seed=SEED) for steps in STEPS]


def moving(name: str, values: list[str]) -> str:
    return f'<animate attributeName="{name}" dur="{SECONDS}s" fill="freeze" values="{";".join(values)}"/>'


def neurons() -> list[np.ndarray]:
    """The places of the neurons, layer by layer."""
    middle = (TOP + BOTTOM) / 2
    heights = [[middle], np.linspace(TOP, BOTTOM, HIDDEN), [middle]]
    return [np.array([(x, y) for y in column]) for x, column in zip((40, 170, 300), heights)]


def line(start: np.ndarray, end: np.ndarray, weights: list[float]) -> str:
    """A weight: blue if positive, orange if negative, the thicker, the larger."""
    colours = [COLOURS["network"] if w > 0 else COLOURS["delta"] for w in weights]
    widths = [f"{min(0.6 + 1.6 * abs(w), 7):.1f}" for w in weights]
    (x1, y1), (x2, y2) = start, end
    return (f'<line x1="{x1:.0f}" y1="{y1:.0f}" x2="{x2:.0f}" y2="{y2:.0f}" stroke="{colours[-1]}"'
            f' stroke-width="{widths[-1]}">{moving("stroke", colours)}{moving("stroke-width", widths)}</line>')


def path(x: np.ndarray, f: np.ndarray, low: float, high: float) -> str:
    across = np.interp(x, (x[0], x[-1]), (LEFT, RIGHT))
    down = BOTTOM - (f - low) / (high - low) * (BOTTOM - TOP)
    return "M" + " ".join(f"{a:.0f},{b:.1f}" for a, b in zip(across, np.clip(down, 0, HEIGHT)))


def drawing() -> str:
    found = trained()
    x = np.linspace(*PROBLEM.domain, 60)
    exact, curves = PROBLEM.exact(x), [solution(x) for solution in found]
    low, high = exact.min() - 0.2 * np.ptp(exact), exact.max() + 0.2 * np.ptp(exact)
    ways = [path(x, curve, low, high) for curve in curves]
    places, weights = neurons(), [[layer.weights for layer in solution.theta] for solution in found]
    lines = [line(places[l][k], places[l + 1][j], [w[l][j, k] for w in weights])
             for l in range(2) for j in range(len(places[l + 1])) for k in range(len(places[l]))]
    dots = [f'<circle cx="{a:.0f}" cy="{b:.0f}" r="11"/>' for column in places for a, b in column]
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#FFFFFF"/>',
        '<g stroke-linecap="round">', *lines, "</g>",
        f'<g fill="#FFFFFF" stroke="{COLOURS["exact"]}" stroke-width="1.6">', *dots, "</g>",
        '<g fill="none" stroke-linejoin="round">',
        f'<path d="M{LEFT},{TOP - 10}V{BOTTOM + 10}H{RIGHT}" stroke="#999999"/>',
        f'<path d="{ways[-1]}" stroke="{COLOURS["network"]}" stroke-width="4">{moving("d", ways)}</path>',
        f'<path d="{path(x, exact, low, high)}" stroke="{COLOURS["exact"]}" stroke-width="2" stroke-dasharray="7 6"/>',
        "</g>",
        f'<g font-family="serif" font-style="italic" font-size="20" fill="{COLOURS["exact"]}">',
        f'<text x="14" y="{(TOP + BOTTOM) / 2 + 6:.0f}">x</text>',
        f'<text x="320" y="{(TOP + BOTTOM) / 2 + 6:.0f}">N</text>',
        f'<text x="{RIGHT - 8}" y="{HEIGHT - 8}">x</text>', "</g>",
        "</svg>", "",
    ])  # fmt: skip


if __name__ == "__main__":
    PICTURE.write_text(drawing(), encoding="utf-8")
