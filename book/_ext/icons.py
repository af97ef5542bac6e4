"""Only the icons that the book shows: the theme brings two thousand, in a script, a style sheet and a font.

The style sheet draws them from the font. So the script, which would draw them a second time, becomes empty, and the
other two keep what a page names.
"""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from sphinx.application import Sphinx

RULE = re.compile(r'((?:\.fa-[\w-]+:before,?)+)\{content:"\\([0-9a-f]+)"\}')
FONT = "vendor/fontawesome/webfonts/fa-solid-900"


def named(html: Path) -> set[str]:
    """The classes of icons in the pages, and in the scripts that add some."""
    texts = [path.read_text(encoding="utf-8") for kind in ("*.html", "*.js") for path in html.rglob(kind)]
    return {name for text in texts for name in re.findall(r"\bfa-[a-z-]+", text)}


def keep_used(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.name != "html":
        return
    static = Path(app.outdir) / "_static"
    (static / "scripts/fontawesome.js").write_text("", encoding="utf-8")
    (static / "scripts/fontawesome.js.map").unlink(missing_ok=True)

    sheet = static / "styles/pydata-sphinx-theme.css"
    text, names = sheet.read_text(encoding="utf-8"), named(Path(app.outdir))
    text = RULE.sub(lambda rule: rule[0] if names & set(re.findall(r"fa-[\w-]+", rule[1])) else "", text)
    styles = [text, *(path.read_text(encoding="utf-8") for path in static.rglob("*.css") if path != sheet)]
    shown = {int(code, 16) for style in styles for code in re.findall(r'"\\(f[0-9a-f]{3})', style)}
    sheet.write_text(text.replace(f'{FONT}.woff2) format("woff2")', f'{FONT}.woff) format("woff")'), encoding="utf-8")
    (static / f"{FONT}.woff").write_bytes(smaller(static / f"{FONT}.ttf", shown))
    for path in (static / FONT).parent.glob("*"):
        if path.suffix != ".woff":
            path.unlink()


def smaller(font: Path, characters: set[int]) -> bytes:
    """The font with these characters alone, packed."""
    letters, packed = TTFont(font, recalcTimestamp=False), BytesIO()
    subsetter = subset.Subsetter()
    subsetter.populate(unicodes=characters)
    subsetter.subset(letters)
    letters.flavor = "woff"
    letters.save(packed, reorderTables=False)
    return packed.getvalue()


def setup(app: Sphinx) -> dict[str, object]:
    app.connect("build-finished", keep_used, priority=450)  # before the archives
    return {"parallel_read_safe": True, "parallel_write_safe": True}
