"""What the figures show: how many neurons, lines and nodes, which texts, which colours."""

import matplotlib

matplotlib.use("Agg")

import autograd.numpy as anp
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex, to_rgba
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch
from matplotlib.quiver import Quiver

from course_lib import plotting
from course_lib.graph import trace
from course_lib.network import Network
from course_lib.reverse_mode import backward


@pytest.fixture(autouse=True)
def close_figures():
    with plt.style.context("course_lib.course"):
        yield
    plt.close("all")


def patches(ax, kind):
    return [patch for patch in ax.patches if isinstance(patch, kind)]


def texts(ax):
    return [text.get_text() for text in ax.texts]


def lecture_tape(x=1.0):
    def f(x):
        a = x**2
        b = anp.exp(a)
        c = a + b
        return anp.sqrt(c)

    return trace(f, x)


def text_boxes(ax):
    ax.figure.canvas.draw()
    return [text.get_window_extent() for text in ax.texts]


def overlaps(boxes):
    pairs = [(a, b) for i, a in enumerate(boxes) for b in boxes[:i]]
    return [
        (a, b)
        for a, b in pairs
        if min(a.x1, b.x1) - max(a.x0, b.x0) > 1 and min(a.y1, b.y1) - max(a.y0, b.y0) > 1
    ]


# ------------------------------------------------------------------------------------ networks


def test_small_network_has_all_neurons_weights_and_symbols():
    ax = plotting.draw_network([2, 3, 1])
    assert len(patches(ax, Circle)) == 6
    assert [len(c.get_segments()) for c in ax.collections] == [6, 3]
    shown = texts(ax)
    assert shown.count("$a_{3}^{(1)}$") == 1
    for j in range(1, 4):
        assert f"$b_{{{j}}}^{{(1)}}$" in shown
        for k in range(1, 3):
            assert f"$w_{{{j}{k}}}^{{(1)}}$" in shown
    assert "$b_{1}^{(0)}$" not in shown


@pytest.mark.parametrize("sizes", [[1, 1, 1], [2, 3, 1], [2, 2, 2, 2], [1, 3, 2], [3, 3, 1]])
def test_symbols_of_a_small_network_do_not_overlap(sizes):
    assert not overlaps(text_boxes(plotting.draw_network(sizes)))


def test_weight_symbol_stands_on_its_own_line():
    ax = plotting.draw_network([2, 3, 1])
    place = {t.get_text(): t.get_position() for t in ax.texts}
    (x0, y0), (x1, y1) = place["$a_{2}^{(0)}$"], place["$a_{3}^{(1)}$"]
    x, y = place["$w_{32}^{(1)}$"]
    assert (y - y0) * (x1 - x0) == pytest.approx((y1 - y0) * (x - x0))


def test_long_layers_are_shortened_with_dots():
    ax = plotting.draw_network([1, 20, 8, 2])
    assert len(patches(ax, Circle)) == 1 + 7 + 8 + 2
    assert texts(ax).count("⋮") == 1
    assert "$a_{20}^{(1)}$" in texts(ax) and "$a_{10}^{(1)}$" not in texts(ax)
    assert not any(text.startswith("$w") for text in texts(ax))


def test_weights_set_width_and_colour():
    network = Network([2, 2, 1], "tanh")
    theta = [(np.array([[2.0, -1.0], [0.0, 0.5]]), np.zeros(2)), (np.array([[1.0, -1.0]]), [0.0])]
    lines = plotting.draw_network(network, theta).collections[0]
    assert isinstance(lines, LineCollection)
    np.testing.assert_allclose(lines.get_linewidth(), 0.4 + 1.3 * np.array([2.0, 1.0, 0.0, 0.5]))
    colours = [to_hex(c).upper() for c in lines.get_color()]
    assert colours[:2] == [plotting.COLOURS["network"], plotting.COLOURS["delta"]]


def test_values_set_the_colours_of_the_neurons():
    ax = plotting.draw_network([2, 3, 1], values=[[[0.0, 0.5, -1.0]], [1.0]])
    faces = [patch.get_facecolor() for patch in patches(ax, Circle)]
    assert faces[0] == faces[1] == to_rgba("white")
    # As the weights: blue is positive, orange negative.
    blue, orange, white = map(to_rgba, (plotting.COLOURS["network"], plotting.COLOURS["delta"], "white"))
    expected = [white, np.add(white, blue) / 2, orange, blue]
    np.testing.assert_allclose(faces[2:], expected, atol=0.01)
    assert len(ax.figure.axes) == 2  # the colour bar


