"""What book/_ext/tasks.md answers at the interactive figures is true of their numbers."""

from __future__ import annotations

import interactive
import numpy as np
import pytest

SAID = interactive.words(interactive.TASKS.read_text(encoding="utf-8"))


def said(figure: str, *words: str) -> dict:
    """The numbers of the figure, whose tasks say these words."""
    text = " ".join(SAID[figure].split())
    assert [word for word in words if word not in text] == []
    return interactive.WIDGETS[figure].data()


def test_every_figure_has_a_question_and_three_tasks():
    assert SAID.keys() == interactive.WIDGETS.keys()
    for name, text in SAID.items():
        question, *tasks = text.split("\n\n")
        assert question.startswith("**") and question.endswith("?**"), name
        assert [task[:3] for task in tasks] == ["1. ", "   ", "2. ", "   ", "3. ", "   "], name


def test_tasks_are_short():
    for name, text in SAID.items():
        assert len(text.split()) < 190, name


def test_neurons():
    made = said("fig-layout-steps", "miss the sine by 0.08", "tanh is odd", "= 48$", "$x = -b/4$", "$w = 2.5$",
                "2.5, 0 and $-2.5$", "size 1.4", "0.023")  # fmt: skip
    x, sine = np.array(made["x"]), np.array(made["sine"])
    output = lambda *neurons: sum(v * np.tanh(w * x + b) for w, b, v in neurons)
    first, second, third = made["start"]
    assert np.abs(output(first, second, third) - sine).max() == pytest.approx(0.08, abs=0.002)
    assert second[1] == 0 and first[0] == 4
    turned = [-second[0], 0, -second[2]]
    assert output(first, turned, third) == pytest.approx(output(first, second, third))
    better = [(2.5, 2.5, -1.4), (2.5, 0.0, 1.4), (2.5, -2.5, -1.4)]
    assert np.abs(output(*better) - sine).max() == pytest.approx(0.023, abs=5e-4)
    for w, b, v in better:
        assert w in made["w"] and b in made["b"] and v in made["v"]


def test_rate():
    made = said("fig-backpropagation-rates", "the border 0.225", "At 0.22 the valley holds, at 0.24", "1.19",
                "sinks to 0.17", "about the rate itself", "0.22, with 0.0081", "0.02 ends with 0.046",
                "after six steps the cost is 256")  # fmt: skip
    run, factors = (dict(zip(made["gamma"], made[name])) for name in ("runs", "factors"))
    assert made["border"] == pytest.approx(0.225, abs=5e-4)
    assert abs(factors[0.22][0]) < 1 < abs(factors[0.24][0])
    assert run[0.24]["highest"] == pytest.approx(1.19, abs=0.01) and run[0.24]["last"] < 0.009
    assert run[0.1]["borders"][-1] == pytest.approx(0.17, abs=2e-3)
    assert run[0.3]["borders"][-1] == pytest.approx(0.3, abs=0.03)
    assert min(run, key=lambda gamma: run[gamma]["last"]) == 0.22
    lasts = [run[gamma]["last"] for gamma in (0.22, 0.02, 0.5)]
    assert lasts == pytest.approx([0.0081, 0.046, 256], rel=0.02) and len(run[0.5]["costs"]) == 7


def test_step_that_becomes_smaller():
    made = said("fig-finite-differences-v", "by $h = 0.01$", "a ninth of $h$", "below 0.03", "three times as large",
                "nearly 0.9", "the slope is zero")  # fmt: skip
    at = made["h"].index
    line = made["slope"] * np.linspace(-0.5, 1.5, 21)
    apart = [np.abs(curve - line).max() for curve in made["curves"][: at(0.01) + 1]]
    assert apart[-1] < 0.03 < 0.2 < apart[at(0.1)]
    assert 1 / made["gap"][at(1e-15)] == pytest.approx(9, abs=0.1)
    assert made["errors"][at(3e-16)] < 0.03 and made["errors"][at(1e-15)] > 3 * made["errors"][at(3e-16)]
    assert made["valley"][at(3e-16)] == pytest.approx(0.9, abs=0.05)
    assert made["secants"][at(3e-17)] == 0


def test_tree_that_becomes_a_graph():
    made = said("fig-symbolic-swell", "written eight times", "Of 29 nodes 10 are left", "three operations",
                "from 10 to 13", "from 29 it goes to 61", "264 operations as written and 45")  # fmt: skip
    saved = [before - after for before, after in zip(made["left"][2], made["left"][2][1:])]
    assert saved[0] == max(saved) and made["parts"][2][0] == (0, 8)
    assert [made["left"][2][0], made["left"][2][-1], made["left"][3][0], made["left"][3][-1]] == [29, 10, 61, 13]
    assert 2 * made["tree"][2] + 3 == made["tree"][3]
    assert [made["written"][3], made["shared"][3]] == [264, 45]


def test_forward_mode():
    made = said("fig-forward-mode-numbers", "Two arrows reach $c$", r"Only $\dot x = 1$", "only $x^2$")
    assert sum(child == 3 for _, child in made["edges"]) == 2
    at = {x: made["at"][made["x"].index(x)] for x in (-0.8, 0.0, 0.8)}
    assert at[0.0]["tangent"] == [1, 0, 0, 0, 0]
    assert at[-0.8]["value"][1:] == at[0.8]["value"][1:]
    assert at[-0.8]["tangent"] == [1, *(-t for t in at[0.8]["tangent"][1:])]


