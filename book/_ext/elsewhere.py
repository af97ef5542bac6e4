"""Buttons that open a chapter's notebook on Binder, Colab or a JupyterHub, once the repository has an address.

_config.yml says which; without repository.url there are none.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config


def only_with_an_address(app: Sphinx, config: Config) -> None:
    """Take the buttons away where they would lead nowhere."""
    options = config.html_theme_options
    if not options.get("repository_url"):
        options.pop("launch_buttons", None)


def say_what_colab_needs(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Colab opens the notebook alone: its button says how the library comes there."""
    for group in context.get("header_buttons", []):
        for button in group.get("buttons", []):
            if button.get("text") == "Colab":
                address = app.config.html_theme_options["repository_url"]
                button["tooltip"] = f"Open on Colab. Run there first: %pip install git+{address}"


def setup(app: Sphinx) -> dict[str, object]:
    app.connect("config-inited", only_with_an_address)
    app.connect("html-page-context", say_what_colab_needs, priority=502)  # the theme makes the buttons at 501
    return {"parallel_read_safe": True, "parallel_write_safe": True}
