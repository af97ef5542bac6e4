"""The stored notebooks are those of the chapters, run from the first cell to the last."""

from __future__ import annotations

import re
from collections import Counter

import build_notebooks
import nbformat
import pytest
from build_notebooks import CHAPTERS, NOTEBOOKS, code_cells

NAMES = sorted(path.stem for path in CHAPTERS.glob("*.md"))


def load(name: str) -> nbformat.NotebookNode:
    return nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)


def figure_cells(name: str) -> list[nbformat.NotebookNode]:
    return [
        cell
        for cell in code_cells(load(name))
        if any("image/png" in output.get("data", {}) for output in cell.outputs)
    ]


def test_every_chapter_has_its_notebook():
    assert sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_in_step_with_its_chapter(name):
    stored, chapter = load(name), build_notebooks.read_chapter(CHAPTERS / f"{name}.md")
    for cell in code_cells(stored):
        cell.outputs, cell.execution_count = [], None
    assert stored == chapter, f"run: python book/build_notebooks.py {name}"


@pytest.mark.parametrize("name", NAMES)
def test_stored_in_the_fixed_form(name, tmp_path):
    build_notebooks.store(load(name), tmp_path / "again.ipynb")
    stored = (NOTEBOOKS / f"{name}.ipynb").read_bytes()
    assert stored == (tmp_path / "again.ipynb").read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_executed_in_order_and_clean(name):
    cells = code_cells(load(name))
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    for cell in cells:
        build_notebooks.check_outputs(name, cell)


@pytest.mark.parametrize("name", NAMES)
def test_every_output_is_compared(name):
    for cell in code_cells(load(name)):
        assert "NBVAL" not in cell.source
        # These fold the code or put the cell on a slide, and check nothing less.
        others = set(cell.metadata.get("tags", [])) - {"hide-input", "slide", "next-slide"}
        assert not others, f"{cell.id}: a tag may switch the check off"


@pytest.mark.parametrize("name", NAMES)
def test_figures_say_what_they_show(name):
    cells = figure_cells(name)
    assert cells, "a chapter has a figure"
    for cell in cells:
        mystnb = cell.metadata.get("mystnb", {})
        alt = mystnb.get("image", {}).get("alt", "")
        figure = mystnb.get("figure", {})
        assert len(alt.split()) >= 8, f"{cell.id}: alt text says too little: {alt!r}"
        # A letter beside the underscore: a file's name, not the subscript of a symbol.
        assert not re.search(r"\.(png|svg)\b|[a-z]{2,}_[a-z]{2,}", alt), f"{cell.id}: {alt!r}"
        assert figure.get("caption", "").strip(), f"{cell.id} has no caption"
        assert re.fullmatch(r"fig-[a-z0-9-]+", figure.get("name", "")), f"{cell.id} has no name"


@pytest.mark.parametrize("name", NAMES)
def test_letters_of_a_figure_are_readable_on_a_telephone(name):
    """A figure fills its 360 pixels. Matplotlib draws a letter in units of a hundredth of its size."""
    for cell in figure_cells(name):
        (svg,) = (output.data["image/svg+xml"] for output in cell.outputs if "image/svg+xml" in output.get("data", {}))
        width = float(re.search(r'viewBox="0 0 ([\d.]+) ', svg)[1])
        sizes = [100 * float(scale) * 360 / width for scale in re.findall(r"scale\(([\d.]+) -", svg)]
        assert sizes and min(sizes) > 10.9, f"{cell.id}: {min(sizes, default=0):.1f} pixels"


def test_names_of_figures_differ():
    names = Counter(
        cell.metadata.mystnb.figure.name for name in NAMES for cell in figure_cells(name)
    )
    assert [name for name, count in names.items() if count > 1] == []
