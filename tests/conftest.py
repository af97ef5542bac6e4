"""Settings that all tests share."""

import os
from pathlib import Path
from random import Random, randrange

import pytest

# Threads that share small matrices wait for one another; before NumPy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from hypothesis import settings

# The same examples every time, and no failure because a machine is busy.
settings.register_profile("course", derandomize=True, deadline=None)
settings.load_profile("course")


HERE = Path(__file__).parent

# What takes a minute or more begins, and the many short modules keep both workers busy to the end.
LONGEST_FIRST = ["tests/book/test_browser.py", "tests/exercises/", "book/notebooks/", ""]


def pytest_configure(config: pytest.Config) -> None:
    """Choose an order of the tests; xdist tells its workers."""
    config.option.loadscopereorder = False  # xdist would begin with the module of most tests
    if config.pluginmanager.has_plugin("xdist"):
        config.option.testrunuid = config.option.testrunuid or str(randrange(10**6))


def pytest_report_header(config: pytest.Config) -> list[str]:
    if not config.getoption("numprocesses", None):
        return []
    return [f"order of the tests: --testrunuid={config.option.testrunuid} repeats it"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Shuffle modules, classes and tests, the longest before the others; with -n 0 all stay in order.

    The cells of a notebook stay in theirs, and so do the faults, whose copy of the book is built on.
    """
    for item in items:  # every line of the library has a smaller test of its own: these would only be slowed
        many = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
        if many or any(item.path.is_relative_to(HERE / folder) for folder in ("book", "exercises", "faults")):
            item.add_marker(pytest.mark.no_cover)
    if not hasattr(config, "workerinput"):
        return
    order = config.workerinput["testrunuid"]

    def place(item: pytest.Item) -> list[float]:
        names = item.nodeid.split("::")
        length = next(n for n, start in enumerate(LONGEST_FIRST) if names[0].startswith(start))
        if names[0].endswith(".ipynb") or names[0].startswith("tests/faults/"):
            del names[1:]
        return [length, *(Random(f"{order} {name}").random() for name in names)]

    items.sort(key=place)
