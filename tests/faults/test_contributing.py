"""Who does what CONTRIBUTING.md says of a chapter and of an exercise passes the gate; who leaves it out does not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import build_notebooks
import nbformat
from injection import ROOT, Copy, Edit
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

LAST = max(path.stem for path in (ROOT / "book/chapters").glob("*.md"))
NUMBER = int(LAST[:2]) + 1
NAME = f"{NUMBER:02}_roots"

# ------------------------------------------------------------------------------ a small chapter

BODY = r"""(ch-roots)=
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

## By hand

A guess above the root has a partner below it, and their mean lies between.

QUESTIONS

## How fast it is

Each step doubles the digits that are right.

## Where to begin

Half the number is as good as any other guess.

QUESTIONS

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
HEAD = (ROOT / "book/chapters/01_neural_network_layout.md").read_text(encoding="utf-8").partition("(ch-")[0]
QUESTION = """{0}. Where does the partner of a guess {1} lie?

   (a) below it \\
   (b) above it \\
   (c) on it

   :::{{admonition}} Answer
   :class: dropdown
   **({2})** The product of both is the number. ({3}) and ({4}) would change it.
   :::"""
WHERE = (1, "above the root", *"abc"), (2, "below the root", *"bac"), (3, "on the root", *"cab")
QUESTIONS = "\n\n".join(QUESTION.format(*each) for each in WHERE)
BODY = BODY.replace("QUESTIONS", f"::::{{admonition}} Three quick questions\n:class: quick\n\n{QUESTIONS}\n::::")
CHAPTER = HEAD + BODY.replace("CELLS", "\n\n".join([CELL] * 10)).replace("WORDS", "Zero has no partner here. " * 8)

EQUATION = "\n## Square roots\n\n$$\nx_{n+1} = \\frac{1}{2} (x_n + a / x_n) .\n$$ (own-roots-step)\n"
COMPUTED = '\n\ndef test_roots():\n    check("own-roots-step", {"x": [2.0, 1.5], "a": 2.0, "n": 0})\n'

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
WRONG = "# %% roots-{0}: half of it\ndef root{0}(x):\n    return x / 2\n\n\n# %% roots-{0}: itself\ndef root{0}(x):\n    return x\n"


def nbgrader(grade_id: str, **kinds: object) -> dict[str, Any]:
    fields = dict.fromkeys(["grade", "solution", "locked", "task"], False) | {"schema_version": 3}
    return {"id": grade_id, "metadata": {"nbgrader": fields | {"grade_id": grade_id} | kinds}}


def master() -> str:
    imports = "import numpy as np\n\nfrom course_lib import checks"
    cells = [
        new_markdown_cell(f"# Exercises: Square roots\n\n{TABLE}", id="roots-title"),
        new_code_cell(imports, **nbgrader("roots-imports", locked=True)),
    ]
    for number, kind in enumerate(KINDS, start=1):
        name, marks = f"roots-{number}", {"grade": True, "points": 2}
        cells.append(new_markdown_cell(TEXT.format(number, kind), **nbgrader(f"{name}-text", locked=True)))
        if kind in ("Pencil and paper", "Exploration"):
            answer = f"The root in number {number} is its own partner."
            cells.append(new_markdown_cell(answer, **nbgrader(name, solution=True, **marks)))
        else:
            cells.append(new_code_cell(SOLUTION.format(number), **nbgrader(name, solution=True)))
            cells.append(new_code_cell(CHECK.format(number), **nbgrader(f"{name}-check", locked=True, **marks)))
    return nbformat.writes(new_notebook(cells=cells, metadata=build_notebooks.METADATA)) + "\n"


# --------------------------------------------------------------------------------- the recipes

TEXTS = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
RECIPES = dict(part.split("\n", 1) for part in TEXTS.split("\n## ")[1:])
TOC, EQUATIONS, NOTEBOOKS, INLINE, SETS, ANSWERS, RELEASE, SPLIT = (
    "tests/book/test_gate.py", "tests/book/test_displayed_equations.py", "tests/book/test_notebooks.py -k every",
    f"tests/book/test_inline_formulas.py -k {NAME}", "tests/exercises/test_masters.py -k every_chapter",
    f"tests/exercises/test_masters.py -k {NAME}", f"tests/exercises/test_release.py -k '{NAME} and step'",
    "tests/exercises/test_solutions_published.py -k every_set",
)  # fmt: skip
# Every test of the chapter and of its set, and those that compare all chapters; what is slow and no part of it is left out.
CONCERNED = f"{NAME} or every or differ or archive or table or displayed_equations or test_gate or test_pages"
SLOW = "test_browser or test_grading or test_nbgrader"
GATES = [f"page: tests/book tests/exercises -k '({CONCERNED}) and not ({SLOW})'", f"nbval: book/notebooks/{NAME}.ipynb"]


