"""The faults are put in and taken out as they should be, and what is no fault is not found."""

from __future__ import annotations

import filecmp

import pytest
from injection import ROOT, Copy, Edit, Fault

FILE, GATE = "course_lib/differentiation/_arrays.py", "tests/test_joined_parts.py"
OLD, NEW = "sum(sizes[:k])", "k * sizes[0]"


def test_is_taken_out_again(copy: Copy) -> None:
    with copy.with_fault(Fault("fault", Edit(FILE, OLD, NEW), GATE, "")):
        assert NEW in (copy.folder / FILE).read_text(encoding="utf-8")
    assert filecmp.cmp(copy.folder / FILE, ROOT / FILE, shallow=False)


def test_is_found_and_named(copy: Copy) -> None:
    copy.must_find(Fault("fault", Edit(FILE, OLD, NEW), GATE, "test_parts_of_unequal_length"))
    with pytest.raises(AssertionError, match="does not say 'test_of_something_else'"):
        copy.must_find(Fault("fault", Edit(FILE, OLD, NEW), GATE, "test_of_something_else"))


def test_what_is_no_fault_is_not_found(copy: Copy) -> None:
    with pytest.raises(AssertionError, match="does not find it"):
        copy.must_find(Fault("none", Edit(FILE, OLD, f"{OLD} + 0"), GATE, ""))


@pytest.mark.parametrize("gate", ["tests/test_nowhere.py", f"{GATE} -k nothing"])
def test_a_gate_that_runs_nothing_is_told(copy: Copy, gate: str) -> None:
    with pytest.raises(AssertionError, match="fails without any fault"):
        copy.must_find(Fault("fault", Edit(FILE, OLD, NEW), gate, ""))


def test_a_text_that_is_not_there_is_told(copy: Copy) -> None:
    with pytest.raises(AssertionError, match="0 times, the fault says 1"):
        copy.must_find(Fault("fault", Edit(FILE, "no such text", NEW), GATE, ""))
