"""Who does what CONTRIBUTING.md says of a chapter and of an exercise passes the gate; who leaves it out does not."""

from __future__ import annotations

import re
from pathlib import Path

import build_notebooks
import pytest
from injection import ROOT, Copy
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

NAME = "10_roots"

# ------------------------------------------------------------------------------ a small chapter

CHAPTER = r"""(ch-roots)=
# Square roots

How does a computer find a square root?

**Objectives.** After this chapter you can

1. write the step down;
2. run it by hand;
3. see how fast it is.

**Prerequisites.** {ref}`ch-finite-differences`.

**Time.** 20 minutes.

## The step

Whoever seeks the root of $a > 0$ takes the mean of a guess and of its partner:

$$
x_{n+1} = \frac{1}{2} (x_n + a / x_n) .
$$ (own-roots-step)

```{code-cell} ipython3
import matplotlib.pyplot as plt

plt.style.use("course_lib.course")
x = [2.0]
```

CELLS

The root of two is 1.414, and {numref}`fig-roots-guesses` shows the way to it by {eq}`own-roots-step`.

```{code-cell} ipython3
---
mystnb:
  image:
    alt: The guesses fall from two to the root in three steps, and then stay where they are.
  figure:
    caption: The guesses.
    name: fig-roots-guesses
---
plt.plot(x, "o-");
```

## What can go wrong

WORDS

## Take-aways

1. The step is a mean.
2. It is done by hand.
3. It is fast.

## Further reading

{cite:t}`hairer1993`.
"""
CELL = "```{code-cell} ipython3\nx.append((x[-1] + 2 / x[-1]) / 2)\nprint(round(x[-1], 3))\n```"
CHAPTER = CHAPTER.replace("CELLS", "\n\n".join([CELL] * 10)).replace("WORDS", "A guess of zero has no partner. " * 7)

EQUATION = "\n## Square roots\n\n$$\nx_{n+1} = \\frac{1}{2} (x_n + a / x_n) .\n$$ (own-roots-step)\n"
COMPUTED = '\n\ndef test_roots():\n    check("own-roots-step", {"x": [2.0, 1.5], "a": 2.0, "n": 0})\n'
FORMULAS = f"\n## {NAME}.md\n\n- $a > 0$\n\n## {NAME}.ipynb\n\n- $x = 4$\n"

# ------------------------------------------------------------------------- its small exercises

KINDS = ("Pencil and paper", "Code", "Code", "Mend a mistake", "Exploration")
ROW = "| {0} | Root {0} | {1} | ★ | 5 | 2 |\n"
TABLE = "| | exercise | kind | difficulty | minutes | points |\n|---|---|---|---|---|---|\n"
TABLE += "".join(ROW.format(*row) for row in enumerate(KINDS, start=1)) + "| | total | | | 25 | 10 |"
TEXT = "## {0} · Root {0}\n\n*{1} · ★ · 5 minutes · 2 points.*\n\nFind the root of $x = 4$."
SOLUTION = "def root{0}(x):\n    ### BEGIN SOLUTION\n    return np.exp(0.5 * np.log(x)) + 0 * {0}\n    ### END SOLUTION"
CHECK = """checks.equal(root{0}(4.0) * root{0}(4.0), 4.0, "the square of your root")
### BEGIN HIDDEN TESTS
checks.equal(root{0}(9.0) * root{0}(9.0), 9.0, "the square of another of your roots")
### END HIDDEN TESTS"""
WRONG = "# %% ch10-{0}: half of it\ndef root{0}(x):\n    return x / 2\n\n\n# %% ch10-{0}: itself\ndef root{0}(x):\n    return x\n"


def nbgrader(grade_id: str, **kinds: object) -> dict[str, object]:
    fields = dict.fromkeys(["grade", "solution", "locked", "task"], False) | {"schema_version": 3}
    return {"id": grade_id, "metadata": {"nbgrader": fields | {"grade_id": grade_id} | kinds}}


def master() -> NotebookNode:
    imports = "import numpy as np\n\nfrom course_lib import checks"
    cells = [
        new_markdown_cell(f"# Exercises: Square roots\n\n{TABLE}", id="ch10-text-title"),
        new_code_cell(imports, **nbgrader("ch10-imports", locked=True)),
    ]
    for number, kind in enumerate(KINDS, start=1):
        cells += [new_markdown_cell(TEXT.format(number, kind), **nbgrader(f"ch10-{number}-text", locked=True))]
        if number in (1, 5):
            answer = f"The root in number {number} is its own partner."
            cells += [new_markdown_cell(answer, **nbgrader(f"ch10-{number}", grade=True, solution=True, points=2))]
        else:
            check = nbgrader(f"ch10-{number}-check", grade=True, locked=True, points=2)
            cells += [new_code_cell(SOLUTION.format(number), **nbgrader(f"ch10-{number}", solution=True)),
                      new_code_cell(CHECK.format(number), **check)]  # fmt: skip
    return new_notebook(cells=cells, metadata=build_notebooks.METADATA)
