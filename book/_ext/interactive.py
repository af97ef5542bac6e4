"""Interactive figures: below some of the chapters' figures, the same with sliders.

The chapter's own figure stays what it is, in the notebook, in print and without scripts. On the web
page a box follows it, with a question and three tasks out of book/_ext/tasks.md and the numbers of
`interactive_data`. It stays hidden until a script of book/_static/interactive has filled it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache, partial
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import interactive_data
import lecture_ids
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from course_lib.drawing import COLOURS


class Widget(NamedTuple):
    """Which script draws it, what it is called, and the function that computes its numbers."""

    kind: str
    title: str
    data: Callable[[], dict[str, Any]]


#: Name of a figure -> what follows it.
WIDGETS = {
    "fig-layout-steps": Widget(
        "neurons",
        "Try it: three neurons by their weights",
        interactive_data.neurons,
    ),
    "fig-backpropagation-rates": Widget(
        "rate",
        "Try it: one rate, on a valley and on a network",
        interactive_data.rate,
    ),
    "fig-finite-differences-v": Widget(
        "zoom",
        "Try it: a step that becomes smaller and smaller",
        interactive_data.zoom,
    ),
    "fig-symbolic-swell": Widget(
        "merge",
        "Step by step: a tree that becomes a graph",
        interactive_data.merge,
    ),
    "fig-forward-mode-numbers": Widget(
        "graph",
        "Step by step: values and tangents",
        partial(interactive_data.graph, both_modes=False),
    ),
    "fig-reverse-mode-graph": Widget(
        "graph",
        "Step by step: values, tangents, adjoints",
        partial(interactive_data.graph, both_modes=True),
    ),
    "fig-euler-field": Widget(
        "euler",
        "Try it: the step and the initial value",
        interactive_data.euler_field,
    ),
    "fig-euler-stability": Widget(
        "euler",
        "Try it: a step below and beyond the limit",
        interactive_data.euler_stability,
    ),
    "fig-network-solution-training": Widget(
        "training",
        "Try it: the trial solution in training",
        interactive_data.training,
    ),
    "fig-training-modes": Widget(
        "modes",
        "Try it: six modes, with and without momentum",
        interactive_data.modes,
    ),
    "fig-training-work": Widget(
        "work",
        "Try it: what an error costs",
        interactive_data.work,
    ),
    "fig-random-features-error": Widget(
        "features",
        "Try it: the centres and the width of the steps",
        interactive_data.features,
    ),
}

TASKS = Path(__file__).with_name("tasks.md")

# Each file of D3 stands after the ones that it needs.
PLOTS = ["array", "color", "format", "interpolate", "selection", "time", "time-format", "scale",
         "axis"]  # fmt: skip
D3 = {"graph": ["format", "selection"]}  # all others draw curves

BACKGROUNDS = {"light": "#FFFFFF", "dark": "#121212"}  # the theme's
#: How clearly a colour stands out from the background, as WCAG counts it: text, and lines.
TEXT, LINE = 4.5, 3.0


def scripts(kind: str) -> list[str]:
    """The scripts of a widget in the order of loading, in the folder interactive."""
    return [f"d3/d3-{name}.min.js" for name in D3.get(kind, PLOTS)] + ["common.js", f"{kind}.js"]


def channels(colour: str) -> list[int]:
    return [int(colour[k : k + 2], 16) for k in (1, 3, 5)]


def luminance(colour: str) -> float:
    """The relative luminance of a colour #RRGGBB, as in WCAG 2."""
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (channel / 255 for channel in channels(colour))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def readable(colour: str, theme: str, least: float) -> str:
    """The colour, made darker on white or lighter on black until it stands out.

    On black it stands out at least as clearly as the colour itself does on white.
    """
    if theme == "dark":
        least = max(least, contrast(colour, BACKGROUNDS["light"]))
    goal = 0 if theme == "light" else 255
    for step in range(101):
        mixed = [round(c + (goal - c) * step / 100) for c in channels(colour)]
        shown = "#" + "".join(f"{c:02X}" for c in mixed)
        if contrast(shown, BACKGROUNDS[theme]) >= least:
            break
    return shown


