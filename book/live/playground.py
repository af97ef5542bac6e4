"""What the playground asks for: solve the equation that was typed, follow a slider, train a network step by step.

Every function here takes one request of the page, a dict, and returns its answer, a dict; a text that cannot be read
gives a sentence instead, ``{"wrong": ..., "field": ...}``. It runs in the reader's browser, beside `worker.js`, and
when the book is built, for what moves on the page before Python is there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from itertools import islice
from typing import Any

import numpy as np
from written import Written, Wrong, plain, read

import course_lib.equations as equations
from course_lib.equations import InitialValue, ODEProblem, Residuals, Solution, TrialSolution
from course_lib.equations._solver.fitting import Fitting, Record, chebyshev_points
from course_lib.equations._solver.pieces import Pieces
from course_lib.equations._solver.units import Found
from course_lib.equations.error_estimate import error_estimate
from course_lib.equations.optimisers import Steps
from course_lib.equations.random_features import gauss_newton, spread_bends
from course_lib.equations.residuals import jet_of
from course_lib.equations.training import METHODS, _joined
from course_lib.networks import Network, ravel, unravel

TOLERANCE = 1e-8
SAMPLES = 240  # points of a curve
PATIENCE = 6000  # evaluations of a residual, some seconds in a browser

Request = dict[str, Any]


def preset(
    title: str, equation: str, conditions: str, interval: str, sliders: dict[str, tuple[float, float, float]],
    train: float | None = None, said: str = "",
) -> Request:
    """An equation to begin with: its texts, for each parameter its value and the ends of its slider, where a training
    ends, and what it is.
    """
    start, end = interval.split(" to ")
    return {"title": title, "equation": equation, "conditions": conditions, "start": start, "end": end, "said": said,
            "sliders": {name: list(slider) for name, slider in sliders.items()}, "train": train}


PRESETS = {
    "pendulum": preset(
        "Pendulum", "f'' + k f' + sin(f) = 0", "f(0) = a, f'(0) = 0", "0 to 20",
        {"a": (1.5, 0.1, 3.1), "k": (0.1, 0, 1)}, 5,
        said="The angle of a pendulum with friction k, let go at the angle a. Near a = π it lingers at the top."),
    "oscillator": preset(
        "Driven oscillator", "f'' + 0.2 f' + f = A cos(w x)", "f(0) = 0, f'(0) = 0", "0 to 40",
        {"A": (1, 0, 2), "w": (1, 0.2, 2)}, 6,
        said="An oscillator pushed with the frequency w. At w = 1 the swings grow until friction holds them."),
    "rc": preset(
        "RC circuit", "R C f' + f = U cos(w x)", "f(0) = 0", "0 to 10",
        {"C": (1, 0.1, 2), "R": (1, 0.1, 2), "U": (1, 0, 2), "w": (3, 0.5, 6)}, 3,
        said="The voltage of a capacitor C behind a resistor R, on an alternating voltage."),
    "decay": preset(
        "Decay chain", "u' = -a u\nv' = a u - b v\nw' = b v", "u(0) = 1, v(0) = 0, w(0) = 0", "0 to 10",
        {"a": (1, 0.1, 3), "b": (0.5, 0.1, 3)}, 5,
        said="A nucleus u decays to v, and v to w. The sum of the three stays 1."),
    "predators": preset(
        "Lotka–Volterra", "u' = a u - b u v\nv' = b u v - c v", "u(0) = 2, v(0) = 1", "0 to 15",
        {"a": (1, 0.5, 2), "b": (1, 0.5, 2), "c": (1, 0.5, 2)}, 4,
        said="Prey u and predators v."),
    "van der pol": preset(
        "Van der Pol", "f'' - m (1 - f^2) f' + f = 0", "f(0) = s, f'(0) = 0", "0 to 20",
        {"m": (1, 0, 3), "s": (2, 0.1, 3)}, 3,
        said="An oscillator that feeds itself: wherever it begins, it ends on the same cycle."),
    "well": preset(
        "Quantum well", "f'' + (E - x^2) f = -exp(-(x - 1)^2)", "f(-5) = 0, f(5) = 0", "-5 to 5",
        {"E": (2.5, 0.2, 7.8)},
        said="A harmonic well, excited by a source beside its middle. Near its energies E = 1, 3, 5, 7 the answer "
        "grows into the state of that energy, and at one of them there is none."),
    "kepler": preset(
        "Kepler", "x'' = -x/(x^2 + y^2)^1.5\ny'' = -y/(x^2 + y^2)^1.5", "x(0) = 1, y(0) = 0, x'(0) = 0, y'(0) = v",
        "0 to 6", {"v": (1, 0.7, 1.3)}, 2,
        said="A planet begins at distance 1 with the speed v across. At v = 1 its orbit is a circle."),
    "blasius": preset(
        "Blasius", "f''' + f f''/2 = 0", "f(0) = s, f'(0) = 0, f'(8) = 1", "0 to 8",
        {"s": (0, -0.5, 1)},
        said="The boundary layer along a plate, with suction s. Far away the slope f', the speed of the flow, is 1."),
}  # fmt: skip


# -------------------------------------------------------------------------------------- answers


def answers(act: Callable[[Request], dict[str, Any]]) -> Callable[[Request], dict[str, Any]]:
    """Answer what is wrong with a request in a sentence."""

    @wraps(act)
    def answer(request: Request) -> dict[str, Any]:
        try:
            with np.errstate(all="ignore"):
                return act(request)
        except Wrong as wrong:
            return {"wrong": str(wrong), "field": wrong.field}
        except KeyboardInterrupt:
            return {"wrong": "This takes too long: take a shorter interval or other parameters.", "field": "interval"}
        except (ValueError, TypeError, ArithmeticError, np.linalg.LinAlgError) as error:
            return {"wrong": f"It cannot be solved: {error}".rstrip(".") + ".", "field": "equation"}

    return answer


def written(request: Request) -> Written:
    """What was typed."""
    return read(request["equation"], request["conditions"], request["start"], request["end"])


def numbers(typed: Written, request: Request) -> dict[str, float]:
    """The values of the parameters; 1 for a letter that has no slider yet."""
    return {name: float(request.get("values", {}).get(name, 1.0)) for name in typed.parameters}


def patient() -> Callable[[], None]:
    """Something that is called with each evaluation of a residual, and ends it all when there are too many."""
    left = PATIENCE

    def count() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt

    return count


@answers
def look(request: Request) -> dict[str, Any]:
    """Read what was typed: its unknowns and parameters."""
    typed = written(request)
    typed.problem(numbers(typed, request))
    return about(typed)


def about(typed: Written) -> dict[str, Any]:
    """The names in it, and its order."""
    return {name: getattr(typed, name) for name in ("unknowns", "variable", "order", "parameters")}


_last: dict[str, Any] = {"typed": None, "solution": None, "cost": 0.0}


@answers
def solve(request: Request) -> dict[str, Any]:
    """Solve it; with ``quick``, from the last solution, if that one is near enough."""
    typed = written(request)
    values = numbers(typed, request)
    problem = typed.problem(values, patient())
    solution = None
    if request.get("quick") and _last["typed"] is typed and _last["solution"] is not None:
        solution = followed(_last["solution"], problem, 1e2 * _last["cost"])
    quick = solution is not None and solution.converged
    if not quick:
        solution = equations.solve(problem, tolerance=TOLERANCE)
        _last["cost"] = solution.cost
    _last.update(typed=typed, solution=solution if solution.converged else None)
    code = typed.code(values, f"solution = solve(problem, tolerance={TOLERANCE:.0e})")
    return {**about(typed), "quick": quick, "code": code, **curves(solution), **verdict(solution)}


def verdict(solution: Solution) -> dict[str, Any]:
    """How good it is, in numbers and in a sentence."""
    pieces = len(solution.theta) if isinstance(solution.trial, Pieces) else 1
    return {
        "converged": solution.converged, "error": solution.error_estimate, "largest": solution.max_residual,
        "neurons": solution.network.sizes[1], "pieces": pieces, "message": solution.message,
    }  # fmt: skip


def curves(solution: Solution) -> dict[str, Any]:
    """Points x (m,), f and the residual there, one list for each unknown and each equation, and where pieces end."""
    trial = solution.trial
    whole = isinstance(trial, Pieces)
    trials, thetas = (trial.trials, solution.theta) if whole else ([trial], [solution.theta])
    origin, units = (trial.origin, trial.units) if whole else (0.0, 1.0)
    ends = [trials[0].problem.domain[0], *(part.problem.domain[1] for part in trials)]
    x, f, r = [], [], []
    for part, theta, start, end in zip(trials, thetas, ends, ends[1:]):
        points = np.linspace(start, end, max(12, round(SAMPLES * (end - start) / (ends[-1] - ends[0]))))
        jet = units * np.array(jet_of(part, theta, points))
        x.append(points + origin)
        f.append(jet[0])
        r.append(solution.problem.residuals(points + origin, *jet))
    return {"x": np.concatenate(x), "f": list(np.concatenate(f).T.copy()), "residual": list(np.concatenate(r).T.copy()),
            "breaks": [end + origin for end in ends]}  # fmt: skip


def followed(last: Solution, problem: ODEProblem, enough: float) -> Solution | None:
    """Solve it on the pieces of a solution for other parameters, from its weights; None where they do not fit.

    Two steps of Gauss-Newton are usually enough, where `solve` takes eight and looks for the pieces first.
    """
    trial, condition = last.trial, problem.conditions
    whole = isinstance(trial, Pieces)
    if last.problem.domain != problem.domain or type(last.problem.conditions) is not type(condition):
        return None
    if whole and (trial.origin or np.any(trial.units != 1.0)):
        return None
    if isinstance(condition, InitialValue) and condition.x0 != problem.domain[0]:
        return None
    trials, thetas = (trial.trials, last.theta) if whole else ([trial], [last.theta])
    record = Record(False)
    network = trial.network

    def steps(residuals: Residuals, vector: Any, gamma: float) -> Steps:
        for better, cost in gauss_newton(residuals, vector):
            yield better, cost
            if cost <= enough:
                break
        return "the cost is small enough"

    fit = Fitting(steps, spread_bends, max(40, 2 * network.sizes[1]), 8, 1.0, 0, record)
    fits: list[Any] = []
    error: Any = np.zeros((problem.order, problem.unknowns, 1)) if whole else None  # pieces count x from their starts
    for part, theta in zip(trials, thetas):
        if fits:
            before, (_, at) = fits[-1], fits[-1].trial.problem.domain
            jet = jet_of(before.trial, before.theta, np.array([at]))[:-1, 0]
            condition, error = InitialValue(at, *(jet if problem.is_system else jet[:, 0])), before.estimate.at(1)
        piece = replace(problem, conditions=condition, domain=part.problem.domain)
        fits.append(fit(piece, network, error, theta=theta))
    return _joined(problem, Found(problem, fits), record, TOLERANCE, "random features")


# ------------------------------------------------------------------------------- training, step by step


class Training:
    """A network that is trained on the whole interval, exactly as `solve` does with the same arguments."""

    def __init__(self, request: Request) -> None:
        typed = written(request)
        values = numbers(typed, request)
        problem = typed.problem(values)  # a request is for so many steps, and needs no other end
        end = request.get("train")
        if end is not None and isinstance(problem.conditions, InitialValue):
            end = float(end)
            if not problem.domain[0] < end <= problem.domain[1]:
                raise Wrong(f"The training cannot end at {end:g}: take a place inside the interval.", "train")
            problem = replace(problem, domain=(problem.domain[0], end))
        else:
            end = None
        self.method, self.neurons, self.gamma = request["method"], int(request["neurons"]), float(request["gamma"])
        chosen = METHODS[self.method]
        network = Network((1, self.neurons, problem.unknowns), ("tanh", "identity"))
        self.trial = TrialSolution(problem, network)
        points = max(40, 2 * self.neurons)
        fit = Fitting(chosen.run, chosen.initial, points, chosen.iterations, self.gamma, 0, Record(False))
        theta, known = fit.drawn(self.trial, None)
        residuals, vector = Residuals(self.trial, chebyshev_points(points, problem), known), ravel(theta)
        self.steps = chosen.run(residuals, vector, self.gamma)
        self.picture = Residuals(self.trial, np.linspace(*problem.domain, SAMPLES // 2 + 1))
        self.best, self.cost, self.taken, self.ended = vector, np.inf, -1, ""
        self.typed, self.values, self.end = typed, values, end

    def advance(self, count: int) -> dict[str, Any]:
        """Take so many steps."""
        costs = []
        try:
            for vector, cost in islice(self.steps, count):
                costs.append(float(cost))
                self.taken += 1
                if cost <= self.cost:
                    self.best, self.cost = vector, cost
            if len(costs) < count:
                self.ended = "It has ended: another step would find nothing more."
        except ValueError:
            self.ended = "It has diverged: take a smaller learning rate."
        return {"costs": costs, "taken": self.taken, "cost": float(self.cost), "ended": self.ended, **self.shown(),
                "code": self.code()}  # fmt: skip

    def shown(self) -> dict[str, Any]:
        """The curve of the best parameters, its residual, and the error that `solve` would estimate."""
        theta = unravel(self.best, self.trial.network.sizes)
        jet = self.picture.network_jet(theta)
        f, r = self.picture.trial_jet(jet)[0], self.picture.of(jet)
        try:
            error = error_estimate(self.trial, theta).error
        except (ValueError, np.linalg.LinAlgError):
            error = np.inf
        return {"x": self.picture.x, "f": list(f.T.copy()), "residual": list(r.T.copy()), "error": float(error)}

    def code(self) -> str:
        """The same training with `solve`."""
        gamma = f", gamma={plain(self.gamma)}" if self.method in ("gradient descent", "adam") else ""
        pieces = ", pieces=1" if self.method == "random features" else ""
        return self.typed.code(
            self.values, f'solution = solve(problem, {self.neurons}, method="{self.method}", '
            f"iterations={max(1, self.taken)}{gamma}{pieces})", end=self.end)  # fmt: skip


_training: list[Training] = []


@answers
def train(request: Request) -> dict[str, Any]:
    """Begin a training, and show the untrained curve."""
    _training[:] = [Training(request)]
    return _training[0].advance(1)


@answers
def step(request: Request) -> dict[str, Any]:
    """Take more steps of the training that was begun."""
    return _training[0].advance(int(request["steps"]))
