"""What `solve` returns: a function f_t(x) that knows how well it was trained."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from course_lib._validation import finite_array
from course_lib.equations._solver.fitting import History
from course_lib.equations._solver.pieces import Pieces
from course_lib.equations._solver.units import in_units
from course_lib.equations.conditions import InitialValue
from course_lib.equations.problem import ODEProblem, _counted_from, _origin
from course_lib.equations.trial_solution import TrialSolution
from course_lib.networks.activation import Activation
from course_lib.networks.layout import Network
from course_lib.networks.parameters import layers_of, ravel


@dataclass(frozen=True, repr=False)
class Solution:
    """What `solve` found: call it as the function f_t(x).

    Parameters
    ----------
    trial
        The trial solution, which knows the problem and the network; a
        `course_lib.equations._solver.pieces.Pieces` where the domain was split.
    theta
        The best parameters met; a list of them, one for each piece, where the domain was split.
    cost
        C(x; θ) there, the mean square of the residual at the training points.
    history
        The cost and the time after each iteration, failed attempts included.
    max_residual
        The largest ``|L|`` on the points of the error estimate, over the whole domain.
    error_estimate
        The largest estimated ``|f - f_t|``, in the units of f (`course_lib.equations.error_estimate`).
    converged
        Whether that is below the tolerance, relative to the largest ``|f_t|``.
    message
        Why the training ended, and what to try if it did not converge.

    Notes
    -----
    Lecture S1.
    """

    trial: TrialSolution | Pieces
    theta: Any
    cost: float
    history: History
    max_residual: float
    error_estimate: float
    converged: bool
    message: str

    @property
    def problem(self) -> ODEProblem:
        """The problem on the whole domain."""
        return self.trial.problem

    @property
    def network(self) -> Network:
        """The network, the same on every piece."""
        return self.trial.network

    def __call__(self, x: Any, order: int = 0) -> Any:
        """Return f_t(x) or its derivative, shape (m,) for one unknown, (m, d) for d.

        Points outside the domain give a warning: there the network has learned nothing.
        """
        x = finite_array(x, "x")
        trial = self.trial
        start, end = trial.breaks[[0, -1]] if isinstance(trial, Pieces) else self.problem.domain
        if np.min(x) < start or np.max(x) > end:
            where = "the domain" if (start, end) == self.problem.domain else "what was solved,"
            warnings.warn(
                f"x leaves {where} ({start:g}, {end:g}): nothing was learned there", stacklevel=2
            )
        return trial(self.theta, x, order)

    def __repr__(self) -> str:
        name = self.problem.name or "unnamed problem"
        state = "converged" if self.converged else "NOT converged"
        split = f" in {len(self.theta)} pieces" if isinstance(self.trial, Pieces) and len(self.theta) > 1 else ""
        return (
            f"Solution({name}: {state}{split} after {len(self.history.cost) - 1} iterations, "
            f"estimated error {self.error_estimate:.1e}, largest residual {self.max_residual:.1e})"
        )

    def save(self, path: str | Path) -> None:
        """Write everything but the problem's own functions to an .npz file, without pickle.

        Parameters
        ----------
        path
            The file; ``.npz`` is added where it is missing.

        Raises
        ------
        TypeError, ValueError
            Not a path, or the network has an activation of your own: a function cannot be written
            to a file.
        """
        own = [s.name for s in self.network.activations if not s.built_in]
        if own:
            raise ValueError(f"cannot save the activation {own[0]!r}: only the named ones")
        pieces = self.trial if isinstance(self.trial, Pieces) else None
        conditions = [trial.problem.conditions for trial in pieces.trials] if pieces else []
        starts = [c for c in conditions if isinstance(c, InitialValue)]
        np.savez(
            path,
            sizes=self.network.sizes,
            activations=[s.name for s in self.network.activations],
            vectors=[ravel(theta) for theta in (self.theta if pieces else [self.theta])],
            domain=self.problem.domain,
            breaks=pieces.breaks - pieces.origin if pieces else [],
            units=pieces.units if pieces else 1.0,
            x0=[c.x0 for c in starts],
            origins=[trial.origin for trial in pieces.trials] if pieces else [],
            starts=[c.values for c in starts],
            history=np.array(self.history),
            **{name: getattr(self, name) for name in _SCALARS},
        )

    @staticmethod
    def load(path: str | Path, problem: ODEProblem) -> Solution:
        """Read what `Solution.save` has written.

        Parameters
        ----------
        path
            The .npz file.
        problem
            The problem it solves. A file holds no functions, so it must be given again.

        Returns
        -------
        Solution
            The same function f_t(x) as was saved.

        Raises
        ------
        TypeError, ValueError
            Not a problem, or one with another domain or number of unknowns than the saved one;
            a file that was not written by `Solution.save`.
        FileNotFoundError
            There is no such file.
        """
        if not isinstance(problem, ODEProblem):
            raise TypeError(f"problem must be an ODEProblem, got {type(problem).__name__}")
        try:
            with np.load(path, allow_pickle=False) as file:
                saved = {name: file[name] for name in file}
        except (ValueError, EOFError, TypeError, BadZipFile) as error:
            raise ValueError(f"{path} is no saved solution: {error}") from None
        missing = {"sizes", "vectors", *_SCALARS} - set(saved)
        if missing:
            raise ValueError(f"{path} is no saved solution: {', '.join(sorted(missing))} missing")
        sizes, domain = tuple(saved["sizes"].tolist()), tuple(saved["domain"].tolist())
        if (domain, sizes[-1]) != (problem.domain, problem.unknowns):
            raise ValueError(
                f"{path} solves a problem with {sizes[-1]} unknowns on {domain}, "
                f"got one with {problem.unknowns} on {problem.domain}"
            )
        network = Network(sizes, [Activation(name) for name in saved["activations"].tolist()])
        theta: Any = [layers_of(vector, sizes) for vector in saved["vectors"]]
        if saved["breaks"].size:
            ends = saved["breaks"].tolist()
            parts = zip(saved["x0"].tolist(), saved["starts"], zip(ends, ends[1:]))
            origin, units = _origin(problem), saved.get("units", 1.0)
            whole = _counted_from(origin, problem)
            if problem.is_system:
                whole = in_units(units * np.ones(problem.unknowns), np.ones(problem.unknowns), whole)
            pieces = [
                replace(whole, conditions=InitialValue(x0, *start), domain=domain, exact=None)
                for x0, start, domain in parts
            ] or [whole]
            counted = saved.get("origins", np.zeros(len(pieces))).tolist()
            trials = [TrialSolution(piece, network, at) for piece, at in zip(pieces, counted)]
            trial: Any = Pieces(problem, trials, origin, units)
        else:
            trial, theta = TrialSolution(problem, network), theta[0]
        values = {name: saved[name].item() for name in _SCALARS}
        return Solution(trial, theta, history=History(*saved["history"].tolist()), **values)


_SCALARS = ("cost", "max_residual", "error_estimate", "converged", "message")
