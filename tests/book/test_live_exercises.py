"""Exercises worked on their page, in Chromium, from the disk: kept, checked, taken to a notebook and graded.

Like `test_live_browser`, whose tab it uses. `make test-live` does all the sets; without it, one is done.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import exercise_sets
import nbformat
import pytest
import release
from nbformat.v4 import new_code_cell, new_markdown_cell

if not os.environ.get("LIVE"):
    pytest.skip("NO EXERCISE WAS DONE ON ITS PAGE: LIVE names no folder with Pyodide's files", allow_module_level=True)

live_browser = pytest.importorskip("test_live_browser")
on_page, Tab = live_browser.on_page, live_browser.Tab

ONE = "03_finite_differences"
SETS = list(release.masters()) if os.environ.get("TEST_LIVE") else [ONE]
ONE_SIDED = "return (-3 * f(x) + 4 * f(x + h) - f(x + 2 * h)) / (2 * h)"
VERDICTS = "() => [...document.querySelectorAll('.live-verdict')].map((line) => [line.dataset.right, line.innerText])"
MARKS = "() => [...document.querySelectorAll('.page-toc .live-mark')].map((mark) => mark.title)"


def given(name: str) -> Path:
    return exercise_sets.STUDENT / f"{name}.ipynb"


def solved(name: str, folder: Path) -> Path:
    """The students' notebook with the master's answers in its cells, and with cells of a student's own."""
    notebook = exercise_sets.read(given(name))
    answers = {cell.id: exercise_sets.without_marks(cell.source)
               for cell in exercise_sets.read(release.masters()[name]).cells
               if cell.metadata.get("nbgrader", {}).get("solution")}  # fmt: skip
    for cell in notebook.cells:
        cell.source = answers.get(cell.id, cell.source)
    notebook.cells[:0] = [new_code_cell("mine = 1 + 1")]
    notebook.cells[-1:-1] = [new_markdown_cell("So I *tried*:"), new_code_cell("mine * mine")]
    nbformat.write(notebook, folder / f"{name}.ipynb")
    return folder / f"{name}.ipynb"


def answers(path: Path) -> dict[str, str]:
    return {cell.id: cell.source.strip() for cell in exercise_sets.read(path).cells
            if cell.metadata.get("nbgrader", {}).get("solution")}  # fmt: skip


async def bring(tab: Tab, path: Path) -> None:
    await tab.page.locator(".live-work input[type=file]").set_input_files(path)
    await tab.page.wait_for_function("document.querySelector('.live-said').innerText.includes('answers have come')")


async def take(tab: Tab, path: Path) -> Path:
    async with tab.page.expect_download() as coming:
        await tab.page.locator(".live-work button", has_text="Export").click()
    path.parent.mkdir(parents=True, exist_ok=True)
    download = await coming.value
    assert download.suggested_filename == path.name
    await download.save_as(path)
    return path


async def check_all(tab: Tab) -> list[tuple[str, str]]:
    """Press every Check; return, for each, whether it holds and what it says."""
    cells = tab.page.locator("main div.cell:has(.live-verdict)")
    for k in range(await cells.count()):
        await cells.nth(k).locator(".live-check").dispatch_event("click")
        await cells.nth(k).locator(".live-verdict").wait_for(state="visible")
    return await tab.page.evaluate(VERDICTS)


