"""The playground: its numbers are course_lib's, while a slider moves too, and its Python gives the same ones."""

from __future__ import annotations

import json
import sys

import numpy as np
import playground_page as page
import pytest
from bs4 import BeautifulSoup
from lecture_ids import ROOT
from scipy.integrate import solve_ivp

from course_lib.equations import PROBLEMS, solve

sys.path.append(str(ROOT / "book/live"))
import playground
from playground import PRESETS

PENDULUM = PRESETS["pendulum"]


def values(name: str, **others: float) -> dict[str, float]:
    return page.start_values(name) | others


def run(code: str) -> dict:
    """What a cell leaves behind."""
    space: dict = {}
    exec(code, space)
    return space


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setattr(playground, "_last", {"typed": None, "solution": None, "cost": 0.0})


@pytest.fixture(scope="module", params=PRESETS)
def solved(request) -> tuple[str, dict]:
    return request.param, playground.solve(PRESETS[request.param] | {"values": values(request.param)})


class TestPresets:
    def test_converge_to_eight_digits(self, solved):
        _, answer = solved
        assert answer["converged"]
        assert answer["error"] <= 1e-8 * np.abs(answer["f"]).max()

    def test_the_cell_gives_the_same_numbers(self, solved):
        _, answer = solved
        solution = run(answer["code"])["solution"]
        f = np.array(answer["f"]).T
        assert solution(answer["x"]).reshape(f.shape) == pytest.approx(f, rel=1e-9, abs=1e-9 * np.abs(f).max())
        assert solution.error_estimate == pytest.approx(answer["error"], rel=0.1)

    def test_the_residual_is_small_and_of_the_equation(self, solved):
        _, answer = solved
        assert np.shape(answer["residual"]) == np.shape(answer["f"])
        assert np.abs(answer["residual"]).max() < 1e-6 * max(1.0, np.abs(answer["f"]).max())

    def test_sliders_are_the_letters_of_the_equation(self, solved):
        name, answer = solved
        assert sorted(PRESETS[name]["sliders"]) == sorted(answer["parameters"])
        for value, low, high in PRESETS[name]["sliders"].values():
            assert low <= value <= high

    def test_followed_by_a_slider_it_stays_as_good(self, solved):
        name, _ = solved
        letter, (value, low, high) = next(iter(PRESETS[name]["sliders"].items()))
        playground.solve(PRESETS[name] | {"values": values(name)})
        moved = PRESETS[name] | {"values": values(name, **{letter: value + 0.02 * (high - low)})}
        quick, whole = playground.solve(moved | {"quick": True}), playground.solve(moved)
        assert quick["quick"] and not whole["quick"]
        assert quick["converged"] and quick["error"] <= 1e-8 * np.abs(quick["f"]).max()
        for one, other in zip(quick["f"], whole["f"]):
            at = np.interp(quick["x"], whole["x"], other)  # the pieces may differ, and so the points
            assert one == pytest.approx(at, abs=5e-2 * np.abs(other).max())
        if quick["breaks"] == whole["breaks"]:
            assert np.abs(np.array(quick["f"]) - whole["f"]).max() <= 2 * (quick["error"] + whole["error"])

    def test_the_training_goes_down(self, solved):
        name, _ = solved
        request = PRESETS[name] | {"values": values(name), "method": "levenberg-marquardt", "neurons": 20, "gamma": 1.0}
        first = playground.train(request)
        last = playground.step({"steps": 40})
        assert first["taken"] == 0 and last["taken"] == 40
        assert last["cost"] < 0.1 * first["cost"]


def test_the_pendulum_is_scipys():
    answer = playground.solve(PENDULUM | {"values": {"a": 2.0, "k": 0.3}})
    run = solve_ivp(lambda x, f: [f[1], -0.3 * f[1] - np.sin(f[0])], (0, 20), [2.0, 0.0], "DOP853",
                    rtol=1e-12, atol=1e-12, dense_output=True)  # fmt: skip
    assert np.abs(answer["f"][0] - run.sol(answer["x"])[0]).max() <= 10 * answer["error"] + 1e-9
    assert answer["error"] < 1e-7


def test_a_slider_that_leaves_the_pieces_behind_is_solved_afresh():
    playground.solve(PENDULUM | {"values": {"a": 0.5, "k": 0.0}})
    answer = playground.solve(PENDULUM | {"values": {"a": 3.1, "k": 0.0}, "quick": True})
    assert not answer["quick"] and answer["converged"]


@pytest.mark.parametrize(("name", "letter"), [("blasius", "s"), ("kepler", "v")])
def test_another_equation_is_not_followed(name, letter):
    playground.solve(PENDULUM | {"values": values("pendulum")})
    assert not playground.solve(PRESETS[name] | {"values": values(name), "quick": True})["quick"]


