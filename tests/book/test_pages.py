"""The book builds without a warning, and its pages hold what they should."""

from __future__ import annotations

import re
import zipfile
from copy import copy
from functools import cache
from pathlib import Path

import archives
import equation_forms
import exercise_links
import exercise_sets
import landing
import lecture_ids
import nbformat
import pytest
import release
import solutions
import yaml
from bs4 import BeautifulSoup
from nbgrader.utils import is_solution

ROOT = lecture_ids.ROOT


def page_of(html: Path, path: Path) -> str:
    return path.relative_to(html).with_suffix("").as_posix()


def toc_files(entry: object) -> list[str]:
    """Every page that the table of contents names, in its order."""
    if isinstance(entry, list):
        return [name for item in entry for name in toc_files(item)]
    if not isinstance(entry, dict):
        return []
    own = [entry[key] for key in ("root", "file") if key in entry]
    return own + [name for value in entry.values() for name in toc_files(value)]


PAGES = toc_files(yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8")))
CHAPTERS = [page for page in PAGES if page.startswith("book/notebooks/")]
EXERCISES = [page for page in PAGES if page.startswith("book/exercises/")]


def source(page: str) -> str:
    """The text of a page, or of the first cell of a set of exercises."""
    if page in EXERCISES:
        return exercise_sets.read(ROOT / f"{page}.ipynb").cells[0].source
    folder = "book/chapters" if page in CHAPTERS else "book"
    return (ROOT / folder / f"{Path(page).name}.md").read_text(encoding="utf-8")


@cache
def read(html: Path, page: str) -> BeautifulSoup:
    """A built page, parsed once: whoever takes something out of it copies it."""
    return BeautifulSoup((html / f"{page}.html").read_text(encoding="utf-8"), "html.parser")


def test_every_chapter_is_in_the_table_of_contents():
    stored = [f"book/notebooks/{path.stem}" for path in lecture_ids.chapters()]
    assert CHAPTERS == stored
    assert EXERCISES == [page.replace("/notebooks/", "/exercises/") for page in stored]


def test_exercises_stand_in_the_table_of_contents_under_their_chapters_titles(html):
    for number, page in enumerate(CHAPTERS, start=1):
        exercises = f"exercises/{Path(page).name}.html"
        [link] = read(html, "book/notation").select(f'.bd-sidebar-primary a[href="{exercises}"]')
        assert link.text.strip() == f"{number}. {read(html, page).h1.find(string=True, recursive=False)}"


@pytest.mark.parametrize("page", PAGES)
def test_page_has_its_title(html, page):
    title = re.search(r"^# (.+)", source(page), re.MULTILINE)[1]
    [heading] = copy(read(html, page).find("article")).find_all("h1")
    for number in heading.find_all(class_=["section-number", "headerlink"]):
        number.decompose()
    # The book sets a typographer's apostrophe.
    assert heading.get_text().strip().replace("’", "'") == title.strip()


@pytest.mark.parametrize("page", CHAPTERS)
def test_page_numbers_its_lecture_equations(html, page):
    shown = {span.get_text().strip("#() \n¶") for span in read(html, page)(class_="eqno")}
    wanted = {i for section in lecture_ids.sections() if section.chapter == Path(page).name
              for i in section.equations}
    assert shown, "a chapter numbers its equations"
    assert wanted <= shown


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_left_unresolved(html, page):
    article = copy(read(html, page).find("article"))
    for element in article.find_all(["script", "style", "pre", "code"]) + article(class_="math"):
        element.decompose()
    left = re.findall(r"\$\$|\{(?:eq|ref|numref|doc|cite\S*|py:\w+)\}|:raises\b|\]\(",
                      article.get_text())
    assert left == []


def test_no_other_host_is_asked(html):
    other_host = re.compile(r"^\s*(https?:)?//", re.IGNORECASE)
    asked = set()
    for path in html.rglob("*.html"):
        for element in read(html, page_of(html, path)).find_all(["script", "img", "iframe", "source", "video", "audio",
                                      "embed", "object", "link"]):
            target = element.get("src") or element.get("data") or ""
            if element.name == "link" and "canonical" not in element.get("rel", []):
                target = element.get("href", "")
            if other_host.match(target):
                asked.add((path.name, target))
            if element.name == "script" and "://" in element.get_text():
                asked.add((path.name, element.get_text()))
    for path in html.rglob("*.css"):
        text = path.read_text(encoding="utf-8")
        asked |= {(path.name, url) for url in
                  re.findall(r"(?:url\(|@import)\s*[\"']?((?:https?:)?//[^\"')]+)", text)}
    assert asked == set()


def test_formulas_are_drawn_by_the_mathjax_of_the_book(html):
    script = read(html, "book/notation").find("script", src=re.compile("mathjax"))
    assert (html / "book" / script["src"].split("?")[0]).resolve().is_file()


def test_every_module_is_in_the_api_reference():
    modules = {name for name, path in lecture_ids.library().items() if path.name[0] != "_" and "._" not in name}
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "book").glob("api*.md"))
    assert set(re.findall(r"automodule:: (course_lib[\w.]+)", text)) == modules


