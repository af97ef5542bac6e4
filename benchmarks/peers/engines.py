"""Gradients and training steps of autograd, PyTorch, JAX, CasADi, micrograd and scikit-learn.

Each case is a function without arguments that does the work once. `serve` times it on request.
"""

from __future__ import annotations

import math
import os
import sys
import threading
import warnings
from collections.abc import Callable
from typing import Any

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import autograd.numpy as anp
import casadi
import jax
import jax.numpy as jnp
import numpy as np
import torch
from autograd import elementwise_grad, grad
from cases import decay_parameters, network_data, network_parameters
from micrograd.engine import Value
from protocol import microseconds, serve
from sklearn.neural_network import MLPRegressor

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
jax.config.update("jax_enable_x64", True)


def autograd_scalar() -> Callable[[], Any]:
    slope = grad(lambda x: anp.sqrt(x * x + anp.exp(x * x)))
    return lambda: slope(0.8)


def torch_scalar() -> Callable[[], Any]:
    def run() -> Any:
        x = torch.tensor(0.8, requires_grad=True)
        torch.sqrt(x * x + torch.exp(x * x)).backward()
        return x.grad

    return run


def jax_scalar() -> Callable[[], Any]:
    slope = jax.jit(jax.grad(lambda x: jnp.sqrt(x * x + jnp.exp(x * x))))
    return lambda: jax.block_until_ready(slope(0.8))


def micrograd_exp(x: Value) -> Value:
    """micrograd 0.1.0 has no exponential; this is how it writes its other functions."""
    out = Value(math.exp(x.data), (x,), "exp")

    def backward() -> None:
        x.grad += out.data * out.grad

    out._backward = backward
    return out


def micrograd_scalar() -> Callable[[], Any]:
    def run() -> Any:
        x = Value(0.8)
        ((x * x + micrograd_exp(x * x)) ** 0.5).backward()
        return x.grad

    return run


