"""A stored figure that the code no longer draws fails the run of the notebook."""

from __future__ import annotations

import base64
import io
import re
import shutil
import subprocess
import sys
from copy import deepcopy

import build_notebooks
import numpy as np
import pytest
from compare_figures import difference, is_drawn
from nbformat import NotebookNode
from PIL import Image

CHAPTER = """
# Figures

```{code-cell} ipython3
import numpy as np
import matplotlib.pyplot as plt
x = np.linspace(0, 1)
```
""" + 4 * """
```{code-cell} ipython3
plt.plot(x, x**2)
plt.title("a parabola");
```
"""


def shifted(picture: np.ndarray, rows: int) -> np.ndarray:
    return np.roll(picture, rows, axis=0)


def recoloured(picture: np.ndarray) -> np.ndarray:
    return picture[:, :, [2, 1, 0, 3]]


def redrawn(svg: str, edit) -> str:
    """The drawing with other points (n, 2) of its curve."""
    points = re.search(r'<path d="M ([^"]*)" clip-path', svg)[1]
    numbers = np.array(points.replace("L", " ").split(), dtype=float).reshape(-1, 2)
    return svg.replace(points, " L ".join(f"{x} {y}" for x, y in edit(numbers)))


# What is done to the stored figure, and whether it still counts as the one that the code draws.
PICTURES = {
    "the same": (lambda picture: picture, True),
    "one pixel lower": (lambda picture: shifted(picture, 1), True),
    "three pixels lower": (lambda picture: shifted(picture, 3), False),
    "another colour": (recoloured, False),
    "another size": (lambda picture: picture[:-1], False),
}
# The same for the drawing that is stored beside it.
DRAWINGS = {
    "rounded": (lambda svg: re.sub(r"(\d+\.\d)\d+", r"\1", svg), True),
    "drawn in another colour": (lambda svg: svg.replace("#1f77b4", "#d62728"), False),
    "a tick two points further": (
        lambda svg: re.sub(r'(<use [^>]*\bx=")(\d+)', lambda m: f"{m[1]}{int(m[2]) + 2}", svg, count=1), False),
    "a straight piece in two": (
        lambda svg: redrawn(svg, lambda xy: np.insert(xy, 1, (xy[0] + xy[1]) / 2, axis=0)), True),
    "a bend in the curve": (
        lambda svg: redrawn(svg, lambda xy: xy + 2.0 * (np.arange(len(xy)) == 20)[:, None]), False),
    "a corner cut": (
        lambda svg: redrawn(svg, lambda xy: np.delete(xy, slice(10, 40), axis=0)), False),
    "bends for lines": (
        lambda svg: re.sub(r'(<path d="M [^"L]*)L([^"L]*)L([^"L]*)L', r"\1C\2 \3 ", svg, count=1), False),
}
# The verdicts on the cells of a notebook, by what is done to each.
CELLS = ["PASSED", "FAILED", "FAILED", "FAILED"]  # nothing, its picture, its drawing, its code


def figure(cell) -> NotebookNode:
    [output] = [output for output in cell.outputs if "image/png" in output.get("data", {})]
    return output.data


def decoded(png: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(png))), dtype=np.uint8)


def encoded(picture: np.ndarray) -> str:
    png = io.BytesIO()
    Image.fromarray(picture).save(png, format="png")
    return base64.b64encode(png.getvalue()).decode()


@pytest.fixture(scope="module")
def notebook(tmp_path_factory) -> NotebookNode:
    """A notebook with the same figure in each cell after the first, and the picture of each with its drawing."""
    chapter = tmp_path_factory.mktemp("stale") / "figures.md"
    chapter.write_text(CHAPTER)
    return build_notebooks.run_chapter(chapter)


@pytest.mark.parametrize("name", PICTURES)
def test_stored_picture(notebook, name):
    edit, same = PICTURES[name]
    stored = decoded(figure(notebook.cells[-1])["image/png"]).astype(int)
    assert (difference([edit(stored)], [stored]) == "") == same


@pytest.mark.parametrize("name", DRAWINGS)
def test_stored_drawing(notebook, name):
    edit, same = DRAWINGS[name]
    stored = figure(notebook.cells[-1])["image/svg+xml"]
    assert edit(stored) != stored
    assert is_drawn(edit(stored), stored) == same


def test_a_run_of_the_notebook_finds_a_stale_figure(notebook, tmp_path):
    notebook = deepcopy(notebook)
    _, _, picture, drawing, code = build_notebooks.code_cells(notebook)
    data = figure(picture)
    data["image/png"] = encoded(recoloured(decoded(data["image/png"])))
    data = figure(drawing)
    data["image/svg+xml"] = data["image/svg+xml"].replace("#1f77b4", "#d62728")
    code.source = code.source.replace("x**2", "x**2.2")
    build_notebooks.store(notebook, tmp_path / "figures.ipynb")

    for name in ["conftest.py", "build_notebooks.py", "compare_figures.py"]:
        shutil.copy(build_notebooks.BOOK / name, tmp_path)
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-rA", "--color=no",
         "-p", "no:cacheprovider", "--rootdir", tmp_path, "figures.ipynb"],
        cwd=tmp_path, capture_output=True, text=True,
    )
    found = re.findall(r"^(PASSED|FAILED) figures\.ipynb::Cell (\d+)", run.stdout, re.MULTILINE)
    verdicts = [verdict for verdict, _ in sorted(found, key=lambda pair: int(pair[1]))]
    assert verdicts == ["PASSED", *CELLS], run.stdout + run.stderr
