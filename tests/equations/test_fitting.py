"""One network on one domain: its points, its random start, and what ends its training."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib._validation import NotFinite
from course_lib.equations import PROBLEMS, spread_bends
from course_lib.equations._solver.fitting import Fitting, Record, chebyshev_points, unknown
from course_lib.equations.optimisers import adam, gradient_descent
from course_lib.equations.random_features import in_haste
from course_lib.networks import Network, ravel
from course_lib.networks.parameters import layers_of

DECAY = PROBLEMS["decay"]
NETWORK = Network((1, 5, 1), ("tanh", "identity"))


def normal(network, domain, rng):
    return network.initial_parameters(rng)


def fitting(run, **changes):
    parts = {
        "run": run, "initial": normal, "points": 9, "iterations": 4, "gamma": 0.5,
        "seed": 0, "record": Record(False), **changes,
    }  # fmt: skip
    return Fitting(**parts)


def stays(residuals, vector, gamma):
    yield vector, residuals.cost_and_gradient(vector)[0]
    return "stayed"


@given(n=st.integers(2, 60), start=st.floats(-50, 50), width=st.floats(0.1, 50))
def test_chebyshev_points_are_the_zeros_of_the_polynomial(n, start, width):
    x = chebyshev_points(n, replace(DECAY, domain=(min(start, 0), max(start, 0) + width)))
    a, b = min(start, 0), max(start, 0) + width
    t = (2 * x - a - b) / (b - a)
    assert np.all(np.diff(x) > 0) and a < x[0] and x[-1] < b
    np.testing.assert_allclose(np.cos(n * np.arccos(t)), 0, atol=1e-11 * n * (1 + abs(a) / (b - a)))
    np.testing.assert_allclose(t, -t[::-1], atol=1e-12 * (1 + abs(a) / (b - a)))


def test_a_number_of_points_or_the_points_themselves():
    given_points = np.array([0.5, 0.1])
    for points, wanted in [(9, chebyshev_points(9, DECAY)), (given_points, given_points)]:
        seen = []

        def run(residuals, *rest, seen=seen):
            seen.append(residuals.x)
            return stays(residuals, *rest)

        fitting(run, points=points)(DECAY, NETWORK)
        assert np.array_equal(seen[0], wanted)


def test_hands_the_method_what_it_needs():
    seen = []

    def run(residuals, vector, gamma):
        seen.append((vector, gamma))
        return stays(residuals, vector, gamma)

    theta = NETWORK.initial_parameters(np.random.default_rng(8))
    fitting(run)(DECAY, NETWORK)
    fitting(run)(DECAY, NETWORK, theta=theta)
    start = ravel(NETWORK.initial_parameters(np.random.default_rng(0)))
    assert np.array_equal(seen[0][0], start)
    assert np.array_equal(seen[1][0], ravel(theta))
    assert seen[0][1] == 0.5


def test_begins_with_the_biases_where_the_output_layer_is_zero():
    seen = []

    def run(residuals, vector, gamma, **options):
        seen.append((layers_of(vector, NETWORK.sizes)[-1].biases, options))
        return stays(residuals, vector, gamma)

    for initial in (spread_bends, normal):
        fitting(run, initial=initial)(DECAY, NETWORK, biases=3.0, hasty=True)
    (spread, options), (drawn, _) = seen
    assert np.array_equal(spread, [3.0]) and options == {"halve": in_haste}
    assert np.array_equal(drawn, normal(NETWORK, (0, 1), np.random.default_rng(0))[-1].biases)


def test_takes_so_many_iterations():
    def run(residuals, vector, gamma):
        while True:
            yield vector, 1.0

    fit = fitting(run)
    assert fit(DECAY, NETWORK).ended == "took 4 steps"
    assert len(fit.record.history.cost) == 5  # and the start


def test_gives_the_best_and_not_the_last():
    theta = NETWORK.initial_parameters(np.random.default_rng(8))

    def run(residuals, vector, gamma):
        for k, cost in enumerate([3.0, 1.0, 2.0]):
            yield vector + k, cost
        return "done"

    fit = fitting(run)(DECAY, NETWORK, theta=theta)
    assert np.array_equal(ravel(fit.theta), ravel(theta) + 1)
    assert (fit.cost, fit.ended) == (1.0, "done")


@pytest.mark.parametrize(
    ("error", "text", "interrupted"),
    [(KeyboardInterrupt(), "was interrupted", True), (NotFinite("x"), "diverged", False)],
)
def test_ends_before_its_time_with_the_best_so_far(error, text, interrupted):
    def run(residuals, vector, gamma):
        yield vector, 1.0
        raise error

    fit = fitting(run)(DECAY, NETWORK)
    assert fit.ended == text
    assert fit.cost == 1.0
    assert np.isfinite(fit.estimate.error)


@pytest.mark.parametrize("run", [gradient_descent, adam])
def test_a_method_with_a_learning_rate_says_what_may_help(run):
    with np.errstate(all="ignore"):
        fit = fitting(run, iterations=50, gamma=1e200)(DECAY, NETWORK)
    assert fit.ended == "diverged, try a smaller gamma"


def test_interrupted_while_the_error_is_estimated():
    asked = []

    def residual(x, f, df):
        asked.append(1)
        if len(asked) == 2:
            raise KeyboardInterrupt
        return df + 2 * f

    interrupted = fitting(stays)
    fit = interrupted(replace(DECAY, residual=residual), NETWORK)
    assert fit.ended == "was interrupted" and interrupted.record.interrupted is True
    assert fit.estimate.error == fit.estimate.own == fit.estimate.residual == np.inf
    assert not fit.is_good(1e300)


def test_other_errors_are_not_swallowed():
    def run(*_):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fitting(run)(DECAY, NETWORK)


def test_not_finite_before_the_first_record_is_raised():
    def run(*_):
        raise NotFinite("at the start")

    with pytest.raises(NotFinite, match="at the start"):
        fitting(run)(DECAY, NETWORK)


@pytest.mark.filterwarnings("ignore:divide by zero")
def test_not_finite_between_the_points():
    problem = replace(DECAY, residual=lambda x, f, df: df + 2 * f + 1e-9 / (x - 0.5))
    fit = fitting(stays, points=np.array([0.1, 0.9]))(problem, NETWORK)
    assert fit.ended == "stayed; the residual is not finite between the points"
    assert fit.estimate.error == np.inf


def test_the_start_error_reaches_the_estimate():
    without, with_error = (
        fitting(stays)(DECAY, NETWORK, start) for start in (None, np.array([[1e3]]))
    )
    assert without.estimate.error < 100
    assert with_error.estimate.error == pytest.approx(1e3, rel=0.1)
    assert with_error.estimate.own == pytest.approx(without.estimate.own, rel=1e-12)


def test_judged_on_as_many_points_as_the_training_had():
    for points, steps in [(9, 64), (500, 500)]:
        seen = []

        def residual(x, f, df, seen=seen):
            seen.append(np.unique(x))
            return df + 2 * f

        fitting(stays, points=points)(replace(DECAY, residual=residual), NETWORK)
        np.testing.assert_allclose(seen[-1], np.sin(np.linspace(0, np.pi / 2, steps + 1)) ** 2, atol=1e-15)


def test_good_is_relative_to_the_largest_value():
    fit = fitting(stays)(DECAY, NETWORK)
    estimate = fit.estimate._replace(own=1.0, error=5.0, size=10.0)
    fit = fit._replace(estimate=estimate)
    assert fit.is_good(0.1) and not fit.is_good(0.099)
    assert fit.is_good(0.05, size=20.0) and not fit.is_good(0.049, size=20.0)
    assert fit.is_good(0.1, size=1.0)
    flat = fit._replace(estimate=estimate._replace(own_slopes=[0.0], slopes=[0.0]))
    assert flat.is_good(0.1, slopes=[0.0]) and not flat.is_good(0.099, slopes=[0.0])
    steep = fit._replace(estimate=estimate._replace(own_slopes=[6.0], slopes=[3.0]))
    assert steep.is_good(0.1)  # unless it is asked for, the slope does not count
    assert steep.is_good(2.0, slopes=[1.0]) and not steep.is_good(1.99, slopes=[1.0])
    assert steep.is_good(1.5, slopes=[4.0]) and not steep.is_good(1.49, slopes=[4.0])
    small = fit._replace(estimate=estimate._replace(own=1e-4, size=1e-3))
    assert small.is_good(0.1) and not small.is_good(0.099)
    zero = fit._replace(estimate=estimate._replace(own=1e-120, size=0.0))  # is small enough, too
    assert zero.is_good(1e-10)
    assert fit._replace(estimate=unknown(DECAY)).is_good(np.inf)
    assert not fit._replace(estimate=estimate._replace(own=np.nan)).is_good(1.0)


def test_unknown_may_have_any_size():
    for name, shape in [("decay", (2, 1, 1)), ("lagaris 4", (2, 1, 2)), ("poisson", (2, 2, 1))]:
        estimate = unknown(PROBLEMS[name])
        assert estimate.error == estimate.own == estimate.residual == np.inf
        assert np.array_equal(estimate.ends, np.full(shape, np.inf))
        assert estimate.size == 0.0
