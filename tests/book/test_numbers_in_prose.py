"""A number that a chapter says stands in its code or in what that prints: nobody typed it from memory."""

from __future__ import annotations

import re

import lecture_ids
import nbformat
import pytest

# Displayed equations are compared elsewhere; a name or an address is no statement.
DISPLAYED = re.compile(r"\$\$.*?\$\$(?:\s*\([^)]*\))?", re.DOTALL)
NAMES = re.compile(r"\{[a-z:]+\}`[^`]*`|`[^`]*`|https?://\S+|\((?:eq|fig|ch|sec|slip)-[^)]*\)")
# What the page does not compute: how long it takes to read, where a work says it, when the lecture was.
ELSEWHERE = re.compile(r"\d+ minutes|[Ss]ections? [\d.]+(?: and [\d.]+)?|December \d+")
# Of two digits or more; an index, an exponent and a part of a name are none, a power of ten marks an axis.
NUMBER = re.compile(r"(?<![\w.^{\\_-])\d[\d,]*(?:\.\d+)?(?:e-?\d+)?(?![\w}])")


def prose(cell: nbformat.NotebookNode) -> str:
    """The text of a cell, or the words at its figure."""
    if cell.cell_type == "markdown":
        return cell.source
    settings = cell.metadata.get("mystnb", {})
    return f"{settings.get('figure', {}).get('caption', '')} {settings.get('image', {}).get('alt', '')}"


def said(text: str) -> list[str]:
    for pattern in (NAMES, DISPLAYED, ELSEWHERE):
        text = pattern.sub(" ", text)
    numbers = (found.rstrip(",").replace(",", "") for found in NUMBER.findall(text))
    return [number for number in numbers if len(number) > 1 and not number.startswith("1e")]


def computed(notebook: nbformat.NotebookNode) -> str:
    """The code of a notebook and what it prints."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    outputs = [output for cell in cells for output in cell.outputs]
    return " ".join([cell.source for cell in cells]
                    + [output.get("text", "") for output in outputs]
                    + [output.get("data", {}).get("text/plain", "") for output in outputs])


def stands_in(number: str, text: str) -> bool:
    """Whether a text has the number, or one with more digits that is rounded to it."""
    mantissa, power, _ = number.partition("e")
    digits = len(mantissa.partition(".")[2])
    if digits or power:
        found = re.findall(r"(?<![\d.])-?\d+(?:\.\d+)?(?:e-?\d+)?", text)
        return any(float(number) == float(f"{abs(float(one)):.{digits}{power or 'f'}}") for one in found)
    return bool(re.search(rf"(?<![\d.]){number}(?!\d|\.\d*[1-9])", text))


@pytest.mark.parametrize("path", sorted((lecture_ids.ROOT / "book/notebooks").glob("*.ipynb")), ids=lambda p: p.stem)
def test_each_number_is_computed_on_the_page(path):
    notebook = nbformat.read(path, as_version=4)
    there = computed(notebook)
    unknown = [(number, " ".join(prose(cell).split())[:80]) for cell in notebook.cells
               for number in said(prose(cell)) if not stands_in(number, there)]
    assert unknown == []


def test_numbers_are_found_and_names_are_not():
    text = "In 330 of 1,500 steps, section 4.6, it falls to 0.25 in 50 minutes.\n$$ 77 $$ (eq-B1)\n"
    text += "{eq}`eq-B10` $x^{12}$ `a[25]`"
    assert said(text) == ["330", "1500", "0.25"]


def test_a_number_is_found_as_it_is_or_with_more_digits():
    assert stands_in("0.27", "0.2689414")
    assert stands_in("330", "points: 330")
    assert stands_in("1e-16", "eps/2 = 1.11e-16")
    assert not stands_in("1.2e-16", "eps/2 = 1.11e-16")
    assert not stands_in("0.28", "0.2689414")
    assert not stands_in("33", "4.33, 133, 330 and 33.5")
