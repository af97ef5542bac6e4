"""What the figures show: how many neurons, lines and nodes, which texts, which colours, and the whole drawing."""

import io
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import autograd.numpy as anp
import matplotlib.pyplot as plt
import numpy as np
import pytest
from compare_figures import is_drawn
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex, to_rgba
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch
from matplotlib.quiver import Quiver

from course_lib import drawing
from course_lib.differentiation.graph import to_networkx, trace
from course_lib.differentiation.reverse_mode import backward
from course_lib.drawing.graphs import _graph_places
from course_lib.networks import Network

pytestmark = pytest.mark.filterwarnings("error")


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
    ax = drawing.draw_network([2, 3, 1])
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
    assert not overlaps(text_boxes(drawing.draw_network(sizes)))


def test_a_network_as_wide_as_a_telephone_has_room_for_readable_symbols():
    """Chapter 1 has it so: at 360 pixels an index has 10 at least."""
    figure = plt.figure(figsize=(3.1, 2.6))
    ax = drawing.draw_network((1, 3, 1), ax=figure.add_subplot())
    assert not overlaps(text_boxes(ax))
    index = 0.7  # of the letter that it belongs to
    assert min(text.get_fontsize() for text in ax.texts) / 72 * index * 360 / 3.1 >= 10


def test_weight_symbol_stands_on_its_own_line():
    ax = drawing.draw_network([2, 3, 1])
    place = {t.get_text(): t.get_position() for t in ax.texts}
    (x0, y0), (x1, y1) = place["$a_{2}^{(0)}$"], place["$a_{3}^{(1)}$"]
    x, y = place["$w_{32}^{(1)}$"]
    assert (y - y0) * (x1 - x0) == pytest.approx((y1 - y0) * (x - x0))


def test_long_layers_are_shortened_with_dots():
    ax = drawing.draw_network([1, 20, 8, 2])
    assert len(patches(ax, Circle)) == 1 + 7 + 8 + 2
    assert texts(ax).count("⋮") == 1
    assert "$a_{20}^{(1)}$" in texts(ax) and "$a_{10}^{(1)}$" not in texts(ax)
    assert not any(text.startswith("$w") for text in texts(ax))


def test_weights_set_width_and_colour():
    network = Network([2, 2, 1], "tanh")
    theta = [(np.array([[2.0, -1.0], [0.0, 0.5]]), np.zeros(2)), (np.array([[1.0, -1.0]]), [0.0])]
    lines = drawing.draw_network(network, theta).collections[0]
    assert isinstance(lines, LineCollection)
    np.testing.assert_allclose(lines.get_linewidth(), 0.4 + 1.3 * np.array([2.0, 1.0, 0.0, 0.5]))
    colours = [to_hex(c).upper() for c in lines.get_color()]
    assert colours[:2] == [drawing.COLOURS["network"], drawing.COLOURS["delta"]]


def test_values_set_the_colours_of_the_neurons():
    ax = drawing.draw_network([2, 3, 1], values=[[[0.0, 0.5, -1.0]], [1.0]])
    faces = [patch.get_facecolor() for patch in patches(ax, Circle)]
    assert faces[0] == faces[1] == to_rgba("white")
    # As the weights: blue is positive, orange negative.
    blue, orange, white = map(to_rgba, (drawing.COLOURS["network"], drawing.COLOURS["delta"], "white"))
    expected = [white, np.add(white, blue) / 2, orange, blue]
    np.testing.assert_allclose(faces[2:], expected, atol=0.01)
    assert len(ax.figure.axes) == 2  # the colour bar


def test_no_symbols():
    ax = drawing.draw_network([2, 3, 1], symbols=False)
    assert not any("$a" in t or "$w" in t or "$b" in t for t in texts(ax))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([3],), ValueError, "^a network has at least two layers, got the sizes "),
        (([2, 1.5],), TypeError, "^a layer's size must be a whole number"),
        (([2, 0],), ValueError, "^a layer's size .*at least 1"),
        (([2, 1], []), ValueError, "^theta has 0 layers, expected 1$"),
        (([2, 1], [(np.ones((2, 1)), [0])]), ValueError, r"^w of layer 1 .*\(2, 1\), expected \(1, 2\)"),
        (([2, 1], [([[np.nan, 1.0]], [0])]), ValueError, "^w of layer 1 .*NaN"),
        (([2, 1], [[[1.0, 2.0]]]), TypeError, "^layer 1 of theta must be"),
        (([2, 3, 1], None, [[1.0]]), ValueError, "^values has 1 layers, expected 3, or one less$"),
        (([2, 1], None, [[1.0, 2.0]]), ValueError, r"^values of layer 1 .*\(2,\), expected \(1,\)"),
        (([2, 1], None, [[np.nan]]), ValueError, "^values of layer 1 .*NaN"),
        (([2, 1], None, None, True, "here"), TypeError, "^ax must be"),
    ],
)
def test_bad_networks(arguments, error, message):
    with pytest.raises(error, match=message):
        drawing.draw_network(*arguments)


