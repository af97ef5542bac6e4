"""The book as a browser shows it: every page, in both themes, on a desk and on a phone.

Each page is loaded twice, from the disk in the light theme 1280 pixels wide, and from a server in
the dark theme 360 wide, and is looked over at the other width too. axe-core judges it at the first
width of each, the second time by the rules for which colours and sizes matter: names and roles do not
depend on the theme, nor colours on the width.
"""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread
from urllib.parse import unquote, urldefrag, urlsplit

import interactive_data
import numpy as np
import pytest
from bs4 import BeautifulSoup
from PIL import Image
from playwright.async_api import Locator, Page, async_playwright

from course_lib.differentiation import reverse_mode
from course_lib.differentiation.graph import trace
from course_lib.differentiation.symbolic import derivative, expression, operation_counts
from course_lib.equations import euler
from course_lib.networks import Layer, Network

CHROMIUM = next(filter(None, map(shutil.which, [
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"])), None)

if CHROMIUM is None:
    pytest.skip("NO BROWSER LOOKED AT THE BOOK: Chromium is not installed", allow_module_level=True)

AXE = Path(__file__).parents[1] / "vendor/axe-core/axe.min.js"
AXE_OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    # This rule does not see that a formula stands in a cell.
    "rules": {"empty-table-header": {"enabled": False}},
    "resultTypes": ["violations"],
    # A page on the disk may not fetch its style sheets; no rule above needs them.
    "preload": False,
}

# The rules that see the theme or the width of the page.
SEEN = ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"]

# Of code, one word for each way in which words look: the other thousands would only take time.
UNLIKE = """() => {
  const seen = new Set();
  for (const word of document.querySelectorAll("pre span, .sig span")) {
    const look = [];
    for (let e = word; e && e.tagName !== "MAIN"; e = e.parentElement) look.push(e.tagName + e.className);
    const all = look.join(" ");
    if (!word.children.length && seen.has(all)) word.replaceWith(word.textContent);
    seen.add(all);
  }
}"""

DESK, PHONE, HEIGHT = 1280, 360, 900
TABS = 3
PATIENCE = 600_000  # ms: a busy machine is no fault of the book

# Each search with the page, or the section of it, that must come first.
SEARCHES = {
    "neuron": "01_neural_network_layout",
    "loss": "01_neural_network_layout",
    "overfitting": "01_neural_network_layout",
    "B5": "02_backpropagation.html#equation-eq-b5",
    "cancellation": "03_finite_differences",
    "3.2": "03_finite_differences.html#",
    "exercise 3.4": "03_finite_differences.html#",
    "SymPy": "04_symbolic_differentiation",
    "dual": "05_forward_mode",
    "adjoint": "06_reverse_mode",
    "Euler": "07_eulers_method",
    "PINN": "08_network_as_solution",
    "Lagaris": "08_network_as_solution",
    "Marquardt": "09_why_descent_crawls",
}

# How the interactive figures are used while the page is looked at: each time a name, the figure, and the keys, each
# on a control that has the focus, or a way by which the figure's dot is dragged, in pixels.
USES = {
    "01_neural_network_layout": [
        ("neuron", "fig-layout-steps", [("w", "ArrowLeft"), ("b", "ArrowRight"), ("v", "ArrowLeft")]),
        ("three", "fig-layout-steps", [("neuron", "ArrowDown"), ("v", "Home"), ("w", "End"), ("b", "End")]),
    ],
    "02_backpropagation": [("edge", "fig-backpropagation-rates", [("gamma", "End"), *2 * [("gamma", "ArrowLeft")]])],
    "03_finite_differences": [
        ("near", "fig-finite-differences-v", [("h", "End"), *4 * [("h", "ArrowLeft")]]),
        ("played", "fig-finite-differences-v", [("h", "Home"), ("play", "Enter"), ("play", "Enter")]),
    ],
    "04_symbolic_differentiation": [
        ("tree", "fig-symbolic-swell", [("n", "End"), *2 * [("merged", "ArrowRight")]]),
        ("merged", "fig-symbolic-swell", [("merged", "End"), ("n", "ArrowLeft"), ("n", "ArrowRight")]),
    ],
    "06_reverse_mode": [
        ("graph", "fig-reverse-mode-graph", [("next", "End"), ("x", "ArrowRight"), ("x", "ArrowRight")]),
    ],
    "07_eulers_method": [
        ("still", "fig-euler-field", []),
        ("moved", "fig-euler-field", [("dx", "ArrowLeft"), ("f0", "ArrowRight")]),
        ("dragged", "fig-euler-field", [("handle", (0, -60))]),
        ("beyond", "fig-euler-stability", [("dx", "End")]),
    ],
    "08_network_as_solution": [
        ("trained", "fig-network-solution-training", [("iteration", "End")]),
    ],
    "09_why_descent_crawls": [
        ("modes", "fig-training-modes", [("steps", "End"), *9 * [("steps", "ArrowLeft")], ("beta", "Home")]),
        ("dear", "fig-training-work", [("wanted", "Home"), ("wanted", "End")]),
    ],
    "10_random_features": [
        ("inside", "fig-random-features-error", [("problem", "ArrowDown")]),
        ("outside", "fig-random-features-error", [("middle", "End")]),
    ],
}

READING = """(box) => Object.fromEntries([...box.querySelectorAll("[data-name]")]
  .map((e) => [e.dataset.name, Number(e.dataset.value)]))"""

SEARCHED = "document.querySelector('.search-summary')?.textContent.includes('found')"
TYPESET = "() => window.MathJax?.startup?.promise?.then(() => true) ?? true"

# What does not depend on the width of the page.
CONTENT = r"""() => {
  const seen = (selector) => [...document.querySelectorAll(selector)];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const tex = [];
  while (texts.nextNode()) {
    const {data, parentElement} = texts.currentNode;
    if (/\$\$|\\[([]|\\begin\{/.test(data) && !parentElement.closest("pre, code, script, style")) {
      tex.push(data.trim());
    }
  }
  return {
    theme: document.documentElement.dataset.theme,
    text: document.querySelector("main").innerText,
    tex,
    formulas: seen(".math").length,
    // An error of MathJax, or a command that it does not know and prints in red.
    mistakes: seen("mjx-container").filter((formula) => formula.querySelector(
      "merror, [data-mml-node=merror], mtext[mathcolor=red]")).map((e) => e.textContent),
    silent: seen(".math").filter((e) => !e.querySelector("mjx-container > mjx-assistive-mml > math"))
      .map((e) => e.textContent),
    unnamed: seen("img").filter((image) => !image.alt.trim()).map((image) => image.src),
    broken: seen("img").filter((image) => !image.naturalWidth).map((image) => image.src),
    images: seen("main img").map((image) => image.src),
    links: seen("a[href]").map((link) => link.href),
    ids: seen("[id]").map((element) => element.id),
  };
}"""

# What sticks out of the page, and what scrolls in it without being code, a table or an equation. What
# draws itself anew when the window changes has a second for it.
LAYOUT = """async () => {
  const page = document.scrollingElement;
  for (let frame = 0; frame < 2 || (frame < 60 && page.scrollWidth > page.clientWidth); frame++) {
    await new Promise(requestAnimationFrame);
  }
  const scrolls = (e) => e.scrollWidth > e.clientWidth && e.checkVisibility()
    && ["auto", "scroll"].includes(getComputedStyle(e).overflowX);
  const shape = (e) => e.width / e.height * e.naturalHeight / e.naturalWidth;
  const may = "pre, .output, .pst-scrollable-table-container, mjx-container, .math";
  return {
    wider: page.scrollWidth - page.clientWidth,
    scrolling: [...document.querySelectorAll("main *")]
      .filter((e) => scrolls(e) && !e.matches(may)).map((e) => e.outerHTML.slice(0, 100)),
    scrolled: [...document.querySelectorAll("mjx-container[display]")]
      .filter((e) => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).visibility === "visible")
      .map((e) => e.textContent),
    wide: [...document.querySelectorAll(".math-wide")].filter((e) => e.clientHeight).length,
    narrow: [...document.querySelectorAll(".math-narrow")].filter((e) => e.clientHeight).length,
    blurred: [...document.querySelectorAll("main .cell_output img")]
      .filter((e) => !e.src.endsWith(".svg") || !e.hasAttribute("height") || Math.abs(shape(e) - 1) > 0.02)
      .map((e) => e.outerHTML),
  };
}"""

JUDGED = """(options) => axe.run(document, options).then((result) => result.violations.map(
  (rule) => `${rule.id}: ` + rule.nodes.slice(0, 3).map(
    (node) => node.html.slice(0, 150) + " " + node.failureSummary).join(" | ")))"""


@dataclass(repr=False)
class Visit:
    """One page as one browser tab found it."""

    name: str
    address: str
    content: dict = field(default_factory=dict)
    layout: dict[int, dict] = field(default_factory=dict)
    said: dict[str, dict[str, float]] = field(default_factory=dict)
    heights: dict[str, set[int]] = field(default_factory=dict)
    violations: list[str] | None = None
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A server of the folder on this machine, and its address."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@asynccontextmanager
async def browser_context(theme: str, width: int) -> AsyncIterator:
    """A browser whose reader has chosen the theme, in a window of the width."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, timeout=PATIENCE)
        context = await browser.new_context(
            viewport={"width": width, "height": HEIGHT}, reduced_motion="reduce")
        context.set_default_timeout(PATIENCE)
        await context.add_init_script(
            f"localStorage.setItem('mode', '{theme}'); localStorage.setItem('theme', '{theme}')")
        yield context
        await browser.close()


def listen(tab: Page, visits: list[Visit]) -> None:
    """Write down with the last visit what the tab asks for, and every error that it meets."""

    def complain(text: str) -> None:
        visits[-1].complaints.append(text)

    def failed(request) -> None:
        if request.failure != "net::ERR_ABORTED":  # the tab has gone on to the next page
            complain(f"failed: {request.failure} {request.url}")

    def response(answer) -> None:
        if answer.status >= 400:
            complain(f"{answer.status} {answer.url}")

    def console(message) -> None:
        if message.type in {"error", "warning"}:
            complain(message.text)

    tab.on("request", lambda request: visits[-1].requests.append(request.url))
    tab.on("requestfailed", failed)
    tab.on("response", response)
    tab.on("console", console)
    tab.on("pageerror", lambda error: complain(str(error)))


async def judge(tab: Page, rules: list[str] = AXE_OPTIONS["runOnly"]) -> list[str]:
    """What axe-core has against the page as it stands."""
    await tab.evaluate(UNLIKE)
    # It reads a formula's MathML; the outlines of the letters would only take its time.
    await tab.evaluate("document.querySelectorAll('mjx-container > svg').forEach((e) => e.replaceChildren())")
    await tab.evaluate(AXE.read_text(encoding="utf-8"))
    return await tab.evaluate(JUDGED, AXE_OPTIONS | {"runOnly": rules})


async def look(tab: Page, visit: Visit, widths: list[int], rules: list[str]) -> None:
    await tab.set_viewport_size({"width": widths[0], "height": HEIGHT})
    await tab.goto(visit.address)
    await tab.wait_for_function(TYPESET)
    visit.content = await tab.evaluate(CONTENT)
    for width in widths:
        await tab.set_viewport_size({"width": width, "height": HEIGHT})
        visit.layout[width] = await tab.evaluate(LAYOUT)
        if rules and width == widths[0]:
            visit.violations = await judge(tab, rules)
            if width == PHONE:
                await use(tab, visit)


async def use(tab: Page, visit: Visit) -> None:
    """Use the interactive figures of the page and write down what they say."""
    for name, figure, moves in USES.get(Path(visit.name).stem, []) if "notebooks/" in visit.name else []:
        box = tab.locator(f"#try-{figure}")
        heights = {await box.evaluate("(box) => box.offsetHeight")}
        for control, key in moves:
            if control == "handle":
                await drag(tab, box.locator(".handle").first, key)
            else:
                await tab.focus(f"#try-{figure}-{control}")
                await tab.keyboard.press(key)
            heights.add(await box.evaluate("(box) => box.offsetHeight"))
        visit.said[name], visit.heights[name] = await box.evaluate(READING), heights


async def drag(tab: Page, dot: Locator, way: tuple[int, int]) -> None:
    await dot.scroll_into_view_if_needed()
    place = await dot.bounding_box()
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    await tab.mouse.move(x, y)
    await tab.mouse.down()
    await tab.mouse.move(x + way[0], y + way[1], steps=3)
    await tab.mouse.up()


async def visit_all(
    base: str, names: list[str], theme: str, widths: list[int], rules: list[str] = AXE_OPTIONS["runOnly"]
) -> list[Visit]:
    """Look at every page, a few at a time; the first width is the one it is loaded at."""
    visits = [Visit(name, f"{base}/{name}") for name in names]
    waiting = iter(visits)

    async def work(context) -> None:
        tab, seen = await context.new_page(), []
        listen(tab, seen)
        for visit in waiting:
            seen.append(visit)
            await look(tab, visit, widths, rules)

    async with browser_context(theme, widths[0]) as context:
        await asyncio.gather(*(work(context) for _ in range(TABS)))
    return visits


@pytest.fixture(scope="module")
def names(html) -> list[str]:
    """Every page, with the index and the search; the first page of all only leads to the intro."""
    found = [path.relative_to(html).as_posix() for path in html.rglob("*.html")]
    return sorted(name for name in found if not name.startswith("_static/") and name != "index.html")


@pytest.fixture(scope="module")
def from_disk(html, names) -> list[Visit]:
    return asyncio.run(visit_all(html.as_uri(), names, "light", [DESK, PHONE]))


@pytest.fixture(scope="module")
def from_server(html, names) -> list[Visit]:
    with served(html) as base:
        return asyncio.run(visit_all(base, names, "dark", [PHONE, DESK], SEEN))


@pytest.fixture(params=["from_disk", "from_server"])
def visits(request) -> list[Visit]:
    return request.getfixturevalue(request.param)


def found(visits: list[Visit], find: Callable[[Visit], object]) -> dict[str, object]:
    """What is wrong with which page."""
    return {visit.name: wrong for visit in visits if (wrong := find(visit))}


def test_pages_are_looked_at_in_their_theme(from_disk, from_server, names):
    assert len(names) > 20
    for visits, theme in [(from_disk, "light"), (from_server, "dark")]:
        assert [visit.name for visit in visits] == names
        assert found(visits, lambda visit: visit.content["theme"] != theme) == {}


def test_no_error_in_the_console_and_no_failed_request(visits):
    assert found(visits, lambda visit: visit.complaints) == {}


def test_no_other_host_is_asked(visits):
    def others(visit: Visit) -> list[str]:
        base = visit.address.removesuffix(visit.name)
        return [url for url in visit.requests if not url.startswith((base, "data:", "blob:"))]

    assert found(visits, others) == {}


def test_no_tex_is_left_in_the_text(visits):
    assert sum(visit.content["formulas"] for visit in visits) > 1000
    assert found(visits, lambda visit: visit.content["tex"]) == {}


def test_every_formula_is_typeset_without_an_error(visits):
    assert found(visits, lambda visit: visit.content["mistakes"]) == {}


def test_a_screen_reader_has_every_formula_as_mathml(visits):
    assert found(visits, lambda visit: visit.content["silent"]) == {}


def test_every_image_is_there_and_is_described(visits):
    assert found(visits, lambda visit: visit.content["broken"]) == {}
    assert found(visits, lambda visit: visit.content["unnamed"]) == {}


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_figures_are_sharp_and_keep_their_shape_and_place(visits, width):
    assert found(visits, lambda visit: visit.layout[width]["blurred"]) == {}


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_nothing_makes_the_page_scroll_sideways(visits, width):
    assert found(visits, lambda visit: visit.layout[width]["wider"] > 0) == {}


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_only_code_tables_and_equations_scroll_sideways(visits, width):
    assert found(visits, lambda visit: visit.layout[width]["scrolling"]) == {}


def test_accessible_to_wcag_2_2_aa(visits):
    assert found(visits, lambda visit: visit.violations is None) == {}
    assert found(visits, lambda visit: visit.violations) == {}


def test_internal_links_lead_somewhere(html, visits):
    ids = {visit.name: set(visit.content["ids"]) for visit in visits}
    base = visits[0].address.removesuffix(visits[0].name)

    def dead(visit: Visit) -> list[str]:
        wrong = []
        for link in set(visit.content["links"]):
            address, fragment = urldefrag(link)
            if not address.startswith(base):
                continue
            name = unquote(urlsplit(address.removeprefix(base)).path)
            there = (html / name).is_file()
            if not there or (name in ids and fragment and unquote(fragment) not in ids[name]):
                wrong.append(link)
        return wrong

    assert found(visits, dead) == {}
    assert sum(len(visit.content["links"]) for visit in visits) > 1000


def test_equations_fit_a_desk_and_take_more_rows_on_a_phone(visits):
    assert found(visits, lambda visit: visit.layout[DESK]["scrolled"]) == {}
    assert found(visits, lambda visit: visit.layout[DESK]["narrow"] + visit.layout[PHONE]["wide"]) == {}
    forms = [(visit.layout[DESK]["wide"], visit.layout[PHONE]["narrow"]) for visit in visits]
    assert all(wide == narrow for wide, narrow in forms)
    assert sum(wide for wide, _ in forms) > 20


def test_a_chapter_weighs_less_than_two_and_a_half_megabytes(from_disk, record_property):
    weights = {}
    for visit in from_disk:
        if visit.name.startswith("book/notebooks/"):
            files = {unquote(urlsplit(url).path) for url in visit.requests if url.startswith("file:")}
            weights[visit.name] = sum(Path(file).stat().st_size for file in files)
    record_property("page_weights", weights)
    assert len(weights) >= 10
    assert {name: weight for name, weight in weights.items() if not 5e5 < weight < 2.5e6} == {}


MOVED = """() => {
  const [title, button] = ["article h1", ".primary-toggle"].map(
    (name) => [...document.querySelectorAll(name)].find((e) => e.checkVisibility()).getBoundingClientRect());
  const sidebar = document.querySelector(".bd-sidebar-primary").getBoundingClientRect();
  return {title: title.x, button: button.x, end: Math.max(0, sidebar.right)};
}"""
STILL = "() => document.getAnimations().every((one) => one.playState === 'finished')"

PRINTED = """() => {
  const shown = (selector) => [...document.querySelectorAll(selector)].filter((e) => e.checkVisibility());
  return {
    titles: shown("h1").map((title) => title.innerText),
    folded: shown("main details:not([open])").length,
    empty: shown("main pre").filter((e) => !e.textContent.trim()).length,
    // On paper of A4 a page is 1047 pixels high.
    tall: shown("main *").filter((e) => getComputedStyle(e).breakInside === "avoid" && e.offsetHeight > 1047 / 2)
      .map((e) => e.className),
  };
}"""

TEX = r"""() => [String.raw`\boldsymbol{\theta}`, String.raw`\cancel{x}`, String.raw`\color{blue}{x}`].map((tex) => {
  const made = MathJax.tex2svg(tex);
  return made.querySelector("merror, [data-mml-node=merror], mtext[mathcolor=red]") ? tex : "";
}).join("")"""


def test_the_sidebar_goes_and_the_chapter_prints(html):
    widths = [992, 1280, 1440, 1920]

    async def use() -> tuple[Visit, dict[int, list[dict]], dict, str]:
        visit, moved = Visit("07", f"{html.as_uri()}/book/notebooks/07_eulers_method.html"), {}
        async with browser_context("light", DESK) as context:
            tab = await context.new_page()
            listen(tab, [visit])
            await tab.goto(visit.address)
            await tab.wait_for_function(TYPESET)
            for width in widths:
                await tab.set_viewport_size({"width": width, "height": HEIGHT})
                moved[width] = []
                for _ in range(2):
                    await tab.locator(".primary-toggle:visible").click()
                    await tab.wait_for_function(STILL)
                    moved[width].append(await tab.evaluate(MOVED))
            wrong = await tab.evaluate(TEX)
            await tab.set_viewport_size({"width": 718, "height": 1047})
            await tab.emulate_media(media="print")
            await tab.evaluate("dispatchEvent(new Event('beforeprint'))")
            printed = await tab.evaluate(PRINTED)
            await tab.emulate_media(media="screen")
            await tab.evaluate("new Promise(requestAnimationFrame)")
            return visit, moved, printed, wrong

    visit, moved, printed, wrong = asyncio.run(use())
    for width in widths:
        without, beside = moved[width]
        assert without["end"] <= without["button"] < beside["button"], width
        assert 0 <= without["button"] < without["title"], width
        assert beside["end"] <= beside["button"] < beside["title"], width
    assert wrong == ""
    assert [title.split()[0] for title in printed["titles"]] == ["7."]
    assert printed["folded"] == printed["empty"] == 0
    assert printed["tall"] == [], "half a page may stay empty before what may not be broken"
    assert visit.complaints == []


LECTURE = """() => {
  const shown = (selector) => [...document.querySelectorAll(selector)].filter((e) => e.checkVisibility());
  const figure = document.querySelector(".cell_output figure img").getBoundingClientRect();
  return {
    sidebars: shown(".bd-sidebar-primary, .bd-sidebar-secondary").length,
    code: shown("div.cell_input").filter((e) => e.clientHeight).length,
    bars: Math.max(...shown("div.cell summary").map((e) => e.getBoundingClientRect().height)),
    text: getComputedStyle(document.querySelector("article p")).fontSize,
    dark: shown(".lecture-blackout").length,
    wider: document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth,
    figure: Math.max(figure.width / innerWidth, figure.height / innerHeight),
    top: shown("article h2").filter((e) => Math.abs(e.getBoundingClientRect().top) < 80).map((e) => e.innerText),
  };
}"""


def test_lecture_mode_and_the_previews_of_terms(html):
    async def use() -> tuple[Visit, dict[str, dict], list[str]]:
        with served(html) as site:
            visit, seen = Visit("07", f"{site}/book/notebooks/07_eulers_method.html"), {}
            async with browser_context("light", DESK) as context:
                tab = await context.new_page()
                listen(tab, [visit])
                await tab.goto(visit.address)
                await tab.wait_for_function(TYPESET)
                # The term under the focus is explained until Escape.
                term, preview = tab.locator("main a[href*='glossary.html#term-']").first, tab.locator("#term-preview")
                await term.focus()
                said = [await preview.inner_text(), await term.get_attribute("aria-describedby")]
                await tab.keyboard.press("Escape")
                said.append(await preview.is_visible())
                seen["before"] = await tab.evaluate(LECTURE)
                await tab.evaluate("document.activeElement.blur()")
                await tab.set_viewport_size({"width": 1280, "height": 720})
                await tab.keyboard.press("l")
                seen["small"] = await tab.evaluate(LECTURE)
                await tab.evaluate(AXE.read_text(encoding="utf-8"))
                visit.violations = await tab.evaluate(JUDGED, AXE_OPTIONS | {"runOnly": SEEN})
                for name, key in {"dark": "b", "light": "b", "first": "ArrowRight", "second": "ArrowRight",
                                  "back": "ArrowLeft"}.items():
                    await tab.keyboard.press(key)
                    seen[name] = await tab.evaluate(LECTURE)
                await tab.set_viewport_size({"width": 1920, "height": 1080})
                await tab.reload()
                await tab.wait_for_function(TYPESET)
                seen["large"] = await tab.evaluate(LECTURE)
                await tab.locator(".lecture-button").click()
                await tab.set_viewport_size({"width": DESK, "height": HEIGHT})
                seen["after"] = await tab.evaluate(LECTURE)
        return visit, seen, said

    visit, seen, said = asyncio.run(use())
    assert len(said[0]) > 20 and said[1:] == ["term-preview", False]
    for name in ("small", "large"):
        now = seen[name]
        assert (now["sidebars"], now["code"], now["text"], now["dark"]) == (0, 0, "24px", 0), name
        assert now["wider"] <= 0 and now["figure"] > 0.6 and now["bars"] < 32, name
    assert [seen[name]["dark"] for name in ("dark", "light")] == [1, 0]
    first, second, back = (seen[name]["top"][0] for name in ("first", "second", "back"))
    assert first.startswith("7.1.") and second.startswith("7.2.") and back == first
    for name in ("sidebars", "code", "text"):
        assert seen["after"][name] == seen["before"][name]
    assert seen["before"]["code"] > 5
    assert visit.violations == []
    assert visit.complaints == []


def test_quick_questions_by_keyboard_on_paper_and_without_scripts(html):
    async def use() -> tuple[list[int], bool]:
        async with browser_context("light", PHONE) as context:
            tab = await context.new_page()
            await tab.goto(f"{html.as_uri()}/book/notebooks/07_eulers_method.html")
            answers = tab.locator(".admonition.quick .admonition > p:last-child")
            button = tab.locator(".admonition.quick .toggle-button").first
            await button.focus()
            seen = [await answers.locator("visible=true").count()]
            await tab.keyboard.press("Enter")
            seen.append(await answers.locator("visible=true").count())
            focused = await button.evaluate("(e) => e === document.activeElement")
            await tab.evaluate("dispatchEvent(new Event('beforeprint'))")
            return [*seen, await answers.locator("visible=true").count()], focused

    seen, focused = asyncio.run(use())
    assert seen == [0, 1, 6] and focused
    # A script folds the answers; where none runs they are open.
    page = BeautifulSoup((html / "book/notebooks/07_eulers_method.html").read_text(encoding="utf-8"), "html.parser")
    assert len(page.select(".admonition.quick .admonition.dropdown")) == 6
    assert not page.select(".quick .toggle-hidden, .quick [hidden], .quick details")


def test_in_the_dark_a_figure_stands_on_the_ground_of_the_page(html):
    async def corner() -> tuple[bytes, str]:
        async with browser_context("dark", DESK) as context:
            tab = await context.new_page()
            await tab.goto(f"{html.as_uri()}/book/notebooks/03_finite_differences.html")
            picture = await tab.locator(".cell_output figure img:visible").first.screenshot()
            return picture, await tab.evaluate("getComputedStyle(document.body).backgroundColor")

    picture, ground = asyncio.run(corner())
    seen = Image.open(BytesIO(picture)).convert("RGB").getpixel((3, 3))
    assert np.max(np.abs(np.subtract(seen, list(map(int, re.findall(r"\d+", ground)))))) <= 1


def test_usable_at_twice_the_size(html):
    names = ["book/intro.html", "book/course.html", "book/exercises.html", "book/lecture_map.html", "search.html",
             "book/notebooks/08_network_as_solution.html"]
    visits = asyncio.run(visit_all(html.as_uri(), names, "dark", [DESK // 2]))
    assert found(visits, lambda visit: visit.violations) == {}
    assert found(visits, lambda visit: visit.layout[DESK // 2]["wider"] > 0) == {}


def test_readable_before_the_formulas_are_typeset(html):
    async def without_mathjax() -> list[Visit]:
        visits = []
        async with browser_context("light", DESK) as context:
            await context.route("**/mathjax/**", lambda route: route.abort())
            tab = await context.new_page()
            listen(tab, visits)
            for page in ["notebooks/02_backpropagation", "exercises/05_forward_mode", "notation"]:
                visits.append(Visit(page, f"{html.as_uri()}/book/{page}.html"))
                await look(tab, visits[-1], [DESK], rules=[])
        return visits

    for visit in asyncio.run(without_mathjax()):
        assert all("mathjax" in text or text.endswith("net::ERR_FAILED")
                   for text in visit.complaints)
        assert len(visit.content["text"]) > 3000
        assert re.search(r"\\\(\S.*\\\)", visit.content["text"])
        assert visit.layout[DESK]["wider"] <= 0


def test_the_first_page_leads_to_the_intro(html):
    async def arrive() -> None:
        async with browser_context("light", DESK) as context:
            tab = await context.new_page()
            await tab.goto(f"{html.as_uri()}/index.html")
            await tab.wait_for_url("**/book/intro.html")

    asyncio.run(arrive())


@pytest.mark.parametrize(("theme", "words"), [("light", SEARCHES), ("dark", ["adjoint"])])
def test_the_search_answers_on_the_disk(html, theme, words):
    async def search() -> tuple[dict[str, list[str]], Visit]:
        found, visit = {}, Visit("search", f"{html.as_uri()}/search.html")
        async with browser_context(theme, DESK) as context:
            tab = await context.new_page()
            listen(tab, [visit])
            for word in words:
                await tab.goto(f"{visit.address}?q={word}")
                await tab.wait_for_function(SEARCHED)
                found[word] = await tab.eval_on_selector_all(
                    ".search li > a", "links => links.map(link => link.href)")
            # The last one is judged too, with the words that it marks, and so is the search box.
            visit.violations = await judge(tab)
        return found, visit

    found, visit = asyncio.run(search())
    first = {word: links[0].rpartition("/")[2] for word, links in found.items()}
    assert {word: page for word, page in first.items() if not page.startswith(SEARCHES[word])} == {}
    assert visit.complaints == []
    assert visit.violations == []


def test_the_page_that_the_search_leads_to_marks_the_words(html):
    """From a server: Sphinx hands them on in localStorage, which Chromium sometimes empties for a page on the disk."""
    async def search() -> list[bool]:
        marks = []
        with served(html) as site:
            async with browser_context("light", DESK) as context:
                tab = await context.new_page()
                await tab.goto(f"{site}/book/intro.html")
                await tab.keyboard.press("Control+k")
                await tab.keyboard.type("gradient descent")
                await tab.keyboard.press("Enter")
                # The page that is chosen marks the words, and the next one does not.
                await tab.wait_for_function(SEARCHED)
                for link, marked in ((".search li > a", True), (".bd-sidebar-primary a[href*='03_']", False)):
                    async with tab.expect_navigation():
                        await tab.locator(link).first.click()
                    if marked:
                        await tab.locator("main .highlighted").first.wait_for(state="attached")
                    await tab.wait_for_timeout(200)
                    marks.append(await tab.locator("main .highlighted").count() > 0)
                # Nor does a page to which the reader goes from the list in another way.
                await tab.goto(f"{site}/search.html?q=gradient")
                await tab.wait_for_function(SEARCHED)
                await tab.goto(f"{site}/book/notebooks/02_backpropagation.html")
                await tab.wait_for_timeout(100)
                marks.append(await tab.locator("main .highlighted").count() > 0)
        return marks

    assert asyncio.run(search()) == [True, False, False]


# ------------------------------------------------------------------------- the interactive figures

@pytest.fixture(scope="module")
def said(from_server) -> dict[str, dict[str, float]]:
    """What the figures say after each use, by its name."""
    return {name: numbers for visit in from_server for name, numbers in visit.said.items()}


def test_figures_keep_their_height_while_they_are_used(from_server, said):
    assert set(said) == {name for uses in USES.values() for name, _, _ in uses}
    assert found(from_server, lambda visit: {name: h for name, h in visit.heights.items() if len(h) > 1}) == {}


def test_the_neurons_by_keys_are_those_of_the_network(said):
    network, x = Network((1, 3, 1), ("tanh", "identity")), np.linspace(-1, 1, 121)[:, None]
    for name, b, w, v in [("neuron", [4.5, 0, -4], [3.5, 4, 4], [-1.1, 1, -1]),
                          ("three", [4.5, 10, -4], [3.5, 8, 4], [-1.1, -2, -1])]:  # fmt: skip
        theta = [Layer(np.array(w)[:, None], np.array(b)), Layer(np.array([v]), np.zeros(1))]
        error = np.abs(network(theta, x) - np.sin(np.pi * x)).max()
        assert said[name]["error"] == pytest.approx(error, abs=1e-4)
    assert said["neuron"]["place"] == pytest.approx(-4.5 / 3.5)


def test_the_rate_by_keys_throws_the_valley_out_and_not_the_network(said):
    said = said["edge"]
    assert said["gamma"] == 0.24
    assert said["steep"] < -1 and said["last"] < 0.01 < 1 < said["highest"]


def test_the_secant_by_keys_is_that_of_the_quotient(said):
    f = lambda x: np.sqrt(x**2 + np.exp(x**2))
    near = said["near"]
    assert near["h"] == 1e-15
    assert near["secant"] == pytest.approx((f(0.8 + 1e-15) - f(0.8)) / 1e-15, rel=1e-8)
    assert near["slope"] == pytest.approx(reverse_mode.gradient(f)(0.8), rel=1e-8)
    assert said["played"]["h"] < 0.1, "Play has moved it from 1"


def test_the_tree_merged_by_keys_has_the_nodes_of_the_librarys_graph(said):
    def map4(x):
        for _ in range(4):
            x = 4 * x * (1 - x)
        return x

    counts = operation_counts(derivative(expression(map4, "x"), "x", simplify=False))
    for one in (said["tree"], said["merged"]):
        assert [one["n"], one["tree"], one["graph"]] == [4, 61, len(trace(map4, 0.3))]
        assert (one["written"], one["shared"]) == counts
    assert said["tree"]["left"] == 61 - 15 - 7, "sixteen times x and eight times 4x became one"
    assert said["merged"]["left"] == said["merged"]["graph"]


def test_the_graph_moved_by_keys_shows_the_librarys_derivatives(said):
    said = said["graph"]
    x = said["value-x"]
    assert x > 0.8, "the slider starts there and has been moved to the right"
    slope = reverse_mode.gradient(lambda x: np.sqrt(x**2 + np.exp(x**2)))(x)
    assert [said["adjoint-x"], said["tangent-d"]] == pytest.approx([slope, slope], rel=1e-6)
    assert said["value-d"] == pytest.approx(np.sqrt(x**2 + np.exp(x**2)), rel=1e-6)


def test_eulers_polygon_moved_by_keys_is_the_librarys(said):
    still, said = said["still"], said["moved"]
    assert said["dx"] < still["dx"]
    assert said["f0"] > still["f0"]
    x = np.linspace(0.0, said["end"], round(said["steps"]) + 1)
    assert said["euler"] == pytest.approx(euler(lambda x, f: 2 * f * (1 - f), said["f0"], x)[-1], rel=1e-5)
    grown = said["f0"] * np.exp(2 * said["end"])
    assert said["exact"] == pytest.approx(grown / (1 - said["f0"] + grown), rel=1e-5)


def test_the_dot_of_the_initial_value_can_be_dragged(said):
    assert said["moved"]["f0"] < 0.3 and 1.0 <= said["dragged"]["f0"] <= 1.4, "sixty pixels are nearly one"
    assert said["dragged"]["dx"] == said["moved"]["dx"]


def test_the_stability_limit_is_passed_by_keys(said):
    said = said["beyond"]
    assert said["factor"] == pytest.approx(1 - 10 * said["dx"], rel=1e-5)
    assert said["factor"] < -1
    x = np.linspace(0.0, said["end"], round(said["steps"]) + 1)
    assert said["euler"] == pytest.approx(euler(lambda x, f: -10 * f, said["f0"], x)[-1], rel=1e-4)


def test_the_training_moved_by_keys_ends_where_the_library_ends(said):
    said = said["trained"]
    made = interactive_data.training()
    assert (said["iteration"], said["last-1"]) == (10_000, 300)
    for i, method in enumerate(made["methods"]):
        # The last digits of so small a residual are rounding.
        shown = {name: said[f"{name}-{i}"] for name in ("cost", "error", "largest")}
        assert shown == pytest.approx({name: method[name][-1] for name in shown}, rel=0.5)
    assert said["error-1"] < 1e-6 < 1e-2 < said["error-0"]


def test_the_modes_by_keys_leave_what_the_curvatures_say(said):
    made, said = interactive_data.modes(), said["modes"]
    assert (said["steps"], said["beta"]) == (10_000, 0)
    assert said["descent-4"] == said["momentum-4"] == pytest.approx((1 - 1 / made["ratios"][3]) ** 10_000, rel=0.01)
    assert said["descent"] == said["momentum"] == 3


def test_the_wanted_error_by_keys_leaves_one_method(said):
    [left] = [name for name in said["dear"] if name.startswith("reached")]
    method = interactive_data.work()["problems"][0]["methods"][int(left.removeprefix("reached-"))]
    assert method["label"] == "random features"
    assert said["dear"][left] == method["work"][method["reached"][-1]]
    assert said["dear"]["wanted"] == 1e-10


def test_the_steps_moved_by_keys_meet_the_solution_with_detail_or_not(said):
    start, far = said["inside"], said["outside"]
    assert start["error"] < 1e-5 and (start["from"], start["to"]) == (-0.5, 1.5)
    assert far["error"] > 0.1 and (far["from"], far["to"]) == (2.0, 4.0)
    assert start["width"] == far["width"] == 0.2
