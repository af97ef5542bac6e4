"""The random features of the unit domain, stretched: the same network, and its basis on the piece itself."""

from __future__ import annotations

import numpy as np
import pytest

from course_lib.equations import At, BoundaryValue, InitialValue, ODEProblem
from course_lib.equations._solver import unit_domain
from course_lib.equations.random_features import spread_bends
from course_lib.equations.residuals import Residuals
from course_lib.equations.trial_solution import TrialSolution
from course_lib.networks import Network

ONE, TWO = Network((1, 30, 1), ("tanh", "identity")), Network((1, 12, 8, 1), ("sigmoid", "tanh", "identity"))
POINTS = [unit_domain.chebyshev, unit_domain.lobatto]
CONDITIONS = {
    "start": InitialValue(2.0, 1.0), "end": InitialValue(2.5, 1.0, 0.0), "inside": InitialValue(2.1, 1.0, 2.0, 3.0),
    "two ends": BoundaryValue(2.0, 0.0, 2.5, 1.0),
}  # fmt: skip


def problem(conditions):
    residuals = {1: lambda x, f, df: df, 2: lambda x, f, df, d2f: d2f, 3: lambda x, f, df, d2f, d3f: d3f}
    return ODEProblem(residuals[conditions.order], conditions, (2.0, 2.5))


@pytest.mark.parametrize("network", [ONE, TWO])
def test_the_parameters_are_those_for_this_domain(network):
    x = np.linspace(2, 2.5, 9)[:, None]
    wanted = network([*spread_bends(network, (2.0, 2.5), np.random.default_rng(3))[:-1], last(network)], x)
    theta = unit_domain.parameters(network, (2.0, 2.5), 3)
    np.testing.assert_allclose(network([*theta[:-1], last(network)], x), wanted, atol=1e-12)
    assert not theta[-1].weights.any() and not theta[-1].biases.any()


def last(network):
    return network.initial_parameters(np.random.default_rng(0))[-1]


@pytest.mark.parametrize("origin", [0.0, 2.0])
@pytest.mark.parametrize("points", POINTS)
@pytest.mark.parametrize("place", CONDITIONS)
@pytest.mark.parametrize("network", [ONE, TWO])
def test_the_basis_is_that_of_this_piece(network, place, points, origin):
    of, x = problem(CONDITIONS[place]), 2.0 + 0.5 * points(60)
    residuals = Residuals(TrialSolution(of, network, origin), x)
    theta = unit_domain.parameters(network, (2.0 - origin, 2.5 - origin), 3)
    basis = unit_domain.basis(of, network, 3, points, 60)
    wanted = residuals.output_basis(theta, network)
    np.testing.assert_allclose(basis.B, wanted, atol=1e-12 * np.abs(wanted).max())
    np.testing.assert_allclose(basis.independent, basis.B @ basis.T, atol=1e-12 * np.abs(basis.B @ basis.T).max())
    offered = basis.independent[-1]
    np.testing.assert_allclose(offered.T @ offered, np.eye(offered.shape[1]), atol=0.1)


def test_what_slopes_at_both_ends_take_out_is_not_stretched():
    ends = ODEProblem(lambda x, f, df, d2f: d2f, [At(2, df=1.0), At(2.5, f=0.0)], (2.0, 2.5))
    assert unit_domain.basis(ends, ONE, 3, unit_domain.chebyshev, 60) is None


def test_what_is_kept_is_not_what_is_given():
    before = unit_domain.parameters(TWO, (0.0, 1.0), 3)
    for layer in unit_domain.parameters(TWO, (0.0, 1.0), 3):
        layer.weights[:], layer.biases[:] = np.nan, np.nan
    after = unit_domain.parameters(TWO, (0.0, 1.0), 3)
    for old, new in zip(before, after):
        assert np.array_equal(old.weights, new.weights) and np.array_equal(old.biases, new.biases)


@pytest.mark.parametrize("points", POINTS)
def test_no_point_lies_outside_by_a_rounding(points):
    for start, end in np.random.default_rng(0).normal(size=(500, 2)) + np.array([0.0, 5.0]):
        x = unit_domain.stretched(points(7), (start, end))
        assert start <= x[0] and x[-1] <= end and np.all(np.diff(x) > 0)
        np.testing.assert_allclose(x, start + (end - start) * points(7), rtol=1e-15)
