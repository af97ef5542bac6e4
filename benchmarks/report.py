"""Write results.md from the raw measurements of `solver.py`.

    python benchmarks/report.py    # once more from the last run, with its figure
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from peers.problems import PROBLEMS

LECTURE = ("decay", "logistic", "poisson")
INITIAL = tuple(name for name, problem in PROBLEMS.items() if problem.end is None)
CLASSICAL = ("Chebyshev", "tfc", "heyoka")
TITLES = {
    "random features": "solve",
    "levenberg-marquardt": "solve, all weights",
    "neurodiffeq": "neurodiffeq, best",
    "neurodiffeq defaults": "neurodiffeq, defaults",
    "lecture": "lecture code",
}


class Measured:
    """The measurements of one run, by contender and problem.

    Parameters
    ----------
    raw
        What `solver.main` stores: `results` with contender, problem, seed, pairs [seconds, error]
        and ours, the pair of `solve` a moment before.
    """

    def __init__(self, raw: dict[str, Any]) -> None:
        self.pairs: dict[tuple[str, str], list[Any]] = {}
        self.ours: dict[tuple[str, str], list[Any]] = {}
        for result in raw["results"]:
            key = result["contender"], result["problem"]
            self.pairs.setdefault(key, []).append(result["pairs"])
            self.ours.setdefault(key, []).append(result["ours"])
            self.pairs.setdefault(("random features", key[1]), []).append([result["ours"]])

    def seconds(self, contender: str, problem: str, goal: float = np.inf) -> Any:
        """Return the seconds of each round to an error; infinity where it was not reached.

        Without a goal it is the whole time.
        """
        rounds = self.pairs.get((contender, problem), [])
        if goal == np.inf:
            return np.array([pairs[-1][0] for pairs in rounds])
        return np.array([next((t for t, e in pairs if e <= goal), np.inf) for pairs in rounds])

    def error(self, contender: str, problem: str) -> float | None:
        """Return the worst over the rounds of the smallest error; of the lecture's, of the last."""
        rounds = self.pairs.get((contender, problem))
        last = contender == "lecture"
        if rounds is None:
            return None
        return max(pairs[-1][1] if last else min(e for _, e in pairs) for pairs in rounds)

    def ratios(self, contender: str, problem: str, goal: float = np.inf) -> Any:
        """Return ours over the contender's of each round; 0 where it did not get there."""
        ours = np.array([seconds for seconds, _ in self.ours.get((contender, problem), [])])
        return ours / self.seconds(contender, problem, goal)

    def least_ratio(self, contender: str, problem: str) -> float:
        """Return our least time of all rounds over the contender's; the rounds are those of the contender."""
        ours = min(seconds for seconds, _ in self.ours[contender, problem])
        return float(ours / min(self.seconds(contender, problem)))

    def marquardt_ratios(self, problem: str) -> Any:
        """Return the ratios of the times to 1e-5 with all weights trained."""
        times = [self.seconds(c, problem, 1e-5) for c in ("levenberg-marquardt", "neurodiffeq")]
        return np.array([a / b for a, b in zip(*times) if np.isfinite(a)])


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def error_text(error: float | None) -> str:
    return "" if error is None else f"{error:.1e}"


def time_text(seconds: Any) -> str:
    """Return the median in milliseconds."""
    if not len(seconds):
        return ""
    middle = float(np.median(seconds))
    if middle == np.inf:
        reached = int(np.isfinite(seconds).sum())
        return "never" if not reached else f"in {reached} of {len(seconds)} runs"
    return f"{1e3 * middle:.2g}" if middle < 0.1 else f"{1e3 * middle:.0f}"


def ratio_text(ratios: Any) -> str:
    """Return the median, and in brackets the smallest and the largest."""
    if not len(ratios):
        return ""
    if not np.median(ratios):
        return "not reached"
    low, middle, high = (one_ratio(r) for r in (np.min(ratios), np.median(ratios), np.max(ratios)))
    return f"**{middle}** ({low} to {high})"


