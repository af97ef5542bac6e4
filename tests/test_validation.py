"""Checks at the boundary: what passes comes back as it is used, what does not is named."""

import re

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from course_lib._validation import (
    NotFinite,
    expect_shape,
    finite_array,
    finite_number,
    function,
    known_name,
    positive,
    random_generator,
    stands_for_array,
    whole_number,
)
from course_lib.differentiation.forward_mode import Dual
from course_lib.differentiation.reverse_mode import Variable

finite = st.floats(allow_nan=False, allow_infinity=False)


@given(arrays(float, array_shapes(max_dims=3, max_side=4), elements=finite))
def test_finite_floats_come_back_uncopied_and_a_list_as_the_same_array(array):
    assert finite_array(array, "x") is array
    np.testing.assert_array_equal(finite_array(array.tolist(), "x"), array)


@pytest.mark.parametrize(
    ("given_value", "dtype"),
    [(3, float), (True, float), ([1, 2], float), (np.float32(2), float), ([1j, 2], complex)],
)
def test_whole_numbers_become_floats_and_complex_numbers_stay(given_value, dtype):
    value = finite_array(given_value, "x")
    assert value.dtype == dtype
    np.testing.assert_array_equal(value, given_value)


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        ("1.0", TypeError, "x must hold numbers, got <U3 ('1.0')"),
        (None, TypeError, "x must hold numbers, got object (None)"),
        ([1.0, None], TypeError, "x must hold numbers, got object"),
        ([[1.0, 2.0], [3.0]], ValueError, "x is ragged: give rows of equal length"),
        ([], ValueError, "x is empty (shape (0,))"),
        (np.empty((0, 2)), ValueError, "x is empty (shape (0, 2))"),
        (np.nan, NotFinite, "x has NaN or infinity: remove it"),
        ([1.0, -np.inf], NotFinite, "x has NaN or infinity at index (1,)"),
        ([[1.0, 2.0], [np.nan, 3.0]], NotFinite, "x has NaN or infinity at index (1, 0)"),
        (complex(0, np.nan), NotFinite, "x has NaN or infinity"),
    ],
)
def test_no_finite_numbers(value, error, message):
    with pytest.raises(error, match=re.escape(message)):
        finite_array(value, "x")


def test_what_is_not_finite_is_a_value_error_too():
    assert issubclass(NotFinite, ValueError)


@given(arrays(float, array_shapes(min_dims=1, max_dims=3, max_side=4), elements=finite))
def test_a_string_in_a_shape_stands_for_any_length(array):
    assert finite_array(array, "x", ("m",) * array.ndim) is array
    assert finite_array(array, "x", array.shape) is array
    with pytest.raises(ValueError, match=re.escape(f"x has shape {array.shape}, expected")):
        finite_array(array, "x", (*array.shape, "m"))


