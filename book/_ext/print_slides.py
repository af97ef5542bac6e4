"""Print every deck of slides as a PDF and list both on the first page.

    python book/_ext/print_slides.py _build/slides
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright
from slides import write_list

CHROMIUM = next(filter(None, map(shutil.which, [
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"])), None)  # fmt: skip


def print_decks(folder: Path, names: str = "[0-9]*") -> list[Path]:
    """Print the decks of these names as a PDF each; reveal.js lays them out for it."""
    made = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        for deck in sorted(folder.glob(f"{names}.html")):
            page.goto(f"{deck.absolute().as_uri()}?print-pdf")
            page.wait_for_selector(".pdf-page", state="attached")  # before that, all slides would be one page
            page.evaluate("MathJax.startup.promise.then(() => null)")
            page.pdf(path=deck.with_suffix(".pdf"), prefer_css_page_size=True, print_background=True)
            made.append(deck.with_suffix(".pdf"))
        browser.close()
    return made


if __name__ == "__main__":
    slides = Path(sys.argv[1])
    if CHROMIUM:
        print_decks(slides)
    else:
        print("The slides have no PDF: Chromium is not installed.")
    write_list(slides)