def letters(text: str) -> str:
    """Only letters and digits: neither markup nor a line break can hide a text."""
    return re.sub(r"[\W_]", "", text)


def notebook_text(text: str) -> str:
    return "\n".join(cell.source for cell in nbformat.reads(text, as_version=4).cells)


def published(html: Path) -> dict[str, str]:
    """The letters of everything that the built book hands out, by file."""
    found = {}
    for path in html.rglob("*"):
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                held = [archive.read(name).decode() for name in archive.namelist()
                        if name.endswith(".ipynb")]
            text = "\n".join(map(notebook_text, held))
        elif path.suffix in {".html", ".ipynb", ".md", ".txt"} or path.name == "searchindex.js":
            text = path.read_text(encoding="utf-8")
        else:
            continue
        if path.suffix == ".html":
            text = read(html, page_of(html, path)).get_text()
        found[path.relative_to(html).as_posix()] = letters(
            notebook_text(text) if path.suffix == ".ipynb" else text)
    return found


def secret_and_open_lines(master: nbformat.NotebookNode) -> tuple[list[str], list[str]]:
    """Solutions, hidden tests and sample answers; and everything else."""
    lines: tuple[list[str], list[str]] = ([], [])
    for cell in master.cells:
        # An answer without marks is secret as a whole.
        secret = is_solution(cell) and "### BEGIN SOLUTION" not in cell.source
        for line in cell.source.splitlines():
            if re.search("### (BEGIN|END) (SOLUTION|HIDDEN TESTS)", line):
                secret = "BEGIN" in line
            else:
                lines[0 if secret else 1].append(line.strip())
    return lines


def test_no_solution_is_published_but_those_of_the_split(html):
    own = [*(ROOT / "book").glob("*.md"), *lecture_ids.chapters()]
    own += lecture_ids.library().values()
    own_lines = [path.read_text(encoding="utf-8") for path in own]
    texts = published(html)
    assert "book/exercises.html" in texts and any(name.endswith(".zip") for name in texts)
    secrets = {}
    for name, path in release.masters().items():
        secrets[name], open_lines = secret_and_open_lines(exercise_sets.read(path))
        own_lines += open_lines
    said_anyway, shown = letters("\n".join(own_lines)), letters("\n".join(solutions.lines()))
    for name, lines in secrets.items():
        lines = [line for line in lines if len(line) > 25]
        wanted = {line: letters(line) for line in lines if letters(line) not in said_anyway}
        assert len(wanted) > len(lines) / 2, f"{name}: too little is looked for"
        leaks = [(file, line) for file, text in texts.items() for line, inside in wanted.items()
                 if inside in text and not (inside in shown and Path(file).name == "solutions.html")]
        assert leaks == [], name


def test_archives_hold_the_book_and_what_the_notebooks_need(html):
    with zipfile.ZipFile(html / archives.BOOK) as archive:
        names = set(archive.namelist())
    assert {f"book/{page}.html" for page in PAGES} | {"book/index.html", "book/searchindex.js"} <= names
    assert not any(name.endswith((archives.BOOK, archives.NOTEBOOKS)) for name in names)
    with zipfile.ZipFile(html / archives.NOTEBOOKS) as archive:
        held = {name.removeprefix("course/"): archive.read(name) for name in archive.namelist()}
    library = [path.relative_to(ROOT).as_posix() for path in (ROOT / "course_lib").rglob("*")
               if path.is_file() and "__pycache__" not in path.parts]
    needed = [f"{page}.ipynb" for page in CHAPTERS + EXERCISES] + library + ["pyproject.toml", "requirements.txt"]
    assert {name: (ROOT / name).read_bytes() for name in needed}.items() <= held.items()
    assert held["README.md"] == (ROOT / "book/take_along.md").read_bytes()


def test_the_index_leads_from_a_term_to_the_sections_that_speak_of_it(html):
    [entry] = [link.parent for link in read(html, "genindex")("a") if link.string == "adjoint"]
    links = {link.string: link["href"] for link in entry("a")}
    assert links["adjoint"] == "book/glossary.html#term-adjoint"
    assert links["The reverse sweep"] == "book/notebooks/06_reverse_mode.html#the-reverse-sweep"
    # A summary is no place to look a term up.
    assert "Take-aways" not in links


