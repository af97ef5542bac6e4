"""What the cells that run on the page need: the packed files, and the module that runs them there."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import exercise_sets
import live
import matplotlib.pyplot as plt
import pytest
from sphinx.errors import ExtensionError

sys.path.append(str(live.LIVE))
import runner


def run(source: str, name: str = "cell 1") -> dict[str, str]:
    """What a cell sends, each kind joined."""
    sent: dict[str, str] = {}
    runner.run(source, name, lambda kind, text: sent.update({kind: sent.get(kind, "") + text}))
    return sent


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setattr(runner, "namespace", {"__name__": "__main__"})
    plt.close("all")  # a figure of an earlier test would be shown


class TestRunner:
    def test_prints_and_shows_the_value_at_the_end(self):
        assert run("print('a')\n1 + 1") == {"stdout": "a\n2\n"}

    @pytest.mark.parametrize("source", ["x = 1", "None", "1 + 1;", ""])
    def test_shows_nothing_else(self, source):
        assert run(source) == {}

    def test_cells_share_their_names(self):
        run("x = 3")
        assert run("x") == {"stdout": "3\n"}

    def test_an_error_marks_the_lines_of_the_page(self):
        run("def half(x):\n    return x / 0", "cell 1")
        assert run("y = 1\nhalf(y)", "cell 2")["error"].splitlines() == [
            "cell 2, line 2", "      1 y = 1", "-->   2 half(y)",
            "cell 1, line 2, in half", "      1 def half(x):", "-->   2     return x / 0",
            "ZeroDivisionError: division by zero",
        ]  # fmt: skip

    def test_an_error_inside_the_library_says_where(self):
        error = run("from course_lib.equations import euler\neuler(1, 2, 3)")["error"]
        assert "-->   2 euler(1, 2, 3)" in error
        assert re.search(r"^raised in \w+\.py, line \d+, ", error, re.MULTILINE)

    def test_a_mistyped_line_is_shown(self):
        error = run("x = (1,\ny = 2")["error"]
        assert "cell 1" in error and "SyntaxError" in error

    def test_cells_do_not_have_the_annotations_of_this_module(self):
        assert run("def f(x: int):\n    pass\nf.__annotations__['x'] is int") == {"stdout": "True\n"}

    def test_a_failed_check_says_its_message_and_no_traceback(self):
        error = run("from course_lib import checks\nchecks.equal(1.0, 2.0, 'the sum')")["error"]
        assert error.startswith("Not yet. Expected the sum")
        assert "-->" not in error

    def test_an_exit_ends_the_cell_only(self):
        assert run("raise SystemExit(3)")["error"].endswith("SystemExit: 3")
        assert run("'alive'") == {"stdout": "'alive'\n"}

    def test_figures_are_sent_as_svg_and_closed(self):
        first = run("import matplotlib.pyplot as plt\nplt.plot([1, 2]);")
        assert list(first) == ["figure"] and "<svg" in first["figure"]
        assert run("1 + 1;") == {}

    def test_an_error_is_told_after_what_was_printed(self):
        assert list(run("print(1)\n1 / 0")) == ["stdout", "error"]


class TestNeeds:
    def test_packages_of_a_cell(self):
        assert runner.packages("import numpy as np\nfrom scipy.integrate import quad") == ["numpy", "scipy"]

    def test_packages_behind_the_library(self):
        assert "matplotlib" in runner.packages("from course_lib.drawing import COLOURS")
        assert "sympy" in runner.packages("from course_lib.differentiation import symbolic")
        assert "matplotlib" not in runner.packages("from course_lib.networks import Network")

    def test_packages_behind_a_module_beside_the_worker(self):
        assert "numpy" in runner.packages("import runner\nimport numpy")
        assert "runner" not in runner.packages("import runner")

    def test_code_that_does_not_parse_needs_nothing(self):
        assert runner.packages("import (") == []

    @pytest.mark.parametrize(("cells", "needed"), [
        (["x = 1", "y = 2", "x"], [0]),
        (["x = 1", "y = x", "y"], [0, 1]),
        (["import numpy as np", "def f(x):\n    return np.sin(x)", "f(1)"], [0, 1]),
        (["x = [1]", "x.append(2)", "x"], [0, 1]),
        (["x = [1]", "x[0] = 2", "x"], [0, 1]),
        (["x = 1", "x += 1", "x"], [0, 1]),
        (["print(1)", "print(2)"], []),
        (["x = (", "x"], []),
        (["import math", "math.sin(1)", "math"], [0]),
        (["print(1)", "print"], []),
        (["x = 1", "x = 2", "x"], [1]),
        (["x = 1", "x = 2\nprint(x)"], []),
        (["import numpy as np", "def f(x: np.ndarray):\n    return x", "f(1)"], [0, 1]),
        (["k = 1", "for k in range(3):\n    print(k)"], []),
        (["x = 1", "def f(x):\n    y = x\n    return y", "x = [f(y) for y in (1, 2)]"], [1]),
        (["def g():\n    return h()", "def h():\n    return 1", "g()"], [0, 1]),
        (["scale = 2", "class A:\n    size = scale", "A()"], [0, 1]),
        (["s = 1", "f = lambda x: s * x", "f(2)"], [0, 1]),
    ])
    def test_the_cells_that_run_first(self, cells, needed):
        assert runner.before(cells, len(cells) - 1, []) == needed

    def test_what_has_run_does_not_run_again(self):
        assert runner.before(["x = 1", "y = x", "y"], 2, [0, 1]) == []

    def test_what_has_run_is_not_set_back_by_an_older_cell(self):
        assert runner.before(["x = 1", "x = 2", "x"], 2, [1]) == []


class TestPacking:
    @pytest.fixture
    def folder(self, tmp_path, monkeypatch) -> Path:
        """A small stand-in for Pyodide's files, and its list."""
        source = tmp_path / "pyodide"
        source.mkdir()
        lock = {"info": {}, "packages": {name: {
            "file_name": "", "sha256": "", "imports": [name], "depends": ["numpy", "future"],
        } for name in ("numpy", "scipy")}}
        files = {"pyodide.js": b"js", "numpy-2-py3.whl": b"n", "pyodide-lock.json": json.dumps(lock).encode()}
        for name, content in files.items():
            (source / name).write_bytes(content)
        monkeypatch.setattr(live, "pinned", lambda: {
            name: hashlib.sha256(content).hexdigest() for name, content in files.items()})
        return source

    def unpacked(self, target: Path, name: str) -> bytes:
        text = (target / f"{name}.data.js").read_text()
        return base64.b64decode(re.fullmatch(r"live\.put\(\"(.+)\", '(.*)'\);\n", text)[2])

    def test_each_file_is_a_script_that_holds_it(self, folder, tmp_path):
        live.pack(folder, tmp_path / "live")
        assert self.unpacked(tmp_path / "live", "numpy-2-py3.whl") == b"n"
        files = json.loads((tmp_path / "live/files.js").read_text().removeprefix("live.files = ")[:-2])
        assert files["numpy-2-py3.whl"] == [1, True]
        assert list(files)[:3] == ["worker.js", "pyodide.js", "pyodide-lock.json"], "in the order of their use"
        assert {f"{name}.data.js" for name in files} | {"files.js"} == {
            path.name for path in (tmp_path / "live").iterdir()}

    def test_the_list_of_packages_names_only_what_is_there(self, folder, tmp_path):
        live.pack(folder, tmp_path / "live")
        packages = json.loads(self.unpacked(tmp_path / "live", "pyodide-lock.json"))["packages"]
        assert list(packages) == ["numpy"]
        assert packages["numpy"]["file_name"] == "numpy-2-py3.whl"
        assert packages["numpy"]["depends"] == ["numpy"]

    def test_the_library_comes_without_its_metadata(self, folder, tmp_path):
        live.pack(folder, tmp_path / "live")
        names = zipfile.ZipFile(io.BytesIO(self.unpacked(tmp_path / "live", "library.zip"))).namelist()
        assert {"course_lib/__init__.py", "course_lib/course.mplstyle"} <= set(names)
        assert {name for name in names if not name.startswith("course_lib/")} == {
            path.name for path in live.LIVE.glob("*.py")}

    def test_a_missing_file_is_named(self, folder, tmp_path):
        (folder / "pyodide.js").unlink()
        with pytest.raises(ExtensionError, match=r"pyodide\.js is missing; book/live/SHA256SUMS"):
            live.pack(folder, tmp_path / "live")

    def test_another_file_is_refused(self, folder, tmp_path):
        (folder / "pyodide.js").write_bytes(b"other")
        with pytest.raises(ExtensionError, match=r"pyodide\.js is not the file with the SHA-256"):
            live.pack(folder, tmp_path / "live")


