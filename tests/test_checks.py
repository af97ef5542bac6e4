"""The self-checks of the exercises: what is right passes, each kind of mistake is told."""

from __future__ import annotations

import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from course_lib import checks
from course_lib.checks import Failed
from course_lib.networks import Network

FINITE = st.floats(-1e6, 1e6)
ARRAYS = arrays(float, st.tuples(st.integers(1, 4), st.integers(1, 4)), elements=FINITE)


@given(ARRAYS)
def test_equal_accepts_the_same_numbers_and_refuses_a_change(x):
    checks.equal(x, x.copy())
    checks.equal(x.tolist(), x)
    changed = x.copy()
    changed.flat[-1] += 1e-3 * (1 + abs(x).max())
    with pytest.raises(Failed, match="is off by"):
        checks.equal(changed, x)


@pytest.mark.parametrize(
    ("yours", "message"),
    [
        (None, "is a return missing"),
        ("text", "to hold real numbers"),
        (np.ones((3, 1)), r"shape \(3,\). Came shape \(3, 1\)"),
        ([1.0, 1.0], "shape"),
        ([1.0, np.nan, 1.0], "to be finite"),
        ([1.0, 2.0, 1.0], r"Came 2 at index \(1,\), which is off by 1"),
        (np.array([1j, 1, 1]), "to hold real numbers"),
    ],
)
def test_equal_says_what_is_wrong(yours, message):
    with pytest.raises(Failed, match=message):
        checks.equal(yours, np.ones(3), read="chapter 1")


def test_equal_compares_theta_layer_by_layer():
    theta = Network((2, 3, 1), ("tanh", "identity")).initial_parameters(np.random.default_rng(0))
    checks.equal(theta, theta)
    turned = [(w.T, b) for w, b in theta]
    with pytest.raises(Failed, match=r"part 0, part weights, to have shape \(3, 2\)"):
        checks.equal(turned, theta)
    with pytest.raises(Failed, match=r"list of length 2. Came a list of length 1"):
        checks.equal(theta[:1], theta)
    with pytest.raises(Failed, match=r"list of length 2. Came float"):
        checks.equal(1.0, theta)


def test_agree_names_the_call_that_differs():
    checks.agree(np.sin, lambda x: np.cos(x - np.pi / 2), [0.3, np.linspace(0, 1, 5)])
    checks.agree(lambda a, b: a * b, lambda a, b: b * a, [(1.0, 2.0), (3.0, 4.0)])
    with pytest.raises(Failed, match=r"call 2, 2., to agree"):
        checks.agree(lambda x: x * x, lambda x: x, [1.0, 2.0])


def test_agree_turns_an_error_into_a_failed_check():
    def unwritten(x):
        raise NotImplementedError

    with pytest.raises(Failed, match=r"still raises NotImplementedError\. Read chapter 2"):
        checks.agree(unwritten, np.sin, [1.0], read="chapter 2")
    with pytest.raises(Failed, match=r"ZeroDivisionError: division by zero. Read chapter 2"):
        checks.agree(lambda x: 1 / 0, np.sin, [1.0], read="chapter 2")


def test_gradient_agrees_with_differences_or_fails():
    points = np.random.default_rng(0).normal(size=(3, 4))
    checks.gradient(lambda x: np.cos(x), lambda x: anp.sin(x).sum(), points)
    for factor in (2.0, -1.0, 1.001):
        with pytest.raises(Failed, match="is off by"):
            checks.gradient(lambda x: factor * np.cos(x), lambda x: anp.sin(x).sum(), points)


@given(st.integers(1, 6))
def test_order_is_recognised(p):
    checks.order(lambda h: 3 * h**p, p, [0.1, 0.05, 0.025])
    with pytest.raises(Failed, match=f"order {p}.00"):
        checks.order(lambda h: 3 * h**p, p + 1, [0.1, 0.05, 0.025])


def test_gradient_refuses_a_small_wrong_gradient():
    with pytest.raises(Failed, match="is off by"):
        checks.gradient(lambda x: 0 * x, lambda x: 1e-7 * x**2, [1.0])


@pytest.mark.parametrize(
    ("error", "message"),
    [(0.0, "errors above zero"), (np.nan, "finite errors"), (np.inf, "finite errors")],
)
def test_order_refuses_errors_without_an_order(error, message):
    with pytest.raises(Failed, match=message):
        checks.order(lambda h: error, 1, [0.1, 0.05])


