"""The benchmarks measure the problems of the library, and nothing of them gets into the book."""

from __future__ import annotations

import importlib.util
import math
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from course_lib.equations import PROBLEMS

ROOT = Path(__file__).resolve().parents[1]


def peers(name):
    path = ROOT / "benchmarks" / "peers" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"peers_{name}", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclass looks itself up there
    spec.loader.exec_module(module)
    return module


def peers_problems():
    return peers("problems").PROBLEMS


SYSTEMS = peers("systems").SYSTEMS


def total(*f):
    return sum(f)


def energy(potential):
    """Half the squares of the speeds, the later half of the unknowns, and the potential of the places."""

    def conserved(*f):
        half = len(f) // 2
        return sum(v * v for v in f[half:]) / 2 + potential(*f[:half])

    return conserved


def springs(*places):
    stretch = [b - a for a, b in zip((0.0, *places), (*places, 0.0))]
    return sum(s**2 / 2 + s**4 / 4 for s in stretch)


CONSERVED = {
    "predator and prey": lambda f1, f2: f1 - np.log(f1) + 2 * (f2 - np.log(f2)),
    "linear reaction": total,
    "nonlinear reaction": total,
    "rigid body": lambda f1, f2, f3: 0.51 * f2**2 - f3**2,
    "ten decays": total,
    "ten decays, ever faster": total,
    "epidemic": total,
    "galaxy": energy(lambda f1, f2: (f1**2 + f2**2) / 2 + f1**2 * f2 - f2**3 / 3),
    "five masses": energy(springs),
    **{name: energy(lambda f1, f2: -((f1**2 + f2**2) ** -0.5)) for name in SYSTEMS if name.startswith("orbit")},
}


@pytest.mark.parametrize("name", [name for name in PROBLEMS if name != "oscillator"])
def test_peers_solve_the_same_problem(name):
    ours, theirs = PROBLEMS[name], peers_problems()[name]
    assert ours.domain == theirs.domain and ours.order == theirs.order
    x = np.linspace(*ours.domain, 7)
    assert np.array_equal(ours.exact(x).reshape(7, -1), theirs.exact(x))
    assert np.allclose(theirs.exact(x[:1])[0], theirs.start)
    # On functions that are no solution the residuals agree too.
    f = np.random.default_rng(0).normal(size=(ours.order + 1, 7, ours.unknowns))
    columns = [part[:, j] for part in f for j in range(ours.unknowns)]
    found = np.stack(theirs.residual(np, x, *columns), axis=1)
    np.testing.assert_allclose(found, ours.residuals(x, *f), rtol=1e-13)


def test_the_book_leaves_them_out():
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    assert "benchmarks" in config["exclude_patterns"]


def test_the_peers_are_pinned():
    lines = (ROOT / "benchmarks" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert all("==" in line for line in lines if line and not line.startswith("#"))


@pytest.mark.parametrize("name", CONSERVED)
def test_a_system_keeps_what_it_conserves(name):
    f = np.random.default_rng(0).uniform(0.5, 1.5, len(SYSTEMS[name].start))
    g, h = np.array(SYSTEMS[name].slopes(np, 0.0, *f)), 1e-30
    assert abs(CONSERVED[name](*(f + 1j * h * g)).imag / h) < 1e-13 * max(1.0, np.abs(g).max())


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_system_is_the_same_for_numpy_and_for_numbers(name):
    system = SYSTEMS[name]
    assert 2 <= len(system.start) <= 10
    x, f = np.linspace(0.0, system.end, 5), np.random.default_rng(1).uniform(0.5, 1.5, (len(system.start), 5))
    columns = [np.broadcast_to(part, 5) for part in system.slopes(np, x, *f)]
    ones = [system.slopes(math, *at) for at in np.vstack([x, f]).T.tolist()]
    np.testing.assert_allclose(np.transpose(columns), ones, rtol=1e-14)


@pytest.mark.parametrize("eccentricity", [0.0, 0.1, 0.3, 0.5, 0.7, 0.9])
def test_an_orbit_begins_nearest_to_the_sun_with_its_energy(eccentricity):
    start = SYSTEMS[f"orbit, eccentricity {eccentricity}"].start
    assert start[0] == 1 - eccentricity and start[1] == start[2] == 0
    assert CONSERVED["orbit, eccentricity 0.1"](*start) == pytest.approx(-0.5, rel=1e-14)


@pytest.mark.parametrize("name", [name for name in PROBLEMS if name != "oscillator"])
def test_collocation_solves_every_problem(name, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks" / "peers"))
    x, f = peers("chebyshev").collocate(name)
    problem = peers_problems()[name]
    assert x.shape == (21,) and f.shape == (21, len(problem.start))
    assert np.abs(f - problem.exact(x)).max() < 1e-11
