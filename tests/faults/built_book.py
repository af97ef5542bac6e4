"""A plugin of pytest: the tests of the pages look at the book that is built already, in _build/html."""

from pathlib import Path
from typing import Any

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(fixturedef: Any, request: Any) -> Path | None:
    if fixturedef.argname != "html":
        return None
    folder = request.config.rootpath / "_build/html"
    fixturedef.cached_result = (folder, fixturedef.cache_key(request), None)
    return folder
