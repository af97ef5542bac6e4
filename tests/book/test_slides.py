"""The slides of each chapter: built from the chapter alone, none too full, as a browser shows them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import lecture_ids
import print_slides
import pytest
import slides
from docutils import nodes
from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = lecture_ids.ROOT
CHAPTERS = sorted(path.stem for path in (ROOT / "book/chapters").glob("*.md"))
BROWSER = pytest.mark.skipif(print_slides.CHROMIUM is None, reason="NO BROWSER LOOKED AT THE SLIDES: no Chromium")

# Each slide, with the lowest and the rightmost of what it shows.
SEEN = r"""async () => {
  await MathJax.startup.promise;
  const found = [];
  for (let k = 0; k < Reveal.getTotalSlides(); k++) {
    Reveal.slide(k);
    const slide = Reveal.getCurrentSlide();
    const shown = [...slide.querySelectorAll("h1, h2, .shown, .shown *:not(mjx-assistive-mml, mjx-assistive-mml *)")]
      .map((e) => e.getBoundingClientRect());
    const text = slide.querySelector(".shown");
    found.push({
      name: slide.id,
      height: Math.max(slide.scrollHeight, ...shown.map((box) => box.bottom)),
      width: Math.max(...shown.map((box) => box.right)),
      overlap: text.getBoundingClientRect().top < slide.querySelector("h1, h2").getBoundingClientRect().bottom,
      shows: text.innerText.trim() + [...text.querySelectorAll("img, mjx-container")].map(() => "*").join(""),
      words: [...text.querySelectorAll("p")].map((e) => e.innerText).join(" ").split(/\s+/).length,
      notes: slide.querySelector("aside.notes").textContent.trim().length,
      wrong: [...slide.querySelectorAll("[data-mml-node=merror], mtext[mathcolor=red]")].map((e) => e.textContent),
      broken: [...slide.querySelectorAll("img")].filter((e) => !e.naturalWidth || !e.alt).map((e) => e.src),
    });
  }
  const texts = document.createTreeWalker(document.querySelector(".slides"), NodeFilter.SHOW_TEXT), left = [];
  while (texts.nextNode()) {
    const {data, parentElement} = texts.currentNode;
    const unresolved = /\\[([]|\$\$|\{(eq|ref|term|numref|cite)|\?\?/.test(data);
    if (unresolved && !parentElement.closest("pre, code")) left.push(data);
  }
  return {slides: found, left};
}"""


@pytest.fixture(scope="module")
def decks(html) -> Path:
    """The slides, built from the pages that the book has read already."""
    folder = html.parent / "slides"
    command = [Path(sys.executable).with_name("jupyter-book"), "build", "-W", "-n", "--keep-going", "--path-output",
               html.parents[1], "--builder", "custom", "--custom-builder", "slides", ROOT]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    return folder


@pytest.fixture(scope="module")
def seen(decks) -> dict[str, dict]:
    """What a browser shows of each deck, and what it asked for."""
    found = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=print_slides.CHROMIUM, timeout=600_000)
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.set_default_timeout(600_000)
        asked, complaints = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("requestfailed", lambda request: complaints.append(f"{request.failure} {request.url}"))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        for name in CHAPTERS:
            asked.clear()
            complaints.clear()
            page.goto((decks / f"{name}.html").as_uri())
            page.wait_for_function("window.MathJax?.startup?.promise && Reveal.isReady()")
            found[name] = page.evaluate(SEEN) | {"asked": [*asked]}
            # What the page has still to load is cut off when it goes on to the next deck.
            found[name]["complaints"] = [text for text in complaints if not text.startswith("net::ERR_ABORTED")]
        browser.close()
    return found


@BROWSER
def test_each_chapter_has_ten_to_twenty_slides(seen):
    assert {name: len(deck["slides"]) for name, deck in seen.items() if not 10 <= len(deck["slides"]) <= 20} == {}


def wrong(seen: dict[str, dict], is_wrong: Callable[[dict], object]) -> list[str]:
    return [f"{name}#{slide['name']}" for name, deck in seen.items() for slide in deck["slides"] if is_wrong(slide)]


@BROWSER
def test_no_slide_is_too_full(seen):
    assert wrong(seen, lambda slide: slide["height"] > 700 or slide["width"] > 1280 or slide["overlap"]) == []
    assert wrong(seen, lambda slide: slide["words"] > 150) == []


@BROWSER
def test_no_slide_has_only_a_heading(seen):
    assert wrong(seen, lambda slide: not slide["shows"]) == []


@BROWSER
def test_formulas_and_labels_are_resolved(seen):
    assert wrong(seen, lambda slide: slide["wrong"] or slide["broken"]) == []
    assert {name: deck["left"] for name, deck in seen.items() if deck["left"]} == {}


@BROWSER
def test_slides_ask_no_other_host(seen):
    assert {name: deck["complaints"] for name, deck in seen.items() if deck["complaints"]} == {}
    assert [url for deck in seen.values() for url in deck["asked"] if not url.startswith(("file:", "data:"))] == []


@BROWSER
def test_the_speaker_has_notes(seen):
    for name, deck in seen.items():
        assert sum(slide["notes"] > 50 for slide in deck["slides"]) > len(deck["slides"]) / 2, name


@BROWSER
def test_a_deck_is_printed_with_one_page_for_each_slide(decks, seen):
    name = CHAPTERS[4]
    [pdf] = print_slides.print_decks(decks, name)
    pages = re.findall(rb"/Type\s*/Page\b", pdf.read_bytes())
    assert len(pages) == len(seen[name]["slides"])
    slides.write_list(decks)
    listed = (decks / "index.html").read_text(encoding="utf-8")
    assert re.findall(r'href="(\d\w+)\.html"', listed) == CHAPTERS
    assert re.findall(r'href="(\d\w+)\.pdf"', listed) == [name]


@BROWSER
def test_on_a_dark_screen_slides_and_figures_are_dark_and_on_paper_light(decks):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=print_slides.CHROMIUM, timeout=600_000)
        page = browser.new_page(color_scheme="dark", viewport={"width": 1280, "height": 720})
        page.set_default_timeout(600_000)
        page.goto((decks / "07_eulers_method.html").as_uri())
        page.wait_for_function("window.Reveal?.isReady()")
        page.evaluate("Reveal.slide(1)")
        figure = Image.open(BytesIO(page.locator(".present .shown > img").screenshot())).convert("RGB").getpixel((3, 3))
        grounds = []
        for media in "screen", "print":
            page.emulate_media(media=media, color_scheme="dark")
            grounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        browser.close()
    assert grounds == ["rgb(18, 18, 18)", "rgb(255, 255, 255)"]
    assert max(abs(part - 18) for part in figure) <= 1


def test_no_page_of_the_book_shows_a_mark(html):
    for name in CHAPTERS:
        text = (html / f"book/notebooks/{name}.html").read_text(encoding="utf-8")
        assert "<!-- slide" not in text and "<!-- next" not in text and "tag_slide" not in text, name


def test_the_sentences_of_a_paragraph():
    parts = nodes.Text("One. Is"), nodes.math("", "x. y"), nodes.Text("two?\n"), nodes.Text("Three.")
    paragraph = nodes.paragraph("", "", *parts)
    for numbers, said in ([], "One. Isx. ytwo?\nThree."), ([2], "Isx. ytwo?"), ([3, 1], "Three. One."):
        [block] = slides.shown(paragraph, numbers)
        assert block.astext().strip() == said


@pytest.mark.parametrize(
    ("text", "mark"), [("<!-- slide -->", (False, [])), ("<!-- next slide 1 3 -->\n", (True, [1, 3]))]
)
def test_a_mark_is_kept_and_not_shown(text, mark):
    document = nodes.document(None, None)
    document += [nodes.raw("", text, format="html"), nodes.target(), nodes.paragraph("", "marked")]
    slides.read_marks(None, document)
    assert document[-1]["slide"] == mark
    assert not list(document.findall(nodes.raw))


def test_a_mark_without_anything_below_it_is_an_error():
    document = nodes.document(None, None, source="a chapter")
    document += nodes.raw("", "<!-- slide -->", format="html")
    with pytest.raises(slides.ExtensionError, match="a chapter: nothing in its section follows <!-- slide -->"):
        slides.read_marks(None, document)
