"""Faults in what the chapters show: numbers, figures, equations, the order and the form of their cells."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from injection import Copy, Edit, Fault, in_cells, in_chapter, parametrised
from PIL import Image

NAME, BACKPROPAGATION, REVERSE_MODE = "03_finite_differences", "02_backpropagation", "06_reverse_mode"
CHAPTER, NOTEBOOK = f"book/chapters/{NAME}.md", f"book/notebooks/{NAME}.ipynb"
FORM, PARTS, IDS, RUN, EQUATIONS, ALONE = (
    f"tests/book/test_notebooks.py -k {NAME}",
    "tests/book/test_chapters.py",
    "tests/book/test_lecture_ids.py",
    f"nbval: {NOTEBOOK}",
    "tests/book/test_displayed_equations.py",
    f"tests/book/test_self_contained.py -k {NAME}",
)

PROSE = f"tests/book/test_numbers_in_prose.py -k {NAME}"
FIGURES = "tests/book/test_notebooks.py -k figures"
INLINE = "tests/book/test_inline_formulas.py"

Cells = list[dict[str, Any]]


def figures(cells: Cells) -> list[dict[str, Any]]:
    """What holds the PNG of each figure."""
    return [output["data"] for cell in cells for output in cell["outputs"] if "image/png" in output.get("data", {})]


def replace_figure(cells: Cells) -> None:
    first, second = figures(cells)[:2]
    first["image/png"] = second["image/png"]


def replace_drawing(cells: Cells) -> None:
    first, second = figures(cells)[:2]
    first["image/svg+xml"] = second["image/svg+xml"]


def bend_curve(cells: Cells) -> None:
    """Lift a point in the middle of the longest curve by two points; its ends stay."""
    data = figures(cells)[0]
    drawing = "".join(data["image/svg+xml"])
    curve = max(re.findall(r' d="([^"]*)"[^>]*fill: none', drawing), key=len)
    lines = curve.split("\n")
    x, y = lines[len(lines) // 2].removeprefix("L ").split()
    lines[len(lines) // 2] = f"L {x} {float(y) - 2}"
    data["image/svg+xml"] = drawing.replace(curve, "\n".join(lines)).splitlines(keepends=True)


def blacken_block(cells: Cells) -> None:
    data = figures(cells)[0]
    picture = np.array(Image.open(io.BytesIO(base64.b64decode(data["image/png"]))))
    picture[200:206, 300:306, :3] = 0
    png = io.BytesIO()
    Image.fromarray(picture).save(png, format="png")
    data["image/png"] = base64.b64encode(png.getvalue()).decode() + "\n"


def unrun(cells: Cells) -> None:
    cells[4].update(execution_count=None, outputs=[])


def swap_counts(cells: Cells) -> None:
    for cell, count in zip(cells[3:5], (5, 4)):
        cell["execution_count"] = count


def add_warning(cells: Cells) -> None:
    cells[4]["outputs"].append({"output_type": "stream", "name": "stderr", "text": ["RuntimeWarning: overflow\n"]})


def add_address(cells: Cells) -> None:
    cells[5]["outputs"][0]["text"] = ["<Line2D at 0x7f12ab34cd56>\n"]


def without(what: str, change: Callable[[dict[str, Any]], object], says: str) -> Fault:
    """A figure that lacks something."""

    def changed(cells: Cells) -> None:
        change(next(cell["metadata"]["mystnb"] for cell in cells if "mystnb" in cell["metadata"]))

    return Fault(f"without {what}", in_cells(NOTEBOOK, changed), FIGURES, says)


def in_code(name: str, code: str, gate: str, says: str) -> Fault:
    """Something more in a code cell of the chapter and of its notebook."""
    line = "y = f(0.8 + 1e-20j)"
    return in_chapter(name, NAME, line, f"{code}{line}", gate, says)


def displayed(label: str, chapter: str, old: str, new: str) -> Fault:
    """A wrong equation in a chapter and its notebook."""
    return in_chapter(f"{label} with {new}", chapter, old, new, EQUATIONS, f"{label} is not what")


def reviewed(label: str, chapter: str, old: str, new: str) -> Fault:
    """The same in the reviewed copy as well: only the numbers can tell."""
    edits = [*displayed(label, chapter, old, new).edits, Edit("tests/book/equations.md", old, new)]
    return Fault(f"{label} with {new}, reviewed", edits, EQUATIONS, f"{label} (does not hold|cannot be computed)")


def inline(name: str, chapter: str, old: str, new: str) -> Fault:
    """A wrong inline formula in a chapter and its notebook."""
    formula = new.partition("$")[2].removesuffix("$")
    return in_chapter(name, chapter, old, new, INLINE, rf"{chapter}\.md says .{re.escape(formula)}")


here = partial(in_chapter, chapter=NAME)
slip = partial(in_chapter, chapter=REVERSE_MODE, old="(slip-A10-half)=", gate=IDS)

FAULTS = {
    "number": [
        Fault("off in its last printed digit", Edit(NOTEBOOK, "f(0.8) = 1.592633", "f(0.8) = 1.592634"), RUN, r"1\.592634"),
        here("typed into a sentence", old="with 52 binary digits", new="with 53 binary digits", gate=PROSE, says="'53', '## Numbers have gaps"),
        here("typed into a caption", old="near 1e-16 and stays", new="near 1.7e-16 and stays", gate=PROSE, says="'1.7e-16'"),
        Fault("of a library that has changed", Edit("course_lib/differentiation/_steps.py", "= float(np.finfo(float).eps)", "= float(np.finfo(float).eps / 2)"),
              RUN, r"1\.11e-16"),
    ],
    "figure": [
        Fault("of another cell", in_cells(NOTEBOOK, replace_figure), RUN, "figure 1 is (stale|stored with shape)"),
        Fault("with an altered block of pixels", in_cells(NOTEBOOK, blacken_block), RUN, r"figure 1 is stale: \d+ pixels"),
        Fault("with the drawing of another", in_cells(NOTEBOOK, replace_drawing), RUN, "stale: its SVG is not the one"),
        Fault("with a curve bent by hand", in_cells(NOTEBOOK, bend_curve), RUN, "stale: its SVG is not the one"),
        here("not drawn again", old="forward(f, x, h) - slope(x)) for h", new="forward(f, x, h) - 1.1 * slope(x)) for h", gate=RUN, says="figure 1 is stale"),
        Fault("of a graph with one arrow less", Edit("course_lib/drawing/graphs.py", "for copy in range(times):", "for copy in range(1):"),
              "tests/drawing/test_drawing.py", "enters_twice|graph of a neuron|slopes_stand_on_the_arrows"),
        Fault("compared with too little care", Edit("book/compare_figures.py", "STRAY_PIXELS = 8", "STRAY_PIXELS = 8000"),
              "tests/book/test_figures_compared.py", r"three pixels lower|another colour"),
        without("alt text", lambda shown: shown["image"].pop("alt"), f"{NAME}-007: alt text says too little"),
        without("caption", lambda shown: shown["figure"].pop("caption"), f"{NAME}-007 has no caption"),
        without("name of its own", lambda shown: shown["figure"].update(name="fig-euler-field"), "fig-euler-field"),
    ],
    "cell": [
        Fault("never run", in_cells(NOTEBOOK, unrun), FORM, rf"in_order_and_clean\[{NAME}\].*None"),
        Fault("run out of order", in_cells(NOTEBOOK, swap_counts), FORM, rf"in_order_and_clean\[{NAME}\].*3, 5, 4"),
        Fault("with a stored warning", in_cells(NOTEBOOK, add_warning), FORM, f"{NAME}-[0-9]+ wrote to stderr: RuntimeWarning"),
        Fault("with a memory address", in_cells(NOTEBOOK, add_address), FORM, f"{NAME}-[0-9]+ shows a memory address"),
        in_code("that warns", "np.log(-1.0); ", RUN, "Cell 10.*Unexpected output fields from running code: {'stderr'}"),
        in_code("that fails", "np.logarithm(1.0); ", RUN, "Cell 10.*.*no attribute 'logarithm'"),
        in_code("left out of the comparison", "# NBVAL_IGNORE_OUTPUT ", FORM, rf"every_output_is_compared\[{NAME}\]"),
        Fault("stored in another form", Edit(NOTEBOOK, '"nbformat": 4,', '"nbformat":  4,'), FORM, rf"in_the_fixed_form\[{NAME}\]"),
        in_code("that asks the network", "import urllib.request; ", ALONE, f"{NAME}-[0-9]+.*'urllib'"),
        in_code("that loads from an address", 'np.loadtxt("https://example.org/x"); ', ALONE, f"{NAME}-[0-9]+ asks for .'https://"),
        in_code("that installs", "%pip install emcee\n", ALONE, f"{NAME}-[0-9]+ is not plain Python"),
        in_code("with a package that nobody installed", "import jax; ", ALONE, f"{NAME}-[0-9]+.*'jax'"),
    ],
    "chapter": [
        Fault("ahead of its notebook", Edit(CHAPTER, "What does the finite step cost?", "What does it cost?"), FORM, f"run: python book/build_notebooks.py {NAME}"),
        Fault("behind its notebook", Edit(NOTEBOOK, "What does the finite step cost?", "What does it cost?"), FORM, f"run: python book/build_notebooks.py {NAME}"),
        here("without its minutes", old="45 minutes", new="a while", gate=PARTS, says=rf"test_opening\[{NAME}\]"),
        here("with a take-away less", old="5. A gradient by differences", new="A gradient by differences", gate=PARTS, says=rf"take_aways_answer_the_objectives\[{NAME}\].*4 == 5"),
        here("with a wrong choice that nobody explains", old="(b) A mean of the two says", new="A mean of the two says", gate=PARTS, says=rf"every_wrong_choice_is_explained\[{NAME}\]"),
        here("in which nothing goes wrong", old="## What can go wrong", new="## Caution", gate=PARTS, says="no section '## What can go wrong'"),
    ],
    "equation": [
        displayed("eq-B4", BACKPROPAGATION, r"= \sigma^{(L)\prime}(", r"= \sigma^{(L)}("),
        displayed("eq-B6", BACKPROPAGATION, r"w_{jk}^{(l)} - \gamma\, \delta_j^{(l)} a_k", r"w_{jk}^{(l)} - \gamma\, \delta_k^{(l)} a_j"),
        displayed("own-finite-differences-central", NAME, r"+ \frac{h^2}{6}\! f'''(\xi)", r"+ \frac{h^2}{3} f'''(\xi)"),
        reviewed("eq-B5", BACKPROPAGATION, r"\delta_k^{(l+1)}\, w_{kj}^{(l+1)}\,", r"\delta_k^{(l+1)}\, w_{jk}^{(l+1)}\,"),
        reviewed("eq-B7", BACKPROPAGATION, r"b_j^{(l)} - \gamma\, \delta_j^{(l)}", r"b_j^{(l)} + \gamma\, \delta_j^{(l)}"),
        reviewed("eq-B8", BACKPROPAGATION, r"\frac{\partial z^{(L)}}{\partial a^{(L-1)}}", r"\frac{\partial z^{(L)}}{\partial a^{(L)}}"),
        reviewed("eq-A3", "04_symbolic_differentiation", r"\frac{x\,(1 + \exp(x^2))}", r"\frac{x\,(1 + x^2)}"),
        reviewed("eq-A6", REVERSE_MODE, r"\frac{df}{db}\frac{db}{da} + \frac{df}{dc}\frac{dc}{da}", r"\frac{df}{db}\frac{db}{da}"),
        reviewed("eq-A7", REVERSE_MODE, r"= \frac{x(1+b)}{d}.", r"= \frac{x(1+x)}{d}."),
        reviewed("eq-A10", REVERSE_MODE, r"\sum_{j:\, x_i \in \mathrm{Pa}(x_j)}", r"\sum_{j:\, x_j \in \mathrm{Pa}(x_i)}"),
        reviewed("eq-O5", "07_eulers_method", r"&= F_i + \Delta x\, g_i", r"&= F_i + \Delta x\, g_{i+1}"),
        reviewed("eq-S2", "08_network_as_solution", r"f_i', \dots)\right]^2", r"f_i', \dots)\right]"),
        reviewed("own-backpropagation-regularised", BACKPROPAGATION, r"+ 2 \lambda b_j^{(l)}", r"+ \lambda b_j^{(l)}"),
        reviewed("own-finite-differences-best", NAME, r"\frac{\eta}{|f''|}", r"\frac{2\eta}{|f''|}"),
        reviewed("own-euler-stability", "07_eulers_method", r"F_n &= (1 - k \Delta x)^n F_0", r"F_n &= (1 - k \Delta x)^{n+1} F_0"),
        reviewed("own-features-error", "10_random_features", r"= -\mathcal L(x, f_t", r"= \mathcal L(x, f_t"),
        Fault("computed by no test",
              [*displayed("", BACKPROPAGATION, "$$ (own-backpropagation-rate)", "$$ (own-backpropagation-border)").edits,
               Edit("tests/book/equations.md", "$$ (own-backpropagation-rate)", "$$ (own-backpropagation-border)")],
              EQUATIONS, "say in NOT_COMPUTED why not.*own-backpropagation-border"),
    ],
    "inline formula": [
        inline("with a wrong sign", "07_eulers_method", "how much is left, $f' = -k f$", "how much is left, $f' = k f$"),
        inline("with a wrong index", BACKPROPAGATION, r"the derivative is $w_{kj}^{(l+1)} \sigma'", r"the derivative is $w_{jk}^{(l+1)} \sigma'"),
    ],
    "lecture id": [
        in_chapter("missing", BACKPROPAGATION, "$$ (eq-B5)", "$$ (own-B5)", IDS, r"B5 is labelled in \[\]"),
        in_chapter("twice", BACKPROPAGATION, "$$ (own-backpropagation-delta)", "$$ (eq-B5)", IDS, r"B5 is labelled in \['02.*, '02"),
        here("without a link to its code", old="{py:func}`~course_lib.differentiation.finite_differences.forward`", new="`forward`", gate=IDS, says="A1: named set"),
        Fault("without a function", Edit("course_lib/equations/conditions.py", "Lecture O2.", "Lecture.", 2), IDS, "says that it computes O2|O2: named"),
        Fault("without a test", Edit("tests/equations/test_eulers_method.py", '"O3", "O4", "O5"', '"O3", "O5"'), IDS, r"lecture\(\"O4\"\)"),
        Fault("that the lecture has not", Edit("course_lib/equations/conditions.py", "Lecture O2.", "Lecture O2, O6.", 2), IDS, "'O6'"),
        slip("of a slip, removed", new="", says=r"has_its_box\[A10\].*only \['slip-A10-seed'\]"),
        slip("of a slip without its box", new="(slip-A10-half)=\nThis is no box.", says="slip-A10-half"),
    ],
}  # fmt: skip


@parametrised(FAULTS)
def test_found(copy: Copy, fault: Fault) -> None:
    copy.must_find(fault)
