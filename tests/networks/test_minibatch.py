"""Training on minibatches takes the steps it says, and stops when it should."""

from __future__ import annotations

import numpy as np
import pytest

from course_lib.networks import Layer, Network, backpropagation, minibatch, ravel, train, unravel
from course_lib.networks.minibatch import _shuffled

NETWORK = Network((1, 8, 1), ("tanh", "identity"))
START = NETWORK.initial_parameters(np.random.default_rng(0))
X = np.linspace(-1, 1, 40)[:, None]
T = np.sin(3 * X) + 0.1 * np.random.default_rng(1).normal(size=X.shape)


def rng(seed=0):
    return np.random.default_rng(seed)


class TestSteps:
    @pytest.mark.lecture("B6", "B7")
    def test_one_batch_of_all_samples_is_gradient_descent(self):
        theta = START
        for _ in range(5):
            theta = backpropagation.update(
                theta, backpropagation.gradient(NETWORK, theta, X, T, 0.01), 0.1
            )
        found = train(NETWORK, START, X, T, rng=rng(), epochs=5, batch=40, gamma=0.1, lam=0.01)
        np.testing.assert_allclose(ravel(found.theta), ravel(theta), rtol=1e-11)

    @pytest.mark.parametrize("batch", [1, 7, 16, 40])
    def test_each_batch_makes_one_step(self, batch):
        theta, order = START, rng(3).permutation(40)
        for start in range(0, 40, batch):
            rows = order[start : start + batch]
            theta = backpropagation.update(
                theta, backpropagation.gradient(NETWORK, theta, X[rows], T[rows]), 0.05
            )
        found = train(NETWORK, START, X, T, rng=rng(3), epochs=1, batch=batch, gamma=0.05)
        np.testing.assert_allclose(ravel(found.theta), ravel(theta), rtol=1e-10)

    def slopes_along(self, method, gamma, steps):
        """The parameters by hand, with the slopes of the readable form."""
        vector, state = ravel(START), {"v": 0.0, "m": 0.0, "s": 0.0}
        for i in range(1, steps + 1):
            theta = unravel(vector, NETWORK.sizes)
            g = ravel(backpropagation.gradient(NETWORK, theta, X, T))
            if method == "momentum":
                state["v"] = 0.9 * state["v"] + g
                step = gamma * state["v"]
            else:
                state["m"] = 0.9 * state["m"] + 0.1 * g
                state["s"] = 0.999 * state["s"] + 0.001 * g * g
                root = np.sqrt(state["s"] / (1 - 0.999**i))
                step = gamma * state["m"] / (1 - 0.9**i) / (root + 1e-8)
            vector = vector - step
        return vector

    @pytest.mark.parametrize("method", ["momentum", "adam"])
    def test_momentum_and_adam_by_hand(self, method):
        found = train(
            NETWORK, START, X, T, rng=rng(), epochs=6, batch=40, gamma=0.02, method=method
        )
        wanted = self.slopes_along(method, 0.02, 6)
        np.testing.assert_allclose(ravel(found.theta), wanted, rtol=1e-9)

    def test_every_sample_once_in_each_epoch(self):
        batches = list(_shuffled(10, 4, rng()))
        assert [len(rows) for rows in batches] == [4, 4, 2]
        assert sorted(np.concatenate(batches)) == list(range(10))
        assert not np.array_equal(np.concatenate(batches), np.arange(10))

    def test_cost_of_an_epoch_is_the_mean_over_its_samples(self):
        found = train(NETWORK, START, X, T, rng=rng(), epochs=1, batch=7, gamma=1e-12)
        wanted = backpropagation.cost(NETWORK, START, X, T)
        assert found.cost == [pytest.approx(wanted, rel=1e-9)]


