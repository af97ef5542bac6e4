"""The book as a PDF has every chapter and every number, and nothing is wider than its page."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import exercise_sets
import lecture_ids
import pytest
import release
import yaml
from nbgrader.utils import is_solution

ROOT = lecture_ids.ROOT
# How much wider or higher than its place anything may be, in points: less than a letter.
LIMIT = 5

# It takes more than a minute beside other tests, so it runs only when asked: make test-pdf.
ASKED = bool(os.environ.get("TEST_PDF"))
MISSING = [tool for tool in ("xelatex", "latexmk", "pdftotext", "pdfinfo") if not shutil.which(tool)]
REASON = f"THE PDF IS NOT TESTED: no {', '.join(MISSING)} here; the README says what make pdf needs"
if ASKED and MISSING:
    warnings.warn(REASON, stacklevel=1)
pytestmark = [
    pytest.mark.skipif(not ASKED, reason="the PDF is tested by make test-pdf"),
    pytest.mark.skipif(bool(MISSING), reason=REASON),
]


@pytest.fixture(scope="module")
def pdf(tmp_path_factory) -> Path:
    """Build the PDF as `make pdf` does: a warning of Sphinx, an error of LaTeX fails."""
    folder = tmp_path_factory.mktemp("pdf")
    run([Path(sys.executable).with_name("jupyter-book"), "build", "--all", "-q", "-W", "-n", "--keep-going",
         "--builder", "latex", "--path-output", folder, ROOT])  # fmt: skip
    latex = folder / "_build/latex"
    run(["latexmk", "-xelatex", "-interaction=nonstopmode", "-halt-on-error", "-silent", "book.tex"], cwd=latex)
    return latex / "book.pdf"


def run(command: list[object], cwd: Path | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, errors="replace")
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
    return done.stdout


@pytest.fixture(scope="module")
def text(pdf) -> str:
    return run(["pdftotext", "-layout", pdf, "-"])


@pytest.fixture(scope="module")
def log(pdf) -> str:
    # LaTeX breaks the lines of its log after 79 letters.
    return pdf.with_suffix(".log").read_text(encoding="utf-8", errors="replace")


def letters(line: str) -> str:
    """Only letters and digits: neither markup nor a line break can hide a text."""
    return re.sub(r"[\W_]", "", line)


def toc_files(entry: object) -> list[str]:
    """Every page that the part of the table of contents names, in its order."""
    if isinstance(entry, list):
        return [name for item in entry for name in toc_files(item)]
    if not isinstance(entry, dict):
        return []
    own = [entry["file"]] if "file" in entry else []
    return own + [name for value in entry.values() for name in toc_files(value)]


def title(page: str) -> str:
    if (notebook := ROOT / f"{page}.ipynb").exists():
        source = exercise_sets.read(notebook).cells[0].source
    else:
        source = (ROOT / f"{page}.md").read_text(encoding="utf-8")
    return re.search(r"^# (.+)", source, re.MULTILINE)[1]


def test_chapters_stand_in_the_order_of_the_website(pdf):
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    wanted = ["Introduction"]
    for part in toc["parts"]:
        wanted += [part["caption"]] if "caption" in part else []
        wanted += map(title, toc_files(part))
    lines = pdf.with_suffix(".toc").read_text(encoding="utf-8").splitlines()
    found = []
    for line in lines:
        if entry := re.match(r"\\contentsline \{(part|chapter)\}\{(.*)\}\{\d+\}\{[^}]*\}%", line):
            found.append(re.sub(r"^(\\numberline \{\d+\}|[IVX]+\\hspace \{1em\})", "", entry[2]))
    assert list(map(letters, found)) == list(map(letters, [*wanted, "Index"]))


def test_it_has_pages_and_an_author(pdf):
    info = dict(re.findall(r"^(\w[\w ]*): +(.+)$", run(["pdfinfo", pdf]), re.MULTILINE))
    assert int(info["Pages"]) > 100
    assert info["Title"] == "From Backpropagation to Neural ODE Solutions"
    assert info["Author"] == "The course_lib authors"


def test_equations_have_the_numbers_of_the_lecture(text):
    # The pages of the chapters: their heads have a number.
    pages = [page for page in text.split("\f") if re.match(r"\s*(\d+ {2,}\S|Chapter \d+$)", page, re.MULTILINE)]
    chapters = "\n".join(pages)
    labelled = {i for section in lecture_ids.sections() for i in section.equations}
    shown = set(re.findall(r" {3,}\(([NBAOS]\d+)\)$", chapters, re.MULTILINE))
    assert shown == labelled == set(lecture_ids.LECTURE_IDS)


def test_every_link_leads_somewhere(pdf, text, log):
    assert "??" not in text
    assert not re.search(r"LaTeX Warning: (Reference|Citation|There were undefined|Label)", log)
    places = set(re.findall(r'"(.+)"$', run(["pdfinfo", "-dests", pdf]), re.MULTILINE))
    cited = set(re.findall(r"\\hyperlink\{(cite\.[^}]+)\}", pdf.with_suffix(".tex").read_text(encoding="utf-8")))
    assert cited and cited <= places


def test_nothing_sticks_out_and_no_sign_is_missing(log):
    sizes = re.findall(r"^Overfull \\[hv]box \(([\d.]+)pt", log, re.MULTILINE)
    assert [size for size in sizes if float(size) > LIMIT] == []
    assert re.findall(r"^Missing character.*", log, re.MULTILINE) == []


def test_the_index_has_entries(pdf):
    text = " ".join(run(["pdftotext", pdf, "-"]).split())
    assert re.search(r"gradient\(\) .{,200}\(in module course_lib\.networks\.backpropagation\), \d+", text)
    assert re.search(r"adjoint, .{,300}The reverse sweep, \d+", text)
    assert re.search(r" Index Symbols ", text)


def test_no_solution_is_in_it(pdf):
    """A solution, a hidden test or a sample answer that the student's notebook does not have."""
    shown = letters(run(["pdftotext", pdf, "-"]))
    public = "".join(path.read_text(encoding="utf-8") for folder in ("book", "book/chapters", "course_lib", "tests")
                     for path in sorted((ROOT / folder).glob("*.[mp][dy]")))  # fmt: skip
    for name, path in release.masters().items():
        student = exercise_sets.read(exercise_sets.STUDENT / f"{name}.ipynb")
        said = letters(public + "".join(cell.source for cell in student.cells))
        secret = [line for cell in exercise_sets.read(path).cells if is_solution(cell) or "### BEGIN" in cell.source
                  for line in cell.source.splitlines()]  # fmt: skip
        wanted = {line for line in map(letters, secret) if len(line) > 20 and line not in said}
        assert len(wanted) > 5, f"{name}: too little is looked for"
        assert [line for line in wanted if line in shown] == [], name
