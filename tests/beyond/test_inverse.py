"""The constants come out right, their errors tell the truth, and what nobody can know is said."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import least_squares

from course_lib._validation import NotFinite
from course_lib.beyond import PDE_PROBLEMS, Data, PDEProblem, Side, fit
from course_lib.beyond.covariance import what_is_known
from course_lib.beyond.joint_least_squares import Together, on_the_equation, step_together
from course_lib.equations import BoundaryValue, InitialValue, ODEProblem

X = np.linspace(0.0, 1.0, 21)
SWINGS = np.linspace(0.0, 6.0, 40)


def decay(rate):
    return ODEProblem(lambda x, f, df: df + rate * f, InitialValue(0.0, 10.0), (0.0, 1.0))


def decay_from(rate, start):
    return ODEProblem(lambda x, f, df: df + rate * f, InitialValue(0.0, start), (0.0, 1.0))


def pendulum(damping, stiffness):
    return ODEProblem(
        lambda x, f, df, d2f: d2f + damping * df + stiffness * np.sin(f), InitialValue(0.0, 1.5, 0.0), (0.0, 6.0)
    )


def spring(mass, stiffness):
    return ODEProblem(lambda x, f, df, d2f: mass * d2f + stiffness * f, InitialValue(0.0, 1.0, 0.0), (0.0, 6.0))


def chain(first, second, start=1.0):
    """A nucleus decays into a second one, which decays too."""
    return ODEProblem(
        lambda x, f, df: (df[0] + first * f[0], df[1] - first * f[0] + second * f[1]),
        InitialValue(0.0, (start, 0.0)),
        (0.0, 6.0),
    )


def daughter(x, first, second):
    return first / (second - first) * (np.exp(-first * x) - np.exp(-second * x))


def swing(damping, stiffness, x=SWINGS):
    system = lambda x, y: [y[1], -damping * y[1] - stiffness * np.sin(y[0])]
    return solve_ivp(system, (0.0, 6.0), [1.5, 0.0], "DOP853", x, rtol=1e-12, atol=1e-12).y[0]


class TestExactData:
    def test_decay(self):
        found = fit(decay, {"rate": 0.3}, Data(X, 10.0 * np.exp(-2.0 * X), 1e-8))
        assert abs(found.values["rate"] - 2.0) < 1e-8
        assert found.converged

    def test_initial_value_too(self):
        found = fit(decay_from, {"rate": 0.3, "start": 1.0}, Data(X, 10.0 * np.exp(-2.0 * X), 1e-8))
        assert abs(found.values["rate"] - 2.0) < 1e-8
        assert abs(found.values["start"] - 10.0) < 1e-8

    def test_pendulum_from_any_of_these_guesses(self):
        for guess in ((0.0, 1.0), (0.5, 10.0)):
            found = fit(pendulum, dict(zip(("damping", "stiffness"), guess)), Data(SWINGS, swing(0.2, 4.0), 1e-6))
            np.testing.assert_allclose(list(found.values.values()), [0.2, 4.0], atol=1e-8)

    def test_three_unknowns_seen_in_one_sum(self):
        k = np.pi * np.array([1.0, 3.0, 5.0])

        def modes(diffusion):
            return ODEProblem(
                lambda x, f, df: tuple(df[j] + diffusion * k[j] ** 2 * f[j] for j in range(3)),
                InitialValue(0.0, 4.0 / k),
                (0.0, 1.0),
            )

        seen = np.sin(0.3 * k)
        values = np.exp(-0.1 * np.outer(X, k**2)) @ (4.0 / k * seen)
        found = fit(modes, {"diffusion": 0.03}, Data(X, values, 1e-6, of=seen))
        assert abs(found.values["diffusion"] - 0.1) < 1e-8

    def test_values_at_both_ends(self):
        load = lambda strength: ODEProblem(
            lambda x, f, df, d2f: d2f + strength * np.sin(np.pi * x), BoundaryValue(0.0, 0.0, 1.0, 0.0), (0.0, 1.0)
        )
        found = fit(load, {"strength": 1.0}, Data(X, 3.0 * np.sin(np.pi * X) / np.pi**2, 1e-8))
        assert abs(found.values["strength"] - 3.0) < 1e-8

    def test_only_the_daughter_or_only_a_slope_is_seen(self):
        at = np.linspace(0.1, 6.0, 30)
        found = fit(chain, {"first": 0.5, "second": 0.6, "start": 0.8}, Data(at, daughter(at, 1.0, 0.4), 1e-8, of=1))
        known = list(found.values.values())
        flipped = [0.4, 1.0, 2.5]  # the daughter cannot tell which decay came first
        assert np.allclose(known, [1.0, 0.4, 1.0], atol=1e-7) or np.allclose(known, flipped, atol=1e-7)
        found = fit(decay, {"rate": 0.3}, Data(X, -20.0 * np.exp(-2.0 * X), 1e-7, order=1))
        assert abs(found.values["rate"] - 2.0) < 1e-8

    @pytest.mark.parametrize("unit", [1e-9, 1e6])
    def test_units_do_not_matter(self, unit):
        start, domain = InitialValue(0.0, 10.0 * unit), (0.0, 1.0 / unit)
        small = lambda rate: ODEProblem(lambda x, f, df: df + rate * f, start, domain)
        found = fit(small, {"rate": 0.5 * unit}, Data(X / unit, 10.0 * unit * np.exp(-2.0 * X), 1e-8 * unit))
        assert abs(found.values["rate"] / unit - 2.0) < 1e-8

    def test_frequency_from_a_guess_that_misleads_shooting(self):
        """Six periods: following the solution of the guess finds a wrong frequency, solving together the right one."""
        x = np.linspace(0.0, 20.0, 60)
        shot = least_squares(lambda k: np.cos(np.sqrt(np.abs(k)) * x) - np.cos(2.0 * x), [1.0])
        assert abs(shot.x[0] - 4.0) > 1.0
        free = lambda k: ODEProblem(lambda x, f, df, d2f: d2f + k * f, InitialValue(0.0, 1.0, 0.0), (0.0, 20.0))
        found = fit(free, {"k": 1.0}, Data(x, np.cos(2.0 * x), 0.05), neurons=80)
        assert abs(found.values["k"] - 4.0) < 1e-6


class TestErrors:
    def test_unbiased_and_as_far_off_as_told(self):
        """Sixty times new noise: mean and scatter of the rate are those of theory, intervals of 1.96 σ hold 95 %."""
        rng, exact = np.random.default_rng(5), 10.0 * np.exp(-2.0 * X)
        noisy = (exact + 0.1 * rng.normal(size=21) for _ in range(60))
        fits = [fit(decay, {"rate": 1.0}, Data(X, values, 0.1), neurons=15) for values in noisy]
        rates = np.array([found.values["rate"] for found in fits])
        told = np.array([found.standard_errors["rate"] for found in fits])
        theory = 0.1 / np.linalg.norm(10.0 * X * np.exp(-2.0 * X))
        np.testing.assert_allclose(told, theory, rtol=0.05)
        assert abs(rates.mean() - 2.0) < 3.0 * theory / np.sqrt(60)
        assert 0.75 < rates.std() / theory < 1.25  # 3 standard errors of a scatter from sixty
        assert 52 <= np.count_nonzero(np.abs(rates - 2.0) < 1.96 * told) <= 60
        squares = np.array([found.chi_squared for found in fits])
        assert abs(squares.mean() - 20.0) < 3.0 * np.sqrt(40.0 / 60)

    def test_same_constants_and_errors_as_scipy_around_solve_ivp(self):
        values = swing(0.2, 4.0) + 0.05 * np.random.default_rng(1).normal(size=40)
        found = fit(pendulum, {"damping": 0.1, "stiffness": 3.0}, Data(SWINGS, values, 0.05))
        shot = least_squares(lambda p: (swing(*p) - values) / 0.05, [0.1, 3.0], jac="3-point", xtol=1e-12, ftol=1e-12)
        np.testing.assert_allclose(list(found.values.values()), shot.x, rtol=1e-5)
        np.testing.assert_allclose(found.covariance, np.linalg.inv(shot.jac.T @ shot.jac), rtol=1e-4)
        assert abs(found.chi_squared / (2.0 * shot.cost) - 1.0) < 1e-4
        assert found.degrees_of_freedom == 38

    def test_sensitivities_are_the_slopes_of_the_solution(self):
        found = fit(decay_from, {"rate": 1.0, "start": 8.0}, Data(X, 10.0 * np.exp(-2.0 * X), 0.1))
        by_rate, by_start = -100.0 * X * np.exp(-2.0 * X), 10.0 * np.exp(-2.0 * X)
        np.testing.assert_allclose(found.sensitivities, np.transpose([by_rate, by_start]), atol=1e-5)

    def test_noise_of_each_datum_counts(self):
        """Two data, one ten times as good: the mean with weights 100 to 1."""
        line = lambda level: ODEProblem(lambda x, f, df: df, InitialValue(0.0, level), (0.0, 1.0))
        for data in ([Data([0.2], [1.0], 0.1), Data([0.8], [2.0], 1.0)], Data([0.2, 0.8], [1.0, 2.0], [0.1, 1.0])):
            found = fit(line, {"level": 0.0}, data)
            assert abs(found.values["level"] - 102.0 / 101.0) < 1e-9
            assert abs(found.standard_errors["level"] - np.sqrt(1.0 / 101.0)) < 1e-9

    def test_prior_is_one_more_measurement(self):
        line = lambda level: ODEProblem(lambda x, f, df: df, InitialValue(0.0, level), (0.0, 1.0))
        found = fit(line, {"level": 2.0}, Data([0.2], [1.0], 0.1), prior={"level": 1.0})
        assert abs(found.values["level"] - 102.0 / 101.0) < 1e-9
        assert found.degrees_of_freedom == 1

    def test_derived_number_has_the_error_of_its_slope(self):
        found = fit(decay, {"rate": 1.0}, Data(X, 10.0 * np.exp(-2.0 * X), 0.1))
        half_life, error = found.derived(lambda rate: np.log(2.0) / rate)
        assert abs(half_life - np.log(2.0) / 2.0) < 1e-9
        assert abs(error / (np.log(2.0) / 4.0 * found.standard_errors["rate"]) - 1.0) < 1e-6
        several, errors = found.derived(lambda rate: rate * np.array([1.0, 3.0]))
        np.testing.assert_allclose(several, [2.0, 6.0])
        np.testing.assert_allclose(errors, found.standard_errors["rate"] * np.array([1.0, 3.0]), rtol=1e-6)


class TestWhatIsNotDetermined:
    VALUES = np.cos(2.0 * SWINGS) + 0.02 * np.random.default_rng(0).normal(size=40)

    def test_of_mass_and_stiffness_only_the_ratio(self):
        found = fit(spring, {"mass": 1.0, "stiffness": 1.0}, Data(SWINGS, self.VALUES, 0.02))
        alone = fit(lambda k: spring(1.0, k), {"k": 1.0}, Data(SWINGS, self.VALUES, 0.02))
        assert found.converged
        assert found.determined == {"mass": False, "stiffness": False}
        assert np.isinf(found.covariance).all()
        ratio, error = found.derived(lambda mass, stiffness: stiffness / mass)
        assert abs(ratio - alone.values["k"]) < 1e-6
        assert abs(error / alone.standard_errors["k"] - 1.0) < 1e-4
        assert np.isinf(found.derived(lambda mass, stiffness: stiffness * mass)[1])
        along = found.free[:, 0] / list(found.values.values())
        assert abs(along[1] / along[0] - 1.0) < 1e-5
        assert "mass and stiffness cannot be told apart" in found.message
        assert "mass by +1 %, stiffness by +1 %" in found.message
        assert "they determine mass / stiffness" in found.message
        assert "± inf" in repr(found)

    def test_a_weighed_mass_determines_both(self):
        found = fit(spring, {"mass": 1.0, "stiffness": 1.0}, Data(SWINGS, self.VALUES, 0.02), prior={"mass": 0.01})
        assert found.converged
        assert found.determined == {"mass": True, "stiffness": True}
        assert abs(found.values["mass"] - 1.0) < 1e-6
        assert abs(found.standard_errors["mass"] - 0.01) < 1e-6
        k, error = found.derived(lambda mass, stiffness: stiffness / mass)
        assert abs(found.standard_errors["stiffness"] - np.hypot(k * 0.01, error)) < 1e-4

    @pytest.mark.parametrize(
        ("rate", "guess", "says"),
        [
            (lambda a, b: a + b, (1.0, 0.0), "they determine a + b"),
            (lambda a, b: b - a, (1.0, 2.0), "they determine a - b"),
            (lambda a, b: a * b, (1.0, 3.0), "a by +1 %, b by -1 %; they determine a * b"),
            (lambda a, b: a * b**3, (1.0, 1.5), "they determine a * b**3"),
            (lambda a, b: a / np.sqrt(b), (1.0, 1.5), "they determine a / b**0.5"),
        ],
    )
    def test_simple_combinations_are_named(self, rate, guess, says):
        two = lambda a, b: decay(rate(a, b))
        assert says in fit(two, dict(zip("ab", guess)), Data(X, 10.0 * np.exp(-2.0 * X), 0.1)).message

    def test_a_combination_that_is_not_simple_is_not_named(self):
        """Of a + b² the data fix the sum; which change of a makes up for one of b depends on b."""
        two = lambda a, b: decay(a + b**2)
        told = fit(two, {"a": 0.7, "b": 0.9}, Data(X, 10.0 * np.exp(-2.0 * X), 0.1)).message
        assert "a and b cannot be told apart" in told
        assert "they determine" not in told

    def test_of_three_in_one_product_none_is_determined(self):
        product = lambda a, b, c: decay(a * b * c)
        found = fit(product, {"a": 1.0, "b": 2.0, "c": 3.0}, Data(X, 10 * np.exp(-2 * X), 0.1))
        assert found.free.shape == (3, 2)
        assert not any(found.determined.values())
        assert abs(found.derived(lambda a, b, c: a * b * c)[0] - 2.0) < 1e-8
        assert found.derived(lambda a, b, c: a * b * c)[1] < 0.1
        assert "a and b and c cannot be told apart" in found.message

    def test_zero_is_changed_by_itself(self):
        """Where a constant is zero, a change of it in per cent means nothing."""
        found = fit(lambda a, b: decay(a + 2.0 * b), {"a": 0.0, "b": 0.0}, Data(X, 10.0 + 0.0 * X, 0.1))
        assert "a by +1, b by -0.5" in found.message
        assert "they determine" not in found.message

    def test_what_no_datum_sees(self):
        found = fit(chain, {"first": 0.7, "second": 0.4}, Data(SWINGS, np.exp(-SWINGS), 0.01, of=0))
        assert "second is not determined: the data do not change with it" in found.message
        assert abs(found.values["first"] - 1.0) < 1e-8
        assert np.isinf(found.standard_errors["second"])
        assert np.isfinite(found.standard_errors["first"])

    def test_hardly_told_apart(self):
        """Early on a decay to a level looks straight: only rate times distance is known well."""
        short = lambda rate, level: ODEProblem(
            lambda x, f, df: df + rate * (f - level), InitialValue(0.0, 10.0), (0.0, 0.01)
        )
        x = np.linspace(0.0, 0.01, 30)
        found = fit(short, {"rate": 1.0, "level": 1.0}, Data(x, 1.0 + 9.0 * np.exp(-2.0 * x), 1e-6))
        assert "rate is hardly told apart from the others" in found.message
        assert abs(found.values["rate"] - 2.0) < 3.0 * found.standard_errors["rate"]

    def test_nothing_is_known_without_sensitivities(self):
        known = what_is_known(np.zeros((4, 2)))
        assert np.isinf(np.diag(known.covariance)).all()
        np.testing.assert_array_equal(known.within, 0.0)
        np.testing.assert_array_equal(np.isinf(known.error_of(np.eye(2))), True)


class TestForce:
    def test_learned_force_is_right_where_the_ball_has_been(self):
        """F(x) = -4 x exp(-x²/2) as a sum of nine steps, from the positions of one swing between -2 and 2."""
        centres, t = np.linspace(-3.0, 3.0, 9), np.linspace(0.0, 5.0, 60)
        force = lambda x: -4.0 * x * np.exp(-(x**2) / 2.0)
        steps = lambda x: [np.tanh(1.5 * (x - c)) for c in centres]
        path = solve_ivp(lambda t, y: [y[1], force(y[0])], (0, 5), [2.0, 0.0], "DOP853", t, rtol=1e-10, atol=1e-10).y[0]

        def ball(weights):
            return ODEProblem(
                lambda x, f, df, d2f: d2f - sum(w * s for w, s in zip(weights, steps(f))),
                InitialValue(0.0, 2.0, 0.0),
                (0.0, 5.0),
            )

        values = path + 0.01 * np.random.default_rng(2).normal(size=60)
        found = fit(ball, {"weights": np.zeros(9)}, Data(t, values, 0.01), prior={"weights": 3.0}, neurons=80)
        assert found.values["weights"].shape == found.standard_errors["weights"].shape == (9,)
        inside, outside = np.linspace(-1.9, 1.9, 21), np.array([-3.5, 3.5])
        learned, error = found.derived(lambda weights: weights @ np.array(steps(inside)))
        assert np.abs(learned - force(inside)).max() < 0.3
        assert np.mean(np.abs(learned - force(inside)) < 2.0 * error) > 0.8
        _, far = found.derived(lambda weights: weights @ np.array(steps(outside)))
        assert far.min() > 10.0 * error.max()


def profile(x):
    return np.sin(np.pi * x) + 0.5 * np.sin(3.0 * np.pi * x)


def rod(diffusion, start=1.0):
    """A rod of length one with cold ends."""
    sides = [Side("x", 0, value=0.0), Side("x", 1, value=0.0), Side("t", 0, value=lambda x: start * profile(x))]
    return PDEProblem(lambda x, t, u: u.t - diffusion * u.xx, sides, ((0.0, 1.0), (0.0, 1.0)))


def two_modes(x, t, diffusion):
    """The temperature, its slope along the rod, and how it changes with the diffusion constant."""
    k, size = np.pi * np.array([1.0, 3.0]), np.array([1.0, 0.5])
    fading = size * np.exp(-diffusion * np.outer(t, k**2))
    u = np.sum(fading * np.sin(np.outer(x, k)), axis=1)
    u_x = np.sum(k * fading * np.cos(np.outer(x, k)), axis=1)
    return u, u_x, -t * np.sum(k**2 * fading * np.sin(np.outer(x, k)), axis=1)


class TestPartialEquation:
    T = np.linspace(0.02, 1.0, 40)
    ONE_PLACE = np.column_stack([np.full(40, 0.3), T])
    LATER = np.column_stack([np.full(40, 0.3), T + 1.0])

    def test_diffusion_constant_and_its_error_from_one_thermometer(self):
        u, _, by_diffusion = two_modes(*self.ONE_PLACE.T, 0.1)
        found = fit(rod, {"diffusion": 1.0}, Data(self.ONE_PLACE, u, 1e-4))
        assert found.converged
        assert found.solution.converged
        assert abs(found.values["diffusion"] - 0.1) < 1e-6
        assert abs(found.standard_errors["diffusion"] * np.linalg.norm(by_diffusion) / 1e-4 - 1.0) < 1e-3
        np.testing.assert_allclose(found.sensitivities[:, 0], by_diffusion / 1e-4, atol=1e-3 / 1e-4)

    def test_as_far_off_as_told(self):
        """Eight times new noise: each time the constant moves as the linear theory says, in units of the told error."""
        u, _, by_diffusion = two_modes(*self.ONE_PLACE.T, 0.1)
        S, noise = by_diffusion / 0.01, np.random.default_rng(1).normal(size=(8, 40))
        noisy = (Data(self.ONE_PLACE, u + 0.01 * one, 0.01) for one in noise)
        found = [fit(rod, {"diffusion": 0.15}, data, neurons=100) for data in noisy]
        off = [(one.values["diffusion"] - 0.1) / one.standard_errors["diffusion"] for one in found]
        np.testing.assert_allclose(off, noise @ S / np.linalg.norm(S), atol=0.05)

    def test_heat_that_leaves_the_end_and_a_start_that_is_unknown_too(self):
        ends = np.column_stack([np.zeros(40), self.T])
        flux = Data(ends, 3.0 * two_modes(*ends.T, 0.1)[1], 1e-2, order="x")
        found = fit(rod, {"diffusion": 0.5, "start": 1.0}, flux)
        assert found.converged
        np.testing.assert_allclose(list(found.values.values()), [0.1, 3.0], rtol=1e-4)

    def test_two_unknowns_of_which_the_sum_is_seen(self):
        def both(slow, fast):
            zero, start = (0.0, 0.0), (lambda x: np.sin(np.pi * x), lambda x: np.sin(np.pi * x))
            sides = [Side("x", 0, value=zero), Side("x", 1, value=zero), Side("t", 0, value=start)]
            heat = lambda x, t, u: (u[0].t - slow * u[0].xx, u[1].t - fast * u[1].xx)
            return PDEProblem(heat, sides, ((0.0, 1.0), (0.0, 1.0)))

        fades = [np.sin(0.3 * np.pi) * np.exp(-rate * np.pi**2 * self.T) for rate in (0.05, 0.3)]
        found = fit(both, {"slow": 0.1, "fast": 0.2}, Data(self.ONE_PLACE, sum(fades), 1e-5, of=[1.0, 1.0]))
        np.testing.assert_allclose(list(found.values.values()), [0.05, 0.3], atol=1e-4)

    def test_viscosity_of_a_front_that_steepens(self):
        burgers = PDE_PROBLEMS["burgers"]
        thick = lambda viscosity: PDEProblem(
            lambda x, t, u: u.t + u * u.x - viscosity * u.xx, burgers.sides, burgers.domain
        )
        x, t = (points.ravel() for points in np.meshgrid([-0.5, 0.1, 0.3], np.linspace(0.1, 1.0, 10)))
        found = fit(thick, {"viscosity": 0.5}, Data(np.column_stack([x, t]), burgers.exact(x, t), 1e-2))
        assert found.converged
        assert abs(found.values["viscosity"] - 0.2) < 1e-3

    @pytest.mark.parametrize(
        ("problem_of", "data", "says"),
        [
            (rod, Data(T, T, 0.1), r"x of the data has shape \(40,\), expected \(n, 2\)"),
            (decay, Data(ONE_PLACE, T, 0.1), r"x of the data has shape \(40, 2\), expected \(n,\)"),
            (rod, Data(LATER, T, 0.1), "data at t = 1.02 are outside the domain"),
            (rod, Data(ONE_PLACE, T, 0.1, order="y"), "u has no 'y'"),
            (rod, Data(ONE_PLACE, T, 0.1, order=1), "u has no 1: its derivatives are u.x"),
            (lambda end: PDEProblem(rod(1.0).residual, (*rod(1.0).sides[:2], Side("t", end, value=profile)),
                                    ((0, 1), (end, 3))), Data(LATER, T, 0.1),
             "problem of another kind for other constants"),
            (lambda rate: decay(rate) if rate == 1.0 else rod(rate), Data(X, X, 0.1), "became PDEProblem"),
        ],
    )  # fmt: skip
    def test_refused(self, problem_of, data, says):
        name = next(iter(inspect.signature(problem_of).parameters))
        with pytest.raises(ValueError, match=says):
            fit(problem_of, {name: 1.0}, data)

    def test_a_name_is_no_derivative_of_an_ordinary_equation(self):
        with pytest.raises(TypeError, match="order must be"):
            fit(decay, {"rate": 1.0}, Data(X, X, 0.1, order="x"))


class TestSteps:
    def at(self, W, p):
        data = [Data(X, 10.0 * np.exp(-2.0 * X), 0.1), Data(X[::4], -20.0 * np.exp(-2.0 * X[::4]), 0.2, order=1)]
        make = lambda p: decay_from(*p)
        together = Together(make, np.array([1.5, 9.0]), data, 12, 0, np.array([np.inf, 0.5]))
        return together, together.picture(together.W + W, np.array(p))

    def test_slopes_agree_with_differences(self):
        W = np.random.default_rng(0).normal(size=13)
        together, at = self.at(W, [1.7, 9.5])
        together_of = lambda W: np.concatenate(together(W, at.p))
        by_W = np.transpose([(together_of(W + h) - together_of(W - h)) / 2e-5 for h in 1e-5 * np.eye(13)])
        np.testing.assert_allclose(at.D, by_W[len(at.r) :], atol=1e-6)
        rest = at.J - by_W[: len(at.r)]  # what is left is that the unit of r moves too: r times a row
        np.testing.assert_allclose(rest, np.outer(at.r, at.r @ rest) / (at.r @ at.r), atol=1e-5)
        assert at.D_p.shape == (21 + 6 + 1, 2)
        np.testing.assert_allclose(at.D_p[-1], [0.0, 2.0])
        np.testing.assert_allclose(at.D_p[:21, 1], 10.0)  # the initial value moves all of f

    def test_step_together_solves_its_normal_equations(self):
        _, at = self.at(np.zeros(13), [1.7, 9.5])
        tau, units = 0.3, np.array([1.0, 2.0])
        W, p = step_together(at, tau, units)
        weight = len(at.e) / len(at.r) / tau**2
        now = weight * at.r @ at.r + at.e @ at.e
        r, e = at.r + at.J @ (W - at.W) + at.J_p @ (p - at.p), at.e + at.D @ (W - at.W) + at.D_p @ (p - at.p)
        slope = weight * at.J_p.T @ r + at.D_p.T @ e + 0.01 * now * (p - at.p) / units**2
        np.testing.assert_allclose(slope, 0.0, atol=1e-6 * now)
        np.testing.assert_allclose(weight * at.J.T @ r + at.D.T @ e, 0.0, atol=1e-6 * now)

    def test_on_the_equation_the_linear_residual_vanishes(self):
        _, at = self.at(np.zeros(13), [1.7, 9.5])
        W0, Z, e0, S = on_the_equation(at)
        s = np.array([0.1, -0.2])
        np.testing.assert_allclose(at.r + at.J @ (W0 + Z @ s - at.W) + at.J_p @ s, 0.0, atol=1e-6)
        np.testing.assert_allclose(at.e + at.D @ (W0 + Z @ s - at.W) + at.D_p @ s, e0 + S @ s, atol=1e-9)


class TestTrouble:
    def test_noise_that_is_stated_too_small_is_noticed(self):
        values = 10.0 * np.exp(-2.0 * X) + 0.5 * np.random.default_rng(0).normal(size=21)
        found = fit(decay, {"rate": 1.0}, Data(X, values, 0.05))
        assert "chi squared is" in found.message
        assert "20 was to be expected" in found.message

    @pytest.mark.parametrize(("neurons", "message"), [(0, "at least 1"), (10**5, "at most 10000")])
    def test_no_number_of_neurons(self, neurons, message):
        with pytest.raises(ValueError, match=f"neurons must be {message}, got {neurons}"):
            fit(decay, {"rate": 1.0}, Data(X, 10.0 * np.exp(-2.0 * X), 0.05), neurons=neurons)

    def test_too_few_neurons_are_noticed(self):
        found = fit(pendulum, {"damping": 0.1, "stiffness": 3.0}, Data(SWINGS, swing(0.2, 4.0), 1e-3), neurons=10)
        assert not found.converged
        assert "of the noise: try more neurons" in found.message
        assert "NOT converged" in repr(found)

    def test_a_guess_that_leads_nowhere_is_noticed(self, monkeypatch):
        monkeypatch.setattr("course_lib.beyond.inverse._STEPS", 1)
        found = fit(pendulum, {"damping": 3.0, "stiffness": 40.0}, Data(SWINGS, swing(0.2, 4.0), 1e-3), neurons=40)
        assert not found.converged
        assert "try a better guess" in found.message

    def test_step_out_of_the_domain_of_the_residual_is_shortened(self):
        """The equation knows only a positive rate, and the first step would make it negative."""
        root = lambda rate: ODEProblem(
            lambda x, f, df: df + np.sqrt(rate) * f, InitialValue(0.0, 10.0), (0.0, 1.0)
        )
        with np.errstate(invalid="ignore"):
            found = fit(root, {"rate": 40.0}, Data(X, 10.0 * np.exp(-0.1 * X), 0.01))
        assert abs(found.values["rate"] - 0.01) < 1e-6

    def test_residual_without_value_at_the_guess(self):
        unhappy = lambda rate: ODEProblem(lambda x, f, df: df + np.log(rate) * f, InitialValue(0.0, 1.0), (0.0, 1.0))
        with pytest.raises(NotFinite, match="residual has NaN"), np.errstate(invalid="ignore"):
            fit(unhappy, {"rate": -1.0}, Data([0.5], [1.0], 0.1))


class TestRefused:
    DATA = Data(X, 10.0 * np.exp(-2.0 * X), 0.1)

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            ({"noise": 0.0}, "noise must be positive, got 0"),
            ({"noise": -1.0}, "noise must be positive, got -1"),
            ({"noise": [0.1, 0.1]}, r"noise has shape \(2,\), expected \(3,\)"),
            ({"values": [1.0, np.nan, 2.0]}, "values has NaN"),
            ({"values": [1.0, 2.0]}, r"values has shape \(2,\), expected \(3,\)"),
            ({"order": 5}, "order must be at most 4"),
            ({"order": "text"}, "or the name of a derivative such as 'xx', got 'text'"),
        ],
    )
    def test_data(self, change, says):
        with pytest.raises(ValueError, match=says):
            Data(**{"x": [0.0, 0.5, 1.0], "values": [3.0, 2.0, 1.0], "noise": 0.1} | change)

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            ((decay, {"rate": 1.0}, Data([0.5, 1.5], [1.0, 1.0], 0.1)), "data at x = 1.5 are outside the domain"),
            ((decay, {"rate": 1.0}, Data(X, X, 0.1, of=1)), "of must be at most 0"),
            ((chain, {"first": 1.0, "second": 1.0}, Data(X, X, 0.1, of=[1.0])), "of has shape"),
            ((decay, {"rate": 1.0}, Data(X, X, 0.1, order=2)), "data of derivative 2, but the equation is of order 1"),
            ((decay_from, {"rate": 1.0, "start": 1.0}, Data([0.5], [1.0], 0.1)), "2 constants are .* only 1"),
            ((lambda rate, c: decay(rate), {"rate": 1.0, "c": 1.0}, DATA), "the equation does not contain c"),
            ((decay, {"rate": np.nan}, DATA), r"guess\['rate'\] has NaN"),
            ((lambda end: ODEProblem(decay(1.0).residual, InitialValue(0, 10), (0, end)), {"end": 2.0}, DATA),
             "problem of another kind for other constants"),
        ],
    )  # fmt: skip
    def test_values(self, arguments, says):
        with pytest.raises(ValueError, match=says):
            fit(*arguments)

    @pytest.mark.parametrize(
        ("prior", "says"),
        [
            ({"rate": 0.0}, r"prior\['rate'\] must be positive"),
            ({"half-life": 1.0}, "unknown constant in prior 'half-life'; known: 'rate'"),
            ({"rate": [1.0, 2.0]}, r"prior\['rate'\] has shape"),
        ],
    )
    def test_prior(self, prior, says):
        with pytest.raises(ValueError, match=says):
            fit(decay, {"rate": 1.0}, self.DATA, prior=prior)

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            ((decay, [1.0], DATA), "guess must give each unknown constant by name"),
            ((decay, {"rat": 1.0}, DATA), "must take the constants rat by these names"),
            ((decay, {"rate": 1.0}, (X, X)), "data must be of the class Data"),
            ((decay, {"rate": 1.0}, X), "data must be a Data or a list"),
            ((lambda rate: rate, {"rate": 1.0}, DATA), "problem_of must return an ODEProblem or a PDEProblem"),
        ],
    )
    def test_kinds(self, arguments, says):
        with pytest.raises(TypeError, match=says):
            fit(*arguments)
