"""A deck of slides from each chapter: what the chapter marks stands on them, its other paragraphs are the notes.

A comment marks the paragraph, list, equation, table or box below it, and a tag of the same name marks a cell::

    <!-- slide -->          it stands on the slide of its section
    <!-- slide 1 3 -->      only its first and third sentence do, or those of each item
    <!-- next slide -->     it opens another slide of the section

A cell shows its figure; without one, its code, unless that is folded, and what it prints. Nothing is copied, so a
slide changes with its chapter. The builder is that of sphinx-revealjs, and it writes nothing but the chapters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.build_phase import BuildPhase
from sphinx.writers.html5 import HTML5Translator
from sphinx_revealjs.builders import RevealjsHTMLBuilder

MARK = re.compile(r"<!-- (next )?slide((?: \d+)*) -->\s*")
TAGS = {"tag_slide": (False, []), "tag_next-slide": (True, [])}
#: The files that a deck loads.
OWN = re.compile(r"reveal|slides\.|pygments|tex-svg|window\.MathJax")
CHAPTERS = "book/notebooks/"
SAID = (nodes.paragraph, nodes.Sequential, nodes.math_block, nodes.Admonition, nodes.table, nodes.definition_list)


def read_marks(app: Sphinx, doctree: nodes.document) -> None:
    """Keep each mark as an attribute of what it marks: no page shows it."""
    for raw in list(doctree.findall(nodes.raw)):
        if mark := MARK.fullmatch(raw.astext()):
            after = raw.parent[raw.parent.index(raw) + 1 :]
            marked = next((node for node in after if not isinstance(node, nodes.target)), None)
            if marked is None or isinstance(marked, nodes.section):
                raise ExtensionError(f"{doctree['source']}: nothing in its section follows {raw.astext().strip()}")
            marked["slide"] = bool(mark[1]), [int(number) for number in mark[2].split()]
            raw.parent.remove(raw)
    for cell in doctree.findall(nodes.container):
        for tag in TAGS.keys() & set(cell["classes"]):
            cell["classes"].remove(tag)
            cell["slide"] = TAGS[tag]


LIST = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Slides</title><link rel="stylesheet" href="_static/slides.css"></head>
<body class="list"><main><h1>Slides</h1>
<ol>
{}
</ol>
<p>The keys → and ← lead from slide to slide, S opens the speaker’s window with the notes, O shows all slides, B darkens
the screen, F fills it.</p></main></body></html>
"""


class notes(nodes.Element):
    """What the speaker alone sees."""


class Deck(SphinxPostTransform):
    """Make slides of a chapter's sections. One without a mark joins the notes of the slide before it."""

    default_priority = 900  # the labels are resolved
    builders = ("slides",)

    def run(self, **kwargs: object) -> None:
        for link in list(self.document.findall(nodes.reference)):
            link.replace_self(link.children)  # most of them lead out of the deck
        deck: list[nodes.section] = []
        for section in list(self.document.findall(nodes.section)):
            before = len(deck)
            for block in [node for node in section[1:] if not isinstance(node, nodes.section)]:
                starts, sentences = getattr(block, "attributes", {}).get("slide", (False, None))
                if sentences is not None:
                    if starts or before == len(deck):
                        number = len(deck) - before + 1
                        name = section["ids"][0] + f"-{number}" * (number > 1)
                        parts = nodes.container(classes=["shown"]), notes()
                        deck.append(nodes.section("", section[0].deepcopy(), *parts, ids=[name]))
                    deck[-1][1].extend(shown(block, sentences))
                if deck:
                    deck[-1][2].extend(spoken(block, whole=sentences == []))
        for page in deck:
            arrange(page)
        if deck:
            number = self.env.toc_secnumbers[self.env.docname][""][0]
            deck[0].insert(0, nodes.paragraph("", f"Chapter {number}", classes=["chapter"]))
            deck[0]["classes"].append("opening")
        self.document.children = []
        self.document.extend(deck)


def arrange(page: nodes.section) -> None:
    """Say how wide the code is, which takes the room that it has, and put a figure beside the words."""
    widest = {"code": 0, "printed": 0}
    for code in page[1].findall(nodes.literal_block):
        kind = "printed" if "printed" in code.parent["classes"] else "code"
        widest[kind] = max(widest[kind], *map(len, code.astext().splitlines() or [""]))
    page["style"] = "; ".join(f"--{kind}: {width}" for kind, width in widest.items())
    images = [node for node in page[1] if isinstance(node, nodes.image)]
    words = [node for node in page[1] if not isinstance(node, nodes.image)]
    if images and words:
        page["classes"].append("beside")
        page[1].children = []
        page[1].extend([nodes.container("", *words, classes=["words"]), *images])


def shown(block: nodes.Element, numbers: list[int]) -> Iterator[nodes.Node]:
    """What of a marked block stands on the slide."""
    if "cell" in block["classes"]:
        if image := block.next_node(nodes.image):
            yield image.deepcopy()
            return
        for part in block[1:] if block.get("hide_mode") else block:
            printed = ["printed"] * (part.get("nb_element") == "cell_code_output")
            for code in part.findall(nodes.literal_block):
                yield nodes.container("", code.deepcopy(), classes=printed)
    elif not numbers:
        copy = block.deepcopy()
        for fold in [node for node in copy.findall() if is_fold(node, copy)]:
            fold.parent.remove(fold)
        yield copy
    else:
        copy = block.deepcopy()
        for paragraph in [copy] if isinstance(copy, nodes.paragraph) else list(copy.findall(nodes.paragraph)):
            found = sentences(paragraph)
            paragraph.children = []
            for number in numbers:
                paragraph.extend(found[number - 1 : number] and [*found[number - 1], nodes.Text(" ")])
        yield copy