def least_text(m: Measured, contender: str, problem: str) -> str:
    """Return the ratio of the least times, and in brackets the smallest and the largest ratio of a round."""
    ratios = m.ratios(contender, problem) if (contender, problem) in m.pairs else ()
    if not len(ratios):
        return ""
    low, high = one_ratio(np.min(ratios)), one_ratio(np.max(ratios))
    return f"**{one_ratio(m.least_ratio(contender, problem))}** ({low} to {high})"


def one_ratio(ratio: float) -> str:
    return two_digits(ratio) if ratio == 0 or ratio > 0.67 else f"1/{two_digits(1 / ratio)}"


def two_digits(number: float) -> str:
    """Return two digits of a number, without a power of ten."""
    return f"{number:.2g}" if number < 10 else f"{float(f'{number:.2g}'):.0f}"


def by_problem(
    columns: dict[str, Callable[[str], str]], problems: Iterable[str] = PROBLEMS
) -> str:
    rows = ([problem, *(cell(problem) for cell in columns.values())] for problem in problems)
    return table(["", *columns], rows)


def errors(m: Measured) -> str:
    names = [*TITLES, "DeepXDE", "DOP853", "LSODA", "solve_bvp", *CLASSICAL]
    return by_problem(
        {TITLES.get(n, n): lambda problem, n=n: error_text(m.error(n, problem)) for n in names}
    )


def times(m: Measured) -> str:
    wanted = {
        "solve": ("random features", np.inf),
        "all weights to 1e-5": ("levenberg-marquardt", 1e-5),
        "neurodiffeq to 1e-3": ("neurodiffeq", 1e-3),
        "to 1e-5": ("neurodiffeq", 1e-5),
        "its defaults to 1e-3": ("neurodiffeq defaults", 1e-3),
        "DeepXDE to 1e-3": ("DeepXDE", 1e-3),
        "lecture code": ("lecture", np.inf),
        "DOP853": ("DOP853", np.inf),
        "LSODA": ("LSODA", np.inf),
        "solve_bvp": ("solve_bvp", np.inf),
        **{name: (f"{name}, dense" if name == "heyoka" else name, np.inf) for name in CLASSICAL},
    }
    return by_problem(
        {
            title: lambda problem, c=contender, g=goal: time_text(
                np.sort(m.seconds(c, problem, g))[: 1 if g == np.inf else None]
            )
            for title, (contender, goal) in wanted.items()
        }
    )


def network_ratios(m: Measured) -> str:
    return by_problem(
        {
            "solve / neurodiffeq to 1e-3": lambda p: ratio_text(m.ratios("neurodiffeq", p, 1e-3)),
            "solve / its defaults": lambda p: ratio_text(m.ratios("neurodiffeq defaults", p, 1e-3)),
            "solve / DeepXDE to 1e-3": lambda p: ratio_text(m.ratios("DeepXDE", p, 1e-3)),
            "solve / lecture code": lambda p: ratio_text(m.ratios("lecture", p)),
            "all weights / neurodiffeq to 1e-5": lambda p: ratio_text(m.marquardt_ratios(p)),
        }
    )


def classical_ratios(m: Measured) -> str:
    names = ("DOP853", "LSODA", "heyoka", "DOP853, dense", "LSODA, dense", "heyoka, dense")
    return by_problem(
        {f"solve / {n}": lambda problem, n=n: least_text(m, n, problem) for n in names}, INITIAL
    )


def collocation_ratios(m: Measured) -> str:
    names = ("Chebyshev", "tfc", "solve_bvp")
    return by_problem(
        {f"solve / {n}": lambda problem, n=n: least_text(m, n, problem) for n in names}
    )


def winners(m: Measured) -> str:
    """Say of each method how often it is quicker than `solve`, and by how much, from the medians of the ratios."""
    lines = []
    for name in ("DOP853, dense", "LSODA, dense", "heyoka, dense", "Chebyshev", "tfc", "solve_bvp"):
        ratios = {p: m.least_ratio(name, p) for p in PROBLEMS if (name, p) in m.pairs}
        ahead = [ratio for ratio in ratios.values() if ratio > 1]
        behind = [1 / ratio for ratio in ratios.values() if ratio <= 1]
        parts = [f"quicker than *solve* on {len(ahead)} of {len(ratios)} problems{factors(ahead)}"] if ahead else []
        parts += [f"slower on {len(behind)}{factors(behind)}"] if behind else []
        lines.append(f"- {name}: {', '.join(parts)}.")
    return "\n".join(lines) + "\n"


