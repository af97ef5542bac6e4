"""The book as LaTeX: parts and chapters as on the website, the lecture's own equation numbers.

Only the LaTeX builder uses what is here; how the pages look is said in course.sty.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator

from docutils import nodes
from equation_forms import wide
from lecture_ids import ROOT
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders.latex.nodes import math_reference, thebibliography
from sphinx.config import Config
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import texescape
from sphinx.util.math import wrap_displaymath
from sphinx.writers.latex import LaTeXTranslator

# Nodes that are set in the font of code, which has every sign that the book needs.
CODE = (
    nodes.literal,
    addnodes.literal_emphasis,
    addnodes.literal_strong,
    addnodes.desc_name,
    addnodes.desc_addname,
    addnodes.desc_annotation,
)

# How many letters fit on a line, and how many the space around a column is worth.
LINE, PADDING = 84, 2.3


def latex(code: str) -> nodes.raw:
    return nodes.raw("", code, format="latex")


class Structure(SphinxPostTransform):
    """The captions of the table of contents become parts, the first page a chapter."""

    default_priority = 800  # when Sphinx has put the citations at the end of the document
    formats = ("latex",)

    def run(self, **kwargs: object) -> None:
        self.open_with_a_chapter()
        parts = self.app.config.external_site_map.root.subtrees
        opens = {part.items[0]: part for part in parts}
        for file in list(self.document.findall(addnodes.start_of_file)):
            part = opens.get(file["docname"])
            if part is not None and part.caption:
                command = "numberedpart" if part.numbered else "unnumberedpart"
                caption = texescape.escape(part.caption, "xelatex")
                position = file.parent.index(file)
                file.parent.insert(position, latex(rf"\{command}{{{caption}}}"))
            if file["docname"].endswith("bibliography"):
                for citations in list(self.document.findall(thebibliography)):
                    citations.parent.remove(citations)
                    file.next_node(nodes.section).append(citations)

    def open_with_a_chapter(self) -> None:
        """LaTeX puts the title of the root on the title page; its text needs a chapter."""
        root = self.document.next_node(nodes.section)
        chapter = nodes.section(ids=root["ids"], names=root["names"])
        root["ids"], root["names"] = [], []
        chapter += nodes.title(text="Introduction")
        for node in root.children[1:]:
            if "toctree-wrapper" not in node.get("classes", []):
                root.remove(node)
                chapter += node
        root.insert(1, chapter)


class OnPaper(SphinxPostTransform):
    """Leave out links to files that lie beside the pages of the website: no PDF has them."""

    default_priority = 800
    formats = ("latex",)

    def run(self, **kwargs: object) -> None:
        for link in list(self.document.findall(nodes.reference)):
            uri = link.get("refuri", "")
            if uri and not link.get("internal") and not re.match(r"[#%]|[a-z]+:", uri):
                link.replace_self(link.children)
        for line in list(self.document.findall(nodes.paragraph)):
            if "archives" in line["classes"]:
                line.parent.remove(line)


class Tables(SphinxPostTransform):
    """Give every table columns in which its text fits, and the line breaks that it asks for."""

    default_priority = 800
    formats = ("latex",)

    def run(self, **kwargs: object) -> None:
        for raw in list(self.document.findall(nodes.raw)):
            if raw["format"] == "html" and re.fullmatch(r"<br\s*/?>", raw.astext().strip()):
                raw.replace_self(latex(r"\newline{}"))
        for cell in list(self.document.findall(nodes.entry)):
            if all(isinstance(node, nodes.paragraph) and not node.children for node in cell):
                cell.clear()  # an empty paragraph is higher than a line
        for table in list(self.document.findall(nodes.table)):
            spec = addnodes.tabular_col_spec(spec="".join(columns(table)))
            table.parent.insert(table.parent.index(table), spec)


def columns(table: nodes.table) -> Iterator[str]:
    """A letter for each column of a table that fits on the line, otherwise the share of each."""
    rows = [list(row.findall(nodes.entry)) for row in table.findall(nodes.row)]
    if len(set(map(len, rows))) > 1:
        return  # cells that span columns: LaTeX may decide
    by_column = list(zip(*rows, strict=True))
    widths = [[width(cell) for cell in cells] for cells in by_column]
    right = [all("text-right" in cell["classes"] for cell in cells) for cells in by_column]
    if sum(max(column) + PADDING for column in widths) <= LINE:
        yield from ("r" if numbers else "l" for numbers in right)
        return
    # Every column holds its longest word, and if there is room for them its short pieces of code
    # unbroken. The rest goes, letter by letter, where it saves most.
    for whole in (30, 0):
        words = [max(longest_word(cell, whole) for cell in cells) for cells in by_column]
        shares = [min(word, LINE / 2) + PADDING for word in words]
        if sum(shares) < LINE:
            break
    while sum(shares) < LINE:
        trials = [[share + (i == k) for i, share in enumerate(shares)] for k in range(len(shares))]
        shares = min(trials, key=lambda trial: height(widths, trial))
    for share, numbers in zip(shares, right, strict=True):
        ragged = r"\raggedleft" if numbers else r"\raggedright"
        yield rf">{{{ragged}\arraybackslash}}\X{{{round(10 * share)}}}{{{round(10 * sum(shares))}}}"


def height(widths: list[list[float]], shares: list[float]) -> float:
    """How high the rows are with these columns, in lines that need not be whole."""
    total = 0.0
    for cells in zip(*widths, strict=True):
        lines = [max(1, w / (share - PADDING)) for w, share in zip(cells, shares, strict=True)]
        total += max(lines) + 0.01 * sum(lines)
    return total


def width(cell: nodes.entry) -> float:
    """About how many letters wide a cell is on one line."""
    lines = [0.0]
    for leaf in cell.findall(lambda node: not node.children):
        if isinstance(leaf.parent, nodes.raw):
            lines.append(0.0)
        else:
            lines[-1] += leaf_width(leaf)
    return max(lines)


def longest_word(cell: nodes.entry, whole: int) -> float:
    """The width of what is not broken: a word, a formula, code up to its dots or up to a length."""
    words = [0.0]
    for leaf in cell.findall(lambda node: not node.children):
        if isinstance(leaf, nodes.Text) and not isinstance(leaf.parent, nodes.math):
            code = isinstance(leaf.parent, nodes.literal)
            gaps = r"\s+|(?<=[.,;?!/_>-])" if code else r"\s+"
            parts = [leaf] if code and len(leaf) <= whole else re.split(gaps, leaf)
            words += [len(part) * leaf_width(leaf) / len(leaf) for part in parts if part]
        else:
            words.append(leaf_width(leaf))
    return max(words)


def leaf_width(leaf: nodes.Node) -> float:
    if isinstance(leaf, math_reference):
        return 4.0
    if isinstance(leaf.parent, nodes.math):
        # The name of a command is not printed, its sign is; what stands raised is small.
        text = re.sub(r"\\(mathrm|mathcal|mathsf|,|;|!)", "", leaf.astext())
        text = re.sub(r"\\([a-zA-Z]+|.)", "m", text)
        small = sum(map(len, re.findall(r"[_^](?:\{([^{}]*)\}|.)", text)))
        return 1.25 * len(re.sub(r"[{}^_]", "", text)) - 0.3 * small
    code = any(isinstance(above, CODE) for above in ancestors(leaf))
    header = any(isinstance(above, nodes.thead) for above in ancestors(leaf))
    return len(leaf.astext()) * (1.0 if code or header else 0.94)


class Translator(LaTeXTranslator):
    """Write what LaTeX alone would number, colour or print in another way."""

    def visit_math_block(self, node: nodes.math_block) -> None:
        text, name = wide(node.astext()), node.get("label")
        pieces = text.split(r"\qquad")
        if len(pieces) > 3 and "&" not in text and r"\\" not in text:
            # A row of many formulas becomes two rows.
            half = (len(pieces) + 1) // 2
            rows = [r"\qquad".join(pieces[:half]), r"\qquad".join(pieces[half:])]
            text = r"\begin{gathered}" + r"\\".join(rows) + r"\end{gathered}"
        if node.get("nowrap"):
            super().visit_math_block(node)
        if not name:
            self.body.append(wrap_displaymath(text, None, False))
            raise nodes.SkipNode
        label = f"equation:{node['docname']}:{name}"
        number = self.builder.env.domains["math"].equations[name][1]
        # Links with a title of their own lead to the node, links by number to the label.
        self.body.append("".join(self.hypertarget(i) for i in node["ids"]) + "%\n")
        equation = wrap_displaymath(text, label, False)
        self.body.append(equation.replace(r"\label", rf"\tag{{{number}}}\label", 1))
        raise nodes.SkipNode

    def visit_admonition(self, node: nodes.admonition) -> None:
        super().visit_admonition(node)
        if "warning" in node["classes"]:
            self.body[-1] = self.body[-1].replace("{note}", "{warning}")

    def visit_Text(self, node: nodes.Text) -> None:
        text = self.encode(node.astext())
        if not any(isinstance(above, CODE) for above in ancestors(node)):
            text = SIGNS.sub(sign, text)
        self.body.append(text)


def ancestors(node: nodes.Node) -> Iterator[nodes.Node]:
    while node.parent is not None:
        node = node.parent
        yield node


def letters(first: int, pattern: str) -> str:
    """All letters from the first on whose decomposition matches, as a class of a regular expression."""
    found = map(chr, range(first, 0x2200))
    return "[" + "".join(c for c in found if re.search(pattern, unicodedata.decomposition(c))) + "]"


SIGNS = re.compile(
    rf"(?P<super>{letters(0xA0, '^<super>')}+)|(?P<sub>{letters(0xA0, '^<sub>')}+)"
    rf"|(?P<dotted>{letters(0x200, ' 0307$')})|(?P<star>★+)"
)


def sign(found: re.Match) -> str:
    """What the font of the text lacks: raised and lowered letters, a dot above, a star."""
    plain = unicodedata.normalize("NFKD", found[0])
    match found.lastgroup:
        case "super":
            return rf"\textsuperscript{{{plain}}}"
        case "sub":
            return rf"\textsubscript{{{plain}}}"
        case "dotted":
            return rf"\ensuremath{{\dot{{{plain[0]}}}}}"
        case _:
            return rf"\symboltext{{{found[0]}}}"


def say_version(app: Sphinx, config: Config) -> None:
    """Tell course.sty the version that the title page says."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        version = tomllib.load(file)["project"]["version"]
    config.latex_elements["preamble"] += rf"\newcommand\bookversion{{{version}}}" + "\n"


def use_translator(app: Sphinx) -> None:
    if app.builder.name == "latex":
        app.set_translator("latex", Translator, override=True)


def setup(app: Sphinx) -> dict[str, object]:
    app.connect("config-inited", say_version)
    app.add_post_transform(Structure)
    app.add_post_transform(OnPaper)
    app.add_post_transform(Tables)
    # Only now: a theme that sees another translator earlier leaves out its own for the website.
    app.connect("builder-inited", use_translator, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
