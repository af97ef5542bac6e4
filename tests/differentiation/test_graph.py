"""The graph of a function: what is recorded, in which order, and how it is written down."""

import autograd.numpy as anp
import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.differentiation.forward_mode import derivative
from course_lib.differentiation.graph import node_names, op_label, to_dot, to_networkx, trace
from course_lib.differentiation.reverse_mode import Variable, backward, gradient


def lecture_f(x):
    a = x**2
    b = anp.exp(a)
    c = a + b
    return anp.sqrt(c)


@pytest.mark.lecture("A4", "A9")
def test_lecture_example_has_the_lectures_five_nodes():
    tape = trace(lecture_f, 1.5)
    assert [op_label(node) for node in tape] == ["input", "(·)²", "exp(·)", "(·) + (·)", "√(·)"]
    x, a, b, c, _ = tape
    assert [n.parents for n in tape] == [(), (x,), (a,), (a, b), (c,)]
    expected = [1.5, 2.25, np.exp(2.25), 2.25 + np.exp(2.25), np.sqrt(2.25 + np.exp(2.25))]
    np.testing.assert_allclose([n.value for n in tape], expected, rtol=1e-15)


@pytest.mark.lecture("A8")
@given(st.lists(st.floats(-2, 2), min_size=1, max_size=5))
def test_inputs_come_first_and_each_node_is_its_operation_on_its_parents(xs):
    tape = trace(lambda *x: sum(np.tanh(v) * x[0] for v in x), *xs)
    assert [node.value for node in tape[: len(xs)]] == xs
    for i, node in enumerate(tape):
        if i < len(xs):
            assert node.op is None
            continue
        arguments = [x.value if isinstance(x, Variable) else x for x in node.inputs]
        assert node.value == node.op(*arguments)
        assert all(any(parent is earlier for earlier in tape[:i]) for parent in node.parents)


def test_repeated_subexpression_is_two_nodes():
    tape = trace(lambda x: np.sqrt(x**2 + np.exp(x**2)), 1.0)
    assert [op_label(node) for node in tape].count("(·)²") == 2


def test_adjoints_of_the_traced_nodes_are_the_gradient():
    tape = trace(lecture_f, 0.7)
    assert backward(tape.output)[tape[0]] == gradient(lecture_f)(0.7)


def test_trace_inside_another_derivative():
    slope = derivative(lambda x: trace(lecture_f, x).output.value)(0.7)
    assert slope == pytest.approx(gradient(lecture_f)(0.7), rel=1e-14)


def test_unused_input_is_a_node_without_edges():
    graph = to_networkx(trace(lambda x, y: np.sin(x), 1.0, 2.0))
    assert len(graph) == 3
    assert graph.degree(2) == 0


@pytest.mark.parametrize(
    ("f", "label"),
    [
        (lambda x: 2 * x, "2 · (·)"),
        (lambda x: x * x, "(·) · (·)"),
        (lambda x: x - 0.5, "(·) − 0.5"),
        (lambda x: x + (-2), "(·) + (-2)"),
        (lambda x: 1 / x, "1 / (·)"),
        (lambda x: -x, "−(·)"),
        (lambda x: x**3, "(·)³"),
        (lambda x: x**-12, "(·)⁻¹²"),
        (lambda x: x**0.5, "(·)^0.5"),
        (lambda x: 2.0**x, "2^(·)"),
        (lambda x: x**x, "(·)^(·)"),
        (np.tanh, "tanh(·)"),
        (np.square, "(·)²"),
        (abs, "abs(·)"),
        (lambda x: np.logaddexp(0, x), "logaddexp(0, ·)"),
        (lambda x: x * np.ones((3, 2)), "(·) · [3×2]"),
        (lambda x: np.where(x > 0, x, 0.0), "where(·, 0)"),
    ],
)
def test_labels_of_operations_on_numbers(f, label):
    assert op_label(trace(f, 1.5).output) == label


