"""A solution is a function, says how good it is, and comes back from its file bit for bit."""

from __future__ import annotations

import re
import warnings
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from course_lib.equations import PROBLEMS, BoundaryValue, InitialValue, ODEProblem, Solution, TrialSolution, solve
from course_lib.equations._solver.fitting import History
from course_lib.equations._solver.pieces import Pieces
from course_lib.networks import Activation, Network

LM = "levenberg-marquardt"
DECAY = PROBLEMS["decay"]
SECOND_ORDER_SYSTEM = ODEProblem(
    lambda x, f, df, d2f: (d2f[0] + f[0], d2f[1] + 4 * f[1]),
    InitialValue(1.0, (1.0, 0.0), (0.0, 2.0)),
    (-1.0, 2.0),
    name="two springs",
)
BOUNDARY_SYSTEM = ODEProblem(
    lambda x, f, df, d2f: (d2f[0] - f[1], d2f[1] + f[0]),
    BoundaryValue(0.0, (1.0, 0.0), 1.0, (0.0, 1.0)),
    (0.0, 1.0),
)
FROM_WITHIN = ODEProblem(
    lambda x, f, df: df - f * np.cos(x), InitialValue(1, 2), (-20, 10), name="from within"
)

UNEQUAL = ODEProblem(
    lambda x, f, df: (df[0] - f[1], df[1] + f[0], df[2] - 1e-12 * f[0]), InitialValue(0, (0.0, 1.0, 0.0)), (0, 10)
)
UNEQUAL_ENDS = ODEProblem(
    lambda x, f, df, d2f: (d2f[0] + f[0], d2f[1] - 1e-12 * f[0]), BoundaryValue(0, (0.0, 0.0), 1, (1.0, 0.0)), (0, 1)
)
FAR_ENDS = ODEProblem(lambda x, f, df, d2f: d2f + f, BoundaryValue(1e6, 0.0, 1e6 + 1, 1.0), (1e6, 1e6 + 1))

