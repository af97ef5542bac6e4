"""Every inline formula that states something is the reviewed one, in the order of its page.

`inline_formulas.md` is the reviewed copy. Who changes such a formula on purpose changes it there too.
"""

from __future__ import annotations

import re
from itertools import zip_longest
from pathlib import Path

import lecture_ids
import nbformat
import pytest

BOOK = lecture_ids.ROOT / "book"
PAGES = [*lecture_ids.chapters(), *sorted(BOOK.glob("*.md")), *sorted((BOOK / "exercises").glob("*.ipynb"))]
CAPTION = re.compile(r"^    caption: \|\n((?:      .*\n)+)", re.MULTILINE)
NO_INLINE_FORMULA = re.compile(r"\$\$.*?\$\$|`[^`]*`", re.DOTALL)
# A formula states something if it has a relation, a sum, a quotient, a numerical factor, a list or an index in braces.
STATING = re.compile(
    r"[=<>+/-]|(?<![_^])\d[A-Za-z(|\\]|[_^]\{|(?<!\\),|\\(?:[td]?frac|odot|sum|[lg]eq?|neq?|ll|gg|approx|sim|simeq|lesssim"
    r"|gtrsim|equiv|propto|in|to|mapsto|mathcal O|(?:left|right|Left|Right)arrow)(?![A-Za-z])"
)


def text(page: Path) -> str:
    """What a page says, without its code, and then the words at its figures."""
    if page.suffix == ".ipynb":
        cells = nbformat.read(page, as_version=4).cells
        return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    if page.stem == "glossary":  # all of it stands in one fence
        return page.read_text(encoding="utf-8").partition("```{glossary}")[2]
    captions = CAPTION.findall(page.read_text(encoding="utf-8"))
    return "\n".join([*(line for _, line in lecture_ids.text_lines(page)), *captions])


def stating(text: str) -> list[str]:
    """The inline formulas of a text that state something, each on one line."""
    formulas = NO_INLINE_FORMULA.sub(" ", text).split("$")
    assert len(formulas) % 2, "a formula has a $ without its partner"
    return [" ".join(formula.split()) for formula in formulas[1::2] if STATING.search(formula)]


COPY = Path(__file__).with_name("inline_formulas.md").read_text(encoding="utf-8")
REVIEWED = {name: stating(part) for name, _, part in (part.partition("\n") for part in COPY.split("\n## ")[1:])}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_states_what_is_reviewed(page):
    for said, reviewed in zip_longest(stating(text(page)), REVIEWED.get(page.name, []), fillvalue="nothing more"):
        assert said == reviewed, (
            f"{page.name} says ${said}$, which tests/book/inline_formulas.md does not have; there it is ${reviewed}$"
        )


def test_every_reviewed_page_is_there():
    assert set(REVIEWED) <= {page.name for page in PAGES}


def test_what_states_something():
    page = "$x$, $\\tanh$ and $\\left(x\\right)$ name, $w_{jk}$, $x \\in A$ and\n$f' =\n -2f$ state, "
    page += "\n$$\na = b\n$$\nand `$y = z$` are no inline formulas."
    assert stating(page) == ["w_{jk}", r"x \in A", "f' = -2f"]