def grade(submissions: Path) -> dict[str, float]:
    """The points that the project's own grader gives for each check."""
    command = [sys.executable, release.ROOT / "exercises/grading/grade.py", submissions, "--no-sandbox"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    with open(submissions.parent / "marks/marks.csv", encoding="utf-8-sig", newline="") as file:
        return {row["exercise"]: float(row["points"]) for row in csv.DictReader(file)
                if row["exercise"].endswith("-check")}  # fmt: skip


@pytest.mark.parametrize("name", SETS)
def test_every_solution_passes_its_check_and_every_blank_fails(html, tmp_path, name):
    seen = {}

    async def act(tab: Tab) -> None:
        seen["blank"] = await check_all(tab)
        await bring(tab, solved(name, tmp_path))
        seen["solved"] = await check_all(tab)
        seen["marks"] = await tab.page.evaluate(MARKS)
        seen["file"] = await take(tab, tmp_path / f"out/submissions/student/{name}.ipynb")

    tab = on_page(html, f"exercises/{name}", act)
    checks = [cell for cell in exercise_sets.read(given(name)).cells if cell.id.endswith("-check")]
    assert [right for right, _ in seen["blank"]] == ["false"] * len(checks)
    assert all("NotImplementedError" in said for _, said in seen["blank"])
    assert [right for right, _ in seen["solved"]] == ["true"] * len(checks), seen["solved"]
    assert all(said.startswith("Right: ") for _, said in seen["solved"])
    assert set(seen["marks"]) <= {"right", "written"}
    assert len(seen["marks"]) == len(exercise_sets.exercises(exercise_sets.read(given(name))))
    brought, taken = (
        [(cell.cell_type, cell.source.strip()) for cell in exercise_sets.read(path).cells]
        for path in (tmp_path / f"{name}.ipynb", seen["file"])
    )
    assert taken == brought, "answers and cells of one's own come back as they went"
    points = {cell.id: cell.metadata.nbgrader.points for cell in checks}
    assert grade(tmp_path / "out/submissions") == points
    assert tab.complaints == []


def test_an_exercise_takes_two_clicks_and_outlives_the_page(html, tmp_path):
    seen = {}

    async def act(tab: Tab) -> None:
        seen["untouched"] = (await take(tab, tmp_path / f"blank/{ONE}.ipynb")).read_bytes()
        cell = tab.cell(1)
        await cell.locator(".cell_input div.highlight").click()
        await cell.locator(".cm-content").wait_for(state="visible")
        await tab.page.wait_for_function("document.getSelection().toString().includes('YOUR CODE HERE')")
        await tab.page.keyboard.type(ONE_SIDED)
        await cell.locator(".live-check").click()
        await cell.locator(".live-verdict").wait_for(state="visible")
        seen["verdict"] = await cell.locator(".live-verdict").inner_text()
        await tab.page.locator("textarea").nth(0).fill("The slope is 6.\n\nOf $x^2$, *exactly*: \"½\" \\ done.")

        await tab.page.reload()
        await cell.locator(".cm-content").wait_for(state="visible")
        seen["kept"] = await cell.locator(".cm-content").inner_text()
        seen["marks"] = await tab.page.evaluate(MARKS)
        seen["beside"] = await tab.page.locator(".bd-links .live-mark").first.get_attribute("title")
        await take(tab, tmp_path / f"out/submissions/student/{ONE}.ipynb")

        await cell.locator(".cm-content").press("End")
        await tab.page.keyboard.type("  # mine")
        seen["edited"] = await tab.page.evaluate(MARKS)
        tab.page.on("dialog", lambda dialog: seen.update(asked=dialog.message) or dialog.accept())
        await tab.press(1, "Reset")
        seen["reset"] = await cell.locator(".cm-content").inner_text()
        await bring(tab, tmp_path / f"out/submissions/student/{ONE}.ipynb")
        seen["back"] = await cell.locator(".cm-content").inner_text()
        wrong = tmp_path / "wrong.ipynb"
        wrong.write_text("{")
        await tab.page.locator(".live-work input[type=file]").set_input_files(wrong)
        await tab.page.wait_for_function("document.querySelector('.live-said').innerText.includes('is no notebook')")

    tab = on_page(html, f"exercises/{ONE}", act)
    assert seen["untouched"] == given(ONE).read_bytes()
    assert seen["verdict"] == "Right: one_sided has order 2.\nRight: the error for a cubic."
    assert ONE_SIDED in seen["kept"] and "YOUR CODE" not in seen["kept"]
    assert (seen["marks"], seen["beside"]) == (["written", "begun"], "1 of 7 done")
    assert seen["edited"] == ["written", "begun"]
    assert seen["asked"] == "This deletes what you wrote in this cell."
    assert "YOUR CODE HERE" in seen["reset"]
    assert seen["back"] == seen["kept"]
    assert tab.complaints == []

    handed = tmp_path / f"out/submissions/student/{ONE}.ipynb"
    ours, theirs = json.loads(handed.read_text()), json.loads(given(ONE).read_text())
    assert [cell["id"] for cell in ours["cells"] if cell not in theirs["cells"]] == [
        "ch03-warm", "ch03-one-sided-answer"]
    assert [cell | {"source": ""} for cell in ours["cells"]] == [cell | {"source": ""} for cell in theirs["cells"]]
    assert grade(tmp_path / "out/submissions") == {"ch03-one-sided-answer-check": 2.0} | dict.fromkeys(
        ["ch03-richardson-check", "ch03-kink-check", "ch03-direction-check", "ch03-agrees-check"], 0.0)


def test_a_browser_that_keeps_nothing_says_so(html, tmp_path):
    async def act(tab: Tab) -> None:
        await tab.page.add_init_script("Object.defineProperty(window, 'indexedDB', {get() { throw new Error(); }})")
        await tab.page.reload()
        assert "this browser keeps nothing" in await tab.page.locator(".live-work p").inner_text()
        await tab.page.locator("textarea").nth(0).fill("Six.")
        path = await take(tab, tmp_path / f"{ONE}.ipynb")
        assert answers(path)["ch03-warm"] == "Six."

    on_page(html, f"exercises/{ONE}", act)