def test_no_symbols():
    ax = plotting.draw_network([2, 3, 1], symbols=False)
    assert not any("$a" in t or "$w" in t or "$b" in t for t in texts(ax))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([3],), ValueError, "two layers"),
        (([2, 1.5],), TypeError, "whole number"),
        (([2, 0],), ValueError, "at least 1"),
        (([2, 1], []), ValueError, "theta has 0 layers, expected 1"),
        (([2, 1], [(np.ones((2, 1)), [0])]), ValueError, r"\(2, 1\), expected \(1, 2\)"),
        (([2, 3, 1], None, [[1.0]]), ValueError, "values has 1 layers"),
        (([2, 1], None, [[1.0, 2.0]]), ValueError, r"\(2,\), expected \(1,\)"),
        (([2, 1], None, [[np.nan]]), ValueError, "NaN"),
    ],
)
def test_bad_networks(arguments, error, message):
    with pytest.raises(error, match=message):
        plotting.draw_network(*arguments)


# -------------------------------------------------------------------------------------- graphs


@pytest.mark.lecture("A4", "A6")
def test_lecture_graph_with_values_and_adjoints():
    tape = lecture_tape()
    ax = plotting.draw_graph(tape, backward(tape.output), names="x a b c d".split())
    assert len(patches(ax, FancyBboxPatch)) == 5
    assert len(patches(ax, FancyArrowPatch)) == 5
    shown = texts(ax)
    for text in ["$x$", "$a$ = $x$²", "$b$ = exp($a$)", "$c$ = $a$ + $b$", "$d$ = √$c$"]:
        assert text in shown
    assert "2.718" in shown and "3.718" in shown
    assert "$\\dfrac{\\partial f}{\\partial d}$ = 1" in shown
    assert "$\\dfrac{\\partial f}{\\partial c}$ = 0.2593" in shown  # 1 / (2 √c)


def test_nodes_stand_in_columns_and_no_arrow_crosses_a_box():
    places, routes = plotting.graph_places(plotting.to_networkx(lecture_tape()))
    assert [places[i][0] for i in range(1, 6)] == [0, 1, 2, 3, 4]
    (empty,) = routes[2, 4][1:-1]  # from a past b to c
    assert places[empty][0] == places[3][0] and abs(places[empty][1] - places[3][1]) >= 1
    assert len(set(places.values())) == len(places)


def test_texts_stay_in_their_boxes():
    tape = lecture_tape()
    tangents = [1.0, 2.0, 5.43656, 7.43656, 1.92839]
    ax = plotting.draw_graph(tape, backward(tape.output), tangents=tangents)
    assert "$\\dot{x_{3}}$ = 5.437" in texts(ax)
    assert not overlaps(text_boxes(ax))
    boxes = [patch.get_window_extent() for patch in patches(ax, FancyBboxPatch)]
    for text in text_boxes(ax):
        assert any(b.x0 < text.x0 and text.x1 < b.x1 and b.y0 < text.y0 and text.y1 < b.y1
                   for b in boxes)  # fmt: skip


def test_graph_of_a_neuron_does_not_overlap():
    tape = trace(lambda w, x, b, t: (np.tanh(w * x + b) - t) ** 2, 0.5, 1.0, 0.1, 1.0)
    ax = plotting.draw_graph(tape, backward(tape.output))
    assert not overlaps([patch.get_window_extent() for patch in patches(ax, FancyBboxPatch)])
    assert not overlaps(text_boxes(ax))


def test_a_parent_that_enters_twice_has_two_arrows():
    ax = plotting.draw_graph(trace(lambda x: x * x, 3.0))
    assert len(patches(ax, FancyArrowPatch)) == 2


@pytest.mark.parametrize(
    ("f", "shown"),
    [
        (lambda x, y: x * y, "$x$ · $y$"),
        (lambda x, y: 2.0 * x - 0.0 * y, "2 · $x$"),
        (lambda x, y: anp.where(x > y, x, y), "where($x$, $y$)"),
        (lambda x, y: anp.maximum(x, -2.0) / y, "maximum($x$, -2)"),
        (lambda x, y: 2.0**x + y, "2^$x$"),
    ],
)
def test_operations_have_the_names_of_their_arguments(f, shown):
    tape = trace(f, 1.0, 2.0)
    names = ["x", "y", *"abc"][: len(tape)]
    assert f"$a$ = {shown}" in texts(plotting.draw_graph(tape, names=names))


def test_bad_graphs():
    tape = lecture_tape()
    with pytest.raises(TypeError, match="Tape"):
        plotting.draw_graph([1, 2])
    with pytest.raises(ValueError, match="5 nodes"):
        plotting.draw_graph(tape, names=["x"])
    with pytest.raises(ValueError, match="tangents has 2"):
        plotting.draw_graph(tape, tangents=[1, 2])
    with pytest.raises(ValueError, match="adjoints has 1"):
        plotting.draw_graph(tape, adjoints=[1])


