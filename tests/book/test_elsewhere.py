"""The buttons to Binder, Colab and a JupyterHub: on with an address of the repository, off without one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import elsewhere
import pytest
from bs4 import BeautifulSoup
from sphinx.config import Config

ROOT = Path(__file__).resolve().parents[2]
PAGES = ["book/notebooks/01_neural_network_layout", "book/exercises/01_neural_network_layout"]


@pytest.fixture(scope="module")
def html(tmp_path_factory) -> Path:
    """Two pages and a cover, built with placeholders for the addresses."""
    folder = tmp_path_factory.mktemp("elsewhere")
    config = (ROOT / "_config.yml").read_text(encoding="utf-8")
    for line, value in [("  url:", "https://github.com/placeholder/course"), ("  jupyterhub_url:", "https://hub.placeholder")]:
        assert config.count(f'{line} ""\n') == 1
        config = config.replace(f'{line} ""\n', f"{line} {value}\n")
    (folder / "_config.yml").write_text(config, encoding="utf-8")
    chapters = "".join(f"  - file: {page}\n" for page in PAGES)
    (folder / "_toc.yml").write_text(f"format: jb-book\nroot: book/cite\nchapters:\n{chapters}")
    command = [Path(sys.executable).with_name("jupyter-book"), "build", "-q", "--path-output", folder,
               "--config", folder / "_config.yml", "--toc", folder / "_toc.yml", ROOT]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "book/_ext"), "LIVE": ""}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return folder / "_build/html"


def buttons(html: Path, page: str) -> dict[str, str]:
    soup = BeautifulSoup((html / f"{page}.html").read_text(encoding="utf-8"), "html.parser")
    links = soup.select(".dropdown-launch-buttons a")
    return {link.get_text(strip=True): link["href"] for link in links}


@pytest.mark.parametrize("page", PAGES)
def test_each_notebook_opens_where_its_buttons_say(html, page):
    assert buttons(html, page) == {
        "Binder": f"https://mybinder.org/v2/gh/placeholder/course/main?urlpath=lab/tree/{page}.ipynb",
        "JupyterHub": "https://hub.placeholder/hub/user-redirect/git-pull?repo=https%3A//github.com/placeholder/course"
                      f"&urlpath=lab/tree/course/{page}.ipynb&branch=main",
        "Colab": f"https://colab.research.google.com/github/placeholder/course/blob/main/{page}.ipynb",
    }  # fmt: skip
    assert (ROOT / f"{page}.ipynb").is_file()
    assert "%pip install git+https://github.com/placeholder/course" in (html / f"{page}.html").read_text("utf-8")


def test_other_pages_have_none(html):
    assert buttons(html, "book/cite") == {}


@pytest.mark.parametrize(("address", "left"), [("", {}), ("https://github.com/placeholder/course", {"colab_url": "c"})])
def test_without_an_address_there_are_none(address, left):
    config = Config()
    config.html_theme_options = {"repository_url": address, "launch_buttons": {"colab_url": "c"}}
    elsewhere.only_with_an_address(None, config)
    assert config.html_theme_options.get("launch_buttons", {}) == left


def test_binder_installs_what_the_book_pins():
    assert (ROOT / "binder/requirements.txt").read_text() == "-r ../requirements.txt\n"
    assert "pip install --no-deps -e ." in (ROOT / "binder/postBuild").read_text()
