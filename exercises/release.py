"""Make from the masters in exercises/source what students and teachers get.

    python exercises/release.py                     # of every chapter
    python exercises/release.py 02_backpropagation  # only of this one

A master that JupyterLab has saved is put in order first: its ids, its metadata, its table of exercises.
Students get the notebooks in book/exercises, without solutions and hidden tests, and an archive of them; the
solutions in the book are those of solutions.toml. Teachers get the solutions edition in _build/solutions: every
master, run, as a page that needs no network. A notebook released twice gives the same bytes.
"""

from __future__ import annotations

import argparse
import html
import os
import re
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "book"), str(ROOT / "book/_ext")]

import build_notebooks  # noqa: E402
from exercise_sets import STUDENT, exercises, masters, read, title, without_marks, write_archive  # noqa: E402
from nbclient import NotebookClient  # noqa: E402
from nbclient.exceptions import CellExecutionError  # noqa: E402
from nbconvert import HTMLExporter  # noqa: E402
from nbformat import NotebookNode  # noqa: E402
from nbgrader.converters import GenerateAssignment  # noqa: E402
from nbgrader.coursedir import CourseDirectory  # noqa: E402
from tqdm import tqdm  # noqa: E402
from traitlets.config import Config  # noqa: E402

SOLUTIONS = ROOT / "_build/solutions"

TABLE = re.compile(r"^(\|.*\n\|[-|]+)(?:\n\|.*)*", re.MULTILINE)

# The page of nbconvert, with the book's MathJax in place of three libraries from a network.
PAGE = r"""
{%- extends 'lab/index.html.j2' -%}
{%- block html_head_js_requirejs -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}
<script>
MathJax = {tex: {inlineMath: [["$", "$"]], processEscapes: true}, options: {enableMenu: false}};
</script>
<script src="mathjax/tex-svg.js" defer></script>
<style>
body.jp-Notebook {max-width: 60rem; margin: auto;}
.celltag_solution {border-left: 0.3rem solid #2a78b5; padding-left: 0.7rem;}
</style>
{%- endblock -%}
"""

INDEX = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Solutions</title>
<style>body {{font: 1rem/1.5 sans-serif; max-width: 40rem; margin: 3rem auto;}}</style></head>
<body><h1>Solutions</h1>
<p>Every exercise of the course with its solution, its checks and its hidden tests, run.</p>
<ol>
{entries}
</ol></body>
</html>
"""


def tidy(master: NotebookNode) -> NotebookNode:
    """Put in order what an editor has saved: no outputs, nbgrader's ids, and the table as the exercises open."""
    master = deepcopy(master)
    master.metadata = NotebookNode(build_notebooks.METADATA)
    for cell in master.cells:
        marks = cell.metadata.get("nbgrader")
        cell.metadata = NotebookNode(nbgrader=marks) if marks else NotebookNode()
        cell.id = marks.grade_id if marks else cell.id
        if cell.cell_type == "code":
            cell.update(outputs=[], execution_count=None)
    found = exercises(master)
    rows = [f"| {e.number} | {e.title} | {e.kind} | {e.stars} | {e.minutes} | {e.points} |" for e in found]
    minutes, points = sum(e.minutes for e in found), sum(e.points for e in found)
    rows.append(f"| | total | | | {minutes} | {points} |")
    master.cells[0].source = TABLE.sub(lambda head: "\n".join([head[1], *rows]), master.cells[0].source)
    return master


def student(master: NotebookNode) -> NotebookNode:
    """Make the student's notebook: `nbgrader generate_assignment` without its database."""
    config = Config(SaveCells={"enabled": False})
    converter = GenerateAssignment(coursedir=CourseDirectory(), config=config)
    notebook, resources = deepcopy(master), {}
    for step in converter.preprocessors:
        notebook, resources = step(config=config)(notebook, resources)
    notebook.metadata = build_notebooks.METADATA
    return notebook


def solved(path: Path) -> NotebookNode:
    """Run a master in a fresh kernel, and take out what only nbgrader reads.

    Raises
    ------
    ValueError
        If a cell fails or writes to stderr.
    """
    notebook = read(path)
    client = NotebookClient(notebook, timeout=1800, startup_timeout=600, kernel_name="python3", record_timing=False,
                            extra_arguments=["--log-level=ERROR"],
                            resources={"metadata": {"path": str(path.parent)}})  # fmt: skip
    try:
        client.execute()
    except CellExecutionError:
        pass  # the failing cell holds the error, which is told below
    for cell in build_notebooks.code_cells(notebook):
        build_notebooks.check_outputs(path.stem, cell)
    for cell in notebook.cells:
        cell.source = without_marks(cell.source)
        solution = cell.metadata.get("nbgrader", {}).get("solution")
        cell.metadata = NotebookNode(tags=["solution"] if solution else [])
    return notebook


def write_solutions(path: Path) -> str | None:
    """Write the solutions of one master; return what went wrong, if anything did."""
    try:
        notebook = solved(path)
        notebook.metadata["title"] = f"Solutions: {title(notebook)}"
        page, _ = HTMLExporter(raw_template=PAGE).from_notebook_node(notebook)
        (SOLUTIONS / f"{path.stem}.html").write_text(page, encoding="utf-8")
    except Exception as error:
        return str(error)
    return None


def write_index() -> None:
    """Write the first page of the solutions edition, and put the book's MathJax beside it."""
    shutil.copytree(ROOT / "book/_static/mathjax", SOLUTIONS / "mathjax", dirs_exist_ok=True)
    titles = {name: html.escape(title(read(path))) for name, path in masters().items()}
    entries = (f'<li><a href="{name}.html">{text}</a></li>' for name, text in titles.items())
    page = INDEX.format(entries="\n".join(entries))
    (SOLUTIONS / "index.html").write_text(page, encoding="utf-8")


def main() -> int:
    known = masters()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chapters", nargs="*", metavar="chapter", help="default: all of them")
    arguments = parser.parse_args()
    if unknown := set(arguments.chapters) - set(known):
        parser.error(f"no chapter {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    paths = [known[name] for name in arguments.chapters or known]

    STUDENT.mkdir(exist_ok=True)
    for path in paths:
        build_notebooks.store(tidy(read(path)), path)
        build_notebooks.store(student(read(path)), STUDENT / path.name)
    write_archive()

    os.environ.update(build_notebooks.KERNEL_ENVIRONMENT)
    SOLUTIONS.mkdir(parents=True, exist_ok=True)
    write_index()
    faults = []
    jobs = min(2, os.cpu_count() or 1)
    with ThreadPoolExecutor(jobs) as pool, tqdm(total=len(paths)) as progress:
        for path, fault in zip(paths, pool.map(write_solutions, paths), strict=True):
            progress.set_description(path.stem)
            progress.update()
            faults += [fault] if fault else []
    for fault in faults:
        print(f"\n{fault}", file=sys.stderr)
    print(f"The solutions are ready: open {(SOLUTIONS / 'index.html').as_uri()}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