def test_a_moving_end_is_solved_afresh():
    grows = {"equation": "f' = f", "conditions": "f(0) = 1", "start": "0", "end": "L"}
    for end in (1.0, 2.0):
        answer = playground.solve(grows | {"values": {"L": end}, "quick": True})
        assert not answer["quick"] and answer["f"][0][-1] == pytest.approx(np.exp(end))


def test_a_condition_inside_is_solved_both_ways():
    middle = {"equation": "f' = k f", "conditions": "f(1) = 1", "start": "0", "end": "3"}
    for k in (1.0, 1.1):
        answer = playground.solve(middle | {"values": {"k": k}, "quick": True})
        assert not answer["quick"]
        assert answer["f"][0] == pytest.approx(np.exp(k * (answer["x"] - 1)), rel=1e-8)


def test_far_from_zero_and_in_units_of_their_own():
    far = {"equation": "f' = -k f", "conditions": "f(100000) = 1", "start": "100000", "end": "100002"}
    for k in (1.0, 1.1):
        answer = playground.solve(far | {"values": {"k": k}, "quick": True})
        assert answer["f"][0][-1] == pytest.approx(np.exp(-2 * k), rel=1e-7)
    small = {"equation": "u' = -u, v' = -k v", "conditions": "u(0) = 1, v(0) = 1/10^9", "start": "0", "end": "1"}
    for k in (1.0, 1.1):
        answer = playground.solve(small | {"values": {"k": k}, "quick": True})
        assert answer["f"][1][-1] == pytest.approx(1e-9 * np.exp(-k), rel=1e-4)
        assert np.abs(answer["residual"][1]).max() < 1e-12


def test_no_solution_at_an_energy_of_the_well():
    answer = playground.solve(PRESETS["well"] | {"values": {"E": 1.0}})
    assert not answer["converged"]
    assert "the ends hardly fix the solution" in answer["message"] or "above the tolerance" in answer["message"]


@pytest.mark.parametrize(("texts", "field", "said"), [
    ({"equation": "f' = sin x"}, "equation", "write sin(x)"),
    ({"conditions": "f = 1"}, "conditions", "gives no value"),
    ({"end": "-1"}, "interval", "is empty"),
    ({"equation": "f' = 1/x"}, "equation", "It cannot be solved: "),
    ({"equation": "f' = log(-1 - x)"}, "equation", "It cannot be solved: "),
])
def test_what_is_wrong_is_said_in_a_sentence(texts, field, said):
    simple = {"equation": "f' = f", "conditions": "f(0) = 1", "start": "0", "end": "1", "values": {}}
    answer = playground.solve(simple | texts)
    assert said in answer["wrong"] and answer["wrong"].endswith(".")
    assert answer["field"] == field


def test_patience_ends(monkeypatch):
    monkeypatch.setattr(playground, "PATIENCE", 5)
    request = PENDULUM | {"values": values("pendulum"), "method": "adam", "neurons": 5, "gamma": 1e-2}
    assert playground.solve(request)["wrong"].startswith("This takes too long")
    playground.train(request)
    assert playground.step({"steps": 20})["taken"] == 20, "a training goes on as long as its reader lets it"


def test_a_letter_without_a_slider_is_one():
    answer = playground.solve({"equation": "f' = k f", "conditions": "f(0) = 1", "start": "0", "end": "1"})
    assert answer["parameters"] == ["k"] and answer["f"][0][-1] == pytest.approx(np.e)


