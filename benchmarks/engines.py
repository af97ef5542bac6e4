"""Time gradients and training steps beside autograd, PyTorch, JAX, CasADi, micrograd and scikit-learn.

    python benchmarks/engines.py PEERS [TITLE ...]

PEERS is the Python of the peers' environment. Contenders take turns, one at a time, on one thread;
a figure is the median over the rounds, and its spread is the quartiles. Writes engines.md; with titles only
the tables that have them, and keeps the others.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")

import numpy as np
import sympy
from tqdm import tqdm

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "peers"))

from cases import decay_parameters, network_data, network_parameters
from protocol import microseconds

from course_lib.differentiation import reverse_mode, symbolic
from course_lib.differentiation.forward_mode import jvp
from course_lib.networks import Layer, Network
from course_lib.networks._workspace import Workspace, packed

ROUNDS, SECONDS = 5, 0.1
WIDTHS, BATCHES, STEP_BATCHES = (10, 100, 1000), (1, 64, 1024), (32, 1024)

# ------------------------------------------------------------------------------- our own side


def tape_scalar() -> Callable[[], Any]:
    slope = reverse_mode.gradient(lambda x: np.sqrt(x * x + np.exp(x * x)))
    return lambda: slope(0.8)


def tape_chain(n: int) -> Callable[[], Any]:
    def chain(x: Any) -> Any:
        for _ in range(n // 2):
            x = x * 0.9 + 0.01
        return x

    slope = reverse_mode.gradient(chain)
    return lambda: slope(0.5)


def tape_network(width: int, batch: int) -> Callable[[], Any]:
    p, (x, t) = network_parameters(width), network_data(width, batch)

    def cost(w1: Any, b1: Any, w2: Any, b2: Any, w3: Any, b3: Any) -> Any:
        a = np.tanh(x @ w1 + b1)
        a = np.tanh(a @ w2 + b2)
        error = a @ w3 + b3 - t
        return (error * error).sum() / len(x)

    slopes = reverse_mode.gradient(cost)
    return lambda: slopes(*p)


def hand_network(width: int, batch: int) -> Callable[[], Any]:
    """The same gradient written out in NumPy, with new arrays in each call, as the tape has."""
    (w1, b1, w2, b2, w3, b3), (x, t) = network_parameters(width), network_data(width, batch)

    def run() -> Any:
        a1 = np.tanh(x @ w1 + b1)
        a2 = np.tanh(a1 @ w2 + b2)
        d3 = (2.0 / len(x)) * (a2 @ w3 + b3 - t)
        d2 = (d3 @ w3.T) * (1.0 - a2 * a2)
        d1 = (d2 @ w2.T) * (1.0 - a1 * a1)
        pairs = ((x, d1), (a1, d2), (a2, d3))
        return [(a.T @ d, d.sum(axis=0)) for a, d in pairs]

    return run


def tape_decay() -> Callable[[], Any]:
    x, p = np.linspace(0, 1, 10)[:, None], decay_parameters()

    def residual_cost(w1: Any, b1: Any, w2: Any, b2: Any) -> Any:
        def f(s: Any) -> Any:
            return 10 + s * (np.tanh(s @ w1 + b1) @ w2 + b2)

        value, slope = jvp(f, x, np.ones_like(x))
        r = slope + 2 * value
        return (r * r).sum() / len(x)

    slopes = reverse_mode.gradient(residual_cost)
    return lambda: slopes(*p)


def our_step(width: int, batch: int) -> Callable[[], Any]:
    parts, (x, t) = network_parameters(width), network_data(width, batch)
    theta = [Layer(w.T, b) for w, b in zip(parts[::2], parts[1::2])]
    network, vector = Network((width, width, width, 1), ("tanh", "tanh", "identity")), packed(theta)
    space = Workspace(network, vector, batch)

    def run() -> None:
        space.gradient(x, t)
        space.slope *= 1e-5
        np.subtract(vector, space.slope, out=vector)

    return run


def floor_step(width: int, batch: int) -> Callable[[], Any]:
    """Its matrix products and tanh alone, into arrays that are there already."""
    (w1, _, w2, _, w3, _), (x, _) = network_parameters(width), network_data(width, batch)
    hidden, square = np.empty((batch, width)), np.empty((width, width))
    out, last = np.empty((batch, 1)), np.empty((width, 1))

    def run() -> None:
        for w in (w1, w2):
            np.tanh(np.matmul(x, w, out=hidden), out=hidden)
        np.matmul(hidden, w3, out=out)
        np.matmul(x.T, out, out=last)
        np.matmul(out, w3.T, out=hidden)
        np.matmul(x.T, hidden, out=square)
        np.matmul(x, w2.T, out=hidden)
        np.matmul(x.T, hidden, out=square)

    return run


def dual_array() -> Callable[[], Any]:
    x = np.linspace(0.1, 1.0, 10_000)
    ones = np.ones_like(x)
    return lambda: jvp(lambda s: np.sqrt(s * s + np.exp(s * s)), x, ones)


def chain(*x: Any) -> Any:
    """The function of chapter 6, of as many inputs as it is given."""
    y = x[0]
    for x_k in x[1:]:
        y = np.sin(x_k * y)
    return y


def chain_alone(n: int) -> Callable[[], Any]:
    x = points(n)
    return lambda: chain(*x)


def chain_differences(n: int) -> Callable[[], Any]:
    x, h = points(n), 1e-7

    def run() -> Any:
        y = chain(*x)
        return [(chain(*x[:k], x[k] + h, *x[k + 1 :]) - y) / h for k in range(n)]

    return run


def chain_duals(n: int) -> Callable[[], Any]:
    x = points(n)
    return lambda: [jvp(lambda s: chain(*x[:k], s, *x[k + 1 :]), x[k], 1.0)[1] for k in range(n)]


def chain_tape(n: int) -> Callable[[], Any]:
    x, slopes = points(n), reverse_mode.gradient(chain)
    return lambda: slopes(*x)


def chain_formulas(n: int, shared: bool) -> Callable[[], Any]:
    """The formulas of all n slopes as one NumPy function; making it is not timed."""
    x, names = points(n), sympy.symbols(f"x:{n}")
    y = symbolic.expression(chain, names)
    slopes = sympy.lambdify(names, [y.diff(name) for name in names], "numpy", cse=shared)
    return lambda: slopes(*x)


def points(n: int) -> list[Any]:
    return list(np.linspace(0.5, 1.5, n))


def plain_array() -> Callable[[], Any]:
    x = np.linspace(0.1, 1.0, 10_000)
    return lambda: np.sqrt(x * x + np.exp(x * x))


# --------------------------------------------------------------------------------- the contest

Row = tuple[str, dict[str, tuple[str, list[int]]]]  # what, and the contenders by column


def gradients() -> Iterator[Row]:
    yield "√(x² + exp(x²))", {
        "tape": ("tape_scalar", []), "autograd": ("autograd_scalar", []),
        "PyTorch": ("torch_scalar", []), "JAX": ("jax_scalar", []), "micrograd": ("micrograd_scalar", []),
    }  # fmt: skip
    for n in (10_000, 100_000):
        row = {name: (f"{key}_chain", [n]) for name, key in
               {"tape": "tape", "autograd": "autograd", "PyTorch": "torch"}.items()}
        if n == 10_000:  # micrograd's recursion ends before the longer one
            row["micrograd"] = ("micrograd_chain", [n])
        yield f"chain of {n} operations", row
    for width in WIDTHS:
        for batch in BATCHES:
            yield f"network of {width}, batch {batch}", {
                "tape": ("tape_network", [width, batch]),
                "by hand": ("hand_network", [width, batch]),
                "autograd": ("autograd_network", [width, batch]),
                "PyTorch": ("torch_network", [width, batch]),
                "JAX": ("jax_network", [width, batch]),
            }
    yield "the lecture's decay cost", {
        "tape": ("tape_decay", []), "autograd": ("autograd_decay", []), "PyTorch": ("torch_decay", []),
        "JAX": ("jax_decay", []),
    }  # fmt: skip


def steps() -> Iterator[Row]:
    for width in WIDTHS:
        for batch in STEP_BATCHES:
            yield f"width {width}, batch {batch}", {
                "ours": ("our_step", [width, batch]),
                "floor": ("floor_step", [width, batch]),
                "PyTorch": ("torch_step", [width, batch]),
                "scikit-learn": ("sklearn_step", [width, batch]),
            }


def duals() -> Iterator[Row]:
    yield "one direction on arrays of 10⁴", {"dual numbers": ("dual_array", []), "function": ("plain_array", [])}


def growth() -> Iterator[Row]:
    for n in (1, 4, 16, 64, 256, 1000):
        row = {"tape": ("chain_tape", [n]), "f alone": ("chain_alone", [n])}
        row |= {"dual numbers": ("chain_duals", [n]), "forward differences": ("chain_differences", [n])}
        if n <= 16:  # the formulas' length grows like n³
            row["formulas"] = ("chain_formulas", [n, False])
        if n <= 64:
            row["formulas, shared"] = ("chain_formulas", [n, True])
        yield f"n = {n}", row


def graphs_built_once() -> Iterator[Row]:
    yield "√(x² + exp(x²))", {
        "tape": ("tape_scalar", []), "CasADi": ("casadi_scalar", []), "CasADi, plain call": ("casadi_plain", []),
    }  # fmt: skip
    yield "chain of 10000 operations", {
        "tape": ("tape_chain", [10_000]), "CasADi": ("casadi_chain", [10_000]),
        "CasADi, built anew": ("casadi_chain_built", [10_000]),
    }  # fmt: skip
    for n in (16, 1000):
        yield f"chain of chapter 6, n = {n}", {
            "tape": ("chain_tape", [n]), "CasADi": ("casadi_sines", [n]),
            "CasADi, built anew": ("casadi_sines_built", [n]),
        }  # fmt: skip


def compared(row: dict[str, tuple[str, list[int]]], ask: Callable[..., float]) -> dict[str, Any]:
    """Return the times of each column, (ROUNDS,), taken in turn."""
    times: dict[str, list[float]] = {column: [] for column in row}
    made = {c: globals()[name](*sizes) for c, (name, sizes) in row.items() if name in globals()}
    for _ in range(ROUNDS):
        for column, (name, sizes) in row.items():
            own = column in made
            times[column].append(microseconds(made[column], SECONDS) if own else ask(name, sizes))
    return {column: np.array(values) for column, values in times.items()}


def table(title: str, rows: list[Row], ask: Callable[..., float], bar: tqdm) -> str:
    columns = list(dict.fromkeys(column for _, row in rows for column in row))
    ours = columns[0]
    others = columns[1:]
    lines = [f"## {title}", "", "| µs | " + " | ".join(columns) + " | " +
             " | ".join(f"{ours} / {other}" for other in others) + " |",
             "|---" * (1 + len(columns) + len(others)) + "|"]  # fmt: skip
    for what, row in rows:
        times = compared(row, ask)
        cells = [shown(times[c]) if c in times else "–" for c in columns]
        cells += [f"{np.median(times[ours] / times[c]):.2g}" if c in times else "–" for c in others]
        lines.append(f"| {what} | " + " | ".join(cells) + " |")
        bar.update()
    return "\n".join(lines) + "\n"


def shown(values: Any) -> str:
    low, middle, high = np.percentile(values, (25, 50, 75))
    return f"{middle:.3g} ({low:.3g}–{high:.3g})"


def main(peers: str, *titles: str) -> None:
    contender = subprocess.Popen(
        [peers, HERE / "peers" / "engines.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True,
    )  # fmt: skip

    def ask(name: str, arguments: list[int]) -> float:
        request = {"name": name, "arguments": arguments, "seconds": SECONDS}
        contender.stdin.write(json.dumps(request) + "\n")
        contender.stdin.flush()
        return json.loads(contender.stdout.readline())

    parts = {
        "One gradient": list(gradients()),
        "One training step: forward, backward, update": list(steps()),
        "Forward mode": list(duals()),
        "One gradient against the number of inputs": list(growth()),
        "A graph that is built once": list(graphs_built_once()),
    }
    path = HERE / "engines.md"
    kept = path.read_text(encoding="utf-8").rstrip("\n").split("\n\n## ")[1:] if titles else []
    tables = {text.split("\n")[0]: f"## {text}\n" for text in kept}
    wanted = {title: rows for title, rows in parts.items() if not titles or title in titles}
    with tqdm(total=sum(map(len, wanted.values()))) as bar:
        tables |= {title: table(title, rows, ask, bar) for title, rows in wanted.items()}
    contender.stdin.close()
    path.write_text(NOTES + "\n".join(tables[title] for title in parts if title in tables), encoding="utf-8")


NOTES = f"""# Engines

