"""What people really type is computed right, or refused with the reason; never wrong without a word."""

from __future__ import annotations

import copy
import math
import warnings

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from course_lib import checks
from course_lib.differentiation import finite_differences, forward_mode, reverse_mode
from course_lib.differentiation.finite_differences import NoCorrectDigits, complex_step, gradient_and_error
from course_lib.differentiation.forward_mode import derivative, jvp
from course_lib.equations import PROBLEMS, BoundaryValue, InitialValue, ODEProblem, euler, solve
from course_lib.equations.problem import _require_differential
from course_lib.networks import (
    Activation,
    Network,
    cost,
    deltas,
    gradient,
    ravel,
    train,
    unravel,
)

START, SPAN = InitialValue(0.0, 1.0), (0.0, 1.0)
SWING = InitialValue(0.0, 1.0, 0.0)


def first_order(residual, condition=START):
    return solve(ODEProblem(residual, condition, SPAN))


# ------------------------------------------------------------------- a residual that is none


@pytest.mark.parametrize(
    ("residual", "text"),
    [
        (lambda x, f, df: df == -2 * f, "write a difference, df \\+ 2 \\* f, not df == -2 \\* f"),
        (lambda x, f, df: (df + 2 * f) > 0, "True and False"),
        (lambda x, f, df: np.sign(df + 2 * f).astype(int), "floating-point numbers, got int"),
        (lambda x, f, df: np.asarray(np.float32(1.0) + 0 * x, np.float32), "half the digits"),
    ],
)
def test_a_residual_is_a_difference_of_floating_point_numbers(residual, text):
    with pytest.raises(TypeError, match=text):
        first_order(residual)


def test_an_array_of_a_length_of_its_own_is_named():
    with pytest.raises(ValueError, match=r"residual combines .* of another length.*from x"):
        first_order(lambda x, f, df: df + f * np.linspace(0.0, 1.0, 60))


def test_too_many_initial_values_make_another_order():
    with pytest.raises(TypeError, match=r"a problem of order 3: residual must take .*x, f, df, d2f, d3f"):
        ODEProblem(lambda x, f, df: df + f, InitialValue(0, 0, 0, 0.33), SPAN)


def test_an_argument_with_a_default_is_not_given():
    def swing(t, f, d2f, w=2.0):
        return d2f + w**2 * f

    with pytest.raises(TypeError, match=r"must take the 4 arguments.*default does not count"):
        ODEProblem(swing, SWING, SPAN)
    with pytest.raises(TypeError, match="its last argument is called d2f"):
        ODEProblem(swing, START, SPAN)

    def whole(x, f, df, d2f, w=2.0):
        return d2f + w**2 * f

    assert abs(solve(ODEProblem(whole, SWING, SPAN))(1.0) - np.cos(2.0)) < 1e-9


def test_euler_gives_g_what_it_must_have():
    def g(x, k=2.0):
        return -k * x

    x = np.linspace(0.0, 1.0, 401)
    assert euler(g, 1.0, x)[-1] == pytest.approx(0.0, abs=3e-3)  # 1 - x²
    assert np.array_equal(euler(g, 1.0, x), euler(lambda x, f: -2.0 * x, 1.0, x))
    with pytest.raises(TypeError, match="got a function of 3 arguments"):
        euler(lambda x, f, k: f, 1.0, x)


@given(d=st.integers(2, 4), missing=st.integers(0, 3), seed=st.integers(0, 2**20))
def test_each_unknown_needs_its_derivative(d, missing, seed):
    missing %= d
    A = np.random.default_rng(seed).normal(size=(d, d))

    def residual(x, f, df):
        rates = [0.0 * x if j == missing else df[j] for j in range(d)]
        return tuple(rates[j] - sum(A[j, k] * f[k] for k in range(d)) for j in range(d))

    with pytest.raises(ValueError, match=f"does not depend on f'_{missing + 1}"):
        solve(ODEProblem(residual, InitialValue(0.0, np.ones(d)), SPAN))


def test_the_highest_derivative_may_vanish_at_the_start():
    solution = first_order(lambda x, f, df: f * df - x, InitialValue(0.0, 0.5))
    assert abs(solution(1.0) - np.sqrt(1.25)) < 1e-10


def test_an_equation_without_its_derivative_is_none():
    with pytest.raises(ValueError, match="does not depend on f', so it is no differential equation"):
        first_order(lambda x, f, df: f - x, InitialValue(0.0, 0.0))
    with pytest.raises(ValueError, match="does not depend on f'"):  # defined near the initial value alone
        first_order(lambda x, f, df: np.sqrt(f - 0.9) - np.sqrt(1.1 - f), InitialValue(0.0, 1.0))
    with pytest.raises(ValueError, match="does not depend on f''"):
        solve(ODEProblem(lambda x, f, df, d2f: df - x, BoundaryValue(0, 0, 1, 0.5), SPAN))


def test_where_nothing_is_known_of_a_residual_nothing_is_refused():
    everywhere_nan = ODEProblem(lambda x, f, df: df + np.log(f - 1e6), START, SPAN)
    with np.errstate(invalid="ignore"):
        _require_differential(everywhere_nan)
    assert ODEProblem(max, START, SPAN).residual is max  # what it takes cannot be seen


@pytest.mark.parametrize(
    "mixing",
    [lambda x, f, df: df - np.mean(f), lambda x, f, df: df + f[::-1], lambda x, f, df: df + f - np.sum(x)],
)
def test_points_that_are_mixed_are_noticed_at_once(mixing):
    with pytest.raises(ValueError, match="mixes points"):
        first_order(mixing)


