"""The gate itself is shut: nothing of the course is left out of the tests or of the book by accident."""

from __future__ import annotations

import re
import tomllib

import lecture_ids
import yaml

ROOT = lecture_ids.ROOT
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
PYTEST = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]


def test_pytest_runs_everything():
    assert PYTEST["testpaths"] == ["tests", "book/notebooks"]
    assert {"--nbval", "--nbval-current-env", "--strict-config", "--strict-markers"} <= set(PYTEST["addopts"])
    skipping = r"-k|-m\b|--ignore|--deselect|--nbval-(lax|skip)"
    left_out = [option for option in PYTEST["addopts"] if re.match(skipping, option)]
    assert left_out == []
    assert PYTEST["norecursedirs"] == [".*", "tests/faults"]


def test_a_line_that_no_test_runs_is_an_error():
    coverage = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["coverage"]
    assert coverage["run"] == {"branch": True, "source": ["course_lib"]}
    assert coverage["report"] == {"fail_under": 100, "show_missing": True, "skip_covered": True}


def test_a_warning_of_the_build_is_an_error():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    [flags] = re.findall(r"^book: .*\n\t\S+jupyter-book build (.+) \.$", makefile, re.MULTILINE)
    assert {"-W", "-n"} <= set(flags.split())
    ignored = CONFIG["sphinx"]["config"]["nitpick_ignore_regex"]
    assert not any(re.fullmatch(pattern, "course_lib.networks.layout") for _, pattern in ignored)
    assert "suppress_warnings" not in CONFIG["sphinx"]["config"]


def test_what_is_published_is_what_was_tested():
    assert CONFIG["execute"]["execute_notebooks"] == "off"


def test_every_page_is_in_the_table_of_contents():
    toc = (ROOT / "_toc.yml").read_text(encoding="utf-8")
    named = set(re.findall(r"^[- ]*(?:file|root): (\S+)$", toc, re.MULTILINE))
    folders = ("book", "book/notebooks", "book/exercises")
    pages = {path.relative_to(ROOT).with_suffix("").as_posix() for folder in folders
             for path in (ROOT / folder).iterdir() if path.suffix in {".md", ".ipynb"}}  # fmt: skip
    # What the archive of the notebooks says about itself is no page.
    assert named == pages - {"book/take_along"}


def test_the_gate_on_a_bare_machine_is_the_whole_one():
    commands = (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()
    assert commands[-2:] == ["make test", "make test-faults"]
    assert "set -euo pipefail" in commands