def sentences(paragraph: nodes.paragraph) -> list[list[nodes.Node]]:
    """The nodes of each sentence."""
    found: list[list[nodes.Node]] = [[]]
    for is_text, group in groupby(paragraph.children, lambda node: isinstance(node, nodes.Text)):
        if not is_text:
            found[-1].extend(group)
            continue
        first, *others = re.split(r"(?<=[.?!])\s+", "".join(group))
        found[-1].append(nodes.Text(first))
        found.extend([nodes.Text(other)] for other in others)
    return found


def spoken(block: nodes.Node, whole: bool) -> Iterator[nodes.Node]:
    """What the notes say of a block: all of it, or what the slide hides of a block that it shows as a whole."""
    if "quick" in getattr(block, "attributes", {}).get("classes", []):
        return  # questions for who learns alone
    if isinstance(block, SAID) and not whole and not set(block["classes"]) & {"equation-links", "exercise-links"}:
        yield block.deepcopy()
    elif isinstance(block, nodes.Element):
        for hidden in [node for node in block.findall() if isinstance(node, nodes.caption) or is_fold(node, block)]:
            yield nodes.container("", *(node.deepcopy() for node in hidden if not isinstance(node, nodes.title)))


def is_fold(node: nodes.Node, block: nodes.Element) -> bool:
    """Whether it is an answer, folded in a box."""
    return isinstance(node, nodes.admonition) and "dropdown" in node["classes"] and node is not block


class Translator(HTML5Translator):
    """Each section is a slide, one after the other."""

    def visit_section(self, node: nodes.section) -> None:
        self.section_level = 1 if "opening" in node["classes"] else 2
        self.body.append(self.starttag(node, "section", style=node["style"]))

    def depart_section(self, node: nodes.section) -> None:
        self.body.append("</section>\n")

    def visit_notes(self, node: notes) -> None:
        self.body.append('<aside class="notes">')

    def depart_notes(self, node: notes) -> None:
        self.body.append("</aside>\n")

    def add_secnumber(self, node: nodes.Element) -> None:
        """A slide's title has no number."""


class Slides(RevealjsHTMLBuilder):
    """Write a deck for each chapter, all in one folder, with what they need."""

    name = "slides"
    default_translator_class = Translator
    add_permalinks = False
    html_scaled_image_link = False

    def init(self) -> None:
        config, folders = self.config, list(self.config.revealjs_static_path)
        config.mathjax_path = "tex-svg.js"
        # The speaker's window shows copies of the formulas, each with its own letters.
        config.mathjax3_config = {"svg": {"fontCache": "local"}}
        super().init()
        # It has grown by reveal.js. Another setting than before would have every page read again.
        config.revealjs_static_path = folders

    def init_css_files(self) -> None:
        super().init_css_files()
        self.add_css_file("pygments.css")

    def init_js_files(self) -> None:
        """No buttons to copy or to fold."""
        self.add_js_file("slides.js", defer="defer")

    def get_target_uri(self, docname: str, typ: str | None = None) -> str:
        if self.app.phase is BuildPhase.READING:  # the book's pages are written from the same
            return super().get_target_uri(docname, typ)
        return f"{docname.removeprefix(CHAPTERS)}.html"

    def get_outfilename(self, pagename: str) -> str:
        return str(Path(self.outdir) / self.get_target_uri(pagename))

    def write(self, build_docnames: object, updated_docnames: object, method: str = "update") -> None:
        """Write the chapters; Sphinx adds the first page to whatever it writes."""
        super().write([name for name in self.env.found_docs if name.startswith(CHAPTERS)], [], "specific")

    def write_doc(self, docname: str, doctree: nodes.document) -> None:
        if docname.startswith(CHAPTERS):
            super().write_doc(docname, doctree)

    def copy_download_files(self) -> None:
        """The decks offer none."""

    def gen_indices(self) -> None:
        """The decks have none."""

    def gen_pages_from_extensions(self) -> None:
        """No page but the decks and their list."""
        write_list(Path(self.outdir))


def write_list(folder: Path) -> None:
    """The first page: every deck, and its PDF where there is one."""
    items = []
    for deck in sorted(folder.glob("[0-9]*.html")):
        title = re.search("<title>(.*?)</title>", deck.read_text(encoding="utf-8"))[1]
        pdf = deck.with_suffix(".pdf")
        also = f' · <a href="{pdf.name}" aria-label="{title}, PDF">PDF</a>' if pdf.exists() else ""
        items.append(f'<li><a href="{deck.name}">{title}</a>{also}</li>')
    (folder / "index.html").write_text(LIST.format("\n".join(items)), encoding="utf-8")


def only_own(app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None) -> None:
    """Leave out what other extensions add to the pages of the book: buttons, searches, styles."""
    if app.builder.name == "slides":
        context["hasdoc"] = lambda name: False
        for kind in ("css_files", "script_files"):
            context[kind] = [file for file in context[kind] if OWN.search(f"{file} {getattr(file, 'attributes', '')}")]


def setup(app: Sphinx) -> dict[str, object]:
    app.setup_extension("sphinx_revealjs")
    app.add_builder(Slides)
    app.add_post_transform(Deck)
    app.connect("doctree-read", read_marks)
    app.connect("html-page-context", only_own, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
