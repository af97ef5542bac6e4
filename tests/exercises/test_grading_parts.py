"""The parts of the grader: what passes between the processes, what is a submission, the tables."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.networks import Layer

GRADING = Path(__file__).resolve().parents[2] / "exercises/grading"
sys.path.insert(0, str(GRADING))

import talk  # noqa: E402
import wire  # noqa: E402
from checking import foreign_names  # noqa: E402
from marks import Manual, safe, slug  # noqa: E402
from notebooks import Cell, Master, assemble, read_cell, read_submission  # noqa: E402
from submissions import find_submissions  # noqa: E402
from talk import SILENT, TOO_LONG, Allowance, Patience, clean, student_error  # noqa: E402

# ------------------------------------------------------------------------------ between the processes


def there_and_back(value):
    message = wire.encode(value)
    trees, data = wire.LENGTHS.unpack(message[:8])
    assert len(message) == 8 + trees + data
    return wire.decode(message[8 : 8 + trees], message[8 + trees :], lambda handle, name: (handle, name))


@pytest.mark.parametrize("value", [
    None, True, 3, 10**40, -0.1, 1e300, "ξ\n", 1 - 2j, [1, (2, [3.0])], {"a": 1, 2: [None], (1, 2): {}},
    [], (), "",
])  # fmt: skip
def test_plain_data_comes_back(value):
    back = there_and_back(value)
    assert back == value and type(back) is type(value)


@pytest.mark.parametrize("array", [
    np.arange(6.0).reshape(2, 3), np.zeros((0, 3)), np.array(2.0), np.array([True, False]),
    np.eye(3)[:, ::-1], np.array([1 + 2j]), np.arange(3, dtype=">i2"),
    np.float32(1.5), np.bool_(True), np.int64(-3),
])  # fmt: skip
def test_arrays_come_back(array):
    back = there_and_back(array)
    assert type(back) is type(array) and back.dtype == array.dtype
    np.testing.assert_array_equal(back, array)


def test_special_values_come_back():
    assert np.isnan(there_and_back(float("nan"))) and there_and_back(float("-inf")) == float("-inf")
    theta = there_and_back([Layer(np.eye(2), np.zeros(2))])
    assert type(theta[0]) is Layer
    np.testing.assert_array_equal(theta[0].weights, np.eye(2))


def test_function_comes_back_as_its_handle():
    handle, name = there_and_back(len)
    assert wire.original(handle) is len and name == "len"


@pytest.mark.parametrize("value", [
    object(), {1, 2}, np.array([object()]), np.array(["a"]), np.broadcast_to(1.0, (10**6, 10**6)),
    np, iter([1]), bytes(3), np.zeros(2, dtype="datetime64[s]"),
])  # fmt: skip
def test_other_things_are_refused(value):
    with pytest.raises(TypeError):
        wire.encode(value)


def test_what_contains_itself_is_refused():
    loop: list = []
    loop.append(loop)
    with pytest.raises(TypeError, match="nested"):
        wire.encode(loop)


def test_a_subclass_comes_as_its_base():
    class Liar(float):
        def __eq__(self, other):
            return True

    assert type(there_and_back(Liar(2.0))) is float
    lying = np.zeros(2).view(type("LyingArray", (np.ndarray,), {"__eq__": lambda self, other: True}))
    assert type(there_and_back(lying)) is np.ndarray


@pytest.mark.parametrize("tree", [
    b"", b"{", b'{"a": 1}', b'["other"]', b"[]", b"[[]]", b'["array", "<f8", [9]]', b'["array", "<f8", [-1]]',
    b'["array", "O", [1]]', b'["array", "<f8", [1e9]]', b'["array", "<f8", [true]]', b'["array", "<f8", "x"]',
    b'["layer", 1]', b'["complex", "a"]', b'["dict", [["list"], 1]]', b'["function", "a", 1]', b"\xff",
    b'["array", "<f8", [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]]', b"[" * 10**5, b"9" * 10**4,
])  # fmt: skip
def test_garbage_is_called_garbage(tree):
    with pytest.raises(wire.Garbage):
        wire.decode(tree, b"12345678", lambda *a: a)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)
    | st.sampled_from(["array", "list", "dict", "layer", "number", "<f8", "|b1", "<c16"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
)  # fmt: skip


@given(JSON, st.binary(max_size=40))
def test_any_tree_is_decoded_or_garbage(tree, data):
    try:
        wire.decode(json.dumps(tree).encode(), data, lambda *a: a)
    except wire.Garbage:
        pass


def test_no_byte_is_used_twice():
    tree = ["list", *[["array", "<f8", [1]]] * 3]
    with pytest.raises(wire.Garbage):
        wire.decode(json.dumps(tree).encode(), bytes(16), lambda *a: a)


def test_a_bool_counts_once():
    assert wire.decode(b'["array", "|b1", [2]]', b"\x02\x00", lambda *a: a).sum() == 1


def test_errors_of_the_student_are_the_graders():
    error = student_error("ValueError", "x" * 10**4, 3)
    assert isinstance(error, ValueError)
    assert len(str(error)) < 600 and str(error).endswith("(line 3 of the cell)")
    assert type(student_error("os.system", 1, "x")).__name__ == "Exception"
    assert not isinstance(student_error("SystemExit", "", 0), SystemExit)
    assert clean("a\x1b[31m\ud800", 100) == "a\ufffd[31m?"


class Meter:
    """Stands for a sandbox and for the clock: whoever waits lets time pass, and gets a share of the processor."""

    def __init__(self, share):
        self.now, self.share, self.looks = 1000.0, share, 0

    def monotonic(self):
        return self.now

    def used(self):
        self.looks += 1
        return (self.now - 1000) * self.share


@pytest.mark.parametrize("share, why, after", [
    (1.0, TOO_LONG, 3), (0.25, TOO_LONG, 12), (0.1, TOO_LONG, 30), (0.05, SILENT, 40), (0.0, SILENT, 40),
])  # fmt: skip
def test_patience_ends_by_the_processor_or_after_long_silence(monkeypatch, share, why, after):
    meter = Meter(share)
    monkeypatch.setattr(talk, "time", meter)
    patience = Patience(meter, Allowance(3, 40))
    with pytest.raises(TimeoutError) as over:
        while True:
            meter.now += patience()
    assert str(over.value) == why
    assert after <= meter.now - 1000 <= after + 0.1
    assert meter.looks < 100  # it is not asked all the time


def test_names_that_a_check_asks_for():
    source = """
