"""The parts of the grader: what passes between the processes, what is a submission, the tables."""

from __future__ import annotations

import json
import shutil
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.networks import Layer

CHROMIUM = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None)
GRADING = Path(__file__).resolve().parents[2] / "exercises/grading"
sys.path.insert(0, str(GRADING))

import report  # noqa: E402
import talk  # noqa: E402
import wire  # noqa: E402
from checking import Grading, foreign_names  # noqa: E402
from marks import Manual, safe, slug  # noqa: E402
from notebooks import Cell, Master, assemble, read_cell, read_master, read_submission  # noqa: E402
from probe import find_sandbox  # noqa: E402
from roster import Course  # noqa: E402
from session import Session  # noqa: E402
from submissions import find_all  # noqa: E402
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
    ("adabyron_4711_99001_71_toy.ipynb", "adabyron_4711"),
    ("adabyron_LATE_4711_99002_work-1.ipynb", "adabyron_4711"),
])  # fmt: skip
def test_whose_submission(tmp_path, path, student):
    file = tmp_path / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"cells": CELLS}))
    [found], remarks = find_all([tmp_path], {"71_toy": MASTER}, tmp_path / "marks", Course())
    assert (found.student, found.chapter, found.problem, remarks) == (student, "71_toy", "", [])
    assert len(read_submission(file)) == 4


def test_one_submission_a_student(tmp_path):
    for name in ("71_toy.ipynb", "71_toy-Copy1.ipynb", ".ipynb_checkpoints/71_toy.ipynb", "notes.txt"):
        (tmp_path / "ada" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "ada" / name).write_text(json.dumps({"cells": CELLS}))
    (tmp_path / "71_toy.ipynb").write_text(json.dumps({"cells": CELLS}))
    found, remarks = find_all([tmp_path], {"71_toy": MASTER}, tmp_path / "marks", Course())
    assert {(s.path.name, s.problem) for s in found} == {
        ("71_toy.ipynb", ""), ("71_toy.ipynb", "its path does not name a student")}  # fmt: skip
    assert remarks == ["ada/71_toy-Copy1.ipynb: not graded, the student has another"]
    assert [s.files for s in found if s.student == "ada"] == [(tmp_path / "ada/notes.txt",)]


# ------------------------------------------------------------------------------ answers wherever they stand


def note(source, grade_id="", **marks):
    raw = {"cell_type": "markdown", "source": source, "metadata": meta(grade_id, **marks) if grade_id else {}}
    return raw | {"attachments": marks.pop("attachments", {})}


READ = [
    note("## 1 · Why", "why-text", locked=True),
    note("Explain."),
    note("Because.", "why", grade=True, solution=True, points=3),
    note("## 2 · Root", "root-text", locked=True),
    code("def root(x):\n    ### BEGIN SOLUTION\n    return x\n    ### END SOLUTION", "root", solution=True),
    code("assert root(1)", "root-check", grade=True, locked=True, points=2),
]  # fmt: skip
GIVEN = [
    *READ[:2], note("YOUR ANSWER HERE", "why", grade=True, solution=True, points=3), READ[3],
    code("def root(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()", "root", solution=True), READ[5],
]  # fmt: skip
PICTURE = "data:image/png;base64,aGk="


@pytest.fixture
def to_read(tmp_path):
    """The master of these cells, read as the grader does."""
    path = tmp_path / "72_why.ipynb"
    path.write_text(json.dumps({"cells": READ}))
    return read_master(path)


def written(master, cells, exercise=1):
    notebook = assemble(master, [read_cell(raw) for raw in cells])
    grading = Grading(master, {}, notebook, None, None)
    return grading.written(exercise), grading.nothing_written(exercise)


def put(place, *cells, instead=0):
    return [*GIVEN[:place], *cells, *GIVEN[place + instead :]]


def without(raw, *keys):
    return {key: value for key, value in raw.items() if key not in keys} | {"metadata": {}}


@pytest.mark.parametrize("cells, text", [
    (put(3, note("mine")), "mine"),
    (put(2, note("mine", "why", grade=True, solution=True), note("too", "why", grade=True, solution=True),
         instead=1), "mine\n\ntoo"),
    (put(2, note("mine", "why", grade=True, solution=True), note("too"), instead=1), "mine\n\ntoo"),
    (put(2, note("mine"), instead=1), "mine"),
    (put(1, note("Explain. mine"), instead=1), "Explain. mine"),
    (put(0, note("## 1 · Why\nmine", "why-text", locked=True), instead=1), "## 1 · Why\nmine"),
    ([without(raw) for raw in put(2, note("mine"), instead=1)], "mine"),
    ([note("mine"), *GIVEN], "mine"),
])  # fmt: skip
def test_a_text_is_read_wherever_it_stands(to_read, cells, text):
    assert written(to_read, cells)[0] == {"answer": text, "code": [], "images": []}
    assert written(to_read, cells, 2)[0] == {}


