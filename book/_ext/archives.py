"""What a reader can take along: the built book and all notebooks, each as one archive.

The notebooks' archive also holds what they need to run: the library and the list of packages.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from lecture_ids import ROOT
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

BOOK, NOTEBOOKS = "book.zip", "notebooks.zip"


def write(archive: Path, files: Iterator[tuple[str, Path]]) -> None:
    """Write the named files into an archive; the same files give the same bytes."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as folder:
        for name, path in sorted(files):
            entry = zipfile.ZipInfo(name)  # its own date is fixed
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            folder.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)


def notebook_files() -> Iterator[tuple[str, Path]]:
    yield "course/README.md", ROOT / "book/take_along.md"
    patterns = (
        "book/notebooks/*.ipynb", "book/exercises/*.ipynb", "course_lib/**/*.[!p]*", "course_lib/**/*.py*",
        "pyproject.toml", "requirements.txt", "book/readme_figure.png", "LICENSE", "LICENSE-TEXT",
    )  # fmt: skip
    for pattern in patterns:
        for path in ROOT.glob(pattern):
            if path.is_file():
                yield f"course/{path.relative_to(ROOT)}", path


def book_files(html: Path) -> Iterator[tuple[str, Path]]:
    for path in html.rglob("*"):
        name = path.relative_to(html)
        if path.is_file() and name.name not in (BOOK, NOTEBOOKS, ".buildinfo"):
            yield f"book/{name}", path


def write_archives(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.name == "html":
        html = Path(app.outdir)
        write(html / NOTEBOOKS, notebook_files())
        write(html / BOOK, book_files(html))


class Archives(SphinxDirective):
    """Links to the two archives, which stand beside the book's first page."""

    def run(self) -> list[nodes.Node]:
        up = "../" * self.env.docname.count("/")
        line = nodes.paragraph(classes=["archives"])
        line += nodes.reference("", "The whole book", refuri=up + BOOK)
        line += nodes.Text(" · ")
        line += nodes.reference("", "All notebooks with the library", refuri=up + NOTEBOOKS)
        return [line]


def setup(app: Sphinx) -> dict[str, object]:
    app.add_directive("archives", Archives)
    app.connect("build-finished", write_archives)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