def chain(x: Any, n: int) -> Any:
    """n scalar operations, one after another, that every library has."""
    for _ in range(n // 2):
        x = x * 0.9 + 0.01
    return x


def autograd_chain(n: int) -> Callable[[], Any]:
    slope = grad(lambda x: chain(x, n))
    return lambda: slope(0.5)


def torch_chain(n: int) -> Callable[[], Any]:
    def run() -> Any:
        x = torch.tensor(0.5, requires_grad=True)
        chain(x, n).backward()
        return x.grad

    return run


def micrograd_chain(n: int) -> Callable[[], Any]:
    def run() -> Any:
        x = Value(0.5)
        chain(x, n).backward()
        return x.grad

    return run


def casadi_slopes(f: Callable[..., Any], n: int) -> Any:
    """Return CasADi's function for the slopes of f, a function of n numbers."""
    x = casadi.SX.sym("x", n)
    return casadi.Function("slopes", [x], [casadi.gradient(f(*casadi.vertsplit(x)), x)])


def casadi_call(slopes: Any, at: list[float]) -> Callable[[], Any]:
    """Return a call through CasADi's buffers, which is how it documents to call it quickest."""
    x, result = np.array(at), np.empty(len(at))
    buffer, evaluate = slopes.buffer()
    buffer.set_arg(0, memoryview(x))
    buffer.set_res(0, memoryview(result))

    def run(arrays: Any = (slopes, buffer)) -> Any:  # CasADi does not keep them alive itself
        x[:] = at
        evaluate()
        return result

    return run


def casadi_scalar() -> Callable[[], Any]:
    return casadi_call(casadi_slopes(lambda x: casadi.sqrt(x * x + casadi.exp(x * x)), 1), [0.8])


def casadi_plain() -> Callable[[], Any]:
    """The same slope by the plain way to call it, with a number."""
    slope = casadi_slopes(lambda x: casadi.sqrt(x * x + casadi.exp(x * x)), 1)
    return lambda: float(slope(0.8))


def casadi_chain(n: int) -> Callable[[], Any]:
    return casadi_call(casadi_slopes(lambda x: chain(x, n), 1), [0.5])


def casadi_chain_built(n: int) -> Callable[[], Any]:
    """Building and one call, which is what the others do each time."""
    return lambda: casadi_slopes(lambda x: chain(x, n), 1)(0.5)


def sines(*x: Any) -> Any:
    """The function of chapter 6, of as many inputs as it is given."""
    y = x[0]
    for x_k in x[1:]:
        y = casadi.sin(x_k * y)
    return y


def casadi_sines(n: int) -> Callable[[], Any]:
    return casadi_call(casadi_slopes(sines, n), list(np.linspace(0.5, 1.5, n)))


def casadi_sines_built(n: int) -> Callable[[], Any]:
    x = np.linspace(0.5, 1.5, n)
    return lambda: casadi_slopes(sines, n)(x)


def cost(module: Any, p: list[Any], x: Any, t: Any) -> Any:
    """The mean square of a network with two hidden layers of tanh."""
    a = module.tanh(x @ p[0] + p[1])
    a = module.tanh(a @ p[2] + p[3])
    error = a @ p[4] + p[5] - t
    return (error * error).sum() / len(x)


def autograd_network(width: int, batch: int) -> Callable[[], Any]:
    p, (x, t) = network_parameters(width), network_data(width, batch)
    slopes = grad(lambda q: anp.sum(cost(anp, q, x, t)))
    return lambda: slopes(p)


def torch_network(width: int, batch: int) -> Callable[[], Any]:
    p = [torch.tensor(part, requires_grad=True) for part in network_parameters(width)]
    x, t = map(torch.tensor, network_data(width, batch))
    return lambda: torch.autograd.grad(cost(torch, p, x, t), p)


def jax_network(width: int, batch: int) -> Callable[[], Any]:
    p = [jnp.array(part) for part in network_parameters(width)]
    x, t = map(jnp.array, network_data(width, batch))
    slopes = jax.jit(jax.grad(lambda q: cost(jnp, q, x, t)))
    return lambda: jax.block_until_ready(slopes(p))


def autograd_decay() -> Callable[[], Any]:
    x, p = np.linspace(0, 1, 10)[:, None], decay_parameters()

    def f(s: Any, q: list[Any]) -> Any:
        return 10 + s * (anp.tanh(s @ q[0] + q[1]) @ q[2] + q[3])

    def residual_cost(q: list[Any]) -> Any:
        return anp.mean((elementwise_grad(f)(x, q) + 2 * f(x, q)) ** 2)

    slopes = grad(residual_cost)
    return lambda: slopes(p)


def torch_decay() -> Callable[[], Any]:
    p = [torch.tensor(part, requires_grad=True) for part in decay_parameters()]

    def run() -> Any:
        x = torch.linspace(0, 1, 10)[:, None].requires_grad_(True)
        f = 10 + x * (torch.tanh(x @ p[0] + p[1]) @ p[2] + p[3])
        (df,) = torch.autograd.grad(f.sum(), x, create_graph=True)
        return torch.autograd.grad(((df + 2 * f) ** 2).mean(), p)

    return run


def jax_decay() -> Callable[[], Any]:
    x, p = jnp.linspace(0, 1, 10)[:, None], [jnp.array(part) for part in decay_parameters()]

    def residual_cost(q: list[Any]) -> Any:
        def f(s: Any) -> Any:
            return 10 + s * (jnp.tanh(s @ q[0] + q[1]) @ q[2] + q[3])

        value, slope = jax.jvp(f, (x,), (jnp.ones_like(x),))
        return jnp.mean((slope + 2 * value) ** 2)

    slopes = jax.jit(jax.grad(residual_cost))
    return lambda: jax.block_until_ready(slopes(p))


def torch_step(width: int, batch: int) -> Callable[[], Any]:
    p = [torch.tensor(part, requires_grad=True) for part in network_parameters(width)]
    x, t = map(torch.tensor, network_data(width, batch))
    optimiser = torch.optim.SGD(p, lr=1e-5)

    def run() -> None:
        optimiser.zero_grad()
        cost(torch, p, x, t).backward()
        optimiser.step()

    return run


def sklearn_step(width: int, batch: int) -> Callable[[], Any]:
    x, t = network_data(width, batch)
    model = MLPRegressor(
        hidden_layer_sizes=(width, width), activation="tanh", solver="sgd", alpha=0.0, momentum=0.0,
        batch_size=batch, learning_rate_init=1e-5, shuffle=False,
    )  # fmt: skip
    warnings.simplefilter("ignore")
    model.partial_fit(x, t[:, 0])
    return lambda: model.partial_fit(x, t[:, 0])


def run(name: str, arguments: list[int], seconds: float) -> float:
    """Return the median time of one call in microseconds."""
    return microseconds(globals()[name](*arguments), seconds)


if __name__ == "__main__":
    # micrograd sorts its graph by recursion: one level of the stack for each operation.
    sys.setrecursionlimit(1_000_000)
    threading.stack_size(1 << 29)
    threading.Thread(target=serve, args=(run,)).start()