def factors(values: list[float]) -> str:
    return f", by a factor of {two_digits(min(values))}" + (f" to {two_digits(max(values))}" if len(values) > 1 else "")


def compiled(m: Measured) -> str:
    return by_problem(
        {f"{name}, ms": lambda p, n=name: time_text(m.seconds(f"{n}, compiling", p)) for name in ("tfc", "heyoka")}
    )


def lagaris_4(m: Measured) -> str:
    others = ("DOP853", "LSODA", "Euler 1000", "Euler 100000")
    rows = (
        [TITLES.get(n, n), error_text(m.error(n, "lagaris 4")),
         time_text(m.seconds(n, "lagaris 4")),
         ratio_text(m.ratios(n, "lagaris 4")) if n in others else ""]
        for n in ("random features", *others)
    )  # fmt: skip
    return table(["", "error", "ms", "solve / it"], rows)


def iterations(m: Measured) -> str:
    def microseconds(name: str) -> Callable[[str], str]:
        return lambda p: f"{1e6 * np.median(m.seconds(f'{name}, one iteration', p)):.0f}"

    def ratios(name: str) -> Callable[[str], str]:
        return lambda p: ratio_text(
            m.seconds(f"{name}, one iteration", p) / m.seconds("lecture, one iteration", p)
        )

    methods = ("gradient descent", "adam", "bfgs")
    columns = {"lecture code, µs": microseconds("lecture")}
    columns |= {f"{name}, µs": microseconds(name) for name in methods}
    columns |= {f"{name} / lecture code": ratios(name) for name in methods}
    return by_problem(columns, LECTURE)


def scaling(raw: dict[str, Any]) -> str:
    parts = []
    for what in dict.fromkeys(row["what"] for row in raw["scaling"]):
        rows = [row for row in raw["scaling"] if row["what"] == what]
        sizes = dict.fromkeys(row["size"] for row in rows)
        took = {n: np.median([r["seconds"] for r in rows if r["size"] == n]) for n in sizes}
        error = {n: max(r["error"] for r in rows if r["size"] == n) for n in sizes}
        least = took[min(sizes)]
        lines = [[f"{n}", f"{1e3 * took[n]:.2f}", f"{took[n] / least:.1f}", f"{error[n]:.0e}"]
                 for n in sizes]  # fmt: skip
        parts.append(table([what, "ms", "times the first", "error"], lines))
    return "\n".join(parts)


def settings(raw: dict[str, Any]) -> str:
    return "\n".join(
        f"- **{script.removesuffix('_peer')}** ({', '.join(a['versions'])}): {a['settings']}"
        for script, a in raw["about"].items()
    )


def write(raw: dict[str, Any], path: Path) -> None:
    template = path.with_name("results.template.md").read_text(encoding="utf-8")
    m = Measured(raw)
    text = template.format(
        errors=errors(m),
        times=times(m),
        network_ratios=network_ratios(m),
        winners=winners(m),
        classical_ratios=classical_ratios(m),
        collocation_ratios=collocation_ratios(m),
        compiled=compiled(m),
        rounds=raw["rounds"],
        quick=min(len(m.pairs[name, problem]) for name in ("Chebyshev", "tfc") for problem in PROBLEMS),
        lagaris_4=lagaris_4(m),
        iterations=iterations(m),
        scaling=scaling(raw),
        machine=raw["machine"],
        settings=settings(raw),
    )
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    from figure import draw

    HERE = Path(__file__).resolve().parent
    stored = json.loads((HERE.parent / "_build" / "benchmarks.json").read_text())
    write(stored, HERE / "results.md")
    draw(stored, HERE / "error_against_time.png")
