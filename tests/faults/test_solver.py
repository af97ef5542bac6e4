"""Faults in the networks and their training, the differential equations and their solutions."""

from __future__ import annotations

from injection import Copy, Edit, Fault, in_module, parametrised

network, backprop, fast = in_module("networks/layout"), in_module("networks/backpropagation"), in_module("networks/_workspace")
batches, jet, equation = in_module("networks/minibatch"), in_module("equations/_jets"), in_module("equations/eulers_method")
trial, residual, optimiser = in_module("equations/trial_solution"), in_module("equations/residuals"), in_module("equations/optimisers")
squares = in_module("equations/_solver/least_squares", "equations/least_squares")
unit = in_module("equations/_solver/unit_domain", "equations/unit_domain")
steps = in_module("equations/_solver/linear_steps", "equations/linear_steps")
features, estimate, pieces = in_module("equations/random_features"), in_module("equations/error_estimate"), in_module("equations/_solver/pieces", "equations/pieces")
saved, check, known = in_module("equations/solution"), in_module("checks"), in_module("equations/problems")
mixed, surface, partial = in_module("beyond/_mixed_jets"), in_module("beyond/pde_trial_solution"), in_module("beyond/pde_problem")
activation, parameters = in_module("networks/activation"), in_module("networks/parameters")
inverse, covariance = in_module("beyond/inverse"), in_module("beyond/covariance")
joint = in_module("beyond/joint_least_squares", "beyond/inverse")
kinds = in_module("beyond/_both_kinds", "beyond/inverse")
neural = in_module("beyond/neural_ode")


def pitfall(name: str, module: str, old: str, new: str, says: str) -> Fault:
    return Fault(name, Edit(f"course_lib/equations/{module}.py", old, new), "tests/test_pitfalls.py", says)


DIFFERENCES, UPDATE = "test_against_central_differences", "test_update_index_by_index"
READABLE, TRUTH = "test_gradient_and_cost_of_the_readable_form", "TestAgainstTheTruth"
TAPE = "test_the_gradient_of_the_steps_is_that_of_the_tape"
UNTRAINED, SEVERAL = "TestConditionsHoldUntrained::", "TestEqualPieces::test_errors_grow_from_piece_to_piece"

