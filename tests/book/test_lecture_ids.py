"""Every equation of the lecture has one place in the book, a function and a test."""

from __future__ import annotations

from collections import Counter

import lecture
import lecture_ids
import pytest

# The places where the notes slip: any of these ids in a box's label, and how many boxes there are.
SLIPS = {
    ("A5",): 1,
    ("A7",): 2,
    ("A8",): 1,
    ("A10",): 2,
    ("B6", "B7"): 2,
    ("B8",): 1,
    ("O3",): 1,
    ("A2", "A3"): 1,
    ("O1",): 1,
}


@pytest.fixture(scope="module")
def sections() -> list[lecture_ids.Section]:
    return lecture_ids.sections()


@pytest.fixture(scope="module")
def functions() -> dict[str, list[str]]:
    return lecture_ids.functions()


@pytest.fixture(scope="module")
def tests() -> dict[str, list[str]]:
    return lecture_ids.tests()


@pytest.mark.parametrize("lecture_id", lecture_ids.LECTURE_IDS)
def test_labelled_once(sections, lecture_id):
    labelled = [section.chapter for section in sections for i in section.equations
                if i == lecture_id]
    assert len(labelled) == 1, f"{lecture_id} is labelled in {labelled}"


@pytest.mark.parametrize("lecture_id", lecture_ids.LECTURE_IDS)
def test_code_is_named_beside_the_equation(sections, functions, lecture_id):
    computed_by = set(functions[lecture_id])
    assert computed_by, f"no docstring in course_lib says that it computes {lecture_id}"
    named = {name for section in sections if lecture_id in section.equations
             for name in section.code}
    assert named & computed_by, f"{lecture_id}: named {named}, computed by {computed_by}"


@pytest.mark.parametrize("lecture_id", lecture_ids.LECTURE_IDS)
def test_has_a_test(tests, lecture_id):
    assert tests[lecture_id], f'no test has @pytest.mark.lecture("{lecture_id}")'


def test_no_unknown_ids(sections, functions, tests):
    known = set(lecture_ids.LECTURE_IDS)
    assert set(functions) == known
    assert set(tests) == known
    assert {i for section in sections for i in section.equations} <= known


@pytest.mark.parametrize("ids", SLIPS, ids="-".join)
def test_every_slip_has_its_box(ids):
    boxes = [slip.label for slip in lecture_ids.slips() if slip.lecture_id in ids]
    assert len(boxes) >= SLIPS[ids], f"only {boxes}"


def test_slip_labels_differ_and_stand_before_a_box():
    slips = lecture_ids.slips()
    assert [k for k, count in Counter(slip.label for slip in slips).items() if count > 1] == []
    assert [slip.label for slip in slips if not slip.summary] == []


def test_the_three_places_are_read(tmp_path):
    for folder in ["book/chapters", "course_lib", "tests"]:
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "book/chapters/01_a.md").write_text(
        "(ch-a)=\n# Title\n**Prerequisites.** {ref}`ch-b` and {ref}`it\n<ch-c>`. **Time.** 20 minutes.\n\n"
        "## First\n$$ x $$ (own-a-x)\n$$\ny\n$$ (eq-B4)\n\n"
        "{py:func}`~course_lib.a.f`\n```{code-cell}\n# no heading\n```\n"
        "(slip-B4-sign)=\n:::{admonition} Where the notes slip\n:class: warning\n"
        "One\nline.\n\nMore.\n:::\n"
    )
    (tmp_path / "course_lib/a.py").write_text('def f():\n    """F.\n\n    Lecture B4, B5. Somebody (1986).\n    """\n')
    (tmp_path / "tests/test_a.py").write_text(
        'class TestF:\n    @pytest.mark.lecture("B4")\n    def test_f(self): ...\n'
    )
    title, first = lecture_ids.sections(tmp_path)
    assert (title.equations, first.equations) == ([], ["B4"])
    assert (first.title, first.code) == ("First", ["course_lib.a.f"])
    [slip] = lecture_ids.slips(tmp_path)
    assert (slip.label, slip.section, slip.summary) == ("slip-B4-sign", "First", "One line.")
    assert lecture_ids.functions(tmp_path)["B5"] == ["course_lib.a.f"]
    assert lecture_ids.tests(tmp_path)["B4"] == ["tests/test_a.py::TestF::test_f"]
    assert lecture_ids.openings(tmp_path) == [lecture_ids.Opening("ch-a", "Title", 20, ("ch-b", "ch-c"))]


def test_docstrings_link_to_the_equations_that_the_book_has(monkeypatch):
    section = lecture_ids.Section("01_a", "First", equations=["B4", "B5"])
    monkeypatch.setattr(lecture_ids, "sections", lambda: [section])
    lines = ["Lecture B4, B5. The notes leave out N6.", "Lecture A1.", "of the lecture B4."]
    lecture.link_lecture_ids(None, "function", "f", None, None, lines)
    assert lines == [
        "Lecture :eq:`eq-B4`, :eq:`eq-B5`. The notes leave out N6.",
        "Lecture A1.",
        "of the lecture B4.",
    ]


def test_an_address_does_not_depend_on_what_is_built():
    assert lecture.address("book/playground", "book/intro") == "playground.html"
    assert lecture.address("book/notebooks/01", "index") == "book/notebooks/01.html"
    for path in (lecture_ids.ROOT / "book/_ext").glob("*.py"):  # the PDF's builder has no answer
        assert "get_relative_uri" not in path.read_text(encoding="utf-8"), path.name