# ------------------------------------------------------------------- units


def in_other_units(problem, a, b, c):
    """The problem for c f((x - b) / a)."""

    def residual(x, *derivatives):
        rates = [a**k / c for k in range(len(derivatives))]
        parts = [
            tuple(rate * f for f in part) if problem.is_system else rate * part
            for rate, part in zip(rates, derivatives)
        ]
        return problem.residual((x - b) / a, *parts)

    given = problem.conditions
    if isinstance(given, InitialValue):
        slope = None if given.df0 is None else c / a * given.df0
        condition = InitialValue(a * given.x0 + b, c * given.f0, slope)
    else:
        condition = BoundaryValue(a * given.a + b, c * given.fa, a * given.b + b, c * given.fb)
    return ODEProblem(residual, condition, tuple(a * x + b for x in problem.domain))


@pytest.mark.parametrize("name", PROBLEMS)
@given(log_a=st.floats(-12, 12), log_c=st.floats(-12, 12), shift=st.sampled_from([0.0, -3.0, 100.0]))
@settings(max_examples=8)
def test_units_make_no_difference(name, log_a, log_c, shift):
    problem, a, c = PROBLEMS[name], 10.0**log_a, 10.0**log_c
    x = np.linspace(*problem.domain, 33)
    plain, other = solve(problem), solve(in_other_units(problem, a, shift * a, c))
    inside = np.clip(a * x + shift * a, *other.problem.domain)
    assert plain.converged and other.converged
    # (x - b) / a has lost some digits of x, and lagaris 4 lets errors grow.
    assert np.max(np.abs(other(inside) / c - plain(x))) < 1e-10 * np.max(np.abs(plain(x)))


@pytest.mark.parametrize("w", [1e-6, 10.0, 314.0, 1e3, 1e9])
def test_an_oscillation_needs_as_much_work_in_any_unit(w):
    swing = lambda w: ODEProblem(lambda x, f, df, d2f: d2f + w**2 * f, SWING, (0.0, 6.0 * np.pi / w))
    solution, wanted = solve(swing(w)), solve(swing(1.0))
    # Where rounding is all that is left of an error, it may decide for a piece more or less.
    assert solution.converged and abs(len(solution.theta) - len(wanted.theta)) <= 1
    x = np.linspace(0.0, 6.0 * np.pi / w, 301)
    assert np.max(np.abs(solution(x) - np.cos(w * x))) < 1e-10


def test_a_domain_far_from_zero(tmp_path):
    x0 = 1.7e9  # seconds since 1970
    problem = ODEProblem(lambda x, f, df: df + f, InitialValue(x0, 1.0), (x0, x0 + 1.0))
    solution = solve(problem)
    x = x0 + np.linspace(0.0, 1.0, 9)
    assert solution.converged
    np.testing.assert_allclose(solution(x), np.exp(-(x - x0)), rtol=1e-12)
    np.testing.assert_allclose(solution(x, 1), -np.exp(-(x - x0)), rtol=1e-11)
    solution.save(tmp_path / "far.npz")
    assert np.array_equal(type(solution).load(tmp_path / "far.npz", problem)(x), solution(x))
    several = solve(problem, pieces=2)
    assert several.converged and several(x0 + 1.0) == pytest.approx(np.exp(-1.0), rel=1e-12)
    ends = ODEProblem(
        lambda x, f, df, d2f: d2f + f, BoundaryValue(x0, 0.0, x0 + 1.0, np.sin(1.0)), (x0, x0 + 1.0)
    )
    assert solve(ends)(x0 + 0.5) == pytest.approx(np.sin(0.5), rel=1e-11)
    given = solve(problem, points=x0 + np.linspace(0.0, 1.0, 60))
    assert given.converged and given(x0 + 1.0) == pytest.approx(np.exp(-1.0), rel=1e-11)


# ------------------------------------------------------------------- arrays of the caller


@given(x=arrays(float, 3, elements=st.floats(-2, 2)), changes=st.lists(st.floats(-2, 2), min_size=1, max_size=4))
def test_an_array_changed_in_place_counts_as_it_was(x, changes):
    def total(x, own):
        w, s = np.ones(3), 0.0
        for change in changes:
            s = s + (own(w) * x * x).sum() + (x @ own(w)) * change
            w *= change
        return s

    slopes = [reverse_mode.gradient(lambda x, own=own: total(x, own))(x) for own in (np.copy, lambda w: w)]
    assert np.array_equal(*slopes)


def test_an_index_or_a_mask_changed_in_place_counts_as_it_was():
    def f(x):
        index, mask, s = np.array([0, 1]), np.array([True, False, True]), 0.0
        for _ in range(2):
            s = s + (x[index] ** 2).sum() + np.where(mask, x, 0.0 * x).sum()
            index += 1
            mask[:] = ~mask
        return s

    assert np.array_equal(reverse_mode.gradient(f)(np.ones(3)), [3.0, 5.0, 3.0])


def test_the_point_may_be_changed_while_the_function_runs():
    point = np.ones(3)

    def f(x):
        y = (x * x).sum()
        point[:] = 7.0
        return y

    assert np.array_equal(reverse_mode.gradient(f)(point), [2.0, 2.0, 2.0])


def test_gradients_share_no_memory_and_can_be_written_to():
    slopes = reverse_mode.gradient(lambda x, y: (x + y).sum())(np.ones(3), np.ones(3))
    for slope in slopes:
        slope += 1.0
    assert all(np.array_equal(slope, [2.0, 2.0, 2.0]) for slope in slopes)


