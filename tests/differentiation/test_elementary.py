"""The table of derivative rules: each line against 40 digits, and what is said where there is none."""

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp

from course_lib.differentiation._differentiable import Differentiable, MissingRule
from course_lib.differentiation.elementary import PIECEWISE_CONSTANT, RULES
from course_lib.differentiation.forward_mode import Dual, derivative, jvp
from course_lib.differentiation.reverse_mode import gradient

ANY = [-2.75, -0.8, -1e-3, 1e-3, 0.4, 1.0, 3.2]
POSITIVE = [1e-3, 0.4, 1.0, 3.2, 150.0]
INSIDE = [-0.95, -0.3, 1e-3, 0.5, 0.99]
PAIRS = [(-1.5, 0.7), (0.3, -2.0), (2.5, 1.25), (-0.6, -3.0), (4.0, 4.5)]
BASES = [(0.3, -2.0), (2.5, 1.25), (1.0, 3.0), (4.0, 0.5), (7.0, -0.1)]

# ufunc -> the same function with any number of digits, and points where it is smooth
REFERENCE = {
    np.positive: (lambda a: +a, ANY),
    np.negative: (lambda a: -a, ANY),
    np.add: (lambda a, b: a + b, PAIRS),
    np.subtract: (lambda a, b: a - b, PAIRS),
    np.multiply: (lambda a, b: a * b, PAIRS),
    np.divide: (lambda a, b: a / b, PAIRS),
    np.power: (mpmath.power, BASES),
    np.square: (lambda a: a * a, ANY),
    np.reciprocal: (lambda a: 1 / a, ANY),
    np.sqrt: (mpmath.sqrt, POSITIVE),
    np.cbrt: (lambda a: mpmath.sign(a) * mpmath.cbrt(abs(a)), ANY),
    np.exp: (mpmath.exp, ANY),
    np.exp2: (lambda a: mpmath.power(2, a), ANY),
    np.expm1: (mpmath.expm1, ANY),
    np.log: (mpmath.log, POSITIVE),
    np.log2: (lambda a: mpmath.log(a, 2), POSITIVE),
    np.log10: (mpmath.log10, POSITIVE),
    np.log1p: (mpmath.log1p, [-0.9, *POSITIVE]),
    np.logaddexp: (lambda a, b: mpmath.log(mpmath.exp(a) + mpmath.exp(b)), PAIRS),
    np.sin: (mpmath.sin, ANY),
    np.cos: (mpmath.cos, ANY),
    np.tan: (mpmath.tan, ANY),
    np.arcsin: (mpmath.asin, INSIDE),
    np.arccos: (mpmath.acos, INSIDE),
    np.arctan: (mpmath.atan, ANY),
    np.arctan2: (mpmath.atan2, PAIRS),
    np.sinh: (mpmath.sinh, ANY),
    np.cosh: (mpmath.cosh, ANY),
    np.tanh: (mpmath.tanh, ANY),
    np.arcsinh: (mpmath.asinh, ANY),
    np.arccosh: (mpmath.acosh, [1.01, 1.5, 4.0, 150.0]),
    np.arctanh: (mpmath.atanh, INSIDE),
    np.hypot: (mpmath.hypot, PAIRS),
    np.absolute: (abs, ANY),
    np.maximum: (max, PAIRS),
    np.minimum: (min, PAIRS),
}

LINES = [
    pytest.param(ufunc, k, at if isinstance(at, tuple) else (at,),
                 id=f"{ufunc.__name__}-{k}-{at}")
    for ufunc, (_, points) in REFERENCE.items()
    for at in points
    for k in range(ufunc.nin)
]  # fmt: skip


def test_every_rule_has_a_reference_and_a_partial_for_each_argument():
    assert set(REFERENCE) == set(RULES)
    assert all(len(partials) == ufunc.nin for ufunc, partials in RULES.items())


@pytest.mark.lecture("A5")
@pytest.mark.parametrize("ufunc, k, at", LINES)
def test_rule_against_forty_digits(ufunc, k, at):
    with mp.workdps(40):
        order = tuple(int(j == k) for j in range(len(at)))
        exact = float(mpmath.diff(REFERENCE[ufunc][0], tuple(map(mpmath.mpf, at)), order))
    assert RULES[ufunc][k](*at, ufunc(*at)) == pytest.approx(exact, rel=2e-13, abs=1e-16)


