"""The map of the course: which chapter rests on which, as the chapters themselves say.

On a page it is a list with an arc from each chapter to those that need it; on paper, a table.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import lecture_ids
from lecture import Generated, address
from sphinx.application import Sphinx

ROW, WIDTH, WAY = 52, 56, 22  # in pixels: a row, the room for arcs, and how far an arc goes a row


def arc(start: int, end: int) -> str:
    """From the row of a chapter down to the row of one that rests on it."""
    y1, y2 = (ROW * (row + 0.5) for row in (start, end))
    left = WIDTH - WAY * (end - start) ** 0.75
    return f'<path d="M{WIDTH - 2} {y1 + 5}C{left:.0f} {y1 + 5} {left:.0f} {y2 - 5} {WIDTH - 7} {y2 - 5}"/>'


class ChapterMap(Generated):
    """Every chapter with what it rests on and the minutes it takes, and their sum."""

    def lines(self) -> Iterator[str]:
        chapters = lecture_ids.openings()
        numbers = {chapter.label: number for number, chapter in enumerate(chapters, start=1)}
        total = sum(chapter.minutes for chapter in chapters)
        rests_on = [[numbers[label] for label in chapter.rests_on] for chapter in chapters]
        if self.env.app.builder.format == "html":
            yield from ("```{raw} html", *self.html(chapters, rests_on, total), "```")
            return
        yield "| chapter | rests on | minutes |"
        yield "|---|---|---:|"
        for chapter, needed in zip(chapters, rests_on, strict=True):
            link = f"{{ref}}`{chapter.title} <{chapter.label}>`"
            yield f"| {numbers[chapter.label]} {link} | {listed(needed)} | {chapter.minutes} |"
        yield f"| all of them | | {total} |"

    def html(
        self, chapters: list[lecture_ids.Opening], rests_on: list[list[int]], total: int
    ) -> Iterator[str]:
        yield '<div class="chapter-map">'
        yield f'<svg width="{WIDTH}" height="{ROW * len(chapters)}" aria-hidden="true">'
        yield '<marker id="chapter-map-head" orient="auto" markerWidth="6" markerHeight="6" refX="3" refY="3">'
        yield '<path d="M0 0L6 3L0 6Z"/></marker>'
        for row, needed in enumerate(rests_on):
            yield from (arc(number - 1, row) for number in needed)
        yield "</svg><ol>"
        for path, chapter, needed in zip(lecture_ids.chapters(), chapters, rests_on, strict=True):
            page = address(f"book/notebooks/{path.stem}", self.env.docname)
            title = chapter.title.replace("'", "’")
            said = [f"rests on {listed(needed)}"] * bool(needed) + [f"{chapter.minutes} minutes"]
            yield f'<li><a href="{page}">{escape(title)}</a><small>{"; ".join(said)}</small></li>'
        yield f"</ol></div><p>All chapters together take {total} minutes.</p>"


def listed(numbers: list[int]) -> str:
    *most, last = map(str, numbers or [""])
    return f"{', '.join(most)} and {last}" if most else last


def setup(app: Sphinx) -> dict[str, object]:
    app.add_directive("chapter-map", ChapterMap)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