Written by `make bench`. Median microseconds over {ROUNDS} rounds in which the contenders take turns, one
thread, float64, with the quartiles in brackets; the ratios are medians of the ratios of each round. The
network has two hidden layers of tanh and one output. JAX runs compiled (jit); compiling is not timed, and
a chain of thousands of operations is not compiled at all. The plain chain is x ← 0.9 x + 0.01, one
multiplication and one addition in turn. A training step is one forward pass, one backward pass and a step
of plain gradient descent; for scikit-learn it is `partial_fit` on the batch. The floor is the matrix
products and the tanh of the step alone. Against the number of inputs n the function is that of chapter 6,
y ← sin(x_k y); the formulas are sympy's, made into a NumPy function beforehand, as they are written or
with each shared part computed once, and are left out where making them takes minutes. OpenBLAS chooses
its kernel by the processor; `OPENBLAS_CORETYPE`, set before NumPy is imported, changes it for NumPy on
both sides, and not for PyTorch, which brings its own library.

CasADi, in the last table, builds the graph of the slopes once and then runs it without Python. Its column is a call
through its buffers, the quickest way that it documents, and building is not counted; *built anew* is building and one
plain call, while the tape builds its graph in every call. So CasADi wins by far where one function is called often, and
loses where each call has another graph. Of the plain chain nothing is left for it to compute: while it builds it finds
that the slope is a constant.

"""

if __name__ == "__main__":
    main(*sys.argv[1:])