def test_a_copy_of_a_stand_in_has_its_slope():
    for copied in (copy.copy, copy.deepcopy, lambda x: x.copy()):
        assert derivative(lambda x, copied=copied: copied(x) ** 2)(3.0) == 6.0
        slope = reverse_mode.gradient(lambda x, copied=copied: (copied(x) ** 2).sum())([1.0, 2.0])
        assert np.array_equal(slope, [2.0, 4.0])


def test_other_mistakes_keep_their_own_words():
    nothing = None
    with pytest.raises(TypeError, match=r"^'NoneType' object is not callable$"):
        derivative(lambda x: nothing(x))(1.0)


def test_the_method_dot_is_a_product():
    assert np.array_equal(reverse_mode.gradient(lambda x: x.dot(x))([1.0, 2.0]), [2.0, 4.0])


def test_euler_lends_no_row():
    def g(x, f):
        slope = -f
        f[:] = 100.0
        return slope

    x = [0.0, 0.1, 0.2]
    assert np.array_equal(euler(g, [1.0, 2.0], x), euler(lambda x, f: -f, [1.0, 2.0], x))


def test_a_residual_may_write_to_its_arguments():
    def residual(x, f, df):
        x *= 2.0
        f *= 3.0
        return df - x + 0.0 * f

    assert abs(first_order(residual)(1.0) - 2.0) < 1e-12


def test_conditions_and_parameters_are_the_librarys_own():
    given_values, vector = np.array([1.0, 2.0]), np.arange(4.0)
    condition, theta = InitialValue(0.0, given_values, given_values), unravel(vector, (1, 2))
    ends = BoundaryValue(0.0, given_values, 1.0, given_values)
    given_values[0], vector[:] = 9.0, 9.0
    for value in (condition.f0, condition.df0, ends.fa, ends.fb):
        assert np.array_equal(value, [1.0, 2.0])
        with pytest.raises(ValueError, match="read-only"):
            value[0] = 3.0
    assert np.array_equal(ravel(theta), np.arange(4.0))


# ------------------------------------------------------------------- complex numbers, masks


@pytest.mark.parametrize("f", [np.abs, lambda z: np.maximum(z, 0.5), lambda z: np.minimum(0.5, z)])
def test_what_has_no_complex_derivative_is_refused_by_name(f):
    through = lambda x: f(np.exp(2j * x) + 0.5 * np.exp(-2j * x)) ** 2
    for slope in (derivative(through), reverse_mode.gradient(through)):
        with pytest.raises(TypeError, match="of a complex number has no derivative"):
            slope(0.3)


def test_what_has_a_complex_derivative_is_right():
    slope = derivative(lambda x: np.exp(2j * x) * x)(0.3)
    assert slope == pytest.approx(np.exp(0.6j) * (1 + 0.6j), rel=1e-15)


@pytest.mark.parametrize("which", ["x", "t"])
def test_a_network_refuses_complex_data(which):
    network = Network((1, 3, 1), ("tanh", "identity"))
    theta = network.initial_parameters(np.random.default_rng(0))
    data = {"x": np.ones((4, 1)), "t": np.ones((4, 1))}
    data[which] = data[which] + 1j
    x, t = data["x"], data["t"]
    calls = [
        lambda: cost(network, theta, x, t),
        lambda: gradient(network, theta, x, t),
        lambda: train(network, theta, x, t, rng=np.random.default_rng(0), epochs=1),
    ]
    if which == "t":
        calls.append(lambda: deltas(network, theta, network.forward(theta, x), t))
    for call in calls:
        with pytest.raises(TypeError, match=f"{which} must be real"):
            call()


@pytest.mark.parametrize(
    "call",
    [
        lambda x: jvp(np.sin, x, x),
        lambda x: derivative(np.sin)(x),
        lambda x: reverse_mode.gradient(lambda x: x.sum())(x),
        lambda x: finite_differences.gradient(np.sum, x),
        lambda x: euler(lambda x, f: f, 1.0, x),
        lambda x: euler(lambda x, f: f, x, [0.0, 1.0]),
        lambda x: InitialValue(0.0, x),
        lambda x: unravel(x, (1, 1)),
        lambda x: solve(PROBLEMS["decay"], points=x),
        lambda x: solve(PROBLEMS["decay"])(x),
    ],
)
def test_masked_arrays_are_refused(call):
    with pytest.raises(TypeError, match="masked array, whose mask would be lost"):
        call(np.ma.masked_array([0.5, 0.75], [False, True]))


# ------------------------------------------------------------------- rules that are differentiated


@pytest.mark.parametrize("b", [0.0, 1.0, 2.0, 3.0, 0.5, -1.5])
@pytest.mark.parametrize("a", [0.5, 1.0, 2.0, 23.0])
def test_powers_to_third_order_nested_in_both_modes(a, b):
    modes = (derivative, reverse_mode.gradient)
    for i, j in [(1, 0), (0, 1), (1, 1), (2, 0), (0, 2), (2, 1), (1, 2), (3, 0), (0, 3)]:
        wanted = float(mpmath.diff(lambda s, t: s**t, (a, b), (i, j)))
        for k in range(2 ** (i + j)):
            slope = lambda s, t: s**t
            for n in range(i + j):
                inner, d = slope, modes[k >> n & 1]
                if n < i:
                    slope = lambda s, t, inner=inner, d=d: d(lambda u: inner(u, t))(s)
                else:
                    slope = lambda s, t, inner=inner, d=d: d(lambda u: inner(s, u))(t)
            assert float(slope(a, b)) == pytest.approx(wanted, rel=1e-9, abs=1e-9)


