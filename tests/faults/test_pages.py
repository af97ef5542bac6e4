"""Faults in the pages of the book: links, citations, what is shown and what must not be shown."""

from __future__ import annotations

from injection import Copy, Edit, Fault, parametrised

PAGES, INTERACTIVE = "tests/book/test_pages.py", "tests/book/test_interactive.py -k 'not box and not page'"
EULER, TRAINING = "book/notebooks/07_eulers_method.ipynb", "book/notebooks/09_why_descent_crawls.ipynb"
PLAYGROUND = "tests/book/test_written.py tests/book/test_playground.py -k 'not page'"
PUBLISHED = "no_solution_is_published_but.*"


def build(name: str, file: str, old: str, new: str, says: str, times: int = 1) -> Fault:
    """A fault that makes the build of the book fail."""
    return Fault(name, Edit(file, old, new, times), "build", says)


def page(name: str, edits: Edit | list[Edit], says: str) -> Fault:
    """A fault that the build does not mind; a test of the built pages must find it."""
    return Fault(name, edits, f"page: {PAGES} -k 'numbers_its or unresolved or other_host or solution or wide_and_narrow'", says)


def numbers(name: str, old: str, new: str, says: str) -> Fault:
    """A fault in the numbers that an interactive figure shows."""
    return Fault(name, Edit("book/_ext/interactive_data.py", old, new), INTERACTIVE, says)


def played(name: str, file: str, old: str, new: str, says: str) -> Fault:
    """A fault in what the playground reads, solves or shows."""
    return Fault(name, Edit(f"book/{file}", old, new), PLAYGROUND, says)


def slide(name: str, old: str, new: str, says: str) -> Fault:
    """A fault in what a chapter gives to its slides."""
    return Fault(name, Edit("book/_ext/slides.py", old, new), "tests/book/test_slides.py -k 'a_mark_ or sentences'", says)