def test_order_refuses_a_table_of_steps():
    with pytest.raises(ValueError, match=r"^steps has shape \(1, 2\), expected \(n,\)"):
        checks.order(lambda h: h, 1, [[0.1, 0.05]])


def test_holds_says_what_came(capsys):
    checks.holds(True, "the condition holds")
    assert capsys.readouterr().out == "Right: the condition holds.\n"
    with pytest.raises(Failed, match=r"Expected the energy to grow. Came 0.9. Read chapter 7."):
        checks.holds(False, "the energy to grow", 0.9, read="chapter 7")


def test_a_notebook_shows_the_text_without_a_traceback():
    assert Failed("Expected a. Came b.")._render_traceback_() == ["Not yet. Expected a. Came b."]


def test_a_function_among_the_arguments_is_called_by_its_name():
    checks.agree(lambda f, x: f(x), lambda f, x: f(x), [(np.cos, 0.5), (abs, -1.0)])
    with pytest.raises(Failed, match=r"in call 1, cos, 0\.5, to agree"):
        checks.agree(lambda f, x: -f(x), lambda f, x: f(x), [(np.cos, 0.5)])


def test_a_difference_far_above_rounding_fails_where_no_tolerance_is_given():
    for x in (1.0, 1e-3):
        with pytest.raises(Failed, match="is off by"):
            checks.equal(x * (1 + 1e-5), x)
        with pytest.raises(Failed, match="is off by"):
            checks.agree(lambda s: s * (1 + 1e-5), lambda s: s, [x])
    with pytest.raises(Failed, match="is off by"):
        checks.gradient(lambda s: 1 + 1e-4, lambda s: s, [0.5])
    with pytest.raises(Failed, match=r"order 1\.30"):
        checks.order(lambda h: h**1.3, 1, [0.1, 0.05])


def test_the_largest_order_that_passes_is_the_one_named():
    checks.order(lambda h: h**2, 1, [1.0, 0.5], within=1.0)
    checks.order(lambda h: h**2, 2, [1.0, 0.5], within=1e-12)


def test_a_gradient_at_whole_numbers_is_that_at_the_same_floats():
    checks.gradient(lambda x: 3 * x**2, lambda x: float(np.sum(x**3)), [2, np.array([1, 2])])


def raising(*arguments):
    raise ValueError("no")