@pytest.mark.filterwarnings("ignore:divide by zero")
def test_where_a_power_has_no_slope_it_says_so():
    with pytest.raises(ValueError, match="not finite at x = 0"):
        derivative(lambda x: x**x)(0.0)
    assert derivative(lambda b: 0.0**b)(2.0) == 0.0
    assert derivative(lambda a: a**0.0)(0.0) == 0.0


def test_the_hessian_of_a_power_is_symmetric():
    gradient_of = reverse_mode.gradient(lambda x: x[0] ** x[1])
    point = np.array([2.0, 0.0])
    hessian = np.array([forward_mode.jvp(gradient_of, point, v)[1] for v in np.eye(2)])
    np.testing.assert_allclose(hessian, [[0.0, 0.5], [0.5, np.log(2.0) ** 2]], rtol=1e-14, atol=1e-15)


# ------------------------------------------------------------------- activations


@given(factor=st.floats(0.1, 3.0).filter(lambda c: abs(c - 1.0) > 1e-3))
def test_an_activation_whose_slope_is_not_its_own_is_refused(factor):
    wrong = Activation("mine", np.tanh, lambda z: factor * (1.0 - np.tanh(z) ** 2))
    with pytest.raises(ValueError, match="slope of activation 'mine' is not the derivative"):
        solve(PROBLEMS["decay"], activation=wrong)


def test_an_activation_of_ones_own_is_taken():
    soft = Activation("mine", lambda z: np.arctan(z), lambda z: 1.0 / (1.0 + z * z))
    solution = solve(PROBLEMS["decay"], activation=soft)
    assert solution.converged and abs(solution(1.0) - 10.0 * np.exp(-2.0)) < 1e-8

    def table(z):  # no derivative rule
        return np.tanh(np.asarray(getattr(z, "value", z), float))

    solve(PROBLEMS["decay"], 5, activation=Activation("table", table, lambda z: 1.0 - np.tanh(z) ** 2))


def test_corners_have_no_second_derivative():
    leaky = Activation("leaky", lambda z: np.where(z > 0, z, 0.1 * z), lambda z: np.where(z > 0, 1.0, 0.1))
    for activation in ("relu", leaky):
        with pytest.raises(ValueError, match="has corners and no second derivative"):
            solve(PROBLEMS["poisson"], activation=activation)


# ------------------------------------------------------------------- ends that hardly fix the solution


def held_at_the_ends(k, right):
    return ODEProblem(lambda x, f, df, d2f: d2f + k * k * f, BoundaryValue(0.0, 0.0, 1.0, right), SPAN)


@pytest.mark.parametrize("off", [1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8])
def test_near_a_resonance_it_converges_only_where_it_is_right(off):
    k = np.pi + off
    solution, x = solve(held_at_the_ends(k, 1.0)), np.linspace(0.0, 1.0, 101)
    exact = np.sin(k * x) / np.sin(k)
    error = np.max(np.abs(solution(x) - exact)) / np.max(np.abs(exact))
    assert error < 1e-9 if solution.converged else off <= 1e-5 and "other solutions" in solution.message


@pytest.mark.parametrize("k", [np.pi, 2 * np.pi])
@pytest.mark.parametrize("right", [0.0, 1.0])
def test_a_solution_that_is_not_unique_or_is_none_does_not_converge(k, right):
    solution = solve(held_at_the_ends(k, right))
    assert not solution.converged and "other solutions, or there is none" in solution.message


def test_the_solution_zero_may_be_unique():
    solution = solve(held_at_the_ends(2.0, 0.0))
    assert solution.converged and solution.error_estimate == 0.0


# ------------------------------------------------------------------- messages


def at_zero(residual, condition, span=(0.0, 1.0)):
    return solve(ODEProblem(residual, condition, span))


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: derivative(lambda x: x.max())(np.ones(2)), r"no attribute max, which arrays have"),
        (lambda: reverse_mode.gradient(lambda x: x.__setitem__(0, 1.0))(np.ones(2)), r"cannot be written to"),
        (lambda: derivative(lambda x: x if x > 0 else -x)(np.ones(3)), r"Write np\.where"),
        (lambda: first_order(lambda x, f, df: df + (f if f > 0 else -f)), r"residual asks one True or False"),
        (lambda: derivative(lambda x: x or -x)(np.ones(3)), r"Write np\.where"),
        (lambda: first_order(lambda x, f, df: df + math.sin(x)), r"write np\.sin\(x\), not math\.sin"),
        (lambda: euler(lambda x, f: np.ma.masked_array(f, True), [1.0, 2.0], [0.0, 1.0]), r"mask would be lost"),
        (lambda: first_order(lambda x, f, df: df + f(x - 1)), r"f\(x - 1\) cannot be had"),
        (
            lambda: at_zero(
                lambda x, v, dv: (dv[0] + v[0] * np.sqrt(v[0] ** 2 + v[1] ** 2), dv[1] + 1.0 + 0 * v[1]),
                InitialValue(0.0, [0.0, 0.0]),
            ),
            r"residual has no finite slope in f_1 at x = .*, where f_1 = 0",
        ),
    ],
)
def test_a_message_says_what_to_write(call, text):
    with pytest.raises((TypeError, ValueError, AttributeError), match=text):
        call()


def test_numbers_put_into_an_array_one_by_one_are_told_from_a_sequence():
    def f(x):
        out = np.zeros(2)
        for i in range(2):
            out[i] = x[i]
        return out.sum()

    with pytest.raises(TypeError, match=r"cannot be put into a plain array: join parts with"):
        reverse_mode.gradient(f)(np.ones(2))