def test_reverse_mode():
    made = said("fig-reverse-mode-graph", "Two arrows leave $a$", "Only one arrow leaves $b$", "it is 0.5")
    assert [sum(parent == i for parent, _ in made["edges"]) for i in (1, 2)] == [2, 1]
    peaks = [at["adjoint"][3] for at in made["at"]]
    assert max(peaks) == peaks[made["x"].index(0.0)] == 0.5
    assert min(at["value"][3] for at in made["at"]) == 1
    for at in made["at"]:
        assert at["tangent"][4] == pytest.approx(at["adjoint"][0], rel=1e-9)


def test_euler_field():
    made = said("fig-euler-field", "highest has 1.007", "beyond 0.5", "from 0.026 to 0.013", "-0.36", "not from 1.6")
    logistic = made["problems"][0]
    f0, dx = logistic["f0"].index, logistic["dx"].index
    highest = [max(polygon) for polygon in logistic["polygons"][f0(0.1)]]
    assert highest[dx(0.5)] < 1 and highest[dx(0.6)] == pytest.approx(1.007, abs=5e-4)
    errors = logistic["errors"][f0(0.1)]
    assert [errors[dx(0.1)], errors[dx(0.05)]] == pytest.approx([0.026, 0.013], abs=5e-4)
    assert logistic["polygons"][f0(1.8)][dx(0.75)][1] == pytest.approx(-0.36)
    assert min(logistic["polygons"][f0(1.6)][dx(0.75)]) > 0
    lowest = [min(polygon) for polygon in logistic["polygons"][f0(1.8)]]
    assert lowest[dx(0.6)] > logistic["window"][2] > lowest[dx(0.75)]
    assert not any(min(polygon) < 0 for f in (0.1, 0.5, 1.0, 1.2) for polygon in logistic["polygons"][f0(f)])


def test_euler_stability():
    made = said("fig-euler-stability", "At 0.2", "by $-1$", "by a tenth", "Below 0.1", r"$1 - 10\,\Delta x$")
    [decay] = made["problems"]
    dx, factors = decay["dx"].index, decay["factors"]
    assert factors[dx(0.2)] == -1 and factors[dx(0.21)] == pytest.approx(-1.1)
    assert [factors[dx(h)] > 0 for h in (0.09, 0.1)] == [True, False] and factors[dx(0.1)] == 0
    for polygons, f0 in zip(decay["polygons"], decay["f0"]):
        assert (np.abs(polygons[dx(0.21)]) > f0).sum() > 5


def test_training():
    made = said("fig-network-solution-training", "iteration 10, with 0.0024", "at 5.2", "still above 0.01",
                "hold 10", "nearly 20")  # fmt: skip
    descent, marquardt = made["methods"]
    at = made["iterations"].index
    assert next(k for k, error in zip(made["iterations"], marquardt["error"]) if error < 0.01) == 10
    assert marquardt["error"][at(10)] == pytest.approx(0.0024, abs=5e-5)
    assert descent["error"][at(10)] == pytest.approx(5.2, abs=0.05)
    assert min(descent["error"]) > 0.01
    assert marquardt["solutions"][0] == marquardt["solutions"][1] == marquardt["solutions"][2]
    assert marquardt["solutions"][2] != marquardt["solutions"][3]
    assert all(f[0] == 10 for method in made["methods"] for f in method["solutions"])
    assert 19 < descent["residuals"][0][0] < 20


def test_modes():
    made = said("fig-training-modes", "At 50,000", "at 5,000", "the modes 5 and 6", "five changes of sign",
                "A fifth of the first", "to 0.38", "to 0.83")  # fmt: skip
    left = dict(zip(made["beta"], np.abs(made["left"])))
    first = {beta: made["steps"][np.all(left[beta][:, :4] < 0.01, axis=1).argmax()] for beta in (0.0, 0.9)}
    assert first == {0.0: 50_000, 0.9: 5000}
    at = made["steps"].index
    assert left[0.0][at(100_000)][:4].max() < 1e-3 < 0.5 < left[0.0][at(100_000)][4] < left[0.0][at(100_000)][5]
    signs = np.sign(made["residual"][0][at(100_000)])
    assert np.sum(np.diff(signs) != 0) == 5
    assert left[0.99][at(100)][[0, 3]] == pytest.approx([0.2, 0.38], abs=0.01)
    assert left[0.9][at(100)][3] == pytest.approx(0.83, abs=0.01) and left[0.0][1][0] == 0


def test_work():
    made = said("fig-training-work", "Euler needs 50 values", "and 500", "40,080", "At 0.001 it needs 5,000", "880",
                "220", "160")  # fmt: skip
    work = {method["label"]: [None if k is None else method["work"][k] for k in method["reached"]]
            for method in made["problems"][0]["methods"]}  # fmt: skip
    assert work["Euler"][:4] == [50, 500, 5000, 50_000]
    assert work["gradient descent"][:2] == [40_080, None]
    assert (work["Levenberg–Marquardt"][2], work["random features"][0], work["random features"][2]) == (880, 160, 160)
    for problem in made["problems"]:
        assert [m["label"] for m in problem["methods"] if m["reached"][-1] is not None] == ["random features"]
    assert work["random features"][-1] == 220


def test_features():
    made = said("fig-random-features-error", "0.2, 0.5 and 1", r"$3 \cdot 10^{-6}$", "with 0.2 it is 1",
                "above 0.1")  # fmt: skip
    smooth, detail = (np.array(problem["errors"]) for problem in made["problems"])
    assert [w for w, error in zip(made["width"], smooth[0]) if error < 1e-10] == [0.2, 0.5, 1.0]
    width = made["width"].index
    assert smooth[-1, width(5.0)] == 3e-6 and smooth[-1, width(0.2)] == 1
    assert detail[made["middle"].index(2.0) :].min() > 0.1