def palette() -> str:
    """The colours of the book's figures as CSS variables: --text-w-dark and so on."""
    return ";".join(
        f"--{use}-{name}-{theme}:{readable(colour, theme, least)}"
        for use, least in (("text", TEXT), ("line", LINE))
        for name, colour in COLOURS.items()
        for theme in BACKGROUNDS
    )


def box(figure: str, widget: Widget, words: list[nodes.Node]) -> nodes.Element:
    """The hidden box: the question, the numbers and the tasks; only a web page holds it."""
    data = json.dumps(widget.data(), separators=(",", ":"), ensure_ascii=False)
    opened = raw(
        f'<div class="interactive" id="try-{figure}" data-widget="{widget.kind}"'
        f' data-title="{escape(widget.title)}" style="{palette()}" hidden>'
        f'<script type="application/json">{data.replace("<", chr(92) + "u003c")}</script>'
    )
    opened["widget"] = widget.kind
    question, tasks = words
    folded = [part for task in tasks.children for part in fold(task)]
    before = raw(f'<div class="interactive-tasks"><p id="tasks-{figure}">Three tasks, with their answers folded</p>')
    return addnodes.only("", opened, question, before, *folded, raw("</div></div>"), expr="html")


def fold(item: nodes.Element) -> list[nodes.Node]:
    """A task, which opens what stands below it in its item of the list."""
    task, *answer = item.children
    summary = nodes.inline("", "", *task.children)
    return [raw("<details><summary>"), summary, raw("</summary>"), *answer, raw("</details>")]


def raw(html: str) -> nodes.raw:
    return nodes.raw("", html, format="html")


@cache
def words(text: str) -> dict[str, str]:
    """Name of a figure -> its question and its tasks, as book/_ext/tasks.md has them."""
    parts = re.split(r"^## (fig-\S+)$", text, flags=re.MULTILINE)[1:]
    return {name: said.strip() for name, said in zip(parts[::2], parts[1::2])}


class Interactive(SphinxDirective):
    """The box of the figure that it names, with its question and its tasks."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        [figure] = self.arguments
        for path in sources():  # the page is written anew when what it computes with changes
            self.env.note_dependency(str(path))
        said = nodes.container()
        self.state.nested_parse(self.content, self.content_offset, said)
        return [box(figure, WIDGETS[figure], said.children)]


def announce(app: Sphinx, page: str, source: list[str]) -> None:
    """Put the directive behind the cell that draws the figure, in a chapter that is being read."""
    if "/notebooks/" not in page:
        return
    app.env.note_dependency(__file__)  # which says whether its figures have a box
    notebook = json.loads(source[0])
    said = words(TASKS.read_text(encoding="utf-8"))
    cells = []
    for cell in notebook["cells"]:
        cells.append(cell)
        figure = cell["metadata"].get("mystnb", {}).get("figure", {}).get("name")
        if figure in WIDGETS:
            text = f":::{{interactive}} {figure}\n{said[figure]}\n:::"
            cells.append({"cell_type": "markdown", "id": f"try-{figure}", "metadata": {}, "source": text})
    source[0] = json.dumps({**notebook, "cells": cells})


def sources() -> list[Path]:
    own = [Path(__file__), Path(interactive_data.__file__), TASKS]
    return own + list(lecture_ids.library().values())


def add_files(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Load the scripts and the style on the pages that have a box, and on no other."""
    boxes = doctree.findall(nodes.raw) if doctree else []
    found = [node["widget"] for node in boxes if "widget" in node]
    for name in dict.fromkeys(name for kind in found for name in scripts(kind)):
        app.add_js_file(f"interactive/{name}", loading_method="defer")
    if found:
        app.add_css_file("interactive/interactive.css")


def setup(app: Sphinx) -> dict[str, object]:
    app.add_directive("interactive", Interactive)
    app.connect("source-read", announce)
    app.connect("html-page-context", add_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