def test_a_quotient_that_is_finite_in_the_limit_is_taken():
    for bessel in (lambda x, f, df, d2f: d2f + df / x + f, lambda x, f, df, d2f: x * d2f + df + x * f):
        solution = at_zero(bessel, SWING)
        assert solution.converged and abs(solution(1.0) - 0.7651976865579666) < 1e-9  # J₀(1)


@pytest.mark.filterwarnings("ignore:divide by zero")
def test_a_quotient_without_a_limit_is_named():
    solution = at_zero(lambda x, f, df: df - 1.0 / x, START)
    assert not solution.converged and "multiply the equation" in solution.message


# ------------------------------------------------------------------- jumps


def switched_on(at):
    return ODEProblem(lambda x, u, du: du - 5.0 * (x > at) + u, START, (0.0, 5.0))


@given(at=st.floats(0.3, 4.7), extra=st.lists(st.floats(-1.0, 6.0), max_size=2))
@settings(max_examples=15)
def test_no_piece_reaches_across_a_break(at, extra):
    solution, x = solve(switched_on(at), breaks=[*extra, at]), np.linspace(0.0, 5.0, 101)
    exact = np.exp(-x) + np.where(x > at, 5.0 * (1.0 - np.exp(at - x)), 0.0)
    assert solution.converged and np.max(np.abs(solution(x) - exact)) < 1e-9


def test_pieces_that_end_at_a_jump_converge():
    solution = solve(switched_on(1.0), pieces=5)
    assert solution.converged and solution(5.0) == pytest.approx(np.exp(-5.0) + 5.0 * (1.0 - np.exp(-4.0)), rel=1e-12)


def test_breaks_to_both_sides_and_far_from_zero():
    x0 = 1e4
    jump = lambda x, u, du: du - 1.0 * (x > x0 + 0.5) + 1.0 * (x < x0 - 0.5)
    problem = ODEProblem(jump, InitialValue(x0, 0.0), (x0 - 1.0, x0 + 1.0))
    solution = solve(problem, breaks=[x0 + 0.5, x0 - 0.5])
    assert solution.converged
    np.testing.assert_allclose(solution(x0 + np.array([-1.0, 0.0, 1.0])), [0.5, 0.0, 0.5], atol=1e-10)


@pytest.mark.parametrize("at", [1.0, 3.3])
def test_a_jump_that_nobody_named_takes_many_pieces_and_one_that_is_named_few(at):
    x = np.linspace(0.0, 5.0, 2001)
    exact = np.exp(-x) + np.where(x > at, 5.0 * (1.0 - np.exp(at - x)), 0.0)
    for breaks, least, most in [((), 30, 100), ([at], 2, 3)]:
        solution = solve(switched_on(at), breaks=breaks)
        assert solution.converged and np.max(np.abs(solution(x) - exact)) < 1e-10
        assert least <= len(solution.trial.breaks) - 1 <= most


@given(at=st.floats(0.05, 4.95), digits=st.floats(-8.0, 0.0))
@settings(max_examples=10)
def test_a_jump_that_nobody_named_is_noticed_however_small(at, digits):
    height, x = 10.0**digits, np.linspace(0.0, 5.0, 1001)
    on = x > at
    first = ODEProblem(lambda x, f, df: df + f - height * (x > at), START, (0.0, 5.0))
    second = ODEProblem(lambda x, f, df, d2f: d2f + f - height * (x > at), InitialValue(0.0, 1.0, 0.0), (0.0, 5.0))
    for problem, exact in [
        (first, np.exp(-x) + np.where(on, height * (1.0 - np.exp(at - x)), 0.0)),
        (second, np.cos(x) + np.where(on, height * (1.0 - np.cos(x - at)), 0.0)),
    ]:
        solution = solve(problem)
        assert solution.converged and np.max(np.abs(solution(x) - exact)) < 1e-10


@given(at=st.floats(0.05, 4.95), digits=st.floats(-8.0, -5.0))
@settings(max_examples=10)
def test_a_bend_that_nobody_named_is_noticed_however_slight(at, digits):
    slight, x = 10.0**digits, np.linspace(0.0, 5.0, 1001)
    exact = lambda x: np.exp(-x) + slight * np.where(x > at, x - at - 1.0 + np.exp(at - x), 0.0)
    solution = solve(ODEProblem(lambda x, f, df: df + f - slight * np.maximum(x - at, 0.0), START, (0.0, 5.0)))
    assert solution.converged and np.max(np.abs(solution(x) - exact(x))) < 1e-10


def test_a_short_push_is_heard_of_where_its_place_is_named():
    push = ODEProblem(lambda x, f, df: df + f - 100.0 * (abs(x - 2.0) < 1e-3), START, (0.0, 5.0))
    exact = np.exp(-5.0) + 100.0 * (np.exp(-2.999) - np.exp(-3.001))
    solution = solve(push, breaks=[1.999, 2.001])
    assert solution.converged and solution(5.0) == pytest.approx(exact, rel=1e-11)


@pytest.mark.parametrize(
    ("problem", "options", "text"),
    [
        (PROBLEMS["poisson"], {}, "initial value"),
        (PROBLEMS["decay"], {"pieces": 2}, "with breaks, take random features"),
        (PROBLEMS["decay"], {"method": "adam"}, "with breaks, take random features"),
    ],
)
def test_breaks_that_do_not_fit_are_refused(problem, options, text):
    with pytest.raises(ValueError, match=text):
        solve(problem, breaks=[0.5], **options)