FAULTS = {
    "link": [
        build("to a chapter that is not there", "book/glossary.md", "{ref}`ch-training`", "{ref}`ch-trainings`", "glossary.md:[0-9]+: WARNING: .*ch-trainings", times=7),
        build("to an equation that is not there", "book/course.md", "{eq}`eq-B5`", "{eq}`eq-B9`", "course.md:[0-9]+: WARNING: equation not found: eq-B9"),
        build("to a module that is not there", "book/instructors.md", "{py:mod}`course_lib.checks`", "{py:mod}`course_lib.check`", "instructors.md:[0-9]+: WARNING: .*course_lib.check"),
        build("to a figure that is not there", TRAINING, "{numref}`fig-training-work`", "{numref}`fig-training-works`", "09_why_descent_crawls.*WARNING: .*fig-training-works"),
        build("to a source that is not there", "book/course.md", "{cite:t}`lagaris1998`", "{cite:t}`lagaris1989`", 'WARNING: could not find bibtex key "lagaris1989"'),
        build("to a source that was removed", "book/references.bib", "@article{lagaris1998,", "@article{lagaris1989,", 'WARNING: could not find bibtex key "lagaris1998"'),
    ],
    "page": [
        build("with a heading out of its order", "book/cite.md", "# How to cite, licences", "# How to cite, licences\n\n#### Cite", "cite.md:[0-9]+: WARNING: Non-consecutive header"),
        build("with a label twice", "book/instructors.md", "## Set an exercise", "(keep-a-private-variant)=\n## Set an exercise", "instructors.md:[0-9]+: WARNING: .*keep-a-private-variant"),
        page("with markup left", Edit("book/course.md", "{eq}`eq-B5`", "{eq} `eq-B5`"), r"nothing_is_left_unresolved\[book/course\].*{eq}"),
        page("with a number of its own for an equation of the lecture", [Edit("book/_ext/lecture.py", 'if prefix != "eq":', 'if prefix != "equation":'), Edit(EULER, lambda text: text + "\n")],
             r"numbers_its_lecture_equations\[book/notebooks/"),
        page("with an equation that loses a letter on a wide screen", [Edit("book/_ext/equation_forms.py", "{apart}{found[2] or ''}", "{apart}"), Edit(EULER, lambda text: text + "\n")],
             "wide_and_narrow_forms"),
    ],
    "other host": [
        page("for a style", Edit("book/_static/course.css", lambda text: "@import url(https://fonts.example.org/a.css);\n" + text), "course.css.*https://fonts.example.org"),
    ],
    "solution": [
        page("in the archive", Edit("book/_ext/archives.py", '"pyproject.toml",', '"exercises/source/*/*.ipynb", "pyproject.toml",'), PUBLISHED + "zip"),
    ],
    "interactive figure": [
        numbers("with a wrong tangent", "Dual(x, 1.0)", "Dual(x, 1.01)", "test_graph_has_the_lectures_numbers"),
        numbers("with a border that is not two over the curvature", "rounded(2 / steep)", "rounded(1 / steep)", "test_border_is_two_over|test_walk_in_the_valley"),
        numbers("with a race of which half is counted", "asked.append(len(x))", "asked.append(len(x) // 2)", "test_works_and_errors"),
        numbers("with a neuron of another formula", '["tanh"](w * x + b)', '["tanh"](w * x - b)', "test_formula_of_a_neuron"),
        numbers("with a ball that does not roll", "[[1 - rate, beta], [-rate, beta]]", "[[1 - rate, beta], [-rate, 0]]", "test_parts_of_the_modes"),
        numbers("with a tree that loses its last part", "tree += [[node", "tree[1:] = [[node", "test_trees_are_the_formulas"),
        numbers("with a secant of half the step", "lecture_nodes(x + h)[-1] - lecture_nodes(x)[-1]", "lecture_nodes(x + h / 2)[-1] - lecture_nodes(x)[-1]", "test_zoom_shows_what_floats_make"),
        numbers("with a wrong polygon", "euler(g, f, x) for x", "euler(lambda x, f: g(x, f + 1e-3), f, x) for x", "test_polygons_are_eulers"),
        numbers("with a wrong limit of stability", "if factor > -1", "if factor >= -1", "test_stability_limit"),
        numbers("with a wrong solution", "f0 / (f0 + (1 - f0)", "f0 / (f0 + (1.001 - f0)", "test_exact_solutions_and_errors"),
        numbers("with a formula written backwards", "zip(factors, slopes) if kind", "zip(slopes, factors) if kind", "test_formulas_are_the_lectures"),
        numbers("with another training", "first, 1e-3)", "first, 2e-3)", r"test_training_is_that_of_solve\[gradient descent\]"),
    ],
    "slide": [
        slide("whose mark stays on the page", "raw.parent.remove(raw)", "pass", "test_a_mark_is_kept_and_not_shown"),
        slide("with another sentence than the marked one", "[*found[number - 1], nodes", "[*found[number - 2], nodes", "test_the_sentences_of_a_paragraph"),
    ],
    "playground": [
        played("that reads a formula to the left of a sign as one behind it", "live/written.py", "sympy.Mul(-1, right, evaluate=False), evaluate=False)", "sympy.Mul(1, right, evaluate=False), evaluate=False)", "test_a_driven_pendulum"),
        played("that lets Python compute any power", "live/written.py", "if expression.is_Pow and not expression.free_symbols:", "if expression.is_Pow and expression.args == ():", "test_formulas|test_hostile_texts_get_a_sentence"),
        played("that reads f(1 - f) as a product", "live/written.py", "!= [variable, \")\"]:", "== []:", "test_what_is_said_of_an_equation"),
        played("whose cell solves another problem", "live/written.py", "{listed(v)}' for k, v in at.items()", "1' for k, v in at.items()", "test_the_cell_gives_the_same_numbers"),
        played("that follows a slider and tells no error", "live/playground.py", "quick = solution is not None and solution.converged", "quick = solution is not None", "test_a_slider_that_leaves_the_pieces_behind"),
        played("that trains from other weights", "live/playground.py", "self.gamma, 0, Record(False))", "self.gamma, 1, Record(False))", "test_is_that_of_solve_step_by_step"),
        played("with a slider that shows another solution", "_ext/playground_page.py", "start_values(name) | {letter: v}})", "start_values(name) | {letter: v + 0.1}})", "test_the_slider_shows_course_libs_solutions"),
    ],
    # The last, because every page that computes is built again after it.
    "docstring": [
        build("that does not end", "course_lib/equations/training.py", "the largest ``|f_t|``", "the largest ``|f_t|`", "course_lib.equations.training.solve:[0-9]+: WARNING"),
    ],
}  # fmt: skip


@parametrised(FAULTS)
def test_found(copy: Copy, fault: Fault) -> None:
    copy.must_find(fault)