def test_the_map_leads_to_every_chapter_and_says_what_it_rests_on(html):
    rows = read(html, "book/course").select(".chapter-map li")
    assert [f"book/{row.a['href'].removesuffix('.html')}" for row in rows] == CHAPTERS
    chapters = lecture_ids.openings()
    number = {chapter.label: n for n, chapter in enumerate(chapters, start=1)}
    rests_on = [[number[label] for label in chapter.rests_on] for chapter in chapters]
    said = [row.small.string.partition("minutes")[0] for row in rows]
    assert [list(map(int, re.findall(r"\d+", text)))[:-1] for text in said] == rests_on
    assert said[5].startswith("rests on 2 and 5; ")
    arcs = read(html, "book/course").select(".chapter-map svg > path")
    assert len(arcs) == sum(map(len, rests_on))


def test_the_first_page_leads_to_every_chapter_and_says_what_it_is(html):
    page = read(html, "book/intro")
    ways = [link["href"] for link in page.select(".buttons a")]
    assert [way.partition("#")[0] for way in ways] == [
        "notebooks/01_neural_network_layout.html", "playground.html", "teaching.html"]
    cards = page.select(".cards section")
    assert [card.h2.string for card in cards] == list(landing.PARTS)
    assert all((html / "book" / card.img["src"]).resolve().is_file() for card in cards)
    assert [f"book/{link['href'].removesuffix('.html')}" for link in page.select(".cards a")] == CHAPTERS
    assert page.select_one("a.right-next")["href"] == "notebooks/01_neural_network_layout.html"
    assert f"Version {landing.version()}, {landing.date()}" in page.select_one("footer.bd-footer-content").get_text()


@pytest.mark.parametrize("page", ["book/intro", "book/notebooks/03_finite_differences"])
def test_a_page_says_in_its_head_what_it_is(html, page):
    head = {meta.get("property") or meta.get("name"): meta["content"] for meta in read(html, page)("meta")
            if meta.get("content")}
    assert head["og:title"].endswith(re.search(r"^# (.+)", source(page), re.MULTILINE)[1])
    assert 40 < len(head["description"]) <= 203
    assert head["og:description"] == head["description"]
    assert (html / page).parent.joinpath(head["og:image"]).resolve().is_file()


@pytest.mark.parametrize("page", EXERCISES)
def test_an_exercise_has_the_number_of_its_chapter_and_leads_to_its_section_and_back(html, page):
    name = Path(page).name
    exercises = read(html, page)
    numbers = [one.label for one in exercise_links.links(name)]
    assert numbers == [f"{int(name[:2])}.{k + 1}" for k in range(len(numbers))] and len(numbers) >= 5
    contents = exercises.select_one(".bd-sidebar-secondary").get_text()
    table = [link["href"] for link in exercises.select("article table a")]
    for one in exercise_links.links(name):
        section = exercises.find(id=one.anchor)
        assert section.find(["h2"]).get_text().startswith(f"{one.label} · ")
        assert f"{one.label} · " in contents
        assert f"#{one.anchor}" in table
        link, *solved = section.select(".exercise-links a")
        target = link["href"].partition("#")[2]
        assert [link["href"] for link in solved] == ([f"../solutions.html#{one.solution}"] if one.solution else [])
        if one.solution:
            found = read(html, "book/solutions").find(id=one.solution)
            solution = found if found.name == "section" else found.parent
            assert solution.find("h3").get_text().startswith(f"{one.label} · {one.title}")
            assert solution.select_one(".exercise-links a")["href"] == f"exercises/{name}.html#{one.anchor}"
        assert bool(target) == bool(one.section), f"{one.label}: the chapter has no section {one.section!r}"
        if target:
            section = read(html, f"book/notebooks/{one.chapter}").find(id=target)
            assert section.name == "section"
            back = [link["href"] for link in section.select(".exercise-links a")]
            assert f"../exercises/{name}.html#{one.anchor}" in back


def test_wide_and_narrow_forms_of_an_equation_say_the_same(html):
    assert equation_forms.wide("a &= b, \\\\ % narrow\n&= c\n") == "a &= b, \\quad = c\n"
    assert equation_forms.wide("a &= b \\\\[1ex] % narrow\n&\\quad + c\n") == "a &= b  + c\n"
    assert equation_forms.wide("a \\\\\n&= c") == "a \\\\\n&= c"
    signs = re.compile(r"\\\\(\[\w+\])?|% narrow|&|\\q?quad|\s")
    both = [[signs.sub("", form.get_text()) for form in pair.select(".math-narrow, .math-wide")]
            for page in CHAPTERS for pair in read(html, page).select("div.math:has(.math-wide)")]
    assert len(both) > 20
    assert [pair for pair in both if len(set(pair)) != 1] == []


def test_the_page_of_tests_has_a_heading_for_each_equation(html):
    page = read(html, "book/tests")
    wanted = [f"Equation {lecture_id}" for lecture_id in lecture_ids.tests()]
    assert [heading.find(string=True) for heading in page.select("article h2")] == wanted
    assert [link.get_text().strip() for link in page.select(".bd-sidebar-secondary a")] == wanted
