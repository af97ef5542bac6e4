"""A stored figure that the code no longer draws fails the run of the notebook."""

from __future__ import annotations

import base64
import io
import re
import shutil
import subprocess
import sys

import build_notebooks
import numpy as np
import pytest
from PIL import Image

CHAPTER = """
# Figures

```{code-cell} ipython3
import numpy as np
import matplotlib.pyplot as plt
x = np.linspace(0, 1)
```
""" + 13 * """
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


# In the order of the cells after the first: what is done to the stored figure, and the verdict.
CHANGES = {
    "the same": (lambda picture: picture, "PASSED"),
    "one pixel lower": (lambda picture: shifted(picture, 1), "PASSED"),
    "three pixels lower": (lambda picture: shifted(picture, 3), "FAILED"),
    "another colour": (recoloured, "FAILED"),
    "another size": (lambda picture: picture[:-1], "FAILED"),
    "another curve": (None, "FAILED"),
}
# The same for the drawing that is stored beside it.
DRAWINGS = {
    "rounded": (lambda svg: re.sub(r"(\d+\.\d)\d+", r"\1", svg), "PASSED"),
    "drawn in another colour": (lambda svg: svg.replace("#1f77b4", "#d62728"), "FAILED"),
    "a tick two points further": (
        lambda svg: re.sub(r'(<use [^>]*\bx=")(\d+)', lambda m: f"{m[1]}{int(m[2]) + 2}", svg, count=1), "FAILED"),
    "a straight piece in two": (
        lambda svg: redrawn(svg, lambda xy: np.insert(xy, 1, (xy[0] + xy[1]) / 2, axis=0)), "PASSED"),
    "a bend in the curve": (
        lambda svg: redrawn(svg, lambda xy: xy + 2.0 * (np.arange(len(xy)) == 20)[:, None]), "FAILED"),
    "a corner cut": (
        lambda svg: redrawn(svg, lambda xy: np.delete(xy, slice(10, 40), axis=0)), "FAILED"),
    "bends for lines": (
        lambda svg: re.sub(r'(<path d="M [^"L]*)L([^"L]*)L([^"L]*)L', r"\1C\2 \3 ", svg, count=1), "FAILED"),
}
VERDICTS = {name: verdict for name, (_, verdict) in [*CHANGES.items(), *DRAWINGS.items()]}


def redraw(cell, edit) -> None:
    [output] = [output for output in cell.outputs if "image/svg+xml" in output.get("data", {})]
    drawing = output.data["image/svg+xml"]
    output.data["image/svg+xml"] = edit(drawing)
    assert edit(drawing) != drawing


def change(cell, edit) -> None:
    [output] = [output for output in cell.outputs if "image/png" in output.get("data", {})]
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(output.data["image/png"]))))
    png = io.BytesIO()
    Image.fromarray(edit(picture)).save(png, format="png")
    output.data["image/png"] = base64.b64encode(png.getvalue()).decode()


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("stale")
    chapter = folder / "figures.md"
    chapter.write_text(CHAPTER)
    notebook = build_notebooks.run_chapter(chapter)
    cells = build_notebooks.code_cells(notebook)
    for cell, (edit, _) in zip(cells[1 : 1 + len(CHANGES)], CHANGES.values(), strict=True):
        if edit:
            change(cell, edit)
        else:
            cell.source = cell.source.replace("x**2", "x**2.2")
    for cell, (edit, _) in zip(cells[1 + len(CHANGES) :], DRAWINGS.values(), strict=True):
        redraw(cell, edit)
    build_notebooks.store(notebook, folder / "figures.ipynb")

    for name in ["conftest.py", "build_notebooks.py", "compare_figures.py"]:
        shutil.copy(build_notebooks.BOOK / name, folder)
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-rA", "--color=no",
         "-p", "no:cacheprovider", "--rootdir", folder, "figures.ipynb"],
        cwd=folder, capture_output=True, text=True,
    )
    found = {int(cell): verdict for verdict, cell in
             re.findall(r"^(PASSED|FAILED) figures\.ipynb::Cell (\d+)", run.stdout, re.MULTILINE)}
    assert found.get(0) == "PASSED", run.stdout + run.stderr
    return {name: found[position] for position, name in enumerate(VERDICTS, start=1)}


@pytest.mark.parametrize("name", VERDICTS)
def test_stored_figure(verdicts, name):
    assert verdicts[name] == VERDICTS[name]