@pytest.mark.parametrize("ufunc", RULES, ids=lambda ufunc: ufunc.__name__)
def test_both_modes_read_the_table(ufunc):
    for at in REFERENCE[ufunc][1]:
        at = at if isinstance(at, tuple) else (at,)
        for k in range(ufunc.nin):

            def along_k(s, at=at, k=k):
                return ufunc(*at[:k], s, *at[k + 1 :])

            expected = RULES[ufunc][k](*at, ufunc(*at))
            assert derivative(along_k)(at[k]) == pytest.approx(expected, rel=1e-15)
            assert gradient(along_k)(at[k]) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize("ufunc", RULES, ids=lambda ufunc: ufunc.__name__)
def test_second_derivative_of_each_rule(ufunc):
    """The partials are themselves written with operations of the table."""
    g, points = REFERENCE[ufunc]
    at = points[2] if isinstance(points[2], tuple) else (points[3],)
    for k in range(ufunc.nin):

        def along_k(s, k=k):
            return ufunc(*at[:k], s, *at[k + 1 :])

        with mp.workdps(60):
            order = tuple(2 * int(j == k) for j in range(len(at)))
            exact = float(mpmath.diff(g, tuple(map(mpmath.mpf, at)), order))
        assert derivative(derivative(along_k))(at[k]) == pytest.approx(exact, rel=1e-11, abs=1e-15)


# --------------------------------------------------------------------------- points of their own


@pytest.mark.parametrize("exponent", [0, 0.0, 1, 2, 3, 2.5])
def test_power_at_zero_base(exponent):
    slope = 1.0 if exponent == 1 else 0.0
    assert derivative(lambda x: x**exponent)(0.0) == slope


def test_higher_powers_stay_finite_at_zero():
    f = lambda x: x**2
    for expected in [0.0, 2.0, 0.0, 0.0]:
        f = derivative(f)
        assert f(0.0) == expected


def test_power_of_negative_base_and_negative_exponent():
    assert derivative(lambda x: x**3)(-2.0) == 12.0
    assert derivative(lambda x: x**-2)(-2.0) == 0.25


def test_zero_to_a_variable_power_has_slope_zero():
    assert derivative(lambda x: 0.0**x)(3.0) == 0.0
    slope = derivative(lambda x: np.array([0.0, 1.0, np.e]) ** x)(np.full(3, 2.0))
    np.testing.assert_allclose(slope, [0, 0, np.e**2], rtol=1e-15)


def test_base_and_exponent_together():
    assert derivative(lambda x: x**x)(2.0) == pytest.approx(4 * (1 + np.log(2)), rel=1e-15)


def test_kinks_take_a_one_sided_slope_or_the_mean():
    assert derivative(np.abs)(0.0) == 0.0
    assert derivative(lambda x: np.maximum(x, 0.0))(0.0) in (0.0, 1.0)
    assert derivative(lambda x: np.minimum(0.0, x))(0.0) in (0.0, 1.0)


@given(st.floats(-10, 10))
def test_equal_arguments_share_the_slope_once(x):
    assert derivative(lambda x: np.maximum(x, x))(x) == 1.0
    assert derivative(lambda x: np.minimum(x, x))(x) == 1.0


def test_logaddexp_far_out_does_not_overflow():
    slope = derivative(lambda x: np.logaddexp(x, 0.0))
    np.testing.assert_array_equal(slope(np.array([-800.0, 800.0])), [0.0, 1.0])


@pytest.mark.parametrize("step", sorted(PIECEWISE_CONSTANT, key=lambda u: u.__name__))
def test_steps_and_comparisons_are_decided_on_the_value(step):
    at = (True, False)[: step.nin] if step.__name__.startswith("logical") else (1.5, 2.5)[: step.nin]
    got = step(*(Dual(float(a), 1.0) for a in at))
    assert not isinstance(got, Dual)
    assert got == step(*at)


def test_a_step_has_no_slope_but_its_factor_has():
    assert derivative(lambda x: np.floor(x) * x)(2.5) == 2.0


# --------------------------------------------------------------------------- what has no rule