# -------------------------------------------------------------------------------------- graphs


@pytest.mark.lecture("A4", "A6")
def test_lecture_graph_with_values_and_adjoints():
    tape = lecture_tape()
    ax = drawing.draw_graph(tape, backward(tape.output), names="x a b c d".split())
    assert len(patches(ax, FancyBboxPatch)) == 5
    assert len(patches(ax, FancyArrowPatch)) == 5
    shown = texts(ax)
    for text in ["$x$", "$a$ = $x$²", "$b$ = exp($a$)", "$c$ = $a$ + $b$", "$d$ = √$c$"]:
        assert text in shown
    assert "2.718" in shown and "3.718" in shown
    assert "$\\partial f/\\partial d$ = 1" in shown
    assert "$\\partial f/\\partial c$ = 0.2593" in shown  # 1 / (2 √c)


def test_slopes_stand_on_the_arrows():
    shown = texts(drawing.draw_graph(lecture_tape(), slopes=True))
    for slope, times in {"2": 1, "2.718": 1 + 1, "1": 2 + 2, "0.2593": 1}.items():  # some are values too
        assert shown.count(slope) == times, slope
    twice = texts(drawing.draw_graph(trace(lambda x: x * x, 3.0), slopes=True))
    assert twice.count("3") == 3  # x itself, and on both arrows


def test_nodes_stand_in_columns_and_no_arrow_crosses_a_box():
    places, routes = _graph_places(to_networkx(lecture_tape()))
    assert [places[i][0] for i in range(1, 6)] == [0, 1, 2, 3, 4]
    (empty,) = routes[2, 4][1:-1]  # from a past b to c
    assert places[empty][0] == places[3][0] and abs(places[empty][1] - places[3][1]) >= 1
    assert len(set(places.values())) == len(places)


def test_texts_stay_in_their_boxes():
    tape = lecture_tape()
    tangents = [1.0, 2.0, 5.43656, 7.43656, 1.92839]
    with_slopes = drawing.draw_graph(tape, backward(tape.output), tangents=tangents, slopes=True)
    assert not overlaps(text_boxes(with_slopes))
    ax = drawing.draw_graph(tape, backward(tape.output), tangents=tangents)
    assert "$\\dot{x_{3}}$ = 5.437" in texts(ax)
    assert not overlaps(text_boxes(ax))
    boxes = [patch.get_window_extent() for patch in patches(ax, FancyBboxPatch)]
    for text in text_boxes(ax):
        assert any(b.x0 < text.x0 and text.x1 < b.x1 and b.y0 < text.y0 and text.y1 < b.y1
                   for b in boxes)  # fmt: skip


def test_graph_of_a_neuron_does_not_overlap():
    tape = trace(lambda w, x, b, t: (np.tanh(w * x + b) - t) ** 2, 0.5, 1.0, 0.1, 1.0)
    ax = drawing.draw_graph(tape, backward(tape.output))
    assert not overlaps([patch.get_window_extent() for patch in patches(ax, FancyBboxPatch)])
    assert not overlaps(text_boxes(ax))


def test_a_parent_that_enters_twice_has_two_arrows():
    ax = drawing.draw_graph(trace(lambda x: x * x, 3.0))
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
    assert f"$a$ = {shown}" in texts(drawing.draw_graph(tape, names=names))


def test_bad_graphs():
    tape = lecture_tape()
    with pytest.raises(TypeError, match="Tape"):
        drawing.draw_graph([1, 2])
    with pytest.raises(ValueError, match="5 nodes"):
        drawing.draw_graph(tape, names=["x"])
    with pytest.raises(ValueError, match="tangents has 2"):
        drawing.draw_graph(tape, tangents=[1, 2])
    with pytest.raises(ValueError, match="adjoints has 1"):
        drawing.draw_graph(tape, adjoints=[1])


# -------------------------------------------------------------------------------------- curves


def test_direction_field_has_the_slopes_of_g():
    x, f = np.linspace(0, 1, 5), np.linspace(0, 10, 4)
    ax = drawing.draw_direction_field(lambda x, f: x - 2 * f, x, f)
    (field,) = [c for c in ax.collections if isinstance(c, Quiver)]
    columns, rows = np.meshgrid(x, f)
    np.testing.assert_allclose(field.V / field.U, (columns - 2 * rows).ravel())
    assert field.get_zorder() < plt.Line2D([], []).get_zorder()  # a curve lies above it, whichever is drawn first
    # All lines fill the same part of a cell.
    np.testing.assert_allclose(np.hypot(field.U / 0.25, field.V / (10 / 3)), 0.7)