@pytest.mark.parametrize(
    ("got", "shape", "message"),
    [
        ((3,), (2,), "x has shape (3,), expected (2,)"),
        ((), ("m",), "x has shape (), expected (m,)"),
        ((2, 3), (2, 4), "x has shape (2, 3), expected (2, 4)"),
        (
            (3,), ("m", 1),
            "x has shape (3,), expected (m, 1): write x[:, None] for one column, x[None, :] for one row",
        ),
        ((3, 1), ("m",), "x has shape (3, 1), expected (m,): write x[:, 0] for its first column"),
        ((1, 2, 3), (1, 2), "x has shape (1, 2, 3), expected (1, 2)"),
        ((2,), (), "x has shape (2,), expected ()"),
    ],
)  # fmt: skip
def test_a_wrong_shape_names_both_shapes_and_the_mend(got, shape, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        expect_shape(np.ones(got), "x", shape)


@pytest.mark.parametrize("make", [lambda x: Dual(x, np.ones(3)), Variable])
def test_stand_ins_for_arrays_pass_and_are_held_to_their_shape(make):
    value = make(np.arange(3.0))
    assert stands_for_array(value)
    assert finite_array(value, "x", (3,)) is value
    with pytest.raises(ValueError, match=re.escape("x has shape (3,), expected (2,)")):
        finite_array(value, "x", (2,))


def test_an_autograd_box_stands_for_its_array():
    seen = []

    def f(x):
        seen.append((stands_for_array(x), finite_array(x, "x", (3,)) is x))
        return anp.sum(x**2)

    np.testing.assert_array_equal(autograd.grad(f)(np.arange(3.0)), [0, 2, 4])
    assert seen == [(True, True)]


@pytest.mark.parametrize("value", [1.0, 1, [1.0], "x", None, np.ones(2), np.float64(1)])
def test_ordinary_values_stand_for_nothing(value):
    assert not stands_for_array(value)


@pytest.mark.parametrize("value", [2, 2.0, np.float32(2), np.array(2), [2.0], np.array([[2]])])
def test_one_number_in_any_dress_is_a_float(value):
    assert type(finite_number(value, "x")) is float
    assert finite_number(value, "x") == 2.0


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ([1.0, 2.0], ValueError),
        (1j, ValueError),
        ([], ValueError),
        (np.nan, NotFinite),
        (-np.inf, NotFinite),
        ("2", TypeError),
        (None, TypeError),
    ],
)
def test_no_number(value, error):
    for check in [finite_number, positive]:
        with pytest.raises(error, match="gamma"):
            check(value, "gamma")


@given(finite)
def test_positive_is_above_zero(x):
    if x > 0:
        assert positive(x, "h") == x
    else:
        with pytest.raises(ValueError, match=re.escape(f"h must be positive, got {x:g}")):
            positive(x, "h")


@given(st.integers(-5, 5), st.integers(-5, 5))
def test_whole_number_from_its_least(n, least):
    if n >= least:
        for value in [n, float(n), np.int64(n), np.float64(n)]:
            assert type(whole_number(value, "n", least)) is int
            assert whole_number(value, "n", least) == n
    else:
        with pytest.raises(ValueError, match=f"n must be at least {least}, got {n}"):
            whole_number(n, "n", least)


def test_whole_number_up_to_its_most():
    assert whole_number(5, "n", most=5) == 5
    with pytest.raises(ValueError, match=r"^n must be at most 5, got 6$"):
        whole_number(6, "n", most=5)


def test_a_number_that_autograd_differentiates_stays_one():
    assert autograd.grad(lambda x: finite_number(x, "x") * positive(x, "x"))(3.0) == 6.0


@pytest.mark.parametrize("value", [1.5, True, "3", None, np.nan, np.inf, [3], 3j])
def test_no_whole_number(value):
    with pytest.raises(TypeError, match="n must be a whole number, got"):
        whole_number(value, "n")


def test_known_name_comes_back_and_an_unknown_one_lists_the_known():
    known = {"sine": 1, "tanh": 2}
    assert known_name("tanh", known, "activation") == "tanh"
    for name in ["cosine", None, 3, ["tanh"]]:
        message = f"unknown activation {name!r}; known: 'sine', 'tanh'"
        with pytest.raises(ValueError, match=re.escape(message)):
            known_name(name, known, "activation")


def test_a_generator_of_known_names_is_read_once():
    with pytest.raises(ValueError, match="known: 'a', 'b'"):
        known_name("c", (name for name in "ab"), "letter")


def test_function():
    assert function(np.exp, "f") is np.exp
    for value in [2.0, None, "exp", np.exp(1)]:
        with pytest.raises(TypeError, match=r"f must be a function, .*without calling it"):
            function(value, "f")


def test_random_generator():
    rng = np.random.default_rng(0)
    assert random_generator(rng) is rng
    for value in [0, None, np.random, np.random.RandomState(0)]:
        with pytest.raises(TypeError, match=re.escape("np.random.default_rng(0)")):
            random_generator(value)


def test_a_long_value_is_cut_in_the_message():
    with pytest.raises(TypeError) as caught:
        function("f" * 1000, "f")
    assert len(str(caught.value)) < 150
