"""The playground, and the picture of it that moves on the landing page.

What moves before Python is there was computed by `course_lib` when the book was built: a network in training, from the
curve it begins with to the solution, and the solution for the positions of one slider. The numbers stand in the page;
the scripts of book/_static/playground draw them. The lines ::

    ```{playground-hero}
    ```

put the moving picture on a page, and ``{playground}`` the playground itself.
"""

from __future__ import annotations

import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

import interactive
import numpy as np
from docutils import nodes
from lecture import address
from lecture_ids import ROOT
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

sys.path.append(str(ROOT / "book/live"))
import playground

#: The equations that move without Python, and the slider of each that does.
SHOWN = {"pendulum": "a", "predators": "b", "well": "E", "decay": "a"}
METHOD, NEURONS = "levenberg-marquardt", 20
STEPS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 20, 24, 28, 32, 40, 50, 60]
POSITIONS, POINTS, FINE = 9, 81, 1000  # of a slider, of a curve, and of the axis
POWERS = [-18, 2]  # of ten, between which a residual is stored
HERO, PAGE = (("playground/draw.js", f"playground/{name}.js") for name in ("hero", "page"))


def start_values(name: str) -> dict[str, float]:
    """The parameters that a preset begins with."""
    return {letter: float(slider[0]) for letter, slider in playground.PRESETS[name]["sliders"].items()}


def window(*curves: Any) -> list[float]:
    """The ends of an axis that shows all of these curves, with some room."""
    low, high = (pick([pick(curve) for curve in curves]) for pick in (np.min, np.max))
    room = 0.08 * (high - low) or 1.0
    return [float(f"{low - room:.3g}"), float(f"{high + room:.3g}")]


def places(curves: Any, axis: list[float]) -> list[list[int]]:
    """Heights in thousandths of the axis; what is far outside stays near it."""
    low, high = axis
    scaled = (np.asarray(curves) - low) / (high - low) * FINE
    return np.clip(np.round(scaled), -FINE, 2 * FINE).astype(int).tolist()


def sampled(answer: dict[str, Any], x: Any) -> Any:
    """The curves of an answer at other points, shape (d, m)."""
    return np.array([np.interp(x, answer["x"], f) for f in answer["f"]])


@cache
def training(name: str) -> dict[str, Any]:
    """A network in training on a preset: its curve after some steps, all costs, and the solution."""
    preset = playground.PRESETS[name] | {"values": start_values(name)}
    answer = playground.train(preset | {"method": METHOD, "neurons": NEURONS, "gamma": 1.0})
    x = np.linspace(answer["x"][0], answer["x"][-1], POINTS)
    curves, costs = [sampled(answer, x)], answer["costs"]
    for before, after in zip(STEPS, STEPS[1:]):
        answer = playground.step({"steps": after - before})
        curves.append(sampled(answer, x))
        costs = costs + answer["costs"]
    exact = playground.solve(preset | ({"end": str(preset["train"])} if preset["train"] else {}))
    target = sampled(exact, x)
    axis = window(target)
    lowest = np.minimum.accumulate(costs)
    return {
        "unknowns": exact["unknowns"], "variable": exact["variable"], "code": playground.solve(preset)["code"],
        "x": [float(x[0]), float(x[-1])], "y": axis,
        "target": places(target, axis), "frames": [places(f, axis) for f in curves], "steps": STEPS[: len(curves)],
        "costs": [float(f"{cost:.3g}") for cost in lowest], "error": float(f"{answer['error']:.2g}"),
    }  # fmt: skip