def test_convergence_draws_errors_and_reference_slope():
    steps = np.array([0.1, 0.01, 0.001])
    errors = {"Euler": 3 * steps, "midpoint": np.array([1e-2, 1e-4, 0.0])}
    ax = drawing.draw_convergence(steps, errors, orders={"midpoint": 2})
    assert ax.get_xscale() == ax.get_yscale() == "log"
    euler, midpoint, guide = ax.lines
    np.testing.assert_array_equal(euler.get_ydata(), 3 * steps)
    assert np.isnan(midpoint.get_ydata()[2])
    slopes = np.diff(np.log(guide.get_ydata())) / np.diff(np.log(steps))
    np.testing.assert_allclose(slopes, 2)
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["Euler", "midpoint", r"$\propto h^{2}$"]


def test_reference_slope_stands_below_the_largest_step_that_has_an_error():
    steps, errors = [0.1, 0.2, 0.4], [1e-2, 8e-2, 0.0]
    _, guide = drawing.draw_convergence(steps, {"a": errors}, orders={"a": 2}).lines
    np.testing.assert_allclose(guide.get_ydata(), [1e-2, 4e-2, 16e-2])


def test_training_curves():
    ax = drawing.draw_training({"small": [3.0, 2.0, 1.0], "large": [3.0, 1e50, np.inf]})
    assert ax.get_yscale() == "log"
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), [3.0, 2.0, 1.0])
    assert np.isnan(ax.lines[1].get_ydata()[2])
    assert drawing.draw_training({"zero": [1.0, 0.0]}).get_yscale() == "linear"
    ax = drawing.draw_training({"from one": [2.0, 1.0]}, first=1)
    np.testing.assert_array_equal(ax.lines[0].get_xdata(), [1, 2])


@pytest.mark.parametrize(
    ("draw", "error", "message"),
    [
        (lambda: drawing.draw_direction_field(1, [0, 1], [0, 1]), TypeError, "^g must be a function"),
        (lambda: drawing.draw_direction_field(max, [0, 0], [0, 1]), ValueError, "^x and f need two different numbers"),
        (lambda: drawing.draw_direction_field(max, [0, 1], [1, 1]), ValueError, "^x and f need two different numbers"),
        (lambda: drawing.draw_direction_field(max, [[0, 1]], [0, 1]), ValueError, r"^x .*, expected \(m,\)"),
        (lambda: drawing.draw_direction_field(max, [0, 1], [[0, 1]]), ValueError, r"^f .*, expected \(n,\)"),
        (lambda: drawing.draw_direction_field(lambda x, f: x[0], [0, 1, 2], [0, 1]), ValueError,
         r"^g\(x, f\) .*\(3,\), expected \(2, 3\)"),
        (lambda: drawing.draw_direction_field(lambda x, f: np.nan, [0, 1], [0, 1]), ValueError, r"^g\(x, f\) .*NaN"),
        (lambda: drawing.draw_convergence([1, -1], {"a": [1, 1]}), ValueError, "^steps must be positive, and"),
        (lambda: drawing.draw_convergence([1, 0], {"a": [1, 1]}), ValueError, "^steps must be positive, and"),
        (lambda: drawing.draw_convergence([[1]], {"a": [1]}), ValueError, r"^steps .*, expected \(m,\)"),
        (lambda: drawing.draw_convergence([1, 2], {}), ValueError, "at least one series of errors is needed$"),
        (lambda: drawing.draw_convergence([1, 2], [1, 2]), TypeError, "^errors must be a dict from a name to its"),
        (lambda: drawing.draw_convergence([1, 2], {"a": [1]}), ValueError, r"^errors of a .*\(1,\), expected \(2,\)"),
        (lambda: drawing.draw_convergence([1, 2], {"a": [1, -1]}), ValueError, "^errors of a are negative: take"),
        (lambda: drawing.draw_convergence([1, 2], {"a": [1, 1]}, {"b": 1}), ValueError,
         r"^no errors named \['b'\]; known: \['a'\]$"),
        (lambda: drawing.draw_training({}), ValueError, "^histories is empty: give a dict from a name to its costs$"),
        (lambda: drawing.draw_training([1, 2]), TypeError, "^histories must be a dict from a name to its"),
        (lambda: drawing.draw_training({"a": ["1", "2"]}), TypeError, "^costs of a must be real numbers, got <U1"),
        (lambda: drawing.draw_training({"a": [1j]}), TypeError, "^costs of a must be real numbers, got complex128"),
        (lambda: drawing.draw_training({"a": [np.nan]}), ValueError, "^costs of a hold no finite number$"),
        (lambda: drawing.draw_training({"a": 3.0}), ValueError, r"^costs of a .*\(\), expected \(m,\)"),
    ],
)  # fmt: skip
def test_bad_curves(draw, error, message):
    with pytest.raises(error, match=message):
        draw()