@pytest.mark.parametrize("cells", [
    put(3, note(f"![mine]({PICTURE})")), put(3, note(f'<img src="{PICTURE}">')),
    put(3, note("![](attachment:a)", attachments={"a": {"image/png": "aGk="}})),
    put(3, note("", attachments={"a": {"image/png": "aGk="}})),
    put(2, note(f"![]({PICTURE})", "why", grade=True, solution=True), instead=1),
])  # fmt: skip
def test_a_picture_is_an_answer(to_read, cells):
    found = written(to_read, cells)[0]
    assert found["images"] == [PICTURE] and "base64" not in found["answer"]


@pytest.mark.parametrize("source", [
    "x = 3\nprint(x)\ndef root(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()",
    "def root(x):\n    return 2",
])  # fmt: skip
def test_code_is_an_answer_above_what_was_given_too(to_read, source):
    for cells in (put(4, code(source, "root", solution=True), instead=1), put(5, code(source))):
        assert written(to_read, cells, 2) == ({"answer": "", "code": [source], "images": []}, "")


def test_nothing_written_is_no_answer(to_read):
    for cells in (GIVEN, [without(raw) for raw in GIVEN], [raw for raw in GIVEN if raw is not GIVEN[4]], GIVEN[::-1]):
        assert written(to_read, cells)[0] == {}
        assert written(to_read, cells, 2)[0] == {} and written(to_read, cells, 2)[1]


def test_a_changed_check_is_shown_and_not_run(to_read):
    cells = put(5, code("def root(x): return x\nassert root(1)", "root-check", grade=True, locked=True), instead=1)
    notebook = assemble(to_read, [read_cell(raw) for raw in cells])
    assert [cell.grade_id for cell in notebook.cells if cell.runs] == ["root"]
    assert "def root" in written(to_read, cells, 2)[0]["code"][0]


@pytest.mark.parametrize("master", sorted((GRADING.parent / "source").glob("*/*.ipynb")), ids=lambda path: path.stem)
def test_what_the_page_exports_is_a_submission(master, tmp_path):
    """The notebook of a set with a text in each answer, written as a browser's JSON.stringify does."""
    notebook = json.loads((GRADING.parents[1] / "book/exercises" / master.name).read_text(encoding="utf-8"))
    answers = [raw for raw in notebook["cells"] if raw["metadata"].get("nbgrader", {}).get("solution")]
    for raw in answers:
        raw["source"] = ["# mine\n", f"{raw['metadata']['nbgrader']['grade_id']} = 1"]
    (tmp_path / "ada.ipynb").write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    done = assemble(read_master(master), read_submission(tmp_path / "ada.ipynb"))
    assert (done.missing, done.notes) == (frozenset(), [])
    assert [cell.source for cell in done.cells if cell.written] == ["".join(raw["source"]) for raw in answers]


# ------------------------------------------------------------------------------ groups and names


@pytest.mark.parametrize("paths, students", [
    (["group A/dora", "group A/emil", "ada"], ["dora", "emil", "ada"]),
    (["group A/dora/71_toy", "group A/emil/71_toy"], ["dora", "emil"]),
    (["A/dora", "A/emil", "B/dora", "B/fay"], ["A/dora", "emil", "B/dora", "fay"]),
    (["71_toy/A/dora", "71_toy/A/emil"], ["dora", "emil"]),
    (["ada/work", "bob/work"], ["ada", "bob"]),
])  # fmt: skip
def test_folders_of_groups(tmp_path, paths, students):
    for path in paths:
        (tmp_path / path).mkdir(parents=True)
        (tmp_path / path / "71_toy.ipynb").write_text(json.dumps({"cells": CELLS}))
    found, remarks = find_all([tmp_path], {"71_toy": MASTER}, tmp_path / "marks", Course())
    assert sorted(s.student for s in found) == sorted(students) and remarks == []


def test_one_name_in_two_spellings_is_one_student(tmp_path):
    for name in ("Zo\u00eb", "Zoe\u0308"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "71_toy.ipynb").write_text(json.dumps({"cells": CELLS}))
    [found], remarks = find_all([tmp_path], {"71_toy": MASTER}, tmp_path / "marks", Course())
    assert found.student == "Zo\u00eb" and len(remarks) == 1