@pytest.fixture
def rules():
    """The table, put back as it was."""
    kept = dict(RULES)
    yield RULES
    RULES.clear()
    RULES.update(kept)


def test_missing_rule_of_a_ufunc_names_it_and_the_table():
    with pytest.raises(MissingRule) as caught:
        derivative(np.deg2rad)(1.0)
    text = str(caught.value)
    assert "no derivative rule for deg2rad" in text
    assert "course_lib.differentiation.elementary.RULES[np.deg2rad] = (partial, ...)" in text


def test_the_remedy_works_in_both_modes(rules):
    rules[np.deg2rad] = (lambda a, y: np.pi / 180,)
    assert derivative(np.deg2rad)(60.0) == np.pi / 180
    assert gradient(np.deg2rad)(60.0) == np.pi / 180


def test_a_ufunc_from_elsewhere_can_be_added_too(rules):
    special = pytest.importorskip("scipy.special")
    with pytest.raises(MissingRule, match=r"rule for erf: .*RULES\[erf\]"):
        derivative(special.erf)(0.5)
    rules[special.erf] = (lambda a, y: 2 / np.sqrt(np.pi) * np.exp(-a * a),)
    assert derivative(special.erf)(0.0) == pytest.approx(2 / np.sqrt(np.pi), rel=1e-15)


@pytest.mark.parametrize("name", ["cumsum", "prod", "max", "var", "clip", "vstack", "einsum"])
def test_missing_function_is_named_without_a_remedy_that_would_not_help(name):
    arguments = {"clip": (0.0, 1.0)}.get(name, ())
    first = (lambda x: ("i,i", x, x)) if name == "einsum" else (lambda x: (x, *arguments))
    with pytest.raises(MissingRule, match=f"rule for {name}: write it with operations") as caught:
        jvp(lambda x: getattr(np, name)(*first(x)), [1.0, 2.0], [1.0, 0.0])
    assert "RULES" not in str(caught.value)


@pytest.mark.parametrize(
    "f, text",
    [
        (lambda x: np.reshape(x, (2, 2), order="F"), "reshape with order"),
        (lambda x: np.sum(x, dtype=float), "sum with dtype"),
        (lambda x: np.add(x, x, where=np.ones(4, bool)), "add with where"),
        (lambda x: np.add(x, x, dtype=float, subok=False), "add with dtype, subok: write"),
        (lambda x: np.sum(x, initial=0.0, dtype=float), "sum with dtype, initial: write"),
        (lambda x: np.multiply.reduce(x), "multiply.reduce"),
        (lambda x: np.dot(np.ones((2, 2, 4)), x), "dot of arrays with more than two axes"),
        (lambda x: np.dot(x, np.ones((2, 4, 2))), "dot of arrays with more than two axes"),
    ],
    ids=["reshape order", "sum dtype", "add where", "two of a ufunc", "two", "reduce", "dot", "dot, right"],
)
def test_options_without_a_rule_are_refused_by_name(f, text):
    with pytest.raises(MissingRule, match=f"no derivative rule for {text}"):
        jvp(f, np.ones(4), np.ones(4))


@pytest.mark.parametrize(
    "f", [float, int, complex, np.array, np.asarray, lambda x: [x, np.array([x, x])]]
)
def test_leaving_numpy_says_how_to_stay(f):
    with pytest.raises(TypeError, match=r"a Dual cannot be put into a plain array.*np.stack"):
        derivative(f)(1.0)


def test_writing_into_an_array_is_refused():
    def in_place(x):
        out = np.zeros(2)
        out += x
        return out

    def item(x):
        out = np.zeros(2)
        out[0] = x[0]
        return out

    with pytest.raises(TypeError, match=r"take in a Dual: write a = a \+ b, not a \+= b"):
        jvp(in_place, np.ones(2), np.ones(2))
    with pytest.raises((TypeError, ValueError)):
        jvp(item, np.ones(2), np.ones(2))


def test_a_stand_in_may_be_increased_by_name():
    def f(x):
        y = x
        y += 1.0
        return x * y

    assert derivative(f)(2.0) == 5.0


def test_differentiable_leaves_apply_to_its_subclasses():
    with pytest.raises(NotImplementedError):
        Differentiable().apply(np.add, (1.0, 2.0), {})