EQUAL, AGREE, GRADIENT, ORDER = checks.equal, checks.agree, checks.gradient, checks.order
WRONG = {
    "no value": (EQUAL, None, 1.0),
    "no number": (EQUAL, "text", 1.0),
    "another shape": (EQUAL, [1.0], 1.0),
    "not finite": (EQUAL, np.nan, 1.0),
    "another number": (EQUAL, 2.0, 1.0),
    "no parts": (EQUAL, 2.0, [np.ones(2)]),
    "another part": (EQUAL, [np.zeros(2)], [np.ones(2)]),
    "another function": (AGREE, np.cos, np.sin, [1.0]),
    "a function with an error": (AGREE, raising, np.sin, [1.0]),
    "another gradient": (GRADIENT, np.cos, lambda x: x, [1.0]),
    "a gradient with an error": (GRADIENT, raising, lambda x: x, [1.0]),
    "another order": (ORDER, lambda h: h, 2, [0.1, 0.05]),
    "errors without end": (ORDER, lambda h: np.nan, 2, [0.1, 0.05]),
    "errors of zero": (ORDER, lambda h: 0.0, 2, [0.1, 0.05]),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_fails_is_named_and_says_where_to_read(wrong):
    check, *arguments = WRONG[wrong]
    with pytest.raises(Failed, match=r"^Expected my answer.* Read chapter 7\.$"):
        check(*arguments, what="my answer", read="chapter 7")
    with pytest.raises(Failed, match=r"^Expected your ") as caught:
        check(*arguments)
    assert "Read" not in str(caught.value)


def unwritten(*arguments):
    raise NotImplementedError


@pytest.mark.parametrize(
    ("check", "told"),
    [
        (lambda: EQUAL(None, 1.0), "your result to be a value. Came None (is a return missing?)."),
        (lambda: EQUAL("text", 1.0), "your result to hold real numbers. Came str 'text'."),
        (lambda: EQUAL(np.inf, 1.0), "your result to be finite. Came NaN or infinity."),
        (
            lambda: AGREE(unwritten, np.sin, [1], "f", read="page 2"),
            "f in call 1, 1, to be written. Came a cell that still raises NotImplementedError. Read page 2.",
        ),
        (
            lambda: ORDER(lambda h: np.inf, 2, [0.1, 0.05]),
            "your approximation: finite errors. Came inf at 0.1, inf at 0.05.",
        ),
        (
            lambda: ORDER(lambda h: "text", 2, [0.1, 0.05]),
            "the error at step 0.1 to be a number. Came str 'text'.",
        ),
        (lambda: checks.holds(False, "a sum of 2"), "a sum of 2. Came something else."),
    ],
)
def test_what_fails_is_told_word_by_word(check, told):
    with pytest.raises(Failed) as caught:
        check()
    assert str(caught.value) == f"Expected {told}"


def test_nothing_to_compare_and_nothing_to_compare_with_are_no_fault_of_the_answer():
    with pytest.raises(ValueError, match=r"^points is empty: give at least one to compare at$"):
        AGREE(np.sin, np.sin, [])
    text = r"^what is expected has NaN or infinity: no answer can agree \(your result\)$"
    with pytest.raises(ValueError, match=text):
        EQUAL(1.0, np.nan)


@pytest.mark.parametrize("error", [raising, lambda h: "text"])
def test_an_error_that_cannot_be_had_names_its_step(error):
    with pytest.raises(Failed, match=r"the error at step 0\.1 .*Read chapter 7\.$"):
        checks.order(error, 2, [0.1, 0.05], read="chapter 7")


def test_order_tells_the_errors_it_saw():
    for error, told in [(lambda h: h, "0.1 at 0.1, 0.05 at 0.05"), (lambda h: 0 * h, "0 at 0.1, 0 at 0.05")]:
        with pytest.raises(Failed, match=told):
            checks.order(error, 2, [0.1, 0.05])


@pytest.mark.parametrize(
    ("check", "right"),
    [
        (lambda: EQUAL(1.0, 1.0, "my answer"), "my answer"),
        (lambda: AGREE(np.sin, np.sin, [1.0], "my sine"), "my sine"),
        (lambda: AGREE(np.sin, np.sin, [1.0]), "your function"),
        (lambda: GRADIENT(lambda x: 1.0, lambda x: x, [1.0], "my slope"), "my slope agrees with"),
        (lambda: ORDER(lambda h: h, 1, [0.1, 0.05], "my rule"), "my rule has order 1"),
    ],
)
def test_what_holds_is_named(check, right, capsys):
    check()
    assert capsys.readouterr().out.startswith(f"Right: {right}")


@pytest.mark.parametrize(
    ("argument", "told"),
    [
        (0.123456, "0.1235"),
        (np.arange(4.0), "[0. 1. 2. 3.]"),
        (np.arange(5.0), "shape (5,)"),
        (np.ones((2, 3)), "shape (2, 3)"),
        (np.eye(2), "[[1. 0.] [0. 1.]]"),
        (np.empty(0), "[]"),
        (Network((1, 1), "tanh"), "Network"),
    ],
)
def test_the_arguments_of_a_call_are_told_briefly(argument, told):
    with pytest.raises(Failed) as caught:
        checks.agree(lambda x: 1.0, lambda x: 0.0, [(argument,)])
    assert f"your function in call 1, {told}, to agree" in str(caught.value)


def test_a_kind_of_number_is_no_part_of_the_answer():
    checks.equal(2.0, 2)
    checks.equal(np.array([1, 2]), [1.0, 2.0])
    checks.equal(1.0, 1 + 0j)
    checks.equal([1j, 2.0], np.array([1j, 2.0]))
    for yours, expected in [(2.5, 2), (1 + 1j, 1 + 0j)]:
        with pytest.raises(Failed, match="is off by"):
            checks.equal(yours, expected)


def test_equal_numbers_are_equal_without_a_tolerance_and_none_to_compare_are_too():
    checks.equal([1 / 3, 2.0], [1 / 3, 2.0], rtol=0, atol=0)
    checks.equal(np.empty((0, 2)), np.empty((0, 2)))
    with pytest.raises(Failed, match=r"Came 2, which is off by 1\.$"):
        checks.equal(2.0, 1.0)