def test_who_hands_in_no_notebook_is_in_the_table(tmp_path):
    for name in ("ada/71_toy.ipynb", "bob/71_toy.ipynb.txt", "eve/answer.pdf", "fay/work.zip", "roster.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(json.dumps({"cells": CELLS}))
    (tmp_path / "gil").mkdir()
    found, remarks = find_all([tmp_path], {"71_toy": MASTER}, tmp_path / "marks", Course())
    assert {s.student: s.problem for s in found} == {
        "ada": "", "bob": "bob/71_toy.ipynb.txt is no notebook", "eve": "eve/answer.pdf is no notebook",
        "fay": "fay/work.zip is no notebook", "gil": "the folder is empty"}  # fmt: skip
    assert len(remarks) == 4


def test_of_many_troubles_some_are_told():
    session = Session(None, [read_cell(code("1 / 0"))] * 60_000, None)
    for place in range(60_000):
        session.done = place
        session.remember("ZeroDivisionError: division by zero")
    assert session.trouble(0).endswith("Further cells of yours that failed: 59995.")
    assert len(session.trouble(0)) < 500


# ------------------------------------------------------------------------------ pages


def result(student, **mark):
    mark = {"exercise": "why", "title": "Why", "points": None, "out_of": 3.0, "status": "manual", "reason": ""} | mark
    return {"student": student, "chapter": "72_why", "notes": [], "marks": [mark], "key": "", "digest": ""}


@pytest.mark.parametrize("mark", [
    {"answer": "x" * 20 * 2**20}, {"answer": "<\U0001f600" * 10**6}, {"answer": "", "code": ["x = 1"] * 60_000},
    {"answer": "$x$" * 10**5}, {"answer": "", "reason": "Your own cell: failed. " * 60_000},
])  # fmt: skip
def test_a_page_is_bounded_and_says_so(tmp_path, monkeypatch, mark):
    monkeypatch.setattr(report, "histogram", lambda *a: None)
    report.write(tmp_path, [result("ada", **mark), *(result(f"s{k}", answer="short") for k in range(30))])
    for page in ("manual.html", "feedback/ada.html"):
        body = (tmp_path / page).read_bytes()
        assert len(body) < 2_000_000
        if page != "manual.html" or "reason" not in mark:
            assert b"[Cut here: " in body


def test_too_many_formulas_stay_as_they_are():
    assert "formulas" not in report.answer({"answer": "$x$ " * 200}, 10**4).split(">")[0]
    assert 'class="text formulas"' in report.answer({"answer": "$x$"}, 10**4)


def test_pictures_lie_beside_the_page(tmp_path):
    mark = {"answer": "", "images": [PICTURE] + ["data:image/png;base64,aGk="] * 30}
    shown = report.answer(mark, 100, tmp_path / "pictures")
    assert shown.count("<img") == report.PICTURES and "11 pictures of this answer are not shown" in shown
    [picture] = (tmp_path / "pictures").iterdir()
    assert picture.read_bytes() == b"hi" and f'src="pictures/{picture.name}"' in shown


TYPESET = [  # an answer, what its formulas show
    (r"$x^2$", ["x2"]),
    (r"$\def\frac#1#2{BAD}\frac12$ $\newcommand{\own}{OWN}\own$", ["BAD", "OWN"]),
    (r"$\frac12$ $\own$", ["12", r"\own"]),
    (r"$\boldsymbol{x}$ $\ket{y}$ $\cancel{z}$ $\color{red}q$", ["x", "|y⟩", "z", "q"]),
    (r"$\require{cancel}$ $z$", [r"\requirecancel", "z"]),
    (r"$\frac{1", []),
    (r"$y$", ["y"]),
]


@pytest.mark.skipif(CHROMIUM is None, reason="NO BROWSER LOOKED AT THE ANSWERS: Chromium is not installed")
def test_each_answer_is_typeset_for_itself(tmp_path, monkeypatch):
    from playwright.sync_api import sync_playwright

    monkeypatch.setattr(report, "histogram", lambda *a: None)
    report.write(tmp_path, [result(f"s{k}", answer=text) for k, (text, _) in enumerate(TYPESET)])
    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto((tmp_path / "manual.html").as_uri())
        page.wait_for_function(
            "[...document.querySelectorAll('.formulas')].at(-1).querySelector('mjx-container')", timeout=600_000
        )
        shown = page.evaluate("""[...document.querySelectorAll('.formulas')].map(answer =>
            [...answer.querySelectorAll('mjx-container')].map(f => (f.querySelector('math') ?? f).textContent))""")
        browser.close()
    assert [[unicodedata.normalize("NFKC", text) for text in texts] for texts in shown] == [t for _, t in TYPESET]


# ------------------------------------------------------------------------------ tables


def test_a_table_takes_a_name_that_its_spreadsheet_cannot_write(tmp_path):
    path = tmp_path / "manual.csv"
    path.write_bytes("student;chapter;exercise;points\r\nJürgen;72_why;why;2\r\n".encode("cp1252"))
    for _ in range(2):
        Manual(path).apply("Łucja", "72_why", result("Łucja", answer="a")["marks"][0])
    assert path.read_text(encoding="utf-8-sig").count("\n") == 3  # and not once more in each run
    assert [row["student"] for row in Manual(path).rows] == ["Jürgen", "Łucja"]


@pytest.mark.parametrize("name", ["=1+1", "@a", "-a", "+a", "\ta"])
def test_no_formula_in_a_table(name):
    assert safe(name) == f"'{name}"
    assert safe(f"a;{name}") == f"a;'{name}"


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


@pytest.mark.skipif(sys.platform != "linux", reason="the sandbox needs Linux")
def test_a_missing_tool_is_told_with_its_package(monkeypatch):
    monkeypatch.setattr("probe.TOOLS", ["sh", "pivot_root_that_is_not_there"])
    sandbox, reason = find_sandbox((), 2**31)
    assert sandbox is None
    assert reason.startswith("pivot_root_that_is_not_there of util-linux is missing")
    assert "apt install util-linux util-linux-extra mount" in reason
