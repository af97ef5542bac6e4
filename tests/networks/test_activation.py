"""The activation functions: their slopes, their shapes, and what they refuse."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.differentiation import forward_mode
from course_lib.networks import ACTIVATIONS, Activation

# NumPy's logaddexp and maximum take no complex numbers.
ANALYTIC = ["sigmoid", "tanh", "sine", "identity"]


@pytest.mark.lecture("N1")
@pytest.mark.parametrize("name", ANALYTIC)
@given(z=st.floats(-20, 20))
@settings(max_examples=20)
def test_slope_against_complex_step(name, z):
    sigma = ACTIVATIONS[name]
    assert sigma.derivative(z) == pytest.approx(sigma(z + 1e-30j).imag / 1e-30, abs=1e-15)


@pytest.mark.parametrize("name", ACTIVATIONS)
@given(z=st.floats(-5, 5).filter(lambda z: abs(z) > 1e-3))
@settings(max_examples=20)
def test_slope_against_central_difference_and_dual_numbers(name, z):
    sigma, h = ACTIVATIONS[name], 1e-5
    assert sigma.derivative(z) == pytest.approx((sigma(z + h) - sigma(z - h)) / (2 * h), abs=1e-9)
    assert sigma.derivative(z) == pytest.approx(forward_mode.derivative(sigma)(z), abs=1e-14)


@given(z=st.floats(-1e300, 1e300), step=st.floats(0, 10))
def test_sigmoid_is_bounded_symmetric_and_monotone(z, step):
    sigma = ACTIVATIONS["sigmoid"]
    assert 0.0 <= sigma(z) <= 1.0
    assert sigma(z) + sigma(-z) == pytest.approx(1.0, abs=1e-15)
    assert sigma(z + step) >= sigma(z)
    assert 0.0 <= sigma.derivative(z) <= 0.25


@given(z=st.floats(-30, 30))
def test_sigmoid_is_the_textbook_formula(z):
    assert ACTIVATIONS["sigmoid"](z) == pytest.approx(1 / (1 + np.exp(-z)), abs=1e-15)


@given(z=st.floats(-700, 700))
def test_softplus_is_the_integral_of_the_sigmoid(z):
    assert ACTIVATIONS["softplus"](z) - ACTIVATIONS["softplus"](-z) == pytest.approx(z, abs=1e-12)
    assert ACTIVATIONS["softplus"].derivative(z) == ACTIVATIONS["sigmoid"](z)


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu", "softplus", "identity"])
@pytest.mark.parametrize("z", [-1e300, -1e3, 1e3, 1e300])
def test_no_overflow(name, z):
    with np.errstate(over="raise", invalid="raise"):
        assert np.isfinite(ACTIVATIONS[name](z))
        assert np.isfinite(ACTIVATIONS[name].derivative(z))


def test_relu_bends_at_zero():
    relu = ACTIVATIONS["relu"]
    assert relu([-2.0, 0.0, 3.0]).tolist() == [0.0, 0.0, 3.0]
    assert relu.derivative([-2.0, 0.0, 3.0]).tolist() == [0.0, 0.0, 1.0]


def test_bad_functions_of_ones_own():
    with pytest.raises(TypeError, match="slope must be a function, got None"):
        Activation("mine", np.sin)
    with pytest.raises(TypeError, match="value must be a function, got 3"):
        Activation("mine", 3, np.cos)


@pytest.mark.parametrize("call", ["__call__", "derivative"])
@pytest.mark.parametrize(("z", "error", "message"), [
    ("one", TypeError, "z must hold numbers"),
    (None, TypeError, "z must hold numbers"),
    (np.nan, ValueError, "NaN or infinity"),
    ([0.0, np.inf], ValueError, r"NaN or infinity at index \(1,\)"),
    ([], ValueError, "z is empty"),
])
def test_bad_argument_of_an_activation(call, z, error, message):
    with pytest.raises(error, match=message):
        getattr(ACTIVATIONS["tanh"], call)(z)
