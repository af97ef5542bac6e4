"""The network's derivatives in two variables, and how they depend on the parameters.

A derivative of a function of (x, t) is named by how often it is taken in each: (2, 0) is ∂²/∂x² and
(1, 1) is ∂²/∂x∂t. A jet is a dictionary from such an index α to an array. As
∂σ(z)/∂x = σ'(z) ∂z/∂x, Leibniz's rule carries a jet through a layer, and the same rule read backwards
sends adjoints to the parameters::

    ∂ᵅ⁺ᵉ σ(z) = Σ_β (α over β) ∂ᵝ σ'(z) ∂ᵅ⁻ᵝ⁺ᵉ z          e = (1, 0) or (0, 1)
    δ_z[β] = Σ_α (α over β) ∂ᵅ⁻ᵝ σ'(z) δ_a[α]

It is `course_lib.equations._jets` with one variable more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import comb
from typing import Any, NamedTuple

import numpy as np

from course_lib.equations._jets import IDENTITY, derivatives
from course_lib.networks.layout import Network
from course_lib.networks.parameters import Theta

Index = tuple[int, int]
Jet = dict[Index, Any]
VALUE, UNITS = (0, 0), ((1, 0), (0, 1))


def below(alpha: Index) -> Iterator[Index]:
    """Yield every β ≤ α, α itself included, the shorter ones first."""
    yield from sorted(((i, j) for i in range(alpha[0] + 1) for j in range(alpha[1] + 1)), key=sum)


def closed(indices: Iterable[Index]) -> list[Index]:
    """Return the indices with all that are below them, the shorter ones first."""
    return sorted({beta for alpha in indices for beta in below(alpha)}, key=lambda beta: (sum(beta), beta))


def less(alpha: Index, beta: Index) -> Index:
    """Return α - β."""
    return alpha[0] - beta[0], alpha[1] - beta[1]


def over(alpha: Index, beta: Index) -> int:
    """Return the binomial coefficient (α over β), a number."""
    return comb(alpha[0], beta[0]) * comb(alpha[1], beta[1])


class Composed:
    """The derivatives in (x, t) of σ⁽ᵏ⁾(z(x, t)), each (m, n) and computed once.

    Parameters
    ----------
    slopes
        σ, σ', σ'', ... at z, each (m, n).
    z
        The jet of z, arrays that broadcast with (m, n); an index that it lacks counts as zero.
    """

    def __init__(self, slopes: list[Any], z: Jet) -> None:
        self.z = z
        self.known = {(k, VALUE): slope for k, slope in enumerate(slopes)}

    def __call__(self, k: int, alpha: Index) -> Any:
        """Return ∂ᵅ σ⁽ᵏ⁾(z), shape (m, n)."""
        if (k, alpha) not in self.known:
            e = UNITS[0] if alpha[0] else UNITS[1]
            lower = less(alpha, e)
            self.known[k, alpha] = sum(
                over(lower, beta) * self(k + 1, beta) * self.z[less(alpha, beta)]
                for beta in below(lower)
                if less(alpha, beta) in self.z
            )
        return self.known[k, alpha]


class LayerJet(NamedTuple):
    """What the backward sweep needs of one layer."""

    a_in: Jet  # each broadcasts with (m, n_{l-1})
    composed: Composed | None  # None for the identity


def forward(
    network: Network, theta: Theta, start: Jet, indices: Iterable[Index], slopes: int = 0
) -> tuple[Jet, list[LayerJet]]:
    """Return the output jet, each array (m, n_L), and each layer's part.

    `start` is the jet of the network's input: at `VALUE` the points (m, 2), and its slope (1, 2) in each
    variable. `slopes` says how many derivatives of σ are wanted more than the output needs.
    """
    a, layers, indices = start, [], closed(indices)
    many = 1 + slopes + max(map(sum, indices))
    for layer, sigma in zip(theta, network.activations):
        z = {alpha: part @ layer.weights.T for alpha, part in a.items()}
        z[VALUE] = z[VALUE] + layer.biases
        composed = None if sigma is IDENTITY else Composed(derivatives(sigma, z[VALUE], many), z)
        layers.append(LayerJet(a, composed))
        a = z if composed is None else {alpha: composed(0, alpha) for alpha in indices}
    return a, layers


def through_activation(adjoint: Jet, composed: Composed | None) -> Jet:
    """Return the adjoints of z's jet from those of a's, each (..., m, n_l)."""
    if composed is None:
        return adjoint
    result: Jet = {}
    for alpha, delta in adjoint.items():
        for beta in below(alpha):
            share = over(alpha, beta) * composed(1, less(alpha, beta)) * delta
            result[beta] = result[beta] + share if beta in result else share
    return result


def deltas(theta: Theta, layers: list[LayerJet], seed: Jet) -> list[Jet]:
    """Return δ of every layer, each a jet of arrays (..., m, n_l), from the adjoints of the output jet."""
    result: list[Jet] = []
    seed = {VALUE: np.zeros_like(next(iter(seed.values()))), **seed}
    for layer, jet in zip(reversed(theta), reversed(layers)):
        delta = through_activation(seed, jet.composed)
        result.insert(0, delta)
        seed = {alpha: part @ layer.weights for alpha, part in delta.items()}
    return result


def jacobian(theta: Theta, layers: list[LayerJet], seed: Jet) -> Any:
    """Return the derivatives of E numbers at each point by all P parameters, shape (m, E, P).

    `seed`, a jet of arrays (E, m, n_L), says how the numbers depend on the output jet.
    """
    parts = []
    for delta, jet in zip(deltas(theta, layers, seed), layers):
        E, m, _ = delta[VALUE].shape
        by_weight = sum(np.einsum("emj,mi->meji", one, a) for one, a in shared(delta, jet.a_in))
        parts += [by_weight.reshape(m, E, -1), delta[VALUE].transpose(1, 0, 2)]
    return np.concatenate(parts, axis=2)


def gradient(theta: Theta, layers: list[LayerJet], seed: Jet) -> Any:
    """Return the derivatives of one number by all P parameters, shape (P,).

    `seed`, a jet of arrays (m, n_L), says how the number depends on the output jet.
    """
    parts = []
    for delta, jet in zip(deltas(theta, layers, seed), layers):
        by_weight = sum(one.T @ a for one, a in shared(delta, jet.a_in))
        parts += [by_weight.ravel(), delta[VALUE].sum(axis=0)]
    return np.concatenate(parts)


def shared(delta: Jet, a: Jet) -> Iterator[tuple[Any, Any]]:
    """Yield δ (..., m, n) and a (m, n') of the indices that both have; what is the same at all points is repeated."""
    for alpha in delta:
        if alpha in a:
            yield delta[alpha], np.broadcast_to(a[alpha], (delta[alpha].shape[-2], a[alpha].shape[1]))