# -------------------------------------------------------------------------------------- curves


def test_direction_field_has_the_slopes_of_g():
    x, f = np.linspace(0, 1, 5), np.linspace(0, 10, 4)
    ax = plotting.draw_direction_field(lambda x, f: x - 2 * f, x, f)
    (field,) = [c for c in ax.collections if isinstance(c, Quiver)]
    columns, rows = np.meshgrid(x, f)
    np.testing.assert_allclose(field.V / field.U, (columns - 2 * rows).ravel())
    # All lines fill the same part of a cell.
    np.testing.assert_allclose(np.hypot(field.U / 0.25, field.V / (10 / 3)), 0.7)


def test_convergence_draws_errors_and_reference_slope():
    steps = np.array([0.1, 0.01, 0.001])
    errors = {"Euler": 3 * steps, "midpoint": np.array([1e-2, 1e-4, 0.0])}
    ax = plotting.draw_convergence(steps, errors, orders={"midpoint": 2})
    assert ax.get_xscale() == ax.get_yscale() == "log"
    euler, midpoint, guide = ax.lines
    np.testing.assert_array_equal(euler.get_ydata(), 3 * steps)
    assert np.isnan(midpoint.get_ydata()[2])
    slopes = np.diff(np.log(guide.get_ydata())) / np.diff(np.log(steps))
    np.testing.assert_allclose(slopes, 2)
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["Euler", "midpoint", r"$\propto h^{2}$"]


def test_training_curves():
    ax = plotting.draw_training({"small": [3.0, 2.0, 1.0], "large": [3.0, 1e50, np.inf]})
    assert ax.get_yscale() == "log"
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), [3.0, 2.0, 1.0])
    assert np.isnan(ax.lines[1].get_ydata()[2])
    assert plotting.draw_training({"zero": [1.0, 0.0]}).get_yscale() == "linear"
    ax = plotting.draw_training({"from one": [2.0, 1.0]}, first=1)
    np.testing.assert_array_equal(ax.lines[0].get_xdata(), [1, 2])


@pytest.mark.parametrize(
    ("draw", "error", "message"),
    [
        (lambda: plotting.draw_direction_field(1, [0, 1], [0, 1]), TypeError, "function"),
        (lambda: plotting.draw_direction_field(max, [0, 0], [0, 1]), ValueError, "two different"),
        (lambda: plotting.draw_direction_field(lambda x, f: x[0], [0, 1, 2], [0, 1]), ValueError,
         r"\(3,\), expected \(2, 3\)"),
        (lambda: plotting.draw_convergence([1, -1], {"a": [1, 1]}), ValueError, "positive"),
        (lambda: plotting.draw_convergence([1, 2], {}), ValueError, "at least one"),
        (lambda: plotting.draw_convergence([1, 2], {"a": [1]}), ValueError, r"\(1,\), expected"),
        (lambda: plotting.draw_convergence([1, 2], {"a": [1, -1]}), ValueError, "negative"),
        (lambda: plotting.draw_convergence([1, 2], {"a": [1, 1]}, {"b": 1}), ValueError, "known"),
        (lambda: plotting.draw_training({}), ValueError, "empty"),
        (lambda: plotting.draw_training({"a": [np.nan]}), ValueError, "no finite"),
        (lambda: plotting.draw_training({"a": 3.0}), ValueError, r"\(\), expected"),
    ],
)  # fmt: skip
def test_bad_curves(draw, error, message):
    with pytest.raises(error, match=message):
        draw()


@pytest.mark.parametrize(
    "draw",
    [
        lambda ax: plotting.draw_network([1, 2, 1], ax=ax),
        lambda ax: plotting.draw_graph(lecture_tape(), ax=ax),
        lambda ax: plotting.draw_direction_field(lambda x, f: f, [0, 1], [0, 1], ax=ax),
        lambda ax: plotting.draw_convergence([1, 2], {"a": [1, 2]}, ax=ax),
        lambda ax: plotting.draw_training({"a": [1, 2]}, ax=ax),
    ],
)
def test_draws_on_the_axes_it_is_given_and_changes_no_settings(draw):
    _, ax = plt.subplots()
    before, figures = dict(plt.rcParams), plt.get_fignums()
    assert draw(ax) is ax
    assert dict(plt.rcParams) == before and plt.get_fignums() == figures


def test_colours_of_the_symbols_differ():
    assert set(plotting.COLOURS) == {"x", "w", "delta", "network", "exact", "euler", "data"}
    assert len(set(plotting.COLOURS.values())) == 7
