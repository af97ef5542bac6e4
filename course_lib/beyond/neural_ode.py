"""The network as the equation: da/dx = N(a; θ), walked by Euler's steps and differentiated on the way back.

A step a_{i+1} = a_i + Δx N(a_i; θ) is a layer that adds to what it is given, the same layer at every step. With
p_i = ∂C/∂a_i the chain rule through it is the δ recursion of chapter 2, once a step::

    p_i = p_{i+1} + Δx (∂N/∂a)ᵀ p_{i+1} + ∂C/∂a at x_i,    ∂C/∂θ = Σ_i Δx (∂N/∂θ)ᵀ p_{i+1}

and for Δx → 0 the adjoint equation dp/dx = -(∂N/∂a)ᵀ p. Chen et al. (2018) call it a neural ODE.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import minimize

from course_lib._door import door
from course_lib._validation import (
    NotFinite,
    expect_shape,
    finite_array,
    instance,
    real_array,
    stands_for_array,
    whole_number,
)
from course_lib.networks import Layer, Network, Theta, ravel, unravel
from course_lib.networks.parameters import check_theta


def _field(network: Network, theta: Theta) -> tuple[Network, Theta]:
    """Return the network, which must give as many numbers as it takes, and its parameters."""
    sizes = instance(network, Network, "network").sizes
    if sizes[0] != sizes[-1]:
        raise ValueError(
            f"network takes {sizes[0]} numbers and gives {sizes[-1]}: "
            "a field gives one slope for each number of the state"
        )
    return network, check_theta(theta, sizes)


def _points(x: Any) -> Any:
    """Return the points, shape (n + 1,), which grow or fall all the way."""
    x = real_array(x, "x", ("n + 1",))
    steps = np.diff(x)
    if not (np.all(steps > 0) or np.all(steps < 0)):
        raise ValueError(
            f"x must grow, or fall, from point to point; its steps lie between {min(steps):g} and {max(steps):g}"
        )
    return x


def _checked_walk(network: Network, theta: Theta, a: Any, x: Any) -> tuple[Network, Theta, Any, Any]:
    network, theta = _field(network, theta)
    return network, theta, finite_array(a, "a", ("m", network.sizes[0])), _points(x)


def _finite_states(states: Iterator[Any], network: Network, theta: Theta, a: Any, x: Any) -> Iterator[Any]:
    """Hand on the states, until one has left the range of floating-point numbers."""
    for a_i, x_i in zip(states, x):
        if not stands_for_array(a_i) and not np.isfinite(a_i).all():
            raise NotFinite(
                f"the state is no finite number at x = {x_i:g}: take smaller steps, or look at the field there"
            )
        yield a_i


@door(_checked_walk, _finite_states)
def walk(network: Network, theta: Theta, a: Any, x: Any) -> Iterator[Any]:
    """Yield the states a_{i+1} = a_i + Δx N(a_i; θ) of Euler's walk along the field N, the first one included.

    Parameters
    ----------
    network, theta
        The field N and its parameters; the network gives as many numbers as it takes, n_L = n_0 = d.
    a
        The states at x[0], shape (m, d), one walker a row.
    x
        The points, shape (n + 1,). Where they fall, the walk goes backwards.

    Yields
    ------
    array
        n + 1 states, each of shape (m, d). Nothing is stored; ``np.array(list(walk(...)))`` is the path.

    Raises
    ------
    TypeError, ValueError
        A shape does not fit, NaN or infinity, points that turn round, a state that leaves the range of numbers.

    Notes
    -----
    Equations :eq:`own-node-step`, :eq:`own-node-way-back`. A residual network: He et al. (2016).
    Chen et al. (2018), section 1.

    Examples
    --------
    >>> decay = Network((1, 1), "identity"), [Layer(np.array([[-1.0]]), np.array([0.0]))]
    >>> [float(a[0, 0]) for a in walk(*decay, [[8.0]], [0.0, 0.5, 1.0])]
    [8.0, 4.0, 2.0]
    """
    yield a
    for dx in np.diff(x):
        a = a + dx * network(theta, a)
        yield a


def _checked_pull_back(network: Network, theta: Theta, a: Any, p: Any) -> tuple[Network, Theta, Any, Any]:
    network, theta = _field(network, theta)
    a = real_array(a, "a", ("m", network.sizes[0]))
    return network, theta, a, real_array(p, "p", a.shape)


@door(_checked_pull_back)
def pull_back(network: Network, theta: Theta, a: Any, p: Any) -> tuple[Any, Theta]:
    """Return pᵀ ∂N/∂a and pᵀ ∂N/∂θ: what p at the output of a network is at its input and at its parameters.

    Parameters
    ----------
    network, theta
        The field and its parameters.
    a
        States, shape (m, d).
    p
        Slopes of the cost in N, shape (m, d).

    Returns
    -------
    array
        Slopes of the cost in a, shape (m, d).
    Theta
        Slopes in the parameters, summed over the m rows.

    Raises
    ------
    TypeError, ValueError
        A shape does not fit, NaN or infinity.

    Notes
    -----
    Equation :eq:`own-node-delta`: the recursion of `course_lib.networks.backpropagation.deltas`, with p for ∂C/∂a⁽ᴸ⁾,
    and one step further, to the input.

    Examples
    --------
    >>> field = Network((1, 1), "identity"), [Layer(np.array([[3.0]]), np.array([0.0]))]
    >>> pull_back(*field, [[2.0]], [[1.0]])
    (array([[3.]]), [Layer(weights=array([[2.]]), biases=array([1.]))])
    """
    run = network.forward(theta, a)
    slopes: Theta = []
    for l in range(len(theta), 0, -1):
        delta = p * network.activations[l - 1].slope(run.z[l])
        slopes.insert(0, Layer(delta.T @ run.a[l - 1], delta.sum(axis=0)))
        p = delta @ theta[l - 1].weights
    return p, slopes


def _checked_adjoint(
    network: Network, theta: Theta, x: Any, states: Iterable[Any], dC_da: Any
) -> tuple[Network, Theta, Any, Iterator[Any], Any]:
    network, theta = _field(network, theta)
    x, dC_da = _points(x), real_array(dC_da, "dC_da", ("n + 1", "m", network.sizes[0]))
    if len(x) < 2:
        raise ValueError("x has one point: give two or more, there is no step to go back")
    expect_shape(dC_da, "dC_da", (len(x), *dC_da.shape[1:]))
    if not isinstance(states, Iterable):
        raise TypeError(f"states must be an array or an iterable of n states, got {states!r:.60}")
    return network, theta, x, _as_many(states, len(x) - 1, dC_da.shape[1:]), dC_da


def _as_many(states: Iterable[Any], n: int, shape: tuple[int, ...]) -> Iterator[Any]:
    """Hand on n states of this shape; fewer or more are an error."""
    given = 0
    for given, a in enumerate(states, start=1):
        if given > n:
            break
        yield real_array(a, f"states[{given - 1}]", shape)
    if given != n:
        raise ValueError(
            f"states has {'more than ' if given > n else ''}{min(given, n)} states, expected {n}, one for each step: "
            "give path[-2::-1] for the steps, path[:0:-1] for the adjoint equation"
        )


@door(_checked_adjoint)
def adjoint(
    network: Network, theta: Theta, x: Any, states: Iterable[Any], dC_da: Any
) -> tuple[Any, Theta]:
    """Return ∂C/∂a_0 and ∂C/∂θ, from one walk of p = ∂C/∂a back along the states.

    Parameters
    ----------
    network, theta
        The field and its parameters.
    x
        The points of the walk, shape (n + 1,).
    states
        The state at which each step back takes the slopes of N, in the order of the way back: n arrays (m, d). With
        the left ends of the steps, ``path[-2::-1]``, the result is the exact gradient of Euler's walk. With the right
        ends, ``path[:0:-1]``, it is Euler's method for the adjoint equation; these need not be stored, and may come
        from ``walk(network, theta, path[-1], x[:0:-1])``, which only approximates them.
    dC_da
        The slopes of the cost in the states, where they enter it directly, shape (n + 1, m, d).

    Returns
    -------
    array
        ∂C/∂a_0, shape (m, d).
    Theta
        ∂C/∂θ, in the form of `theta`.

    Raises
    ------
    TypeError, ValueError
        A shape does not fit, NaN or infinity, fewer or more states than steps.

    Notes
    -----
    Equations :eq:`own-node-back`, :eq:`own-node-slopes`, :eq:`own-node-adjoint`. Pontryagin et al. (1962);
    Chen et al. (2018), section 2.

    Examples
    --------
    >>> field = Network((1, 1), "identity"), [Layer(np.array([[-1.0]]), np.array([0.0]))]
    >>> x, path = [0.0, 0.5, 1.0], [[[8.0]], [[4.0]], [[2.0]]]
    >>> adjoint(*field, x, path[-2::-1], [[[0.0]], [[0.0]], [[1.0]]])
    (array([[0.25]]), [Layer(weights=array([[4.]]), biases=array([0.75]))])
    """
    p, total = dC_da[-1], np.zeros(network.parameter_count)
    for a, dx, jump in zip(states, np.diff(x)[::-1], dC_da[-2::-1]):
        back, slopes = pull_back(network, theta, a, dx * p)
        p = p + back + jump
        total = total + ravel(slopes)
    return p, unravel(total, network.sizes)


def _checked_data(network: Network, theta: Theta, x: Any, t: Any) -> tuple[Network, Theta, Any, Any]:
    network, theta = _field(network, theta)
    x, t = _points(x), real_array(t, "t", ("k + 1", "m", network.sizes[0]))
    if len(t) < 2 or (len(x) - 1) % (len(t) - 1) or len(x) < 2:
        raise ValueError(
            f"t has {len(t)} targets and x {len(x)} points: give two targets or more, "
            "and the same number of steps from each to the next"
        )
    return network, theta, x, t


@door(_checked_data)
def cost_and_gradient(network: Network, theta: Theta, x: Any, t: Any) -> tuple[float, Theta]:
    """Return the cost of a walk that starts at t[0] and should pass through t[1], t[2], ..., and its gradient.

    Parameters
    ----------
    network, theta
        The field and its parameters.
    x
        The points of the walk, shape (n + 1,).
    t
        The targets, shape (k + 1, m, d), on every (n/k)-th point, the first one included.

    Returns
    -------
    float
        The mean over targets and walkers of ‖t - a‖².
    Theta
        Its slopes ∂C/∂θ, exact for the walk with these steps.

    Raises
    ------
    TypeError, ValueError
        A shape does not fit, NaN or infinity, k does not divide n, a state leaves the range of numbers.

    Notes
    -----
    Lecture N6, for the states on the way.

    Examples
    --------
    >>> field = Network((1, 1), "identity"), [Layer(np.array([[-1.0]]), np.array([0.0]))]
    >>> cost_and_gradient(*field, [0.0, 0.5, 1.0], [[[8.0]], [[3.0]]])
    (0.5, [Layer(weights=array([[-4.]]), biases=array([-0.75]))])
    """
    every = (len(x) - 1) // (len(t) - 1)
    path = np.array(list(walk(network, theta, t[0], x)))
    error, dC_da = path[::every] - t, np.zeros_like(path)
    dC_da[::every] = 2.0 * error / (len(t) * t.shape[1])
    _, slopes = adjoint(network, theta, x, path[-2::-1], dC_da)
    return float(np.sum(error**2) / (len(t) * t.shape[1])), slopes


class Learned(NamedTuple):
    """What `learn_field` has found.

    Parameters
    ----------
    theta
        The parameters.
    cost
        The cost at the start and after each iteration.
    converged
        Whether the slope of the cost has become small.
    message
        Why it stopped, in words.
    """

    theta: Theta
    cost: list[float]
    converged: bool
    message: str


def _checked_learning(
    network: Network, theta: Theta, x: Any, t: Any, iterations: int = 100
) -> tuple[Network, Theta, Any, Any, int]:
    return *_checked_data(network, theta, x, t), whole_number(iterations, "iterations")


@door(_checked_learning)
def learn_field(network: Network, theta: Theta, x: Any, t: Any, iterations: int = 100) -> Learned:
    """Train the field until the walk passes through the targets.

    Parameters
    ----------
    network, theta, x, t
        As for `cost_and_gradient`; `theta` is where it starts, and is not changed.
    iterations
        The most iterations of the BFGS method.

    Returns
    -------
    Learned
        The parameters, and the cost on the way.

    Raises
    ------
    TypeError, ValueError
        As `cost_and_gradient`; iterations is no positive whole number.

    Notes
    -----
    BFGS of `scipy.optimize.minimize`: Nocedal and Wright (2006), section 6.1.

    Examples
    --------
    >>> field = Network((1, 1), "identity"), [Layer(np.array([[-1.0]]), np.array([0.0]))]
    >>> found = learn_field(*field, np.linspace(0.0, 1.0, 3), [[[8.0]], [[6.0]], [[4.5]]])
    >>> found.converged, float(found.theta[0].weights[0, 0].round(4))  # a step multiplies by 3/4
    (True, -0.5)
    """

    def both(vector: Any) -> tuple[float, Any]:
        value, slopes = cost_and_gradient(network, unravel(vector, network.sizes), x, t)
        return value, ravel(slopes)

    cost = [both(ravel(theta))[0]]
    found = minimize(
        both, ravel(theta), jac=True, method="BFGS", options={"maxiter": iterations},
        callback=lambda intermediate_result: cost.append(float(intermediate_result.fun)),
    )  # fmt: skip
    return Learned(unravel(found.x, network.sizes), cost, bool(found.success), found.message)