@pytest.mark.parametrize(
    ("f", "label"),
    [
        (np.sum, "Σ(·)"),
        (lambda x: x.T, "(·)ᵀ"),
        (lambda x: x @ np.ones((3, 4)), "(·) @ [3×4]"),
        (lambda x: x[0], "(·)[0]"),
        (lambda x: x[:, 1:], "(·)[:, 1:]"),
        (lambda x: x[[0, 1]], "(·)[…]"),
        (lambda x: x.ravel(), "reshape(·)"),
    ],
)
def test_labels_of_operations_on_arrays(f, label):
    assert op_label(trace(f, np.ones((2, 3))).output) == label


def test_networkx_graph_of_the_example():
    graph = to_networkx(trace(lecture_f, 1.0), names="x a b c d".split())
    assert list(graph.edges) == [(1, 2), (2, 3), (2, 4), (3, 4), (4, 5)]
    assert set(nx.get_edge_attributes(graph, "multiplicity").values()) == {1}
    assert graph.nodes[3] == {"name": "b", "op": "exp(·)", "value": np.exp(1.0)}
    assert list(nx.topological_sort(graph)) == [1, 2, 3, 4, 5]


def test_a_parent_that_enters_twice():
    tape = trace(lambda x: x * x, 3.0)
    assert to_networkx(tape).edges[1, 2]["multiplicity"] == 2
    assert to_dot(tape).count("1 -> 2;") == 2


def test_dot_text():
    text = to_dot(trace(lecture_f, 1.0), names=["x", 'a"', "b\\", "c", "d"])
    lines = text.splitlines()
    assert lines[:2] == ["digraph {", "  rankdir=LR;"] and lines[-1] == "}"
    assert '  1 [label="x\\ninput\\n1"];' in lines
    assert '  2 [label="a\\"\\n(·)²\\n1"];' in lines
    assert '  3 [label="b\\\\\\nexp(·)\\n2.718"];' in lines
    assert [line.strip() for line in lines if "->" in line] == [
        "1 -> 2;", "2 -> 3;", "2 -> 4;", "3 -> 4;", "4 -> 5;",
    ]  # fmt: skip
    names = [node["name"] for _, node in to_networkx(trace(lecture_f, 1.0)).nodes(data=True)]
    assert names == ["x₁", "x₂", "x₃", "x₄", "x₅"]


def test_the_identity_of_one_argument_is_a_graph_of_one_node():
    [node] = trace(lambda x: x, 2.0)
    assert node.value == 2.0 and node.parents == ()


@pytest.mark.parametrize(
    ("f", "x", "error", "message"),
    [
        (3.0, (1.0,), TypeError, "^f must be a function"),
        (np.exp, (), ValueError, r"^trace needs a point: write trace\(f, x\)$"),
        (np.exp, (np.nan,), ValueError, "NaN"),
        (np.exp, ([],), ValueError, "empty"),
        (np.exp, ("one",), TypeError, "numbers"),
        (lambda x: 3.0, (1.0,), ValueError, "must depend"),
        (lambda x: None, (1.0,), ValueError, "must depend"),
        (lambda x: (x, x * x), (1.0,), ValueError, "one output, got 2"),
        (
            lambda x, y: x, (1.0, 2.0), ValueError,
            "^f returns one of its arguments as it is: there is no operation to show$",
        ),
        (np.sinc, (1.0,), TypeError, "sinc"),
    ],
)  # fmt: skip
def test_bad_input_of_trace(f, x, error, message):
    with pytest.raises(error, match=message):
        trace(f, *x)


@pytest.mark.filterwarnings("ignore:divide by zero")
def test_infinite_result():
    with pytest.raises(ValueError, match=r"^f is not finite"):
        trace(np.log, 0.0)


def test_there_is_a_name_for_each_node():
    assert node_names(trace(lecture_f, 1.0)) == ["x₁", "x₂", "x₃", "x₄", "x₅"]


def test_bad_input_of_the_writers():
    tape = trace(lecture_f, 1.0)
    with pytest.raises(ValueError, match="5 nodes"):
        to_networkx(tape, names=["x", "a"])
    with pytest.raises(ValueError, match="5 nodes"):
        to_dot(tape, names="xabcd")
    with pytest.raises(TypeError, match="expected a Tape"):
        to_dot([1, 2])
    with pytest.raises(TypeError, match="Variable"):
        op_label(3.0)
