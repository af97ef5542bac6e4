"""The built book, which the tests of its pages and those in a browser share."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def build(folder: Path) -> str:
    """Build the book into the folder; return what went wrong, any warning too, as in `make book`."""
    command = [Path(sys.executable).with_name("jupyter-book"), "build", "--all", "-W", "-n",
               "--keep-going", "--path-output", folder, ROOT]
    run = subprocess.run(command, capture_output=True, text=True)
    return run.stdout[-5000:] + run.stderr[-5000:] if run.returncode else ""


@pytest.fixture(scope="session")
def html(request, tmp_path_factory) -> Path:
    """The book, built once: the first worker that asks for it builds it, the others wait."""
    folder = tmp_path_factory.getbasetemp()
    folder = (folder.parent if hasattr(request.config, "workerinput") else folder) / "book"
    report = folder / "report.txt"
    try:
        folder.mkdir()
    except FileExistsError:
        while not report.exists():
            time.sleep(0.2)
    else:
        wrong = "the build of the book was stopped"
        try:
            wrong = build(folder)
        finally:
            (folder / "part.txt").write_text(wrong, encoding="utf-8")
            (folder / "part.txt").rename(report)
    assert report.read_text(encoding="utf-8") == ""
    return folder / "_build/html"