# ------------------------------------------------------------------- what is kept


def test_what_was_reached_is_not_lost():
    """Lane and Emden's equation of index 3/2 has no real f beyond the star's surface, near x = 3.654."""
    star = lambda x, f, df, d2f: x * d2f + 2 * df + x * f**1.5
    solution = at_zero(star, SWING, (0.0, 5.0))
    assert not solution.converged and "residual has NaN or infinity" in solution.message
    inside = at_zero(star, SWING, (0.0, 3.0))
    x = np.linspace(0.0, 3.0, 7)
    assert inside.converged and np.max(np.abs(solution(x) - inside(x))) < 1e-8
    with pytest.warns(UserWarning, match="what was solved"):
        solution(4.0)


def test_the_advice_does_not_name_the_method_in_use():
    kicked = ODEProblem(lambda x, f, df: df - np.where(x > 0.3, 1e3, 0.0), START, SPAN)
    for method, named in [("random features", False), ("adam", True)]:
        solution = solve(kicked, 3, method, pieces=1, iterations=2)
        assert not solution.converged
        assert ("method='random features'" in solution.message) == named


# ------------------------------------------------------------------- finite differences far from order one

RULES_OF_FORM = {
    "sin": (np.sin, np.cos),
    "exp": (np.exp, np.exp),
    "tanh": (np.tanh, lambda z: 1.0 - np.tanh(z) ** 2),
    "root": (lambda z: np.sqrt(2.0 + z * z), lambda z: z / np.sqrt(2.0 + z * z)),
    "bell": (lambda z: np.exp(-z * z), lambda z: -2.0 * z * np.exp(-z * z)),
    "cubic": (lambda z: z**3 - 2.0 * z, lambda z: 3.0 * z * z - 2.0),
}
DIGITS = {"forward": 1e-5, "central": 1e-8, "complex_step": 1e-12}


@pytest.mark.parametrize("method", DIGITS)
@pytest.mark.parametrize("name", RULES_OF_FORM)
@given(
    log_a=st.floats(-12, 12), log_c=st.floats(-12, 12), b=st.sampled_from([0.0, 0.7, -1.3]), z=st.floats(-2, 2)
)
@settings(max_examples=25)
def test_units_make_no_difference_to_a_gradient(name, method, log_a, log_c, b, z):
    (f, slope), a, c = RULES_OF_FORM[name], 10.0**log_a, 10.0**log_c
    x = (z - b) / a
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = finite_differences.gradient(lambda x: c * f(a * x + b), x, method)
    assert found / (a * c) == pytest.approx(slope(a * x + b), rel=DIGITS[method], abs=0.1 * DIGITS[method])


@pytest.mark.parametrize("method", DIGITS)
@pytest.mark.parametrize(
    ("f", "x", "slope"),
    [
        (np.sin, 1e8, np.cos(1e8)),
        (lambda x: np.sin(x / 1e-9), 1e-9, np.cos(1.0) / 1e-9),
        (lambda x: np.sin(x / 1e-9), 0.0, 1e9),
        (lambda x: np.sin(1e-12 * x + 1.0), 0.0, 1e-12 * np.cos(1.0)),
        (lambda x: 1.0 / (1.0 + (x / 1e-9) ** 2), 1e-9, -0.5e9),
        (lambda x: x * np.exp(-((x / 1e-9) ** 2)), 0.0, 1.0),
        (lambda x: np.exp(4.74e11 * x + 0.7), -0.7 / 4.74e11, 4.74e11),  # f(x + h) overflows
        (lambda x: np.exp(1000.0 * x), 0.5, 1000.0 * np.exp(500.0)),
        (lambda x: 1e20 + x, 0.0, 1.0),
        (np.log, 1e-8, 1e8),
        (np.sqrt, 1e-12, 0.5e6),
        (lambda x: np.exp(x) + 0.0 * np.sqrt(x), 0.0, 1.0),
        (lambda x: (x + 0.0) ** 1.5, 0.0, 0.0),
        (lambda x: np.sqrt(1.0 - x) ** 4, 1.0, 0.0),
        (np.cos, 0.0, 0.0),
        (lambda x: 1.0 + x**3, 0.0, 0.0),
        (lambda x: (x - 1.0) ** 2, 1.0, 0.0),
        (lambda x: x**2 - 2.0 * x + 1.0, 1.0, 0.0),
        (lambda x: 5.0 + 0.0 * x, 1.0, 0.0),
    ],
)
def test_a_slope_is_right_wherever_it_can_be_had(method, f, x, slope):
    assert finite_differences.gradient(f, x, method) == pytest.approx(slope, rel=10 * DIGITS[method], abs=1e-9)


@pytest.mark.parametrize("method", DIGITS)
def test_each_component_has_its_own_scale(method):
    x = np.array([1e-9, 1e9, 2.0])
    found = finite_differences.gradient(lambda x: np.sin(x[0] / 1e-9) + np.sin(x[1] / 1e9) * x[2], x, method)
    exact = [np.cos(1.0) * 1e9, 2.0 * np.cos(1.0) * 1e-9, np.sin(1.0)]
    np.testing.assert_allclose(found, exact, rtol=DIGITS[method])


@given(at=st.floats(-12, -7), right=st.booleans())
def test_a_kink_beside_x_is_not_stepped_over(at, right):
    kink = (1 if right else -1) * 10.0**at
    slope = finite_differences.gradient(lambda x: 1.0 + np.abs(x - kink), 0.0)
    assert slope == pytest.approx(-np.sign(kink), abs=1e-2)


