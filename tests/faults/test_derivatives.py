"""Faults in what differentiates: the table of rules, differences, both modes, the graph, the formulas."""

from __future__ import annotations

from injection import Copy, Edit, Fault, in_module, parametrised

rule, differences, dual = in_module("differentiation/elementary"), in_module("differentiation/finite_differences"), in_module("differentiation/forward_mode")
tape, graph, formula = in_module("differentiation/reverse_mode"), in_module("differentiation/graph"), in_module("differentiation/symbolic")
passes, counts = in_module("differentiation/partials"), in_module("differentiation/operation_counts")
operation = in_module("differentiation/_arrays")


def digits(name: str) -> str:
    """What a wrong rule is told by: its ufunc and the number of its argument."""
    return rf"test_rule_against_forty_digits\[{name}-"


def pitfall(name: str, module: str, old: str, new: str, says: str) -> Fault:
    return Fault(name, Edit(f"course_lib/differentiation/{module}.py", old, new), f"tests/test_pitfalls.py -k {says}", says)


def array(operation: str) -> str:
    return rf"test_array_operation_in_both_modes\[{operation}\]"


FAULTS = {
    "rule": [
        rule("power by its base", "1.0, b - 1.0)", "1.0, b)", digits("power-0")),
        rule("power by its exponent", "y * np.log(np.where(", "a * np.log(np.where(", digits("power-1")),
        rule("power at the exponent 0", "np.where(np.equal(a, 0) & np.equal(b, 0), 1.0, b - 1.0)", "(b - 1.0)", r"test_power_at_zero_base\[0\]"),
        rule("power of the base 0", "np.log(np.where(np.equal(a, 0) & np.greater(b, 0), 1.0, a))", "np.log(a)", "test_zero_to_a_variable_power"),
        rule("divide by its second", "-y / b", "-a / b", digits("divide-1")),
        rule("arctan2 by its second", "-a / (a * a + b * b)", "a / (a * a + b * b)", digits("arctan2-1")),
        rule("hypot by its second", "b / y)", "a / y)", digits("hypot-1")),
        rule("logaddexp by its second", "np.exp(b - y)", "np.exp(a - y)", digits("logaddexp-1")),
        rule("maximum that loses a tie", "1.0 * (a <= _real(", "1.0 * (a < _real(", "test_equal_arguments_share_the_slope_once"),
        rule("minimum that counts a tie twice", "1.0 * (_real(a, \"minimum\") < b)", "1.0 * (_real(a, \"minimum\") <= b)", "test_equal_arguments_share_the_slope_once"),
        rule("cube root", "3.0 * y * y", "3.0 * a * y", digits("cbrt-0")),
        rule("logarithm to base 2", "1.0 / (_LN2 * a)", "1.0 / (_LN10 * a)", digits("log2-0")),
        rule("arccosh", "a * a - 1.0", "a * a + 1.0", digits("arccosh-0")),
    ],
    "array": [
        operation("stretched axis not summed", "a.sum(axis=stretched", "a.mean(axis=stretched", array("(broadcast product|mean keeping an axis)")),
        operation("added axis not summed", "a.sum(axis=tuple(range(added)))", "a.mean(axis=tuple(range(added)))", array("where, broadcast")),
        operation("index that occurs twice", "np.add.at(out, index, a)", "out[index] = a", array("one element twice")),
        operation("three axes put back in the wrong order", "in np.argsort(axes)", "in axes", array("transpose axes")),
        operation("where by the wrong side", "1.0 - k, 1.0 * k", "1.0 * k, 1.0 - k", array("where")),
        operation("product off in the seventh digit", "product(a.T, adjoint)", "product(a.T, adjoint * 1.0000001)", array("matmul, right")),
        Fault("joined parts of unequal length", Edit("course_lib/differentiation/_arrays.py", "sum(sizes[:k])", "k * sizes[0]"),
              "tests/test_joined_parts.py", "test_parts_of_unequal_length"),
    ],
    "finite differences": [
        differences("complex step with half a step", ".imag / h", ".imag / (h / 2)", r"has_its_order\[complex_step\]"),
        differences("real part", ".imag / h", ".real / h", r"has_its_order\[complex_step\]"),
        differences("central without its 2", "/ (2.0 * h)", "/ h", r"has_its_order\[central\]"),
        differences("central off the middle", "x - h)) / (2.0", "x - 1.01 * h)) / (2.01", r"has_its_order\[central\]"),
        differences("backwards", "return (f(x + h) - f(x)) / h", "return (f(x) - f(x - h)) / h", "test_forward_is_the_lectures_quotient"),
        Fault("step not relative to x", Edit("course_lib/differentiation/_steps.py", "self.unit = np.maximum(1.0, np.abs(x))", "self.unit = np.ones(x.shape)"),
              "tests/differentiation/test_finite_differences.py", "test_the_step_of_a_gradient_is_relative"),
    ],
    "forward mode": [
        dual("product without a term", "shares[0] + shares[1]", "shares[0]", "test_dual_numbers_are_the_matrices"),
        dual("levels mixed up", "enumerate(inputs) if type(x) is Dual and x.level == level", "enumerate(inputs) if type(x) is Dual", "test_perturbation_confusion"),
        passes("directions interleaved", "np.repeat(np.eye(n), m, axis=1)", "np.tile(np.eye(n), m)", "test_partials_are_those_of_one_jvp"),
        Fault("constant with a tangent", Edit("course_lib/differentiation/forward_mode.py", "np.zeros_like(x)", "np.ones_like(x)"),
              "tests/differentiation/test_partials.py", "test_partials_are_those_of_one_jvp"),
    ],
    "reverse mode": [
        tape("adjoint overwritten", "adjoints[parent] + part if parent in adjoints else part", "part", "test_adjoints_of_the_lecture_example"),
        Fault("sweep from the wrong end", Edit("course_lib/differentiation/_speed.py", "tape.pop()", "tape.pop(0)"),
              "tests/differentiation/test_reverse_mode.py", "test_slope_of_the_lecture_example"),
        tape("tape in the wrong order", "key=lambda node: node.order", "key=lambda node: -node.order", "test_adjoints_of_the_lecture_example"),
        tape("slope of the first argument for all", "RULES[op][k](", "RULES[op][0](", "test_each_adjoint_is_the_slope_of_the_rest"),
    ],
    "pitfall": [
        pitfall("rule guarded too widely", "elementary", "np.equal(a, 0) & np.equal(b, 0), 1.0", "np.equal(b, 0), 1.0", "test_powers_to_third_order"),
        pitfall("complex number with a real slope", "elementary", "np.sign(_real(a, \"|z|\"))", "np.sign(a)", "no_complex_derivative"),
        pitfall("constant lent to the tape", "reverse_mode", "x.copy() if isinstance(x, np.ndarray) else x for x in inputs", "x for x in inputs", "test_an_array_changed_in_place"),
        pitfall("index lent to the tape", "_differentiable", "np.array(index) if isinstance(index, (np.ndarray, list)) else index", "index", "test_an_index_or_a_mask"),
        pitfall("one step for all functions", "_steps", "self.descend(~self.settled &", "self.descend(~self.settled & False &", "test_a_slope_is_right_wherever"),
        pitfall("step that a sum rounds", "_steps", "return (np.abs(x) + h) - np.abs(x)", "return np.abs(x) * 0.0 + h", "test_a_difference_of_a_line"),
        pitfall("complex step not compared", "finite_differences", "@door(_checked_analytic, _compared)", "@door(_checked_analytic)", "test_a_complex_step_is_compared"),
        pitfall("gradients that share memory", "reverse_mode", "s.base is not None or id(s) in seen", "False", "share_no_memory"),
    ],
    "graph": [
        graph("edge counted once", "multiplicity=times + 1", "multiplicity=1", "test_a_parent_that_enters_twice"),
        graph("edges the wrong way", "edge = number[parent], number[node]", "edge = number[node], number[parent]", "test_networkx_graph_of_the_example"),
        graph("minus for plus", 'np.add: "{} + {}"', 'np.add: "{} − {}"', "test_lecture_example_has_the_lectures_five_nodes"),
    ],
    "symbolic": [
        formula("cube root", "sympy.Rational(2, 3)", "sympy.Rational(1, 3)", r"agree_with_numpy.*\[cbrt\]"),
        counts("root for free", '"sqrt": int(exponent.q) - 1', '"sqrt": 0', "test_the_lectures_five_flops"),
        counts("shared work counted twice", "shared=_work(parts, weights)", "shared=_work(exprs, weights)", "test_the_lectures_five_flops"),
    ],
}  # fmt: skip


@parametrised(FAULTS)
def test_found(copy: Copy, fault: Fault) -> None:
    copy.must_find(fault)
