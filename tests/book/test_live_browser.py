"""Cells that run on the page, in Chromium, from the disk.

They need a book that was built with Pyodide's files: without the variable LIVE they are skipped.
The last test runs every cell of every chapter and is slow: `make test-live`.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import nbformat
import pytest
from playwright.async_api import Error as PlaywrightError

ROOT = Path(__file__).resolve().parents[2]

if not os.environ.get("LIVE"):
    pytest.skip("NO CELL RAN ON A PAGE: LIVE names no folder with Pyodide's files", allow_module_level=True)

browser = pytest.importorskip("test_browser")

CHAPTERS = sorted(path.stem for path in (ROOT / "book/notebooks").glob("*.ipynb"))
PAGE = "01_neural_network_layout"
BUSY = "() => !document.documentElement.classList.contains('live-busy')"
# What rounding leaves is another number with another BLAS: one line of chapter 9 prints 1e-13 here, not 1e-12.
# So does the error of chapter 10's pieces on [0, 6], where each piece carries on the rounding of those before it.
ROUNDING = re.compile(r"\b1e-1[1-5](?= < )|\b1e-0[78](?= < 1e-06  1e-07)")
# The call of a function, as other pages use it.
CALLS = """async () => [
  await live.python.ask({call: "statistics.fmean", argument: [1, 2, 6]}),
  await live.python.ask({call: "json.loads", argument: '{"half": [0.5, 1]}'}),
  await live.python.ask({call: "math.sqrt", argument: -1}).catch((error) => error.message),
]"""
OPEN = "document.querySelectorAll('main details').forEach((fold) => { fold.open = true; })"
STATE = """() => ({
  ready: document.readyState, busy: document.documentElement.className,
  focus: document.activeElement.outerHTML.slice(0, 80),
  said: document.querySelector('.live-said')?.innerText, work: document.querySelector('.live-work')?.innerText,
  editors: document.querySelectorAll('.cm-content').length,
  scripts: [...document.scripts].map((script) => script.src.split('/').pop()).join(' '),
})"""
PRINTED = """(cell) => [...cell.querySelectorAll('.live-stdout pre')].map((pre) => pre.textContent).join('')"""


class Tab:
    """A chapter open in a browser."""

    def __init__(self, page) -> None:
        self.page, self.asked, self.complaints, self.crashed = page, [], [], False
        page.on("crash", lambda _: setattr(self, "crashed", True))
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self.complaints.append(said.text)
                if said.type == "error" and "ERR_FAILED" not in said.text else None)  # MathJax is left out

    def cell(self, k: int):
        return self.page.locator("main div.cell").nth(k)

    async def press(self, k: int, name: str) -> None:
        await self.cell(k).locator(".live-tools button", has_text=name).first.dispatch_event("click")

    async def write(self, k: int, code: str) -> None:
        await self.press(k, "Edit")
        editor = self.cell(k).locator(".cm-content")
        await editor.wait_for(state="visible")
        await editor.fill(code)

    async def ended(self) -> str:
        await self.page.wait_for_function(BUSY)
        return await self.page.locator(".live-said").inner_text()

    async def run(self, k: int) -> str:
        """Run the cell to its end and return what the page says then."""
        await self.press(k, "Run")
        return await self.ended()

    async def state(self) -> str:
        """What the page shows, for who reads that a test waited in vain."""
        if self.crashed:
            return "the page crashed"
        return f"the page: {await self.page.evaluate(STATE)}\ncomplaints: {self.complaints}"

    async def printed(self, k: int) -> str:
        return await self.cell(k).evaluate(PRINTED)


def on_page(html: Path, name: str, act: Callable[[Tab], Awaitable[None]], theme: str = "light",
            width: int = browser.DESK) -> Tab:
    async def visit() -> Tab:
        async with browser.browser_context(theme, width) as context:
            await context.route("**/mathjax/**", lambda route: route.abort())
            tab = Tab(await context.new_page())
            await tab.page.goto((html / f"book/{name}.html").as_uri())
            await tab.page.wait_for_selector(".live-work" if "exercises/" in name else ".live-tools", state="attached")
            await tab.page.evaluate(OPEN)
            try:
                await act(tab)
            except PlaywrightError as error:
                error.add_note(await tab.state())
                raise
        return tab

    return asyncio.run(visit())


def test_nothing_is_loaded_before_the_first_press(html):
    async def act(tab: Tab) -> None:
        await tab.page.wait_for_load_state()

    tab = on_page(html, f"notebooks/{PAGE}", act)
    assert not any("/live/" in url or "editor.js" in url for url in tab.asked)
    names = ("python.js", "live.js", "exercise.js", "live.css")
    assert sum((html / "_static" / name).stat().st_size for name in names) < 60_000


def test_a_page_runs_draws_fails_stops_and_lives(html):
    """One visit, since each loads Python: what each step showed is judged below."""
    seen = {}

    async def act(tab: Tab) -> None:
        await tab.write(0, "1 + 1")
        seen["size"] = asyncio.ensure_future(tab.page.wait_for_function(
            "/from the book: \\d+ MB/.test(document.querySelector('.live-said').textContent)"))
        await tab.run(0)
        await seen["size"]
        seen["sum"] = await tab.printed(0)

        await tab.press(0, "Reset")
        await tab.write(1, "import matplotlib.pyplot as plt\nplt.plot([1, 3]);")
        await tab.run(1)
        seen["picture"] = await tab.cell(1).locator("img").last.get_attribute("src")

        await tab.write(2, "start = [1]\nstart.append(2)")
        await tab.write(3, "print(sum(start), undefined)")
        await tab.run(3)
        seen["earlier"] = await tab.cell(2).get_attribute("data-live")
        seen["error"] = await tab.cell(3).locator(".live-error").inner_text()

        await tab.write(3, "print('on')\nwhile True:\n    pass")
        await tab.press(3, "Run")
        await tab.page.wait_for_function("document.querySelectorAll('main div.cell')[3].innerText.includes('on')")
        await tab.page.locator(".live-bar button", has_text="Stop").click()
        seen["stopped"] = await tab.ended()
        await tab.write(3, "print('start' in globals())")
        await tab.page.keyboard.press("Control+Enter")
        await tab.page.wait_for_function("document.querySelector('.live-said').textContent.startsWith('Ran')")
        seen["alive"] = await tab.printed(3)

        await tab.write(3, "import js\njs.close()")
        seen["closed"] = await tab.run(3)
        await tab.page.locator(".live-bar button", has_text="Restart").click()
        await tab.write(3, "print(2 + 3)")
        await tab.run(3)
        seen["again"] = await tab.printed(3)

        seen["called"] = await tab.page.evaluate(CALLS)

    tab = on_page(html, f"notebooks/{PAGE}", act)
    assert seen["sum"] == "2\n"
    assert seen["picture"].startswith("data:image/svg+xml")
    assert seen["earlier"] == "ran"
    assert "--> " in seen["error"] and "NameError: name 'undefined' is not defined" in seen["error"]
    assert seen["stopped"].startswith("Stopped.")
    assert seen["alive"] == "False\n"
    assert seen["closed"] == "Python has stopped: its worker was closed. Run starts it again."
    assert seen["again"] == "5\n"
    assert seen["called"] == [3, {"half": [0.5, 1]}, "ValueError: math domain error"]
    assert [url for url in tab.asked if not url.startswith(("file:", "blob:", "data:"))] == []
    assert tab.complaints == []


def test_a_missing_file_is_told_and_a_second_press_finds_it(html, tmp_path):
    async def act(tab: Tab) -> None:
        await tab.page.context.route("**/live/numpy*", lambda route: route.abort())
        assert "cannot be read: the book is not whole" in await tab.run(0)
        await tab.page.context.unroute("**/live/numpy*")
        await tab.write(0, "print('back')")
        await tab.run(0)
        assert await tab.printed(0) == "back\n"

    on_page(html, f"notebooks/{PAGE}", act)


@pytest.mark.skipif(not os.environ.get("TEST_LIVE"), reason="NOT EVERY CELL RAN ON ITS PAGE: make test-live does")
@pytest.mark.parametrize("name", CHAPTERS)
def test_every_cell_prints_on_the_page_what_is_stored(html, name):
    notebook = nbformat.read(ROOT / f"book/notebooks/{name}.ipynb", as_version=4)
    stored = ["".join(output.text for output in cell.outputs if output.output_type == "stream")
              for cell in notebook.cells if cell.cell_type == "code"]  # fmt: skip
    printed = []

    async def act(tab: Tab) -> None:
        for k in range(len(stored)):
            said = await tab.run(k)
            assert said.startswith("Ran"), f"{said}: {await tab.cell(k).inner_text()}"
            printed.append(await tab.printed(k))

    on_page(html, f"notebooks/{name}", act)
    assert [ROUNDING.sub("rounding", text) for text in printed] == [ROUNDING.sub("rounding", text) for text in stored]