@pytest.mark.parametrize("method", ["forward", "central"])
@pytest.mark.parametrize(
    ("f", "digits"),
    [
        (lambda x: np.float32(np.sin(x)), 1e-3),
        (lambda x: float(np.sin(np.float32(x))), 1e-3),
        (lambda x: np.sin(x) + 1e-6 * np.sin(1e15 * x), 1e-3),
        (lambda x: 1e12 + np.sin(x), 1e-1),
    ],
)
def test_a_noisy_function_has_the_digits_that_its_noise_leaves(method, f, digits):
    slope, error = gradient_and_error(f, 1.0, method)
    assert slope == pytest.approx(np.cos(1.0), rel=digits)
    assert abs(slope - np.cos(1.0)) < 3 * error < 100 * digits


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (np.abs, 0.0),
        (lambda x: np.maximum(x, 0.0), 0.0),
        (lambda x: np.abs(x - 1e-60), 1e-60),
        (np.sqrt, 0.0),
        (lambda x: 1.0 * (x > 1.0), 1.0),
        (lambda x: 1e17 + 30.0 * np.sin(x), 1.0),
        (lambda x: np.sin(1e300 * x * x), 1.0),
        (lambda x: np.sum(np.abs(x)), np.array([1.0, 0.0])),
    ],
)
def test_where_no_digit_is_right_it_warns(f, x):
    with pytest.warns(NoCorrectDigits, match=r"at (x = |the number 0 at index 1 of x).*Not one digit is sure"):
        finite_differences.gradient(f, x)


def test_a_complex_step_that_numbers_are_too_coarse_to_check_is_given_with_a_warning():
    with pytest.warns(NoCorrectDigits, match="complex step cannot be compared"):
        assert complex_step(np.sin, 1e15) == pytest.approx(np.cos(1e15))


def test_a_kink_is_told_in_the_complex_plane_too():
    with pytest.warns(NoCorrectDigits, match="complex step cannot be compared"):
        complex_step(lambda z: np.where(z.real > 0, z, 0.5 * z), 0.0)


def test_a_function_without_values_beside_x_has_no_slope():
    def only_there(x):
        if x != 1.0:
            raise ZeroDivisionError
        return 3.0

    with pytest.raises(ValueError, match="at x = 1: f has no finite value on either side"):
        finite_differences.gradient(only_there, 1.0)
    assert finite_differences.gradient(math.log, 1e-8) == pytest.approx(1e8, rel=1e-8)

    def above_zero(x):
        assert x >= 0.0
        return x + 1.0

    assert finite_differences.gradient(above_zero, 0.0) == pytest.approx(1.0, rel=1e-7)
    table = [0.0, 1.0, 4.0]
    between = lambda x: table[int(x)] + (x - int(x)) * (table[int(x) + 1] - table[int(x)])
    assert finite_differences.gradient(between, 2.0 - 1e-9) == pytest.approx(3.0, rel=1e-5)


def test_a_complex_step_off_which_f_has_no_real_values_is_given_with_a_warning():
    def only_there(z):
        if z.real != 1.0:
            raise ValueError
        return z * z

    with pytest.warns(NoCorrectDigits, match="complex step cannot be compared"):
        assert complex_step(only_there, 1.0) == 2.0


def test_most_slopes_cost_four_evaluations():
    network, count = Network((3, 30, 30, 2), ("tanh", "relu", "identity")), 0
    theta = network.initial_parameters(np.random.default_rng(0))
    x, t = np.linspace(-1.0, 1.0, 60).reshape(20, 3), np.ones((20, 2))

    def f(vector):
        nonlocal count
        count += 1
        return cost(network, unravel(vector, network.sizes), x, t)

    vector = ravel(theta)
    found, error = gradient_and_error(f, vector)
    assert count < 4.2 * vector.size
    assert np.max(np.abs(found - ravel(gradient(network, theta, x, t)))) < 10 * error.max() < 1e-7


