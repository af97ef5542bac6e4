"""Cells that run on the page: Python, compiled for the browser, packed into the book.

The files come from a folder that the variable LIVE names; book/live/SHA256SUMS lists them. Each is
packed as a script that holds it in base64: a page on the disk may load scripts, and nothing else.
Without LIVE the book is built as if this extension were not there.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import exercise_sets
from docutils import nodes
from lecture_ids import ROOT
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError

LIVE = ROOT / "book/live"
#: What the first press of a button loads, in this order, before the cell says whether it needs more.
FIRST = ("worker", "pyodide.asm", "pyodide", "python_stdlib", "library", "numpy", "openblas", "scipy", "tqdm")
PAGES = ("book/notebooks/", "book/exercises/")


def pinned() -> dict[str, str]:
    """The files of Pyodide that the book needs, each with its SHA-256."""
    lines = (LIVE / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in (line.split() for line in lines if not line.startswith("#"))}


def checked(folder: Path) -> dict[str, bytes]:
    """The pinned files as they lie in the folder; one that is missing or another is an error."""
    found = {}
    for name, digest in pinned().items():
        path = folder / name
        if not path.is_file():
            raise ExtensionError(f"LIVE={folder}: {name} is missing; book/live/SHA256SUMS lists what is needed")
        found[name] = path.read_bytes()
        if hashlib.sha256(found[name]).hexdigest() != digest:
            raise ExtensionError(f"LIVE={folder}: {name} is not the file with the SHA-256 of book/live/SHA256SUMS")
    return found


def package(file_name: str) -> str:
    """The name of a package, from that of its file."""
    return re.sub(r"[-_.]+", "-", re.split(r"-\d", file_name)[0]).lower()


def reduced(lock: bytes, names: list[str]) -> bytes:
    """Pyodide's list of packages, cut down to the ones that the book has."""
    whole = json.loads(lock)
    files = {package(name): name for name in names if package(name) in whole["packages"]}
    packages = {
        name: whole["packages"][name] | {
            "file_name": file_name, "sha256": pinned()[file_name],
            "depends": [other for other in whole["packages"][name]["depends"] if other in files],
        }
        for name, file_name in files.items()
    }  # fmt: skip
    return json.dumps({"info": whole["info"], "packages": packages}).encode()


def library() -> bytes:
    """course_lib without its metadata, which asks for a newer matplotlib, and the modules beside the worker.

    The same bytes each time.
    """
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for path in sorted((ROOT / "course_lib").rglob("*")):
            if path.suffix in (".py", ".mplstyle"):
                archive.writestr(ZipInfo(path.relative_to(ROOT).as_posix()), path.read_bytes(), ZIP_DEFLATED)
        for path in sorted(LIVE.glob("*.py")):
            archive.writestr(ZipInfo(path.name), path.read_bytes(), ZIP_DEFLATED)
    return file.getvalue()


def pack(folder: Path, target: Path) -> None:
    """Write every file as a script into the target, and their sizes."""
    files = checked(folder)
    files["pyodide-lock.json"] = reduced(files["pyodide-lock.json"], list(files))
    files["library.zip"] = library()
    files |= {path.name: path.read_bytes() for path in exercise_sets.student_notebooks()}
    files["worker.js"] = (LIVE / "worker.js").read_bytes()
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for name, content in files.items():
        encoded = base64.b64encode(content).decode()
        (target / f"{name}.data.js").write_text(f"live.put({json.dumps(name)}, '{encoded}');\n")
    order = sorted(files, key=lambda name: next((k for k, start in enumerate(FIRST) if name.startswith(start)), 99))
    sizes = {name: [len(files[name]), name.startswith(FIRST)] for name in order}
    (target / "files.js").write_text(f"live.files = {json.dumps(sizes)};\n")


def add_page_files(app: Sphinx, config: Config) -> None:
    if config.live:
        config.html_static_path.append(str(LIVE / "page"))


def add_to_page(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Load the small scripts on the pages that have cells, and on no other."""
    if app.config.live and page.startswith(PAGES):
        scripts = ["python.js", "live.js"]
        if page.startswith("book/exercises/"):
            scripts.append("exercise.js")
            app.add_js_file(None, body=f"window.courseExercise = {json.dumps(exercise(ROOT / f'{page}.ipynb'))};")
        for name in scripts:
            app.add_js_file(name, loading_method="defer")
        app.add_css_file("live.css")


def exercise(path: Path) -> dict[str, object]:
    """What the page has to know of its notebook: each code cell's id and role, and the ids of the texts to write."""
    roles = {(True, False): "answer", (False, True): "check", (False, False): "locked"}
    code, texts = [], []
    for cell in exercise_sets.read(path).cells:
        marks = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "code":
            code.append((cell.id, roles[marks["solution"], marks["grade"]]))
        elif marks.get("solution"):
            texts.append(cell.id)
    return {"name": path.stem, "code": code, "texts": texts}


def write(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.name == "html":
        target = Path(app.outdir) / "live"
        shutil.rmtree(target, ignore_errors=True)
        if app.config.live:
            pack(ROOT / app.config.live, target)


def setup(app: Sphinx) -> dict[str, object]:
    # Every page is written anew when it comes or goes.
    app.add_config_value("live", os.environ.get("LIVE", ""), "html", types=[str])
    app.connect("config-inited", add_page_files)
    app.connect("html-page-context", add_to_page)
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