@cache
def slider(name: str) -> dict[str, Any]:
    """The solution of a preset for the positions of its slider, with its residual and its estimated error."""
    preset, letter = playground.PRESETS[name], SHOWN[name]
    value, low, high = preset["sliders"][letter]
    values = sorted({float(f"{v:.3g}") for v in np.linspace(low, high, POSITIONS)} | {float(value)})
    found = [playground.solve(preset | {"values": start_values(name) | {letter: v}}) for v in values]
    x = np.linspace(found[0]["x"][0], found[0]["x"][-1], 2 * POINTS - 1)
    curves = [sampled(answer, x) for answer in found]
    return {
        "letter": letter, "values": values, "start": values.index(float(value)),
        "x": [float(x[0]), float(x[-1])],
        "frames": [{
            "y": window(f), "f": places(f, window(f)), "converged": answer["converged"],
            "residual": places(powers_of_residual(answer, x), POWERS), "neurons": answer["neurons"],
            "error": float(f"{answer['error']:.2g}"), "largest": float(f"{answer['largest']:.2g}"),
            "pieces": answer["pieces"],
        } for answer, f in zip(found, curves)],
    }  # fmt: skip


def powers_of_residual(answer: dict[str, Any], x: Any) -> Any:
    """The power of ten of the largest residual of all equations at the points of an answer next to x, shape (m,)."""
    largest = np.abs(answer["residual"]).max(axis=0)
    nearest = np.abs(answer["x"] - x[:, None]).argmin(axis=1)
    return np.log10(np.maximum(largest[nearest], 10.0 ** POWERS[0]))


def moving(name: str) -> dict[str, Any]:
    """What the picture on the landing page shows of a preset."""
    preset = playground.PRESETS[name]
    values = ", ".join(f"{letter} = {value:g}" for letter, value in start_values(name).items())
    return {"title": preset["title"], "equation": typeset(preset["equation"]), "values": values, **training(name)}


def typeset(equation: str) -> str:
    """An equation with the signs of print, on one line."""
    signs = {"''": "″", "'": "′", "-": "−", "^2": "²", "\n": ",  "}
    for typed, printed in signs.items():
        equation = equation.replace(typed, printed)
    return equation


def embedded(data: Any) -> str:
    """Data as a script that is none."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")
    return f'<script type="application/json">{text}</script>'


class Hero(SphinxDirective):
    """The picture that moves: networks in training, one after another."""

    def run(self) -> list[nodes.Node]:
        depend(self)
        frames = [moving(name) for name in ("pendulum", "predators", "well")]
        page = address("book/playground", self.env.docname)
        html = (
            f'<div class="playground-hero" style="{interactive.palette()}" data-playground="{page}">'
            f"{embedded(frames)}</div>"
        )
        return [nodes.raw("", html, format="html", playground=HERO)]


class Page(SphinxDirective):
    """The playground itself."""

    def run(self) -> list[nodes.Node]:
        depend(self)
        html = f'<div class="playground" style="{interactive.palette()}">{embedded(page())}</div>'
        return [nodes.raw("", html, format="html", playground=PAGE)]


def page() -> dict[str, Any]:
    """What the playground is given: its presets, and what moves of them without Python."""
    return {
        "presets": playground.PRESETS, "films": {name: training(name) for name in SHOWN},
        "slides": {name: slider(name) for name in SHOWN}, "method": METHOD, "neurons": NEURONS, "powers": POWERS,
    }  # fmt: skip


def depend(directive: SphinxDirective) -> None:
    """The page is written anew when what it computes with changes."""
    for path in [*interactive.sources(), Path(__file__), *(ROOT / "book/live").glob("*.py")]:
        directive.env.note_dependency(str(path))


def add_files(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Load the scripts and the style on the pages that show it, and on no other."""
    found = [name for node in (doctree.findall(nodes.raw) if doctree else []) for name in node.get("playground", ())]
    if app.config.live and PAGE[-1] in found:
        found.insert(0, "python.js")
    for name in dict.fromkeys(found):
        app.add_js_file(name, loading_method="defer")
    if found:
        app.add_css_file("playground/playground.css")


def setup(app: Sphinx) -> dict[str, object]:
    app.add_directive("playground", Page)
    app.add_directive("playground-hero", Hero)
    app.connect("html-page-context", add_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
