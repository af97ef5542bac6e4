"""The code is clean: ruff and mypy find nothing, with the versions that requirements.txt pins."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def installed(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def pinned(package: str) -> list[str]:
    """The versions of a package in the lock: one, or one for each range of Pythons."""
    text = (ROOT / "requirements.txt").read_text("utf-8")
    return re.findall(rf"^{package}==([\w.]+)", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("command", "packages"),
    [
        (["ruff", "check", "--no-cache", "."], ["ruff"]),
        (["mypy"], ["mypy", "types-tqdm", "numpy", "matplotlib"]),
    ],
    ids=["ruff", "mypy"],
)
def test_nothing_is_found(command, packages):
    """What is found depends on the version of a checker, and on the types of what is imported."""
    for package in packages:
        if installed(package) not in pinned(package):
            pytest.skip(f"{package} is not here in a version of the lock")
    run = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