# What to solve and how; the parts of a saved solution differ for each.
KINDS = {
    "one piece": (DECAY, {}),
    "deep": (DECAY, {"hidden": (4, 3), "activation": "sigmoid", "pieces": 1}),
    "no hidden layer": (DECAY, {"hidden": (), "method": LM, "points": 8, "iterations": 3}),
    "system": (PROBLEMS["lagaris 4"], {"hidden": 6, "pieces": 1}),
    "boundary values": (PROBLEMS["poisson"], {"hidden": 6, "method": "bfgs", "iterations": 9}),
    "boundary system": (BOUNDARY_SYSTEM, {}),
    "in units of their own": (UNEQUAL, {}),
    "boundary values in units of their own": (UNEQUAL_ENDS, {}),
    "boundary values far out": (FAR_ENDS, {}),
    "second order": (PROBLEMS["oscillator"], {"method": "adam", "iterations": 9, "seed": 3}),
    "pieces": (PROBLEMS["lagaris 4"], {"hidden": 9, "pieces": 7}),
    "pieces of second order": (SECOND_ORDER_SYSTEM, {"hidden": 9, "pieces": 3}),
    "pieces from within": (FROM_WITHIN, {}),
    "pieces with every activation": (
        PROBLEMS["logistic"], {"hidden": (4, 4), "pieces": 2, "activation": "softplus"}
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def solutions():
    return {kind: solve(problem, **options) for kind, (problem, options) in KINDS.items()}


class TestCall:
    @pytest.mark.parametrize("kind", KINDS)
    def test_shapes(self, solutions, kind):
        solution = solutions[kind]
        problem = solution.problem
        d = (problem.unknowns,) if problem.is_system else ()
        x = np.linspace(*problem.domain, 5)
        for order in (0, 1, 2):
            assert solution(x, order).shape == (5, *d)
            assert solution(list(x), order).shape == (5, *d)
            assert solution(x[:1], order).shape == (1, *d)
            assert solution(x[2], order).shape == d
            np.testing.assert_allclose(solution(x[2], order), solution(x, order)[2], rtol=1e-9)

    @pytest.mark.lecture("S1")
    @pytest.mark.parametrize("kind", KINDS)
    def test_conditions_hold_exactly(self, solutions, kind):
        solution, conditions = solutions[kind], solutions[kind].problem.conditions
        if isinstance(conditions, BoundaryValue):
            assert np.array_equal(solution(conditions.a), conditions.fa)
            assert np.array_equal(solution(conditions.b), conditions.fb)
        else:
            assert np.array_equal(solution(conditions.x0), conditions.f0)
            if conditions.df0 is not None:
                assert np.array_equal(solution(conditions.x0, order=1), conditions.df0)

    @pytest.mark.parametrize("kind", KINDS)
    def test_derivatives_by_differences(self, solutions, kind):
        solution, h = solutions[kind], 1e-5
        start, end = solution.problem.domain
        x = np.random.default_rng(1).uniform(start + 0.01, end - 0.01, 7)
        for order in (1, 2):
            wanted = (solution(x + h, order - 1) - solution(x - h, order - 1)) / (2 * h)
            size = np.abs(wanted).max()
            np.testing.assert_allclose(solution(x, order), wanted, rtol=1e-5, atol=1e-5 * size)

    def test_is_the_trial_solution_with_the_best_parameters(self, solutions):
        solution = solutions["system"]
        x = np.linspace(0, 3, 4)
        for order in (0, 1):
            assert np.array_equal(solution(x, order), solution.trial(solution.theta, x, order))
        assert solution.network.sizes == (1, 6, 2)
        assert solution.problem is PROBLEMS["lagaris 4"]

    @pytest.mark.parametrize("kind", KINDS)
    def test_knows_its_problem(self, solutions, kind):
        assert solutions[kind].problem is KINDS[kind][0]
        assert solutions[kind].network.sizes[-1] == KINDS[kind][0].unknowns

    @pytest.mark.parametrize("kind", ["one piece", "pieces", "pieces from within"])
    def test_speaks_up_outside_the_domain_alone(self, solutions, kind):
        solution = solutions[kind]
        start, end = solution.problem.domain
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            solution([start, (start + end) / 2, end])
        text = re.escape(f"x leaves the domain ({start:g}, {end:g}): nothing was learned there")
        for x in (start - 0.1, [start, end + 0.1]):
            for order in (0, 1):
                with pytest.warns(UserWarning, match=f"^{text}$"):
                    assert np.isfinite(solution(x, order)).all()

    def test_warns_outside_the_domain(self, solutions):
        """And points to the line that asked."""
        solution = solutions["one piece"]
        with pytest.warns(UserWarning) as caught:
            solution(solution.problem.domain[1] + 0.1)
        assert caught[0].filename == __file__

    def test_pieces_that_end_early_say_what_was_solved(self):
        problem = replace(PROBLEMS["oscillator"], domain=(0.0, 3.0))
        network = Network((1, 2, 1), ("tanh", "identity"))
        theta = network.initial_parameters(np.random.default_rng(0))
        ends = [(0.5, 1.0), (1.0, 2.0)]
        parts = [
            replace(problem, conditions=InitialValue(a, 1.0, 0.0), domain=(a, b)) for a, b in ends
        ]
        trial = Pieces(problem, [TrialSolution(part, network) for part in parts])
        solution = Solution(trial, [theta, theta], 0.0, History([], []), 0.0, 0.0, False, "early")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            solution([0.5, 2.0])
        for x in (0.4, 2.1):
            with pytest.warns(UserWarning, match=r"^x leaves what was solved, \(0\.5, 2\): nothing"):
                solution(x)

    @pytest.mark.parametrize("kind", ["one piece", "pieces"])
    @pytest.mark.parametrize(
        ("x", "error", "message"),
        [
            ([0.0, np.nan], ValueError, "x has NaN or infinity"),
            ([[0.0]], ValueError, r"x has shape \(1, 1\), expected \(m,\)"),
            ([], ValueError, "x is empty"),
            ("0", TypeError, "x must hold numbers"),
        ],
    )
    def test_bad_points(self, solutions, kind, x, error, message):
        with pytest.raises(error, match=message):
            solutions[kind](x)

    @pytest.mark.parametrize("kind", ["one piece", "pieces"])
    def test_bad_order(self, solutions, kind):
        with pytest.raises(ValueError, match="order must be at least 0"):
            solutions[kind](0.5, order=-1)
        with pytest.raises(TypeError, match="order must be a whole number"):
            solutions[kind](0.5, order=0.5)


class TestRepr:
    def test_says_how_it_went(self):
        good = solve(DECAY)
        bad = solve(replace(DECAY, name=""), (2,), LM, iterations=1)
        assert re.fullmatch(
            r"Solution\(decay: converged after 1 iterations, estimated error \d\.\de-1[3-5], "
            r"largest residual \d\.\de-1\d\)",
            repr(good),
        )
        assert repr(bad).startswith("Solution(unnamed problem: NOT converged after 1 iterations, ")
        assert f"estimated error {bad.error_estimate:.1e}" in repr(bad)
        assert f"largest residual {bad.max_residual:.1e}" in repr(bad)

    @pytest.mark.parametrize("kind", KINDS)
    def test_is_one_line(self, solutions, kind):
        text = repr(solutions[kind])
        assert "\n" not in text and len(text) < 150
        trial = solutions[kind].trial
        count = len(solutions[kind].theta) if isinstance(trial, Pieces) else 1
        split = f" in {count} pieces" if count > 1 else ""
        assert f"onverged{split} after {len(solutions[kind].history.cost) - 1} iterations" in text


class TestFile:
    @pytest.mark.parametrize("kind", KINDS)
    def test_round_trip_bit_for_bit(self, solutions, kind, tmp_path):
        solution = solutions[kind]
        solution.save(tmp_path / "saved.npz")
        loaded = Solution.load(tmp_path / "saved.npz", solution.problem)
        # Points beyond the ends too, where the pieces are told apart.
        start, end = solution.problem.domain
        x = np.linspace(start - 1, end + 1, 101)
        breaks = solution.trial.breaks if isinstance(solution.trial, Pieces) else []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for points in (x, breaks) if len(breaks) else (x,):
                for order in (0, 1, 2):
                    assert np.array_equal(loaded(points, order), solution(points, order))
        assert type(loaded.trial) is type(solution.trial)
        assert loaded.problem is solution.problem
        assert repr(loaded.network) == repr(solution.network)
        for name in ("cost", "max_residual", "error_estimate", "converged", "message", "history"):
            assert getattr(loaded, name) == getattr(solution, name)
            assert type(getattr(loaded, name)) is type(getattr(solution, name))
        assert repr(loaded) == repr(solution)
        if isinstance(solution.trial, Pieces):
            for new, old in zip(loaded.trial.trials, solution.trial.trials, strict=True):
                assert new.problem.domain == old.problem.domain
                assert new.problem.conditions.points == old.problem.conditions.points
                assert np.array_equal(new.problem.conditions.f0, old.problem.conditions.f0)
                assert new.problem.exact is None

    def test_pieces_count_x_from_their_starts_and_those_of_older_files_do_not(self, solutions, tmp_path):
        solution = solutions["pieces"]
        assert [trial.origin for trial in solution.trial.trials] == list(solution.trial.breaks[:-1])
        solution.save(tmp_path / "new.npz")
        old = {name: value for name, value in np.load(tmp_path / "new.npz").items() if name != "origins"}
        np.savez(tmp_path / "old.npz", **old)
        loaded = Solution.load(tmp_path / "old.npz", solution.problem)
        assert [trial.origin for trial in loaded.trial.trials] == [0.0] * len(loaded.theta)

    def test_saved_twice_is_the_same(self, solutions, tmp_path):
        solutions["pieces"].save(tmp_path / "first.npz")
        loaded = Solution.load(tmp_path / "first.npz", PROBLEMS["lagaris 4"])
        loaded.save(tmp_path / "second.npz")
        first, second = (np.load(tmp_path / f"{name}.npz") for name in ("first", "second"))
        assert set(first) == set(second)
        assert all(np.array_equal(first[name], second[name]) for name in first)

    def test_infinite_values_come_back(self, tmp_path):
        problem = replace(DECAY, residual=lambda x, f, df: df + 2 * f + 1e-9 / (x - 0.5))
        solution = solve(problem, points=[0.1, 0.45, 0.9])
        assert solution.error_estimate == np.inf
        solution.save(tmp_path / "pole.npz")
        loaded = Solution.load(tmp_path / "pole.npz", problem)
        assert repr(loaded) == repr(solution)
        assert loaded.message == solution.message

    def test_a_path_without_npz_gets_it(self, solutions, tmp_path):
        for path in (tmp_path / "a", str(tmp_path / "b")):
            solutions["one piece"].save(path)
            assert repr(Solution.load(f"{path}.npz", DECAY)) == repr(solutions["one piece"])

    @pytest.mark.parametrize("kind", KINDS)
    def test_no_pickle(self, solutions, kind, tmp_path):
        solutions[kind].save(tmp_path / "saved.npz")
        with np.load(tmp_path / "saved.npz", allow_pickle=False) as file:
            assert all(file[name].dtype.kind in "fiubU" for name in file)
        with zipfile.ZipFile(tmp_path / "saved.npz") as file:
            assert all(name.endswith(".npy") for name in file.namelist())

    def test_another_problem(self, solutions, tmp_path):
        path = tmp_path / "saved.npz"
        solutions["one piece"].save(path)
        with pytest.raises(ValueError, match=r"1 unknowns on \(0\.0, 1\.0\), got one with 1 on"):
            Solution.load(path, replace(DECAY, domain=(0, 2)))
        with pytest.raises(ValueError, match=r"got one with 2 on \(0\.0, 3\.0\)"):
            Solution.load(path, PROBLEMS["lagaris 4"])
        solutions["system"].save(path)
        with pytest.raises(ValueError, match=r"2 unknowns on \(0\.0, 3\.0\), got one with 1 on"):
            Solution.load(path, replace(DECAY, domain=(0, 3)))
        with pytest.raises(TypeError, match="problem must be an ODEProblem, got str"):
            Solution.load(path, "decay")

    def test_no_file(self, tmp_path):
        with pytest.raises(FileNotFoundError):
            Solution.load(tmp_path / "missing.npz", DECAY)

    def test_a_file_of_other_arrays(self, tmp_path):
        np.savez(tmp_path / "other.npz", sizes=[1, 2, 1], a=1.0)
        missing = "converged, cost, error_estimate, max_residual, message, vectors missing$"
        with pytest.raises(ValueError, match=f"is no saved solution: {missing}"):
            Solution.load(tmp_path / "other.npz", DECAY)

    @pytest.mark.parametrize("content", ["text", "nothing", "one array"])
    def test_a_file_of_something_else(self, content, tmp_path):
        path = tmp_path / "other.npz"
        if content == "one array":
            with path.open("wb") as file:
                np.save(file, np.ones(3))
        else:
            path.write_text("cost" if content == "text" else "")
        with pytest.raises(ValueError, match="is no saved solution"):
            Solution.load(path, DECAY)

    def test_activation_of_ones_own(self, tmp_path):
        bump = Activation("bump", lambda z: np.exp(-z * z), lambda z: -2 * z * np.exp(-z * z))
        solution = solve(DECAY, (4,), activation=bump, pieces=1)
        with pytest.raises(ValueError, match="cannot save the activation 'bump'"):
            solution.save(tmp_path / "own.npz")
        # Nor one that only has a known name.
        tanh = Activation("tanh", np.tanh, lambda z: 1 / np.cosh(z) ** 2)
        with pytest.raises(ValueError, match="cannot save the activation 'tanh'"):
            solve(DECAY, (4,), activation=tanh, pieces=1).save(tmp_path / "own.npz")
        assert not list(tmp_path.iterdir())


def test_pieces_of_ones_own():
    """f = 1 + x on the left of 1 and 3 - x from there on, of networks that are constants."""
    network = Network((1, 1), "identity")
    problem = ODEProblem(lambda x, f, df: df, InitialValue(1.0, 2.0), (0.0, 3.0))
    parts = [replace(problem, domain=domain) for domain in ((0, 1), (1, 3))]
    pieces = Pieces(problem, [TrialSolution(part, network) for part in parts])
    theta = [network.initial_parameters(np.random.default_rng(0)) for _ in range(2)]
    for (layer,), slope in zip(theta, (1.0, -1.0)):
        layer.weights[:], layer.biases[:] = 0.0, slope
    x = np.array([3.0, 0.0, 1.0, 0.5, 2.0])
    assert np.array_equal(pieces(theta, x), [0.0, 1.0, 2.0, 1.5, 1.0])
    assert np.array_equal(pieces(theta, x, 1), [-1.0, 1.0, -1.0, 1.0, -1.0])
    assert pieces(theta, 0.25) == 1.25
