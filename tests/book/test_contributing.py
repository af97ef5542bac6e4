"""What CONTRIBUTING.md promises is true: its examples work, and the files it names exist."""

from __future__ import annotations

import re

import lecture_ids
import numpy as np
import pytest

from course_lib.differentiation import _differentiable as differentiable
from course_lib.differentiation import _speed, elementary, forward_mode, reverse_mode
from course_lib.equations import InitialValue, ODEProblem, solve

ROOT = lecture_ids.ROOT
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


def example(word: str) -> str:
    [found] = [code for code in EXAMPLES if word in code]
    return found


def test_the_derivative_rule_teaches_both_modes(monkeypatch):
    monkeypatch.setattr(elementary, "RULES", dict(elementary.RULES))
    for module in (differentiable, forward_mode, reverse_mode, _speed):
        monkeypatch.setattr(module, "RULES", elementary.RULES)
    exec(example("RULES["), {"np": np, "RULES": elementary.RULES})
    assert forward_mode.derivative(np.deg2rad)(33.0) == np.pi / 180
    assert reverse_mode.gradient(np.deg2rad)(33.0) == np.pi / 180


def test_the_differential_equation_is_solved():
    names = {"np": np, "ODEProblem": ODEProblem, "InitialValue": InitialValue}
    exec(example("ODEProblem("), names)
    problem, x = names["problem"], np.linspace(0, 3, 50)
    solution = solve(problem)
    assert solution.converged
    np.testing.assert_allclose(solution(x), problem.exact(x), atol=1e-9)


@pytest.mark.parametrize("name", re.findall(r"`((?:[\w.-]+/)+[\w.-]*)`", TEXT))
def test_named_files_exist(name):
    if "10_title" not in name:
        assert (ROOT / name).exists()


@pytest.mark.parametrize("target", sorted(set(re.findall(r"make ([\w-]+)", TEXT))))
def test_make_knows_the_target(target):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^(?:test-newest )?{target}[: ]", makefile, re.MULTILINE)


def test_each_section_fits_on_a_page():
    for section in TEXT.split("\n## ")[1:]:
        assert len(section.splitlines()) <= 40, section.splitlines()[0]
