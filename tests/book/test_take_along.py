"""What a reader takes along: the archive of the notebooks, unpacked and set up as its README says."""

from __future__ import annotations

import os
import re
import subprocess
import sysconfig
from pathlib import Path

import archives
import pytest

README = (archives.ROOT / "book/take_along.md").read_text(encoding="utf-8")

# Hatchling, which builds the library, is not among the packages that the course pins: a stand-in for it.
HATCHLING = """
import base64, hashlib, os, zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    files = {"course_lib.pth": os.getcwd(),
             "course_lib-1.0.0.dist-info/METADATA": "Metadata-Version: 2.1\\nName: course-lib\\nVersion: 1.0.0\\n",
             "course_lib-1.0.0.dist-info/WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"}
    files["course_lib-1.0.0.dist-info/RECORD"] = "".join(f"{name},,\\n" for name in files)
    name = "course_lib-1.0.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
    return name
"""


def commands() -> list[str]:
    return [line.split("#")[0].strip() for line in re.search(r"```\n(.*?)```", README, re.DOTALL)[1].splitlines()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """The archive, unpacked."""
    place = tmp_path_factory.mktemp("taken")
    archives.write(place / "notebooks.zip", archives.notebook_files())
    subprocess.run(["python3", "-m", "zipfile", "-e", "notebooks.zip", "."], cwd=place, check=True)
    return place / "course"


def test_the_readme_is_of_this_archive(folder):
    assert (folder / "README.md").read_text(encoding="utf-8") == README
    assert "make" not in re.findall(r"\w+", README)
    named = re.findall(r"\((book/\S+)\)|`((?:book/|course_lib)\S*)`|-r (\S+)", README)
    assert len(named) >= 5
    assert [path for path in map("".join, named) if not (folder / path).exists()] == []
    assert len(commands()) == 5


def test_its_five_lines_set_the_notebooks_up(folder):
    venv, install, library, lab = (commands()[k] for k in (0, 2, 3, 4))
    assert commands()[1] == ". .venv/bin/activate"
    packages = sysconfig.get_path("purelib")  # at hand, for want of a network
    script = f"""set -e
{venv}
echo '{packages}' > "$(echo .venv/lib/python3*/site-packages)/at_hand.pth"
rm -rf .venv/lib/python3*/site-packages/setuptools* # older Pythons put one there; the pinned one is at hand
mkdir -p .venv/hatchling
printf '%s' "$HATCHLING" > .venv/hatchling/build.py
. .venv/bin/activate
{install}
PYTHONPATH=.venv {library} --no-build-isolation
python -m {lab.replace("jupyter lab", "jupyterlab")} --version
cd book/exercises
python -c 'import course_lib.checks, jupyterlab; print(course_lib.__file__)'
"""
    environment = os.environ | {"PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "HATCHLING": HATCHLING}
    environment.pop("PYTHONPATH", None)
    python = Path(sysconfig.get_path("scripts"))
    environment["PATH"] = f"{python}{os.pathsep}{environment['PATH']}"
    done = subprocess.run(["bash", "-c", script], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert done.stdout.splitlines()[-1] == str(folder / "course_lib/__init__.py")
    assert "Requirement already satisfied" in done.stdout
