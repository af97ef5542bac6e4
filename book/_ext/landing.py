"""The first page, what a link to a page shows elsewhere, and which version of the book a page belongs to."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from html import escape

import lecture_ids
import yaml
from docutils import nodes
from lecture import Generated, address
from lecture_ids import ROOT
from sphinx.application import Sphinx
from sphinx.config import Config

PICTURE = "_static/pictures/social.png"
#: By the title that _toc.yml gives a part: its picture, what the picture shows, and what the part does.
PARTS = {
    "Networks": (
        "networks",
        "Four layers of neurons; the lines between them are blue or orange, and some are thick.",
        "What a network computes, and how its cost changes with each weight.",
    ),
    "Differentiation": (
        "differentiation",
        "A curve like a valley, with a short straight tangent at each of five points.",
        "Four ways to differentiate a program; one of them is backpropagation.",
    ),
    "Differential equations": (
        "equations",
        "A field of slopes, a dashed curve that rises in an S, and beside it an orange polygon.",
        "Step by step with Euler, or all at once with a network.",
    ),
    "Beyond the lecture": (
        "beyond",
        "Ellipses around a minimum; a path zigzags from wall to wall towards it.",
        "Why training crawls, and how a network comes to many digits.",
    ),
}


class PartCards(Generated):
    """A card for each part of the book: its picture, what it does, its chapters."""

    def lines(self) -> Iterator[str]:
        parts = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))["parts"]
        titles = [chapter.title.replace("'", "’") for chapter in lecture_ids.openings()]
        numbered = iter(enumerate(titles, start=1))
        yield from ("```{raw} html", '<div class="cards">')
        for part in parts:
            pages = [entry["file"] for entry in part["chapters"] if entry["file"].startswith("book/notebooks/")]
            if pages:
                picture, shows, said = PARTS[part["caption"]]
                yield f'<section><h2>{part["caption"]}</h2>'
                yield f'<img src="../_static/pictures/{picture}.svg" width="240" height="130" alt="{shows}">'
                yield f"<p>{said}</p><ul>"
                for page in pages:
                    number, title = next(numbered)
                    yield f'<li><a href="{address(page, self.env.docname)}">{number} {escape(title)}</a></li>'
                yield "</ul></section>"
        yield from ("</div>", "```")


def version() -> str:
    with (ROOT / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)["project"]["version"]


def date() -> str:
    """When this version was released, as CITATION.cff has it."""
    return str(yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["date-released"])


def description(doctree: nodes.document | None) -> str:
    """The first paragraph of a page, as far as a search engine shows it."""
    for paragraph in doctree.findall(nodes.paragraph) if doctree else []:
        if isinstance(paragraph.parent, nodes.section):
            text = " ".join(paragraph.astext().split())
            return text if len(text) <= 200 else text[:200].rpartition(" ")[0] + " …"
    return ""


def describe(app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None) -> None:
    """Say in the head of a page what it is, for search engines and for those who link to it."""
    title, said = escape(re.sub(r"<[^>]+>", "", context.get("title", "")), quote=True), escape(description(doctree))
    address = app.config.html_baseurl or context["pathto"]("", resource=True)
    picture = (app.config.html_baseurl.rstrip("/") + "/" if app.config.html_baseurl else address) + PICTURE
    tags = {"og:type": "website", "og:site_name": app.config.project, "og:title": title, "og:image": picture,
            "og:image:width": "1200", "og:image:height": "630"}  # fmt: skip
    context.setdefault("metatags", "")
    if said:
        tags["og:description"] = said
        context["metatags"] += f'\n<meta name="description" content="{said}">'
    for name, value in tags.items():
        context["metatags"] += f'\n<meta property="{name}" content="{value}">'


def say_version(app: Sphinx, config: Config) -> None:
    config.html_theme_options["extra_footer"] = f"<p>Version {version()}, {date()}</p>"


def setup(app: Sphinx) -> dict[str, object]:
    app.add_directive("part-cards", PartCards)
    app.connect("config-inited", say_version)
    app.connect("html-page-context", describe)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
