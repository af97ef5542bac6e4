"""One copy of the repository for each worker, and the modules in an order that keeps both workers busy."""

import pytest
from injection import Copy

LONGEST_FIRST = ["test_contributing", "test_pages", "test_solver", "test_exercises", "test_notebooks", "test_derivatives"]


def pytest_configure(config: pytest.Config) -> None:
    config.option.loadscopereorder = False  # xdist would begin with the module of most tests


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: [*LONGEST_FIRST, item.path.stem].index(item.path.stem))


@pytest.fixture(scope="session")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    return Copy(tmp_path_factory.mktemp("copy"))
