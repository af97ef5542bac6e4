"""Train a network on data, a few samples at a time.

An epoch goes once through all samples in random order. Each batch of them gives a slope v of the
cost, which is a noisy, but cheap, slope of the whole cost, and a step of every parameter::

    θ ← θ - γ v          v = ∂C/∂θ                          gradient descent (lecture B6, B7)
                         v ← β v + ∂C/∂θ                    momentum
                         v = m / (√s + ε)                   Adam, with running means m, s
                                                            of ∂C/∂θ and its square
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

from course_lib._validation import (
    all_finite,
    known_name,
    positive,
    random_generator,
    real_array,
    whole_number,
)
from course_lib.networks._checks import parameters, regularisation, targets
from course_lib.networks._workspace import Workspace, packed, unpacked
from course_lib.networks.backpropagation import cost
from course_lib.networks.layout import Network
from course_lib.networks.parameters import Theta


class Trained(NamedTuple):
    """What `train` returns.

    Parameters
    ----------
    theta
        The parameters after the last epoch; with validation data the best of all epochs.
    cost
        The mean cost of the batches, one number for each epoch, dimensionless.
    validation
        The cost of the validation data after each epoch; empty without such data.
    message
        Why the training ended.
    """

    theta: Theta
    cost: list[float]
    validation: list[float]
    message: str


_Stepper = Callable[[Any, float], Any]  # makes the step γ v of the slope ∂C/∂θ and γ


def descent() -> _Stepper:
    """Return the step with v = ∂C/∂θ; the slope's own array holds it."""

    def step(slope: Any, gamma: float) -> Any:
        slope *= gamma
        return slope

    return step


def momentum(beta: float = 0.9) -> _Stepper:
    """Return the step with v ← β v + ∂C/∂θ (Goodfellow, Bengio and Courville 2016, section 8.3.2)."""
    v: Any = 0.0

    def step(slope: Any, gamma: float) -> Any:
        nonlocal v
        v = beta * v + slope
        return gamma * v

    return step


def adam(beta_1: float = 0.9, beta_2: float = 0.999) -> _Stepper:
    """Return Adam's step, both means corrected for their start at zero (Kingma and Ba 2015)."""
    m: Any = 0.0
    s: Any = 0.0
    i = 0

    def step(slope: Any, gamma: float) -> Any:
        nonlocal m, s, i
        i += 1
        m = beta_1 * m + (1.0 - beta_1) * slope
        s = beta_2 * s + (1.0 - beta_2) * slope**2
        return gamma / (1.0 - beta_1**i) * m / (np.sqrt(s / (1.0 - beta_2**i)) + 1e-8)

    return step


METHODS: dict[str, Callable[[], _Stepper]] = {
    "gradient descent": descent,
    "momentum": momentum,
    "adam": adam,
}


def train(
    network: Network,
    theta: Theta,
    x: Any,
    t: Any,
    *,
    rng: np.random.Generator,
    epochs: int = 100,
    batch: int = 32,
    gamma: float = 0.01,
    method: str = "gradient descent",
    lam: float = 0.0,
    validation: tuple[Any, Any] | None = None,
    patience: int = 10,
    progress: bool = False,
) -> Trained:
    """Train on minibatches and return the parameters with the history of the cost.

    Parameters
    ----------
    network, theta
        The network and the parameters to start from, which are not changed.
    x, t
        Inputs, shape (m, n_0), and targets, shape (m, n_L), a sample a row.
    rng
        Shuffles the samples before each epoch.
    epochs
        How often to go through all samples.
    batch
        Samples in a step; the last batch of an epoch holds what is left.
    gamma
        γ > 0, the learning rate.
    method
        ``"gradient descent"``, ``"momentum"`` or ``"adam"``.
    lam
        λ ≥ 0, the strength of the regularisation.
    validation
        Inputs and targets (x, t) that are not trained on. The best parameters on them are kept.
    patience
        With validation data: stop after so many epochs without a new best.
    progress
        Whether to show a progress bar.

    Returns
    -------
    Trained
        An interruption from the keyboard gives what was reached.

    Raises
    ------
    TypeError, ValueError
        A shape does not fit, NaN or infinity, an unknown method, a number out of its range.

    Notes
    -----
    Lecture B6, B7, on a batch of samples. Goodfellow, Bengio and Courville (2016), section 8.1.

    Examples
    --------
    >>> network, rng = Network((1, 8, 1), ("tanh", "identity")), np.random.default_rng(0)
    >>> x = np.linspace(-1.0, 1.0, 20)[:, None]
    >>> trained = train(network, network.initial_parameters(rng), x, x**2, rng=rng, epochs=20)
    >>> bool(trained.cost[-1] < trained.cost[0])
    True
    """
    theta, lam = parameters(network, theta), regularisation(lam)
    x = real_array(x, "x", ("m", network.sizes[0]))
    t = targets(t, len(x), network)
    held_out = None if validation is None else _pair(validation, network)
    batch, epochs = min(whole_number(batch, "batch"), len(x)), whole_number(epochs, "epochs")
    gamma, patience = positive(gamma, "gamma"), whole_number(patience, "patience")
    step = METHODS[known_name(method, METHODS, "method")]()
    random_generator(rng)

    vector = packed(theta)
    spaces = {m: Workspace(network, vector, m) for m in {batch, len(x) % batch or batch}}
    result, least, waited = Trained(theta, [], [], f"took {epochs} epochs"), np.inf, 0
    try:
        for _ in tqdm(range(epochs), disable=not progress, unit="epoch"):
            mean = 0.0
            with np.errstate(all="ignore"):  # a divergence is told below
                for rows in _shuffled(len(x), batch, rng):
                    space = spaces[len(rows)]
                    mean += space.gradient(x[rows], t[rows], lam) * len(rows) / len(x)
                    vector -= step(space.slope, gamma)
            if not (np.isfinite(mean) and all_finite(vector)):
                return result._replace(message="diverged, try a smaller gamma")
            result.cost.append(mean)
            now = unpacked(vector, network.sizes)
            if held_out is None:
                result = result._replace(theta=now)
                continue
            result.validation.append(float(cost(network, now, *held_out)))
            waited += 1
            if result.validation[-1] < least:
                result, least, waited = result._replace(theta=now), result.validation[-1], 0
            elif waited >= patience:
                return result._replace(message=f"no new best for {patience} epochs")
    except KeyboardInterrupt:
        return result._replace(message="was interrupted")
    return result


def _shuffled(m: int, batch: int, rng: np.random.Generator) -> Iterator[Any]:
    """Yield the rows of one batch after another, in random order."""
    order = rng.permutation(m)
    for start in range(0, m, batch):
        yield order[start : start + batch]


def _pair(validation: Any, network: Network) -> tuple[Any, Any]:
    """Return the validation data, (m, n_0) and (m, n_L), checked to fit the network."""
    if not isinstance(validation, (tuple, list)) or len(validation) != 2:
        raise TypeError(f"validation must be a pair (x, t), got {validation!r:.60}")
    x = real_array(validation[0], "validation x", ("m", network.sizes[0]))
    return x, real_array(validation[1], "validation t", (len(x), network.sizes[-1]))