@pytest.mark.parametrize(
    "draw",
    [
        lambda ax: drawing.draw_network([1, 2, 1], ax=ax),
        lambda ax: drawing.draw_graph(lecture_tape(), ax=ax),
        lambda ax: drawing.draw_direction_field(lambda x, f: f, [0, 1], [0, 1], ax=ax),
        lambda ax: drawing.draw_convergence([1, 2], {"a": [1, 2]}, ax=ax),
        lambda ax: drawing.draw_training({"a": [1, 2]}, ax=ax),
    ],
)
def test_draws_on_the_axes_it_is_given_and_changes_no_settings(draw):
    _, ax = plt.subplots()
    before, figures = dict(plt.rcParams), plt.get_fignums()
    assert draw(ax) is ax
    assert dict(plt.rcParams) == before and plt.get_fignums() == figures


def test_colours_of_the_symbols_differ():
    assert set(drawing.COLOURS) == {"x", "w", "delta", "network", "exact", "euler", "data"}
    assert len(set(drawing.COLOURS.values())) == 7


# ------------------------------------------------------------------------------ the whole drawing

DRAWINGS = Path(__file__).with_name("drawings")


def theta_of(*shapes):
    rng = np.random.default_rng(1)
    return [(rng.normal(size=shape), np.zeros(shape[0])) for shape in shapes]


def steps_and_errors():
    steps = 0.1 / 2.0 ** np.arange(6)
    return steps, {"Euler": 3 * steps, "midpoint": np.append(steps[:5] ** 2, 0.0)}


DRAWN = {
    "small network": lambda: drawing.draw_network([2, 3, 1]),
    "network with numbers": lambda: drawing.draw_network(
        [3, 8, 9, 1], theta_of((8, 3), (9, 8), (1, 9)), [np.linspace(0, 1, 8), np.linspace(-1, 3, 9), [-3.0]]
    ),
    "network of four": lambda: drawing.draw_network([4, 1], theta_of((1, 4))),
    "network of equal layers": lambda: drawing.draw_network(
        Network([5, 5], "tanh"), [(np.zeros((5, 5)), np.zeros(5))], [np.zeros((1, 5)), np.zeros(5)], symbols=False
    ),
    "graph": lambda: drawing.draw_graph(lecture_tape()),
    "graph with slopes": lambda: drawing.draw_graph(
        (tape := lecture_tape()), backward(tape.output), list("xabcd"), tangents=[1.0, 2.0, 5.43656, 7.43656, 1.92839],
        slopes=True,
    ),
    "graph of a neuron": lambda: drawing.draw_graph(
        tape := trace(lambda w, x, b: (anp.tanh(w * x + b) - w * w) ** 2 / b, 0.5, 1.0, 0.1),
        dict(zip(tape, [1.0, 2.0, 3.0])),
    ),
    "direction field": lambda: drawing.draw_direction_field(
        lambda x, f: x - 2 * f, np.linspace(0, 1, 5), np.linspace(-1, 3, 4)
    ),
    "direction field of a constant": lambda: drawing.draw_direction_field(lambda x, f: 2.0, [0, 1], [0, 1, 2]),
    "convergence": lambda: drawing.draw_convergence(*steps_and_errors(), orders={"midpoint": 2, "Euler": 1}),
    "training": lambda: drawing.draw_training({"small": [3.0, 2.0, 1.0], "large": [3.0, 1e50, np.inf]}, first=1),
    "training down to zero": lambda: drawing.draw_training({"small": [3.0, 2.0, 0.0]}),
}


@pytest.mark.parametrize("name", DRAWN)
def test_drawing_is_the_one_that_was_looked_at(name):
    svg = io.StringIO()
    # Letters as text, for who reads the file; one drawing in another style than the course's.
    style = ["default"] if name == "network of four" else []
    with plt.style.context([*style, {"svg.fonttype": "none", "svg.hashsalt": "course"}]):
        DRAWN[name]().figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    path = DRAWINGS / f"{name}.svg"
    if not path.exists():
        path.write_text(svg.getvalue(), encoding="utf-8")
        pytest.fail(f"{path.name} was missing and is drawn now: look at it")
    assert is_drawn(path.read_text(encoding="utf-8"), svg.getvalue()), f"draws another figure than {path.name}"
