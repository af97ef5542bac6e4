"""Functions shown on a page: their code, all of it, without the docstring."""

import ast

import numpy as np
import pytest

from course_lib.differentiation import forward_mode
from course_lib.networks import backpropagation
from course_lib.reading import _source_without_docstrings, below, show


def documented(x):
    """Say something."""

    # Why it is doubled.
    return 2 * x


def test_docstring_goes_and_comments_stay():
    assert _source_without_docstrings(documented) == (
        "def documented(x):\n    # Why it is doubled.\n    return 2 * x"
    )


def named(name):
    return lambda f: f


@named("one line")
@named(
    "three lines"
)
def decorated(x):
    return 3 * x


def test_decorators_of_any_length_go():
    assert _source_without_docstrings(decorated) == "def decorated(x):\n    return 3 * x"


@pytest.mark.parametrize("f", [backpropagation.deltas, forward_mode.Dual, forward_mode.jvp])
def test_what_is_left_is_the_same_program(f):
    def body(source):
        tree = ast.parse(source)
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                node.decorator_list.clear()
                if ast.get_docstring(node):
                    node.body.pop(0)
        return ast.dump(tree)

    import inspect

    assert body(_source_without_docstrings(f)) == body(inspect.getsource(f))


def test_show_prints_and_refuses_what_has_no_source(capsys):
    show(documented, documented)
    source = _source_without_docstrings(documented)
    assert capsys.readouterr().out == f"{source}\n\n{source}\n"
    with pytest.raises(TypeError):
        show(np.exp)
    with pytest.raises(TypeError, match=r"^functions must be a function"):
        show(3)


@pytest.mark.parametrize(
    ("value", "text"),
    [(3e-10, "1e-09 < 1e-08"), (1e-9, "1e-09 < 1e-08"), (0.0, "1e-15 < 1e-08"), (4e-17, "1e-15 < 1e-08")],
)
def test_a_number_beside_its_bound(value, text):
    assert below(value, 1e-8) == text


@pytest.mark.parametrize("value", [2e-9, 1e-8, 1.0, -1e-12, np.nan, np.inf])
def test_a_number_that_is_not_below_is_refused(value):
    with pytest.raises(ValueError, match=r"^value"):
        below(value, 1e-9)
