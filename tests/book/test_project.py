"""The lock, the commands and the README agree with one another."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import lecture_ids
import pictures
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from course_lib.equations import PROBLEMS

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DIRECT = PROJECT["dependencies"] + [text for extra in PROJECT["optional-dependencies"].values() for text in extra]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("text", DIRECT)
def test_pinned_inside_its_range(text):
    wanted = Requirement(text)
    pins = [pin for pin in map(Requirement, pinned())
            if canonicalize_name(pin.name) == canonicalize_name(wanted.name)]
    assert pins, f"{wanted.name} is not in requirements.txt: make lock"
    for pin in pins:
        [exact] = pin.specifier
        assert exact.operator == "=="
        assert exact.version in wanted.specifier


def pinned() -> list[str]:
    """The lines of the lock that name a package, without the hashes below them."""
    lines = read("requirements.txt").splitlines()
    return [line.rstrip(" \\") for line in lines if re.match(r"\w", line)]


def test_every_package_of_the_lock_has_one_version_and_its_hashes():
    blocks = re.split(r"\n(?=\w)", read("requirements.txt"))
    assert len(blocks) == len(pinned()) > 100
    for block in blocks:
        assert re.match(r"[\w.-]+(\[[\w,-]+\])?==\S+", block), f"no fixed version: {block.splitlines()[0]}"
        assert "--hash=sha256:" in block, f"no hash: {block.splitlines()[0]}; make lock"


def test_commands_agree():
    assert re.search(r"^test: .*\n\t\S+ -m pytest --cov\n", read("Makefile"), re.MULTILINE)
    readme = read("README.md")
    assert re.search(r"^make test ", readme, re.MULTILINE)
    assert re.search(r"^pytest ", readme, re.MULTILINE)
    for command in ["make book", "make test"]:
        assert f"run: {command}\n" in read(".github/workflows/test.yml")


def test_every_target_is_named():
    targets = set(re.findall(r"^\.PHONY: (.+)$", read("Makefile"), re.MULTILINE)[0].split())
    assert targets - {"help"} <= set(re.findall(r"make ([\w-]+)", read("README.md") + read("CONTRIBUTING.md")))


def test_versions_agree():
    version = PROJECT["version"]
    assert f"version: {version}\n" in read("CITATION.cff")
    assert f"version {version}" in read("book/cite.md")
    assert f'__version__ = "{version}"' in read("course_lib/__init__.py")


def test_readme_shows_the_moving_picture():
    [path] = re.findall(r"!\[[^]]{60,}\]\((\S+)\)", read("README.md"))
    picture = read(path)
    assert "<animate" in picture and len(picture) < 300_000
    shown = re.findall(r"\(book/_static/pictures/(\w+)\.svg\)", read("README.md"))
    assert shown == ["moving_network", *pictures.badges()]


def test_readme_claims_what_is_so():
    readme = " ".join(read("README.md").split())
    equations = {i for section in lecture_ids.sections() for i in section.equations}
    assert f"a handwritten lecture of {len(equations)} equations" in readme
    least = int(re.search(r"more than (\d+) in all", readme)[1])
    assert least < len({test for tests in lecture_ids.tests().values() for test in tests}) <= least + 50
    assert f"The notes slip in {len(list(lecture_ids.slips()))} places" in readme
    count, bound = re.search(r"the library's (\d+) named problems with errors below (\S+),", readme).groups()
    assert int(count) == len(PROBLEMS)
    # Chapter 10 measures it, and its own test runs it.
    chapter = read("book/chapters/10_random_features.md").partition("in PROBLEMS.items()")[2].partition("```")[0]
    assert f"below(largest_error(found), {bound})" in chapter


def test_readme_leads_to_the_published_book():
    address = yaml.safe_load(read("_config.yml"))["html"]["baseurl"]
    assert (address in read("README.md")) if address else ("Read it online" not in read("README.md"))


def test_jupyterlab_takes_the_myst_extension():
    listed = subprocess.run([sys.executable, "-m", "jupyter", "labextension", "list"],
                            capture_output=True, text=True, check=True)
    [line] = re.findall(r"^ *jupyterlab-myst .*$", listed.stdout + listed.stderr, re.MULTILINE)
    assert "enabled" in line and "OK" in line