FAULTS = {
    "network": [
        network("drawn too narrow", "/ np.sqrt(k), rng", "/ k, rng", "test_initial_values_keep_z_of_order_one"),
        activation("slope of softplus", "np.logaddexp(0.0, z), sigmoid)", "np.logaddexp(0.0, z), np.tanh)", r"test_slope_.*\[softplus\]"),
        activation("kink of relu", "1.0 * (z > 0.0)", "1.0 * (z >= 0.0)", "test_relu_bends_at_zero"),
        parameters("weights column by column", "vector[start:middle].reshape(n, k)", 'vector[start:middle].reshape(n, k, order="F")', "test_ravel_and_unravel_are_inverse"),
    ],
    "backpropagation": [
        backprop("δ without σ′", " * slope[l - 1])", ")", DIFFERENCES),
        backprop("δ with the σ of the next layer", "slope[l - 1])", "slope[l])", DIFFERENCES),
        backprop("δ with the weights of the layer before", "delta[0] @ theta[l].weights", "delta[0] @ theta[l - 1].weights", "in deltas"),
        backprop("δ with the weights transposed", "delta[0] @ theta[l].weights", "delta[0] @ theta[l].weights.T", "in deltas"),
        backprop("δ of the output without σ′", "slope[-1] * dC_da", "dC_da", DIFFERENCES),
        backprop("no 1/m", "(a[-1] - t) / len(t)", "(a[-1] - t)", DIFFERENCES),
        backprop("1/m of the wrong axis", "(a[-1] - t) / len(t)", "(a[-1] - t) / t.shape[1]", DIFFERENCES),
        backprop("2λ missing for the biases", "d.sum(axis=0) + 2.0 * lam * b", "d.sum(axis=0)", DIFFERENCES),
        backprop("λ in place of 2λ", "2.0 * lam * w", "lam * w", DIFFERENCES),
        backprop("update without the output layer", "in zip(theta, gradient)\n", "in zip(theta[:-1], gradient)\n", UPDATE),
        backprop("update uphill", "w - gamma", "w + gamma", UPDATE),
        backprop("biases not updated", "b - gamma * dC_db", "b", UPDATE),
    ],
    "workspace": [
        fast("no biases", "np.ones((m, n + 1))", "np.zeros((m, n + 1))", READABLE),
        fast("δ with a shifted column", "matrix[:, :-1], slope", "matrix[:, 1:], slope", READABLE),
        fast("λ in place of 2λ", "self.slope += 2.0 * lam", "self.slope += lam", READABLE),
    ],
    "minibatch": [
        batches("momentum with a wrong sign", "beta * v + slope", "beta * v - slope", r"by_hand\[momentum\]"),
        batches("Adam's mean not corrected", "(1.0 - beta_2**i)", "1.0", r"by_hand\[adam\]"),
        batches("last batch left out", "range(0, m, batch)", "range(0, m - batch + 1, batch)", r"test_each_batch_makes_one_step\[7\]"),
    ],
    "jet": [
        jet("a'' without a term", "s[1] * z[1] ** 2 + s[0] * z[2]", "s[0] * z[2]", "test_output_jet_by_nested_dual_numbers"),
        jet("backwards without its 2", "(comb(q + i, q) * slope if q else slope)", "slope", r"is_the_transpose\[tanh-2\]"),
        jet("third derivative of tanh", "-2.0 * (first * first + a * second)", "-2.0 * (first * first - a * second)", r"test_formulas_by_forward_mode\[tanh\]"),
    ],
    "inverse": [
        joint("sensitivities as if the solution stayed", "at.D_p + at.D @ Z", "at.D_p", "TestExactData|test_unbiased_and_as_far_off_as_told|test_sensitivities_are_the_slopes_of_the_solution"),
        joint("an equation holds better where its terms are small", "return r / terms, slopes / terms[:, None, None, None]", "return r, slopes", "test_units_do_not_matter|test_of_mass_and_stiffness_only_the_ratio"),
        joint("noise of all data alike", "e = [(value - part.values) / part.noise", "e = [(value - part.values) / part.noise[0]", "test_noise_of_each_datum_counts"),
        joint("prior forgotten", "(1.0 / prior[:, None] * np.eye(len(p)))[np.isfinite(prior)]", "np.zeros((0, len(p)))", "test_prior_is_one_more_measurement"),
        kinds("a slope read as a value", "asked = [problem.index(data.order or \"\")]", "asked = [(0, 0)]", "test_heat_that_leaves_the_end_and_a_start_that_is_unknown_too"),
        kinds("sides may move with the constants", "return problem.domain, sides, problem.used", "return problem.used", "test_refused"),
        inverse("equation tight from the start", "_TAU = (1.0, 0.1)", "_TAU = (1e-3, 1e-4)", "test_frequency_from_a_guess_that_misleads_shooting"),
        inverse("noise that fits no longer noticed", "if chi_squared > freedom + 5.0", "if chi_squared > 1e9 + 5.0", "test_noise_that_is_stated_too_small_is_noticed"),
        covariance("each error as if the others were known", "V[:, seen] / sizes[seen] @ V[:, seen].T", "np.diag(1.0 / lengths**2)", "test_covariance_is_the_inverse"),
        covariance("a huge number for what is not determined", "np.copysign(np.inf, touched)", "np.copysign(1e30, touched)", "test_free_directions_leave_the_data_alone|test_signs_of_what_is_infinite"),
    ],
    "equation": [
        equation("Δx twice", "(x[i + 1] - x[i]) * g", "(x[i + 1] - x[i]) ** 2 * g", "test_euler_is_its_formula"),
        equation("slope of the new point", "g(x[i], f[i])", "g(x[i + 1], f[i])", "test_euler_is_its_formula"),
        equation("first step for all", "(x[i + 1] - x[i]) * g", "(x[1] - x[0]) * g", "test_euler_is_its_formula"),
        known("wrong exact solution", "1.2 / (1.2 - 0.2 * np.exp(-2 * x))", "1.2 / (1.2 - 0.2 * np.exp(-x))", r"has_no_residual\[logistic\]"),
        known("exact solution off in the sixth digit", "10 * np.exp(-2 * x)", "10.00001 * np.exp(-2 * x)", r"meets_the_conditions\[decay\]"),
        known("wrong residual", "- (3 * x + x**2) * np.exp(x)", "- (3 * x - x**2) * np.exp(x)", r"has_no_residual\[poisson\]"),
        known("wrong residual of a system", "- f1 * f2,", "+ f1 * f2,", r"has_no_residual\[lagaris 4\]"),
        known("wrong slope at the start", "InitialValue(0.0, 0.0, 1.0), (0.0, 2.0)", "InitialValue(0.0, 0.0, 0.9), (0.0, 2.0)", r"meets_the_conditions\[lagaris 3 initial\]"),
    ],
    "trial solution": [
        trial("h₂ does not vanish at b", "(s - condition.a) * (condition.b - s)", "(s - condition.a) * (condition.b - 0.99 * s)", f"{UNTRAINED}test_boundary_values"),
        Fault("h₁ without its slope", Edit("course_lib/equations/conditions.py", "value * (u / (j - k + 1)) + self", "self"),
              "tests/equations/test_trial_solution.py", f"{UNTRAINED}test_initial_value_and_slope"),
        trial("slopes at the ends not taken out", "return N(x) - sum(", "return N(x) + 0 * sum(", f"{UNTRAINED}test_slopes_and_mixes"),
        trial("h₁ with its ends swapped", "condition.fa * left + condition.fb * right", "condition.fb * left + condition.fa * right", f"{UNTRAINED}test_boundary_values"),
        trial("h₂ that moves the slope at the start", "(s - condition.x0) ** condition.order", "(s - condition.x0)", f"{UNTRAINED}test_initial_value_and_slope"),
        trial("closed form of h₂'", "a + b - 2.0 * x, -2.0", "a - b + 2.0 * x, -2.0", "test_jets_of_h1_and_the_factor"),
    ],
    "residual": [
        residual("Leibniz without binomials", "comb(k, q) * factor", "factor", "test_residuals_are_those_of_the_trial_solution"),
        residual("gradient without its 2", "(2.0 / n) * r", "(1.0 / n) * r", "test_gradient_of_the_cost_is_two_over_n"),
        residual("ends without their part in the slopes", "(J[:m, :E] - taken)", "J[:m, :E]", "test_jacobian_by_complex_step"),
        residual("unknowns in the wrong order", "slopes.reshape(-1, K, d, m)", "slopes.reshape(-1, d, K, m).swapaxes(1, 2)", "test_jacobian_by_complex_step"),
    ],
    "partial": [
        mixed("derivative in x and t without its binomials", "over(lower, beta) * self(k + 1, beta)", "self(k + 1, beta)", "test_mixed_derivatives_by_nested_dual_numbers"),
        mixed("backwards without its binomials", "over(alpha, beta) * composed(1", "composed(1", "test_backwards_is_the_transpose_of_forwards"),
        surface("corners counted twice", "u -= (phi[i, p]", "u -= 0.0 * (phi[i, p]", "test_meets_every_condition_whatever_the_network_says"),
        surface("slope of the input in wrong units", "slopes[k, 0, k] = 1.0 / half", "slopes[k, 0, k] = 1.0", "test_derivatives_by_central_differences"),
        surface("h₂ without Leibniz's binomials", "comb(k, q) * w[k - q]", "w[k - q]", "test_derivatives_by_central_differences"),
        partial("sides that need not agree", "> 1e-9 * size", "> 1e9 * size", "test_clear_errors"),
        Fault("gradient in two variables without its 2", Edit("course_lib/beyond/pde_residuals.py", "(2.0 / n) * r", "(1.0 / n) * r"), "tests/beyond/test_pde_trial_solution.py", "test_jacobian_and_gradient|test_gradient_is_the_slope"),
        Fault("estimate in two variables too small", Edit("course_lib/beyond/pde_error_estimate.py", "float(np.abs(e).max()) +", "0.01 * float(np.abs(e).max()) +"), "tests/beyond/test_pde_solve.py", "TestAgainstTheTruth"),
    ],
    "optimiser": [
        optimiser("damping that grows after a success", "mu / 5.0", "mu * 5.0", "TestLevenbergMarquardt"),
        optimiser("no damping", "np.sqrt(mu) * np.eye", "0.0 * np.eye", "levenberg_marquardt"),
        optimiser("bend with a wrong sign", "bend = -0.5", "bend = 0.5", "TestLevenbergMarquardt::test_first_step_has_the_geodesic_bend"),
        optimiser("BFGS without its last term", "0.5 * (1.0 + y @ By / sy) * s - By", "0.5 * (1.0 + y @ By / sy) * s", "TestBFGS"),
        optimiser("BFGS that takes any step", "cost + 1e-4 * gamma * promised", "cost + 1e4", "TestBFGS::test_never_raises_the_cost"),
    ],
    "random features": [
        features("step that is not halved", "return c + scale * s, r_new", "return c + s, r_new", "changes_the_output_layer_alone"),
        features("parts of the output layer mixed up", "W[:-1].T.ravel()", "W[:-1].ravel()", "changes_the_output_layer_alone"),
        features("repeated step that leads uphill", "if not _norm(r_new) < _norm(r):", "if False:", "TestTheSameJacobianAgain"),
        squares("small singular values dropped", "def least_squares(J: Any, r: Any, smallest: float = 1e-15)", "def least_squares(J: Any, r: Any, smallest: float = 1e-6)", "test_where_the_square_would_lose_all_digits"),
        squares("answer of the squares left as it is", "        s += dpotrs(C, J.T @ (columns - J @ s))[0]\n", "", "test_well_posed_it_is_as_right_as_qr"),
        squares("columns that depend kept", "smallest: float = 1e-14", "smallest: float = 0.0", "test_what_is_not_independent_is_left_out"),
        unit("features that do not move along", "b -= w[:, 0] * domain[0]", "b -= 0.0 * domain[0]", "test_the_parameters_are_those_for_this_domain"),
        unit("features of another length", "w /= domain[1] - domain[0]", "w *= domain[1] - domain[0]", "test_the_parameters_are_those_for_this_domain"),
        unit("condition at the wrong place", "(conditions.x0 - start) / (end - start)", "(conditions.x0 - start)", "test_the_basis_is_that_of_this_piece"),
        unit("what is kept is given away", "layer.weights.copy(), layer.biases.copy()", "layer.weights, layer.biases", "test_the_basis_is_that_of_this_piece|test_what_is_kept_is_not_what_is_given"),
        Fault("derivatives of another length", Edit("course_lib/equations/residuals.py", "length ** np.arange(len(self.B) - 1.0, -1.0, -1.0)", "length ** np.arange(float(len(self.B)))"),
              "tests/equations/test_unit_domain.py", "test_the_basis_is_that_of_this_piece"),
        Fault("network fed with another x", Edit("course_lib/equations/trial_solution.py", "np.reshape(s - self.origin", "np.reshape(s"),
              "tests/equations/test_trial_solution.py", "test_the_network_may_count_x_from_elsewhere"),
        Fault("errors that grow are left", Edit("course_lib/equations/_solver/units.py", "if record.interrupted or not tolerance < found.relative().max() <= tolerance / LESS:", "if True:"),
              "tests/equations/test_units.py", "TestWhereErrorsGrow"),
    ],
    "error estimate": [
        estimate("too small by 10", "part.max(axis=0) + rounding +", "0.1 * part.max(axis=0) + rounding +", TRUTH),
        estimate("error that came in forgotten", "own + carried[..., 0], carried[..., 1:]", "own, carried[..., 1:]", "TestStartError|test_where_rounding_errors_grow"),
        estimate("rounding forgotten", "+ rounding + rounding_in_f", "+ rounding_in_f", "TestRounding::test_of_first_order|test_where_rounding_errors_grow"),
        estimate("rounding that is not carried on", "spread_of(at_ends, left_at_ends, rounding_in_f[::steps])", "at_ends", "test_rounding_is_carried_from_piece_to_piece"),
        estimate("spread that is not told", "np.abs(e[0]) + _LIKELY * np.sqrt((spread[0] ** 2).sum(axis=2))", "np.abs(e[0])", "test_a_spread_is_carried_on|test_rounding_is_carried_from_piece_to_piece"),
        Fault("errors of equal signs", Edit("course_lib/equations/_solver/rounding.py", 'np.linalg.qr(columns.swapaxes(1, 2), mode="r")', "np.repeat(columns.sum(axis=2)[:, None], columns.shape[1], axis=1)"),
              "tests/equations/test_error_estimate.py", "test_few_errors_of_random_signs_for_many|test_a_spread_is_carried_on"),
        estimate("error that starts at the point beside x₀", "value += (x[place] - x0)", "value += 0.0 * (x[place] - x0)", TRUTH + "|TestStartError"),
        estimate("features of another seed", "trial.network, drawn, unit_domain.lobatto", "trial.network, drawn + 1, unit_domain.lobatto", TRUTH),
        steps("source of the wrong sign", "-others / top if d == 1", "others / top if d == 1", "test_of_second_order"),
        steps("jump overlooked", "> 6.0 * np.add", "> 1e3 * np.add", "test_what_a_jump_leaves_open|test_each_equation_has_a_jump"),
        estimate("jump that is not told", "np.copysign(y[..., 1], y[..., 0])", "0.0 * y[..., 1]", "test_a_jump_between_the_points"),
        pieces("slopes that may be wrong at the end of a piece", "fitted.share(goal, *known)\n            if fitted.is_good(goal, *known)", "fitted.share(goal, size)\n            if fitted.is_good(goal, size)", "test_from_second_order_on_slopes_count_too"),
        features("rounding taken for a step too far", " and not layer.is_rounding(c, r)", "", "test_in_haste_rounding_that_no_step_lowers"),
        steps("steps of second order", "half @ half / 3.0", "0.0 * half", "test_of_fourth_order"),
        steps("to the left like to the right", "(np.arange(steps) >= start)", "(np.arange(steps) >= 0)", "test_of_second_order"),
        estimate("rounding of large weights forgotten", "+ rounding + rounding_in_f", "+ rounding", TRUTH),
    ],
    "pitfall": [
        pitfall("default taken for a derivative", "problem", "if p.default is p.empty and p.kind", "if p.kind", "test_an_argument_with_a_default"),
        pitfall("truth values taken for numbers", "problem", "if r.dtype == bool:", "if r.dtype == str:", "test_a_residual_is_a_difference"),
        pitfall("derivative that may be missing", "problem", "if unused.any():", "if unused.all():", "test_each_unknown_needs_its_derivative"),
        Fault("slope in the units of x", Edit("course_lib/equations/_solver/rounding.py", "unit = sizes[0] / sizes[1] if", "unit = 1.0 if"),
              "tests/test_pitfalls.py -k in_any_unit", "test_an_oscillation_needs_as_much_work"),
        pitfall("x counted from 0 far from 0", "problem", "> 1e3 * length else 0.0", "> 1e30 * length else 0.0", "test_a_domain_far_from_zero"),
        Fault("small unknown in the units of a large one", Edit("course_lib/equations/_solver/units.py", "for _ in range(3)", "for _ in range(0)"),
              "tests/equations/test_units.py", "test_an_oscillator_beside_a_large_decay"),
        pitfall("ends that need not fix the solution", "_solver/rounding", "noise = 16.0 *", "noise = 1e-9 *", "resonance"),
        pitfall("row lent to g", "eulers_method", "f_i.copy()", "f_i", "test_euler_lends_no_row"),
    ],
    "pieces": [
        pieces("left piece answers at a joint", '"right") - 1', '"left") - 1', "test_right_piece_answers_at_a_joint"),
        pieces("patience with a domain that is too long", "network, hasty=True)]", "network)]", "test_a_domain_that_is_too_long_is_given_up"),
        pieces("error not carried on", "error, at = fitted.estimate.at(side), to", "at = to", SEVERAL),
    ],
    "solution": [
        saved("history not saved", "history=np.array(self.history)", "history=0 * np.array(self.history)", "test_round_trip_bit_for_bit"),
    ],
    "neural ODE": [
        neural("skip connection forgotten on the way back", "p = p + back + jump", "p = back + jump", TAPE),
        neural("what the cost sees on the way forgotten", "p = p + back + jump", "p = p + back", TAPE),
        neural("share of the last step alone", "total = total + ravel(slopes)", "total = ravel(slopes)", TAPE),
        neural("σ′ of the layer before", "p * network.activations[l - 1].slope(run.z[l])", "p * network.activations[l - 2].slope(run.z[l])", "test_pull_back_is_the_transposed_jacobian"),
        neural("right ends of the steps", "x, path[-2::-1], dC_da)", "x, path[:0:-1], dC_da)", "test_three_ways_to_one_gradient"),
        neural("mean over targets alone", "2.0 * error / (len(t) * t.shape[1])", "2.0 * error / len(t)", "test_three_ways_to_one_gradient"),
        neural("a state too many passed over", "given > n:", "given > n + 1:", "test_an_adjoint_says_what_is_wrong"),
        neural("cut short and called converged", "bool(found.success)", "True", "test_what_was_cut_short_is_not_called_converged"),
    ],
    "check": [
        check("that takes any order", "abs(seen - expected) > within", "abs(seen - expected) > 10 * within", "test_order_is_recognised"),
    ],
}  # fmt: skip


@parametrised(FAULTS)
def test_found(copy: Copy, fault: Fault) -> None:
    copy.must_find(fault)