def added(file: str, text: str) -> Edit:
    """A new file, or more text at the end of one."""
    return Edit(file, lambda old: old + text)


def in_contents(line: str, text: str) -> Edit:
    """More text in the table of contents, below a line that the pattern describes."""
    return Edit("_toc.yml", lambda old: re.sub(line, lambda found: found[0] + text, old))


FIRST = added(f"book/chapters/{NAME}.md", CHAPTER)
# What else a recipe says: an edit or a command. Then the gate that asks for it, and what that says before.
STEPS = [
    ("A chapter", added("tests/book/equations.md", EQUATION), EQUATIONS, "every_equation_is_reviewed.*own-roots-step"),
    ("A chapter", added("tests/book/test_displayed_equations.py", COMPUTED), EQUATIONS, "own-roots-step.*compute it"),
    ("A chapter", added("tests/book/inline_formulas.md", f"\n## {NAME}.md\n\n- $a > 0$\n"), INLINE, f"{NAME}.md says .a > 0"),
    ("A chapter", f"book/build_notebooks.py {NAME}", NOTEBOOKS, f"has_its_notebook.*{NAME}"),
    ("A chapter", in_contents(f".*book/notebooks/{LAST}\n", f"      - file: book/notebooks/{NAME}\n"),
     TOC, f"every_page_is_in_the_table.*book/notebooks/{NAME}"),
    ("An exercise", added(f"exercises/source/{NAME}/{NAME}.ipynb", master()), SETS, f"every_chapter_has_its_set.*{NAME}"),
    ("An exercise", added(f"exercises/wrong_answers/{NAME}.py", "\n\n".join(map(WRONG.format, (2, 3, 4)))), ANSWERS,
     f"No such file.*wrong_answers/{NAME}.py"),
    ("An exercise", f"exercises/release.py {NAME}", RELEASE, f"No such file.*book/exercises/{NAME}.ipynb"),
    ("An exercise", in_contents(f".*book/exercises/{LAST}\n.*title:.*\n",
                                f"      - file: book/exercises/{NAME}\n        title: {NUMBER}. Square roots\n"),
     TOC, f"every_page_is_in_the_table.*book/exercises/{NAME}"),
    ("An exercise", added("tests/book/inline_formulas.md", f"\n## {NAME}.ipynb\n" + "\n- $x = 4$" * 5 + "\n"), INLINE,
     f"{NAME}.ipynb says .x = 4"),
    ("An exercise", added("exercises/solutions.toml", f"{NAME} = [1, 3, 5]\n"), SPLIT, f"it leaves {NAME} out"),
]  # fmt: skip


def do(copy: Copy, recipe: str, step: Edit | str) -> None:
    """Do what a step says; its recipe names the file or the command."""
    named = step.file if isinstance(step, Edit) else f"python {step}"
    assert f"`{named.replace(NAME, '10_title')}`" in RECIPES[recipe], f"CONTRIBUTING.md, {recipe}: it does not say {named}"
    if isinstance(step, str):
        code, output = copy.run(f"run: {step}")
        assert code == 0, output
    else:
        path = copy.folder / step.file
        path.parent.mkdir(exist_ok=True)
        old = path.read_text("utf-8") if path.exists() else ""
        assert step(old) != old, f"{step.file} stays as it is"
        path.write_text(step(old), encoding="utf-8", newline="\n")


def test_the_recipes_are_complete_and_no_step_can_be_left_out(tmp_path: Path) -> None:
    copy = Copy(tmp_path)
    do(copy, "A chapter", FIRST)
    for recipe, step, gate, says in STEPS:
        code, output = copy.run(gate)
        assert code in (1, 2) and re.search(says, output, re.DOTALL), f"{gate} does not say {says!r}:\n{output[-3000:]}"
        do(copy, recipe, step)
    for gate in GATES:
        code, output = copy.run(gate)
        assert code == 0, f"{gate} fails after the last step of the recipes:\n{output[-5000:]}"