class TestResult:
    @pytest.mark.parametrize("method", minibatch.METHODS)
    def test_learns_and_changes_nothing_it_was_given(self, method):
        before = ravel(START).copy()
        gamma = 0.1 if method == "gradient descent" else 0.02
        found = train(NETWORK, START, X, T, rng=rng(), epochs=300, gamma=gamma, method=method)
        assert backpropagation.cost(NETWORK, found.theta, X, T) < 0.06 < 0.5 < found.cost[0]
        assert np.array_equal(ravel(START), before)
        assert len(found.cost) == 300
        assert found.validation == []
        assert found.message == "took 300 epochs"

    def test_same_generator_same_result(self):
        first, second, other = (
            train(NETWORK, START, X, T, rng=rng(s), epochs=3, batch=8) for s in (1, 1, 2)
        )
        assert first.cost == second.cost
        assert np.array_equal(ravel(first.theta), ravel(second.theta))
        assert not np.array_equal(ravel(first.theta), ravel(other.theta))

    def test_stops_early_and_keeps_the_best(self):
        x, t = X[::4], T[::4] + 0.3 * rng(5).normal(size=(10, 1))
        found = train(
            NETWORK, START, x, t, rng=rng(), epochs=5000, batch=5, gamma=0.02, method="adam",
            validation=(X[1::4], T[1::4]), patience=20,
        )  # fmt: skip
        assert found.message == "no new best for 20 epochs"
        assert len(found.validation) == len(found.cost) < 5000
        best = int(np.argmin(found.validation))
        assert best == len(found.validation) - 21
        kept = backpropagation.cost(NETWORK, found.theta, X[1::4], T[1::4])
        assert kept == pytest.approx(found.validation[best], rel=1e-12)

    def test_a_cost_that_stays_the_same_is_no_new_best(self):
        found = train(NETWORK, START, X, T, rng=rng(), gamma=1e-300, validation=(X, T), patience=3)
        assert found.message == "no new best for 3 epochs"
        assert len(set(found.validation)) == 1 and len(found.validation) == 4

    def test_divergence_gives_the_last_that_was_finite(self):
        found = train(NETWORK, START, X, T, rng=rng(), epochs=500, gamma=5.0)
        assert found.message == "diverged, try a smaller gamma"
        assert np.isfinite(ravel(found.theta)).all()
        assert len(found.cost) < 500

    def test_interruption_gives_what_was_reached(self, monkeypatch):
        calls = []

        def interrupted(m, batch, generator):
            calls.append(m)
            if len(calls) == 4:
                raise KeyboardInterrupt
            return _shuffled(m, batch, generator)

        monkeypatch.setattr(minibatch, "_shuffled", interrupted)
        found = train(NETWORK, START, X, T, rng=rng(), epochs=100)
        assert found.message == "was interrupted"
        assert len(found.cost) == 3
        assert not np.array_equal(ravel(found.theta), ravel(START))

    def test_what_is_not_given_is_as_the_signature_says(self):
        plain, validation = train(NETWORK, START, X, T, rng=rng()), (X, -T)
        said = train(
            NETWORK, START, X, T, rng=rng(), epochs=100, batch=32, gamma=0.01,
            method="gradient descent", lam=0.0, validation=None,
        )  # fmt: skip
        assert plain.cost == said.cost and len(plain.cost) == 100
        worse = [train(NETWORK, START, X, T, rng=rng(), validation=validation, **more)
                 for more in ({}, {"patience": 10}, {"patience": 11})]  # fmt: skip
        assert worse[0].validation == worse[1].validation != worse[2].validation

    def test_bar_only_on_request(self, capsys):
        train(NETWORK, START, X, T, rng=rng(), epochs=2)
        assert capsys.readouterr() == ("", "")
        train(NETWORK, START, X, T, rng=rng(), epochs=2, progress=True)
        err = capsys.readouterr().err
        assert "2/2" in err and "epoch/s" in err

    def test_two_classes(self):
        points = rng(4).normal(size=(200, 2))
        inside = (np.sum(points**2, axis=1, keepdims=True) < 1.2).astype(float)
        network = Network((2, 12, 1), ("tanh", "sigmoid"))
        found = train(
            network, network.initial_parameters(rng()), points, inside, rng=rng(),
            epochs=200, gamma=0.02, method="adam",
        )  # fmt: skip
        right = (network(found.theta, points) > 0.5) == (inside > 0.5)
        assert right.mean() > 0.97


class TestBadInput:
    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            ({"x": X[:, 0]}, ValueError, r"x has shape \(40,\), expected \(m, 1\): write x\[:, None\]"),
            ({"t": T[:, 0]}, ValueError, r"t has shape \(40,\), expected \(40, 1\)"),
            ({"t": T[:-1]}, ValueError, r"t has shape \(39, 1\), expected \(40, 1\)"),
            ({"x": X * np.nan}, ValueError, "x has NaN"),
            ({"theta": START[:1]}, ValueError, "theta must be a list of 2 layers"),
            ({"rng": 0}, TypeError, "rng must be a generator"),
            ({"rng": np.random}, TypeError, "rng must be a generator"),
            ({"epochs": 0}, ValueError, "epochs must be at least 1"),
            ({"batch": 0}, ValueError, "batch must be at least 1"),
            ({"batch": 2.5}, TypeError, "batch must be a whole number"),
            ({"gamma": -1.0}, ValueError, "gamma must be positive"),
            ({"lam": -1.0}, ValueError, "lam must be zero or positive"),
            ({"patience": 0}, ValueError, "patience must be at least 1"),
            ({"method": "newton"}, ValueError, "unknown method 'newton'; known: 'gradient descent'"),
            ({"validation": X}, TypeError, r"validation must be a pair \(x, t\)"),
            ({"validation": (X[:, 0], T)}, ValueError, r"validation x has shape \(40,\), expected \(m, 1\)"),
            ({"validation": (X, T[:3])}, ValueError, r"validation t has shape \(3, 1\)"),
        ],
    )
    def test_arguments(self, arguments, error, message):
        given = {"theta": START, "x": X, "t": T, "rng": rng(), "epochs": 1, **arguments}
        with pytest.raises(error, match=message):
            train(NETWORK, given.pop("theta"), given.pop("x"), given.pop("t"), **given)

    def test_network(self):
        with pytest.raises(TypeError, match="network must be a Network"):
            train("network", START, X, T, rng=rng())

    def test_a_batch_larger_than_the_data_holds_all_of_it(self):
        large, all_of_it = (
            train(NETWORK, START, X, T, rng=rng(), epochs=2, batch=b) for b in (1000, 40)
        )
        assert large.cost == all_of_it.cost


def test_a_step_beyond_all_numbers_is_a_divergence():
    """The first epoch has a finite cost, but its one step overflows."""
    network = Network((1, 1), "identity")
    theta = [Layer(np.array([[1.0]]), np.array([0.0]))]
    x, t = np.array([[10.0], [20.0]]), np.zeros((2, 1))
    for validation in (None, (x, t)):
        with np.errstate(all="raise"):
            found = train(network, theta, x, t, rng=rng(), epochs=3, gamma=1e308, validation=validation)
        assert found.message == "diverged, try a smaller gamma"
        assert found.cost == [] and found.validation == []
        assert np.array_equal(ravel(found.theta), ravel(theta))