import math
from a import b as c
x = own(1)
def helper(y):
    return theirs(y, x) + math.pi
for k in range(3):
    checks.equal(mine(k), c, f"{text}")
values = [lambda z: z + deep(w) for w in (1, 2)]
"""
    assert foreign_names(source) == {"own", "theirs", "checks", "mine", "text", "deep", "range"}


# ------------------------------------------------------------------------------ notebooks


def meta(grade_id, **marks):
    return {"nbgrader": {"grade_id": grade_id, **marks}}


def code(source, grade_id="", **marks):
    return {"cell_type": "code", "source": source, "metadata": meta(grade_id, **marks) if grade_id else {}}


CELLS = [
    code("import numpy", "imports", locked=True),
    {"cell_type": "markdown", "source": "## 1 · One", "metadata": meta("one-text", locked=True)},
    code("a = 1", "one", solution=True),
    code("assert a\n### BEGIN HIDDEN TESTS\nassert a == 1\n### END HIDDEN TESTS\nb = 2", "one-check",
         grade=True, locked=True, points=2),
]  # fmt: skip
MASTER = Master(Path("71_toy.ipynb"), "digest", [read_cell(raw) for raw in CELLS])


def test_visible_and_hidden_part_of_a_check():
    check = MASTER.cells[-1]
    assert check.visible() == "assert a\nb = 2"
    assert check.hidden().splitlines()[1] == "assert a == 1"
    assert [cell.role for cell in MASTER.cells] == ["locked", "text", "solution", "check"]


def test_own_cells_follow_what_they_followed():
    order = [code("first = 1"), CELLS[0], CELLS[2], code("mine = 1"), code("raise 1", "unknown"), CELLS[1]]
    notebook = assemble(MASTER, [read_cell(raw) for raw in order])
    assert [cell.source for cell in notebook.cells if cell.runs] == [
        "first = 1", "import numpy", "a = 1", "mine = 1", "raise 1"]  # fmt: skip
    assert notebook.missing == {"one-check"}


def test_copies_of_a_cell():
    stub = code("raise NotImplementedError()", "one", solution=True)
    split = [stub, code("a = 0", "one", solution=True), code("a += 1", "one", solution=True)]
    notebook = assemble(MASTER, [read_cell(raw) for raw in split])
    assert [(cell.role, cell.source) for cell in notebook.cells if cell.exercise == 0 and cell.runs][1:] == [
        ("solution", "a = 0"), ("extra", "a += 1")]  # fmt: skip
    assert notebook.notes == ["one is there 3 times."]


@pytest.mark.parametrize("raw", [
    {}, {"source": 3, "metadata": {"nbgrader": None}}, {"source": [1, "a"], "cell_type": []},
    {"cell_type": "code", "source": "\ud800", "outputs": [3, {"data": 4}], "attachments": {"a": 1}},
])  # fmt: skip
def test_odd_cells_are_read(raw):
    assert isinstance(read_cell(raw), Cell)


def test_pictures_of_an_answer():
    raw = {"cell_type": "markdown", "source": "![](attachment:a)", "attachments": {
        "a": {"image/png": "aGk=\n"}, "b": {"image/svg+xml": "<svg/>"},
        "c": {"image/png": '"><script>'}}}  # fmt: skip
    assert read_cell(raw).images == ("data:image/png;base64,aGk=",)


@pytest.mark.parametrize("path, student", [
    ("ada/71_toy.ipynb", "ada"),
    ("ada/71_toy/71_toy.ipynb", "ada"),
    ("71_toy/ada.ipynb", "ada"),
    ("71_toy__ada.ipynb", "ada"),
    ("ada_71_toy.ipynb", "ada"),
    ("ada.ipynb", "ada"),
    ("Ada Byron_123_assignsubmission_file_/work.ipynb", "Ada Byron_123"),
])  # fmt: skip
def test_whose_submission(tmp_path, path, student):
    file = tmp_path / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"cells": CELLS}))
    [found], remarks = find_submissions(tmp_path, {"71_toy": MASTER}, tmp_path / "marks")
    assert (found.student, found.chapter, found.problem, remarks) == (student, "71_toy", "", [])
    assert len(read_submission(file)) == 4


def test_one_submission_a_student(tmp_path):
    for name in ("71_toy.ipynb", "71_toy-Copy1.ipynb", ".ipynb_checkpoints/71_toy.ipynb", "notes.txt"):
        (tmp_path / "ada" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "ada" / name).write_text(json.dumps({"cells": CELLS}))
    (tmp_path / "71_toy.ipynb").write_text(json.dumps({"cells": CELLS}))
    found, remarks = find_submissions(tmp_path, {"71_toy": MASTER}, tmp_path / "marks")
    assert {(s.path.name, s.problem) for s in found} == {
        ("71_toy.ipynb", ""), ("71_toy.ipynb", "its path does not name a student")}  # fmt: skip
    assert len(remarks) == 2


# ------------------------------------------------------------------------------ tables


@pytest.mark.parametrize("name", ["=1+1", "@a", "-a", "+a", "\ta"])
def test_no_formula_in_a_table(name):
    assert safe(name) == f"'{name}"


def test_file_names_of_students():
    assert slug("Ada Byron") == "Ada Byron"
    names = ["a/b", "a_b", "a?b", "..", "é", "e" * 200, ""]
    slugs = [slug(name) for name in names]
    assert len(set(slugs)) == len(names)
    assert all("/" not in s and not s.startswith(".") and len(s) < 80 for s in slugs)


def test_a_table_that_is_none_is_left_alone(tmp_path):
    path = tmp_path / "manual.csv"
    path.write_text("my notes\n")
    manual = Manual(path)
    manual.apply("ada", "71_toy", {"exercise": "why", "title": "", "points": None, "out_of": 3.0,
                                   "status": "manual", "reason": "", "answer": "text"})  # fmt: skip
    assert path.read_text() == "my notes\n" and manual.faults