def test_the_list_is_read_as_sha256sum_writes_it():
    assert {"pyodide.js", "pyodide.asm.wasm", "pyodide-lock.json", "python_stdlib.zip"} <= set(live.pinned())
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in live.pinned().values())


def test_make_live_says_what_it_needs():
    done = subprocess.run(["make", "live", "LIVE="], cwd=live.ROOT, capture_output=True, text=True)
    assert done.returncode
    assert "make live LIVE=folder" in done.stdout
    for name in re.findall(r"(\w+)==[\d.]+", done.stdout):
        assert any(file.startswith(f"{name}-") for file in live.pinned())


def test_the_worker_asks_for_no_script():
    # In a worker of a page on the disk Firefox refuses it: "A network error occurred".
    assert "importScripts" not in (live.LIVE / "worker.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", exercise_sets.student_notebooks(), ids=lambda path: path.stem)
def test_a_page_knows_its_answers_and_their_checks(path):
    told = live.exercise(path)
    notebook = exercise_sets.read(path)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [name for name, _ in told["code"]] == [cell.id for cell in code]
    for k, (cell, (_, role)) in enumerate(zip(code, told["code"], strict=True)):
        assert (role == "answer") == ("# YOUR CODE HERE" in cell.source)
        assert role != "check" or told["code"][k - 1][1] == "answer", f"{cell.id} checks no answer above it"
    assert told["texts"] == [cell.id for cell in notebook.cells if cell.source == "YOUR ANSWER HERE"]


def test_the_archive_of_the_book_has_the_runner(html):
    packed = {f"book/{path.relative_to(html)}" for path in (html / "live").glob("*")}
    assert packed <= set(zipfile.ZipFile(html / "book.zip").namelist())


def test_the_editor_comes_with_its_licence():
    page = live.LIVE / "page"
    assert "editor-LICENSE" in (page / "editor.js").read_text(encoding="utf-8")[:100]
    assert "Permission is hereby granted, free of charge" in (page / "editor-LICENSE").read_text()


def test_without_the_files_no_page_asks_for_them(html):
    if not (html / "live").is_dir():
        assert not [path for path in html.rglob("*.html") if "live.js" in path.read_text(encoding="utf-8")]
