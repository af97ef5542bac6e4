"""Beside each of the lecture's equations: links to its code and to its tests.

Both come from `lecture_ids`, which reads them from the docstrings and from the marks on the tests.
The page of tests shows each marked test as it stands in its file.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache

import lecture_ids
from docutils import nodes
from lecture import Generated, said
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform


class EquationLinks(SphinxTransform):
    """Put a line of links below each displayed equation with a lecture id."""

    default_priority = 500

    def apply(self, **kwargs: object) -> None:
        equations = list(self.document.findall(nodes.math_block))
        if not any((e.get("label") or "").startswith("eq-") for e in equations):
            return
        for path in lecture_ids.inputs():
            self.env.note_dependency(str(path))
        functions, tests = code_and_tests()
        for equation in equations:
            prefix, _, lecture_id = (equation.get("label") or "").partition("-")
            if prefix == "eq" and lecture_id in functions:
                line = nodes.paragraph(classes=["equation-links"])
                line += nodes.Text("code: ")
                for k, name in enumerate(functions[lecture_id]):
                    line += nodes.Text(", " if k else "")
                    line += reference("py", "obj", name, nodes.literal(text=short(name)))
                count = len(tests[lecture_id])
                line += nodes.Text(" ·\N{NO-BREAK SPACE}checked by ")
                text = f"{count} test{'s' * (count > 1)}"
                line += reference("std", "ref", f"tests-{lecture_id}".lower(), nodes.inline(text=text))
                wrapper = addnodes.only(expr="html")
                wrapper += line
                parent = equation.parent
                parent.insert(parent.index(equation) + 1, wrapper)


@cache
def code_and_tests() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    return lecture_ids.functions(), lecture_ids.tests()


def reference(domain: str, kind: str, target: str, shown: nodes.Element) -> addnodes.pending_xref:
    xref = addnodes.pending_xref(
        "", refdomain=domain, reftype=kind, reftarget=target, refexplicit=True, refwarn=True
    )
    xref += shown
    return xref


def short(name: str) -> str:
    """course_lib.networks.layout.Network.forward -> Network.forward."""
    return ".".join(name.split(".")[3:])


class LectureTests(Generated):
    """The tests of each equation of the lecture, below a heading; a test of several is shown at the first."""

    def run(self) -> list[nodes.Node]:
        for path in lecture_ids.inputs():
            self.env.note_dependency(str(path))
        shown: dict[str, str] = {}
        sections = []
        for lecture_id, names in lecture_ids.tests().items():
            section = nodes.section(ids=[f"equation-{lecture_id}".lower()])
            section += nodes.title("", f"Equation {lecture_id}")
            self.state.nested_parse(list(self.lines_of(lecture_id, names, shown)), self.content_offset, section)
            sections.append(section)
        return sections

    def lines_of(self, lecture_id: str, names: list[str], shown: dict[str, str]) -> Iterator[str]:
        yield from (f"(tests-{lecture_id.lower()})=", "")
        yield from (f"The equation is {{eq}}`eq-{lecture_id}`.", "")
        above = [f"{{ref}}`{said(name)} <{shown[name]}>`" for name in names if name in shown]
        if above:
            yield from (f"Shown above: {', '.join(above)}.", "")
        for name in names:
            if name not in shown:
                shown[name] = f"test-{len(shown) + 1}"
                yield from (f"({shown[name]})=", "", f"{said(name)}, `{name.split('::')[0]}`:", "")
                yield from ("```python", *source(name).splitlines(), "```", "")


def source(name: str) -> str:
    """The text of a test, named file::function, without its marks."""
    file, _, function = name.partition("::")
    text = (lecture_ids.ROOT / file).read_text(encoding="utf-8")
    found = dict(lecture_ids.definitions(ast.parse(text)))
    node = found[function.replace("::", ".")]
    lines = text.splitlines()[node.lineno - 1 : node.end_lineno]
    return "\n".join(line[node.col_offset :] for line in lines)


def setup(app: Sphinx) -> dict[str, object]:
    app.setup_extension("lecture")
    app.add_transform(EquationLinks)
    app.add_directive("lecture-tests", LectureTests)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
