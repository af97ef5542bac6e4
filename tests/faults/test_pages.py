"""Faults in the pages of the book: links, citations, what is shown and what must not be shown."""

from __future__ import annotations

from injection import Copy, Edit, Fault, parametrised

PAGES, INTERACTIVE = "tests/book/test_pages.py", "tests/book/test_interactive.py"


def build(name: str, file: str, old: str, new: str, says: str) -> Fault:
    return Fault(name, Edit(file, old, new), "build", says)


def page(name: str, file: str, old: str, new: str, test: str, says: str) -> Fault:
    """A fault that the build does not mind; a test of the built pages must find it."""
    return Fault(name, Edit(file, old, new), f"page: {PAGES} -k '{test}'", says)


def numbers(name: str, old: str, new: str, says: str) -> Fault:
    return Fault(name, Edit("book/_ext/interactive_data.py", old, new), INTERACTIVE, says)


FAULTS = {
    "link": [
        build("to a chapter that is not there", "book/glossary.md", "{ref}`ch-training`", "{ref}`ch-trainings`", "x"),
        build("to an equation that is not there", "book/intro.md", "{eq}`eq-B5`", "{eq}`eq-B9`", "x"),
        build("to a page that is not there", "book/intro.md", "[reference](api.md)", "[reference](apis.md)", "x"),
        build("to a section that is not there", "book/instructors.md", "(keep-a-private-variant)=", "(keep-a-variant)=", "x"),
        build("to a module that is not there", "book/instructors.md", "{py:mod}`course_lib.checks`", "{py:mod}`course_lib.check`", "x"),
        build("to a source that is not there", "book/intro.md", "{cite:t}`lagaris1998`", "{cite:t}`lagaris1989`", "x"),
        build("to a source that was removed", "book/references.bib", "@article{lagaris1998,", "@article{lagaris1989,", "x"),
        build("docstring that is not closed", "course_lib/fitting.py", "largest ``|f_t|``", "largest ``|f_t|`", "x"),
    ],
    "page": [
        build("with a directive that nobody knows", "book/exercises.md", "```{exercise-table}", "```{exercises-table}", "x"),
        build("with a heading out of its order", "book/cite.md", "# How to cite, licences", "# How to cite, licences\n\n#### Cite", "x"),
        build("with a label twice", "book/instructors.md", "(keep-a-private-variant)=", "(ch-layout)=\n\n(keep-a-private-variant)=", "x"),
        build("left out of the contents, a chapter", "_toc.yml", "      - file: book/notebooks/05_forward_mode\n", "", "x"),
        Fault("left out of the contents, a chapter ", Edit("_toc.yml", "      - file: book/notebooks/05_forward_mode\n", ""), f"{PAGES} -k contents", "x"),
        Fault("left out of the contents, another", Edit("_toc.yml", "      - file: book/cite\n", ""), f"{PAGES} -k contents", "x"),
        page("markup left", "book/intro.md", "{eq}`eq-B5`", "{eq} `eq-B5`", "unresolved", "x"),
        page("equation of the lecture without its number", "book/_ext/lecture.py", 'if prefix != "eq":', 'if prefix != "eqs":', "numbers", "x"),
    ],
    "other host": [
        page("style", "book/_static/course.css", "CSSOLD", "\n@import url(https://fonts.example.org/a.css);\n", "other_host", "x"),
        page("formulas", "_config.yml", "mathjax_path: mathjax/tex-svg.js", "mathjax_path: https://cdn.jsdelivr.net/npm/mathjax@3/es5/tex-svg.js", "other_host", "x"),
        page("picture", "book/cite.md", "# How to cite, licences", "# How to cite, licences\n\n![x](https://example.org/x.png)", "other_host", "x"),
    ],
    "solution": [
        page("on a page", "book/instructors.md", "# For instructors", "# For instructors\n\ndelta1 = delta2 * w2 * a1 * (1 - a1)", "solution", "x"),
        page("in the archive", "book/_ext/archives.py", '"pyproject.toml",', '"exercises/source/*/*.ipynb", "pyproject.toml",', "solution", "x"),
        page("in a folder for downloads", "book/instructors.md", "`_build/solutions/index.html`", "{download}`x <../exercises/source/02_backpropagation/02_backpropagation.ipynb>`", "solution", "x"),
    ],
    "interactive figure": [
        numbers("tangent", "Dual(x, 1.0)", "Dual(x, 1.01)", "x"),
        numbers("polygon", "euler(g, f, x) for x", "euler(lambda x, f: g(x, f + 1e-3), f, x) for x", "x"),
        numbers("limit of stability", "if factor > -1", "if factor >= -1", "x"),
        numbers("solution", "f0 / (f0 + (1 - f0)", "f0 / (f0 + (1.001 - f0)", "x"),
        numbers("formula", "zip(factors, slopes) if kind", "zip(slopes, factors) if kind", "x"),
        numbers("training", "gamma=1e-3)", "gamma=2e-3)", "x"),
        numbers("rounding", "digits: int = 6", "digits: int = 3", "x"),
    ],
}  # fmt: skip


@parametrised(FAULTS)
def test_found(copy: Copy, fault: Fault) -> None:
    copy.must_find(fault)