@pytest.mark.parametrize(
    ("f", "x", "text"),
    [
        (np.log, -1.0, "no real finite value at x = -1"),
        (lambda z: np.log(z + 0j), -1.0, "no real finite value at x = -1"),
        (np.arcsin, 2.0, "no real finite value at x = 2"),
        (lambda z: np.sqrt(z - 1.0), 0.0, "no real finite value at x = 0"),
        (np.log, np.array([2.0, -3.0]), "no real finite value at x = -3"),
        (lambda z: z * np.abs(z), 2.0, "complex step gives 2 and differences 4"),
        (lambda z: z * np.conj(z), 3.0, "complex step gives 0 and differences 6"),
        (lambda z: z**2 + z.real, 1.0, "complex step gives 2 and differences 3"),
        (lambda z: np.exp(z) * np.angle(z + 2.0) + z.real, 1.0, "not analytic at x = 1"),
        (lambda z: np.where(z.imag > 0, z, 3.0 * z), 1.0, "complex step gives 1 and differences 3"),
        (lambda z: np.sin(z / 1e-20), 1e-20, "not analytic"),  # no, but 1e-20 is no small step for it
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_a_complex_step_is_compared_with_the_real_axis(f, x, text):
    with pytest.raises(ValueError, match=text):
        complex_step(f, x)


def test_a_norm_in_the_complex_plane_is_refused_and_its_mend_is_right():
    x = np.array([1.0, 2.0])
    with pytest.raises(ValueError, match=r"write .* np\.sqrt\(np\.sum\(z \* z\)\) for norm"):
        finite_differences.gradient(lambda x: np.sum(x) * np.linalg.norm(x), x, "complex_step")
    mended = finite_differences.gradient(lambda x: np.sum(x) * np.sqrt(np.sum(x * x)), x, "complex_step")
    np.testing.assert_allclose(mended, np.sqrt(5.0) + 3.0 * x / np.sqrt(5.0), rtol=1e-15)
    assert complex_step(lambda z: z * np.where(z.real < 0, -z, z), -2.0) == 4.0


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("f", "x", "slope"),
    [
        (lambda z: np.tanh(1e9 * z), 0.0, 1e9),
        (lambda z: np.sin(1e12 * z), 1e-12, 1e12 * np.cos(1.0)),
        (lambda z: 1e-280 * z, 1.0, 1e-280),
        (lambda z: 1e17 + 1e5 * np.sin(z), 1.0, 1e5 * np.cos(1.0)),
        (lambda z: np.exp(-1.0 / z), 1e-2, 1e4 * np.exp(-100.0)),
        (lambda z: z**1.5, 0.0, 0.0),
        (lambda z: z**3, np.array([0.0, 1.0, -1e50]), np.array([0.0, 3.0, 3e100])),
        (np.sin, 1e12, np.cos(1e12)),
    ],
)
def test_a_right_complex_step_is_never_refused(f, x, slope):
    np.testing.assert_allclose(complex_step(f, x), slope, rtol=1e-12, atol=0.0 if np.all(slope) else 1e-10)


def test_a_complex_step_too_large_is_the_callers_own():
    assert complex_step(np.exp, 0.0, 1.0) == pytest.approx(np.sin(1.0))


@given(x=st.floats(1e-3, 1e9), log_h=st.floats(-6, -1), sign=st.sampled_from([1.0, -1.0]))
def test_a_difference_of_a_line_has_no_rounding_of_its_step(x, log_h, sign):
    h = max(x, 1.0) * 10.0**log_h
    for formula in (finite_differences.forward, finite_differences.central):
        assert formula(lambda s: s, sign * x, h) == pytest.approx(1.0, rel=5e-16)


def test_a_step_that_is_lost_is_the_step_given():
    assert finite_differences.forward(lambda x: x**2, 1e9, 2e-8) == 0.0


@pytest.mark.parametrize("method", DIGITS)
def test_f_may_write_to_its_argument_and_return_one_array_again(method):
    point, buffers = np.array([1.0, 2.0]), {}

    def f(x):
        x *= 3.0
        out = buffers.setdefault(x.dtype, np.empty(x.shape, x.dtype))
        out[...] = x * x
        return out

    formula, h = finite_differences.METHODS[method]
    np.testing.assert_allclose(formula(f, point, h), 18.0 * point, rtol=1e-6)
    found = finite_differences.gradient(lambda x: f(x).sum(), point, method)
    np.testing.assert_allclose(found, 18.0 * point, rtol=1e-6)
    assert np.array_equal(point, [1.0, 2.0])
    slow = complex_step(lambda z: f(np.array([z * 1e9]))[0], 0.3)  # compared with more than two steps
    assert slow == pytest.approx(18e18 * 0.3)


def test_a_right_gradient_is_accepted_in_every_unit():
    checks.gradient(np.cos, np.sin, [1e4, 1e8, 0.0, np.pi / 2])
    for scale in (1e-12, 1e-9, 1e9, 1e12):
        slope, f = lambda x, s=scale: np.cos(x / s) / s, lambda x, s=scale: np.sin(x / s).sum()
        checks.gradient(slope, f, [np.arange(3.0) * scale])


@pytest.mark.parametrize("wrong", [(0.0, 1.0), (1.0, 0.0), (1.0, 1.00001)])
def test_a_wrong_component_is_told_however_small(wrong):
    x = np.array([1e-9, 1e9])
    with pytest.raises(checks.Failed, match="is off by"):
        checks.gradient(
            lambda x: np.cos(x / [1e-9, 1e9]) / [1e-9, 1e9] * wrong, lambda x: np.sin(x / [1e-9, 1e9]).sum(), [x]
        )


def test_at_a_kink_a_check_says_that_it_knows_nothing():
    with pytest.warns(NoCorrectDigits):
        checks.gradient(np.sign, np.abs, [0.0])


@pytest.mark.parametrize(
    ("yours", "expected"),
    [
        (0.0, 1.38e-23),
        (1.38e-23 * (1 + 1e-6), 1.38e-23),
        ([0.0, 0.0], [6.6e-34, 1.6e-19]),
        ([1e-25, 1e-23], [0.0, 1e-23]),
        ([np.array([1e-24]), np.array([1e-23])], [np.array([0.0]), np.array([1e-23])]),
        (1e-9, 0.0),
    ],
)
def test_a_wrong_number_is_told_however_small(yours, expected):
    with pytest.raises(checks.Failed, match="is off by"):
        checks.equal(yours, expected)


def test_rounding_beside_an_expected_zero_is_right():
    checks.equal(1e-17, 0.0)
    checks.equal([1e-17, 1.0], [0.0, 1.0])
    checks.equal([1e-40, 1e-23], [0.0, 1e-23])
    checks.equal([np.array([1e-7]), np.array([1e9])], [np.array([0.0]), np.array([1e9])])
    checks.agree(np.sin, lambda x: np.cos(x - np.pi / 2), [0.0, 1.0])
    with pytest.raises(checks.Failed, match="in call 2"):
        checks.agree(lambda x: 0.0 * x, lambda x: 1e-20 * x, [0.0, 1.0])