class TestTraining:
    @pytest.mark.parametrize(("method", "gamma", "count"), [
        ("gradient descent", 1e-3, 30), ("adam", 1e-2, 30), ("levenberg-marquardt", 1.0, 20),
        ("random features", 1.0, 3)])
    def test_is_that_of_solve_step_by_step(self, method, gamma, count):
        request = PENDULUM | {"values": values("pendulum"), "method": method, "neurons": 12, "gamma": gamma}
        answer = playground.train(request)
        costs = list(answer["costs"])
        for steps in (1, 2, count - 3) if count > 3 else (1, count - 1):
            answer = playground.step({"steps": steps})
            costs += answer["costs"]
        solution = run(answer["code"])["solution"]
        assert solution.history.cost[: len(costs)] == pytest.approx(costs, rel=1e-6)
        assert answer["cost"] == pytest.approx(min(costs), rel=1e-12)
        f = np.array(answer["f"][0])
        assert solution(answer["x"]) == pytest.approx(f, abs=1e-4 * np.abs(f).max())

    def test_ends_where_it_is_told_to(self):
        request = PENDULUM | {"values": values("pendulum"), "method": "adam", "neurons": 5, "gamma": 0.01}
        assert playground.train(request | {"train": 3.0})["x"][-1] == 3.0
        assert playground.train(request | {"train": None})["x"][-1] == 20.0
        assert playground.train(request | {"train": 30.0})["field"] == "train"
        well = PRESETS["well"] | {"values": values("well"), "method": "adam", "neurons": 5, "gamma": 0.01}
        assert playground.train(well | {"train": 1.0})["x"][-1] == 5.0, "both ends are needed"

    def test_that_diverges_says_so(self):
        request = PENDULUM | {"values": values("pendulum"), "method": "gradient descent", "neurons": 20, "gamma": 10.0}
        playground.train(request)
        answer = playground.step({"steps": 500})
        assert answer["ended"].startswith("It has diverged: take a smaller learning rate")
        assert np.isfinite(answer["f"][0]).all()

    def test_that_is_done_says_so(self):
        decay = PRESETS["decay"] | {"values": values("decay"), "method": "random features", "neurons": 20, "gamma": 1.0}
        playground.train(decay)
        assert playground.step({"steps": 50})["ended"].startswith("It has ended")


class TestWhatMovesWithoutPython:
    def unscaled(self, heights, axis):
        return axis[0] + np.array(heights) / page.FINE * (axis[1] - axis[0])

    @pytest.mark.parametrize("name", page.SHOWN)
    def test_the_training_ends_on_the_solution(self, name):
        film = page.training(name)
        step = 1.5 * (film["y"][1] - film["y"][0]) / page.FINE
        target, last = (self.unscaled(film[key], film["y"]) for key in ("target", "frames"))
        assert np.abs(last[-1] - target).max() <= film["error"] + 2 * step
        assert np.abs(last[0] - target).max() > 20 * step, "it begins elsewhere"
        assert film["costs"] == sorted(film["costs"], reverse=True) and len(film["costs"]) == film["steps"][-1] + 1

    @pytest.mark.parametrize("name", page.SHOWN)
    def test_the_slider_shows_course_libs_solutions(self, name):
        stored = page.slider(name)
        assert stored["values"][stored["start"]] == values(name)[stored["letter"]]
        k = 2
        answer = playground.solve(PRESETS[name] | {"values": values(name, **{stored["letter"]: stored["values"][k]})})
        solution = run(answer["code"])["solution"]
        x = np.linspace(*stored["x"], len(stored["frames"][k]["f"][0]))
        f = solution(x).reshape(len(x), -1).T
        axis = stored["frames"][k]["y"]
        step = (axis[1] - axis[0]) / page.FINE
        assert self.unscaled(stored["frames"][k]["f"], axis) == pytest.approx(f, abs=3 * step)
        assert stored["frames"][k]["converged"]
        largest = self.unscaled(stored["frames"][k]["residual"], page.POWERS).max()
        assert largest <= np.log10(solution.max_residual) + 1.0

    def test_the_cell_is_that_of_the_preset(self):
        solution = run(page.training("pendulum")["code"])["solution"]
        assert solution.converged and solution.problem.domain == (0.0, 20.0)


def test_an_axis_has_room_and_a_flat_curve_too():
    assert page.window([0.0, 1.0]) == [-0.08, 1.08]
    assert page.window([2.0, 2.0]) == [1.0, 3.0]


def test_a_script_cannot_end_early():
    assert "</script" not in page.embedded({"text": "</script>"}).removesuffix("</script>")


def test_the_page_holds_the_playground_and_its_numbers(html):
    soup = BeautifulSoup((html / "book/playground.html").read_text(encoding="utf-8"), "html.parser")
    [box] = soup.select(".playground")
    data = json.loads(box.script.string)
    assert set(data["presets"]) == set(PRESETS) and set(data["films"]) == set(data["slides"]) == set(page.SHOWN)
    scripts = [tag["src"].split("?")[0].rpartition("_static/")[2] for tag in soup.find_all("script", src=True)]
    assert [name for name in scripts if name.startswith("playground/")] == list(page.PAGE)
    for name in [*page.PAGE, "playground/playground.css"]:
        assert (html / "_static" / name).is_file()


def test_no_other_page_loads_its_scripts(html):
    text = (html / "book/notation.html").read_text(encoding="utf-8")
    assert "playground/draw.js" not in text


def test_the_decay_of_the_book_can_be_typed():
    answer = playground.solve({"equation": "f' = -2 f", "conditions": "f(0) = 10", "start": "0", "end": "1"})
    assert answer["f"][0] == pytest.approx(solve(PROBLEMS["decay"])(answer["x"]), rel=1e-8)
