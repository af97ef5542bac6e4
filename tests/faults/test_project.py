"""Faults around the book: packages, docstrings, the reference, what the pages for authors say, the gate itself."""

from __future__ import annotations

import re
from functools import partial

from injection import Copy, Edit, Fault, parametrised

PROJECT, DOCSTRINGS, GATE = "tests/book/test_project.py", "tests/test_docstrings.py", "tests/book/test_gate.py"
AGREE = f"{PROJECT} -k 'versions or commands or readme or every_target'"
CONTRIBUTING, GLOSSARY = "tests/book/test_contributing.py", "tests/book/test_glossary.py"


def fault(name: str, file: str, old: str, new: str, gate: str, says: str) -> Fault:
    return Fault(name, Edit(file, old, new), gate, says)


def lock(name: str, pattern: str, new: str, says: str) -> Fault:
    """A fault in the lock, whose versions change from time to time."""
    return Fault(
        name,
        Edit("requirements.txt", partial(re.sub, pattern, new, flags=re.MULTILINE)),
        f"{PROJECT} -k 'pinned or lock'",
        says,
    )


FAULTS = {
    "package": [
        lock("pinned outside its range", r"^numpy==[\d.]+", "numpy==1.25.0", r"inside_its_range\[numpy>=2"),
        lock("not pinned", r"^scipy==([\d.]+)", r"scipy>=\1", r"inside_its_range\[scipy>=1|no fixed version: scipy"),
        lock("without its hash", r"^(tqdm==[\d.]+)( \\\n +--hash=\S+)+", r"\1", "no hash: tqdm"),
        fault("that the library imports, but does not name", "pyproject.toml", '    "tqdm>=4.66",\n', "", "tests/test_imports.py", "tqdm"),
        fault("that nobody imports", "pyproject.toml", '    "tqdm>=4.66",\n', '    "tqdm>=4.66",\n    "pandas>=2",\n', "tests/test_imports.py", "pandas"),
        fault("with a range beyond the lock", "pyproject.toml", '"sympy>=1.13"', '"sympy>=99"', f"{PROJECT} -k pinned", r"inside_its_range\[sympy>=99\]"),
        fault("module that imports one above", "course_lib/networks/layout.py", "import numpy as np\n", "import numpy as np\n\nfrom course_lib.networks import backpropagation\n", "tests/test_imports.py", "these import one another: .*course_lib.networks.layout"),
        fault("module that imports plotting", "course_lib/equations/training.py", "import numpy as np\n", "import numpy as np\nfrom course_lib.drawing.curves import COLOURS\n", "tests/test_imports.py", r"test_no_import_runs_back\[course_lib\.equations\.training\]"),
        fault("another version in one place", "CITATION.cff", "\nversion: ", "\nversion: 9.", AGREE, "test_versions_agree"),
    ],
    "reference": [
        fault("module left out", "book/api_networks.md", ".. automodule:: course_lib.networks.parameters\n", ".. automodule:: course_lib.networks.minibatch\n", DOCSTRINGS, "course_lib.networks.parameters"),
        fault("function without a docstring", "course_lib/networks/minibatch.py", '    """Return the step with v ← β v', '    text = """Return the step with v ← β v', DOCSTRINGS, "minibatch.momentum"),
        fault("docstring without shapes", "course_lib/equations/random_features.py", '"""Return J = ∂r/∂W, shape (m E, d (n + 1)), from ∂L_e/∂f_j⁽ᵏ⁾ and B (K + 1, m, n + 1)."""', '"""Return J = ∂r/∂W."""', DOCSTRINGS, "random_features.output_jacobian"),
        fault("parameter not explained", "course_lib/networks/parameters.py", "    vector\n        All parameters, shape (P,), in the order of `ravel`.\n", "", DOCSTRINGS, "unravel"),
        fault("example with a wrong result", "course_lib/differentiation/finite_differences.py", "    2.5\n", "    2.6\n", DOCSTRINGS, "finite_differences"),
    ],
    "code": [
        fault("that nobody uses", "course_lib/differentiation/graph.py", "import networkx as nx\n", "import os\n\nimport networkx as nx\n", "tests/test_lint.py -k ruff", "F401.*graph.py"),
        fault("with a wrong type", "course_lib/differentiation/graph.py", "def _shape_text(value: Any) -> str:", "def _shape_text(value: Any) -> int:", "tests/test_lint.py -k mypy", "graph.py:[0-9]+: error"),
    ],
    "page for authors": [
        fault("example of a rule that is wrong", "CONTRIBUTING.md", "np.pi / 180.0", "180.0 / np.pi", CONTRIBUTING, "derivative_rule"),
        fault("example of an equation that is wrong", "CONTRIBUTING.md", "df - np.cos(x) * f", "df - np.sin(x) * f", CONTRIBUTING, "differential_equation"),
        fault("example that no longer runs", "CONTRIBUTING.md", "InitialValue(0.0, 1.0)", "Initial(0.0, 1.0)", CONTRIBUTING, "differential_equation"),
        fault("file that is not there", "CONTRIBUTING.md", "`course_lib/equations/problems.py`", "`course_lib/odes.py`", CONTRIBUTING, "odes.py"),
        fault("command that is not there", "CONTRIBUTING.md", "`make lock` writes", "`make locks` writes", CONTRIBUTING, "locks"),
        fault("glossary points to the wrong chapter", "book/glossary.md", "relu. Without\n  it all layers together would be one affine map. {ref}`ch-layout`", "relu. Without\n  it all layers together would be one affine map. {ref}`ch-finite-differences`", GLOSSARY, "activation function"),
        fault("glossary out of order", "book/glossary.md", "\nadjoint\n", "\na-djoint\n", GLOSSARY, "alphabetical_order"),
        fault("page without a command", "CONTRIBUTING.md", "`make lab`", "`jupyter lab`", AGREE, "every_target_is_named.*lab"),
        fault("README with a picture that stands", "README.md", "pictures/moving_network.svg", "pictures/equations.svg", AGREE, "shows_the_moving_picture"),
        fault("README that claims too much", "README.md", "slip in 12 places", "slip in 13 places", AGREE, "claims_what_is_so"),
    ],
    "gate": [
        fault("notebooks no longer run", "pyproject.toml", '    "--nbval", #', "    #", GATE, "test_pytest_runs_everything.*nbval"),
        fault("notebooks no longer collected", "pyproject.toml", 'testpaths = ["tests", "book/notebooks"]', 'testpaths = ["tests"]', GATE, "test_pytest_runs_everything.*book/notebooks"),
        fault("tests of the book left out", "pyproject.toml", '".*", "tests/faults"', '".*", "tests/faults", "book"', GATE, "test_pytest_runs_everything.*'book'"),
        fault("lines that no test runs accepted", "pyproject.toml", "fail_under = 100", "fail_under = 90", GATE, "no_test_runs_is_an_error"),
        fault("lines of the library not counted", "Makefile", "-m pytest --cov\n", "-m pytest\n", "tests/book/test_project.py", "m pytest --cov"),
        fault("warnings of the build accepted", "Makefile", "build -q -W -n --keep-going .\n\t@echo", "build -q -n --keep-going .\n\t@echo", GATE, "a_warning_of_the_build_is_an_error.*'-W'"),
        fault("the library's links not looked at", "_config.yml", "(?!course_lib).*", ".*", GATE, "a_warning_of_the_build_is_an_error"),
        fault("notebooks run again by the build", "_config.yml", 'execute_notebooks: "off"', 'execute_notebooks: "auto"', GATE, "auto"),
        fault("a page left out of the book", "_toc.yml", "      - file: book/cite\n", "", GATE, "book/cite"),
        fault("page in the book that nobody wrote", "_toc.yml", "      - file: book/cite\n", "      - file: book/cite\n      - file: book/thanks\n", GATE, "book/thanks"),
        fault("gate that runs a part", ".ci/run", "make test\n", "make test-fast\n", "tests/book/test_gate.py", "whole_one.*make test-fast"),
        fault("gate without the faults", ".ci/run", "make test-faults\n", "", "tests/book/test_gate.py", "whole_one"),
    ],
}  # fmt: skip


@parametrised(FAULTS)
def test_found(copy: Copy, fault: Fault) -> None:
    copy.must_find(fault)
