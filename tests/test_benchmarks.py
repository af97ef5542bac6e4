"""The benchmarks measure the problems of the library, and nothing of them gets into the book."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from course_lib.equations import PROBLEMS

ROOT = Path(__file__).resolve().parents[1]


def peers_problems():
    path = ROOT / "benchmarks" / "peers" / "problems.py"
    spec = importlib.util.spec_from_file_location("peers_problems", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclass looks itself up there
    spec.loader.exec_module(module)
    return module.PROBLEMS


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
