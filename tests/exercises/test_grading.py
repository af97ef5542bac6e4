"""The grader against hostile notebooks: each loses at most the exercise in which it is hostile.

A class of them is graded once, by the command; every test looks at one student.
"""

from __future__ import annotations

import csv
import fcntl
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

GRADING = Path(__file__).resolve().parents[2] / "exercises/grading"
SETS = GRADING.parent / "source"
sys.path.insert(0, str(GRADING))

from probe import find_sandbox, why_not  # noqa: E402
from sandbox import Box, Sandbox, Server  # noqa: E402
from talk import Allowance, Talk  # noqa: E402

ENVIRONMENT = os.environ | {"PYTHONPATH": str(GRADING)}
SANDBOX, REASON = find_sandbox((GRADING.parent,), 2**31)
pytestmark = pytest.mark.skipif(SANDBOX is None, reason=f"NO SANDBOX, THE GRADER IS NOT TESTED: {REASON}")

# ------------------------------------------------------------------------------ a small master

DOUBLE = "def double(x):\n    return 2 * x"
SQUARE = "def square(x):\n    return x * x"
BOTH = "def both(x):\n    return np.array([2 * x, x * x])"
SECRET = "the secret property"
# A check that calls with an array, so that one number by heart is not enough.
CHECK = """x = np.array([1.0, 2.0])
checks.equal({name}(x), {right}, "{name}")
### BEGIN HIDDEN TESTS
y = np.array([-0.4711, 3.0])
checks.equal({name}(y), {hidden}, "the secret property")
### END HIDDEN TESTS"""


def cell(kind: str, source: str, grade_id: str = "", **marks: object) -> dict:
    meta = dict.fromkeys(["grade", "solution", "locked", "task"], False) | {"schema_version": 3}
    metadata = {"nbgrader": meta | {"grade_id": grade_id} | marks} if grade_id else {}
    raw = {"cell_type": kind, "id": grade_id or "text", "metadata": metadata, "source": source}
    return raw | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def exercise(number: int, name: str, solution: str, right: str) -> list[dict]:
    check = CHECK.format(name=name, right=right, hidden=right.replace("x", "y"))
    head, body = solution.split("\n")
    solution = f"{head}\n    ### BEGIN SOLUTION\n{body}\n    ### END SOLUTION"
    return [
        cell("markdown", f"## {number} · {name}", f"{name}-text", locked=True),
        cell("code", solution, name, solution=True),
        cell("code", check, f"{name}-check", grade=True, locked=True, points=2),
    ]


def master() -> dict:
    cells = [
        cell("code", "import numpy as np\nfrom course_lib import checks", "imports", locked=True),
        *exercise(1, "double", DOUBLE, "2 * x"),
        *exercise(2, "square", SQUARE, "x * x"),
        *exercise(3, "both", BOTH, "np.array([2 * x, x * x])"),
        cell("markdown", "## 4 · Why", "why-text", locked=True),
        cell("markdown", "Because.", "why", grade=True, solution=True, points=3),
    ]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def released() -> dict:
    """What a student gets, filled in rightly."""
    notebook = master()
    for raw in notebook["cells"]:
        raw["source"] = re.sub(r"### BEGIN HIDDEN.*### END HIDDEN TESTS", "", raw["source"], flags=re.DOTALL)
        raw["source"] = re.sub(r"    ### (BEGIN|END) SOLUTION\n?", "", raw["source"]).strip()
    return notebook


def answered(**cells: str) -> dict:
    """A right submission with some solution cells replaced."""
    notebook = released()
    for raw in notebook["cells"]:
        raw["source"] = cells.get(raw["id"].replace("-", "_"), raw["source"])
    return notebook


def with_extra(after: str, source: str, **cells: str) -> dict:
    notebook = answered(**cells)
    place = [raw["id"] for raw in notebook["cells"]].index(after)
    notebook["cells"].insert(place + 1, cell("code", source))
    return notebook


def hand_in(folder: Path, student: str, notebook: dict | str) -> Path:
    path = folder / "submissions" / student / "71_toy.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(notebook if isinstance(notebook, str) else json.dumps(notebook))
    return path


def course(folder: Path) -> Path:
    path = folder / "masters/71_toy/71_toy.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(master()))
    return path


def command(folder: Path, *options: str, first: str = "") -> list[str]:
    """The command; `first` is run before it in the same process, to change it in some way."""
    code = f"import sys, grade, jobs, sandbox\n{first}\nsys.exit(grade.main(sys.argv[1:]))"
    return [sys.executable, "-c", code, str(folder / "submissions"), f"--masters={folder}/masters", *options]


def grade(folder: Path, *options: str, first: str = "") -> subprocess.CompletedProcess:
    """Grade; what a test of its own looks at, the probe and the histogram, is left out."""
    first = (
        f"grade.find_sandbox = lambda *settings: (grade.Sandbox({SANDBOX.kind!r}, *settings), '')\n"
        f"grade.report.histogram = lambda *a: None\n{first}"
    )
    done = start(command(folder, *options, first=first))
    assert "Traceback" not in done.stderr, done.stderr
    return done


def start(words: list[str]) -> subprocess.CompletedProcess:
    return subprocess.run(words, env=ENVIRONMENT, capture_output=True, text=True)


def rows(folder: Path, student: str) -> dict[str, dict[str, str]]:
    with open(folder / "marks/marks.csv", encoding="utf-8-sig", newline="") as file:
        return {row["exercise"]: row for row in csv.DictReader(file) if row["student"] == student}


# ------------------------------------------------------------------------------ a hostile class

# Cells in place of the first solution that take the first exercise's points and no other.
LOSES_FIRST = {
    "syntax error": "def double(x:\n    return",
    "wrong": "def double(x):\n    return 3 * x",
    "right only where it is seen": "def double(x):\n    return 2 * x if np.all(x > 0) else x",
    "os._exit": "import os\nos._exit(3)",
    "os._exit when called": "def double(x):\n    import os\n    os._exit(0)",
    "sys.exit": "import sys\nsys.exit(0)",
    "KeyboardInterrupt": "def double(x):\n    raise KeyboardInterrupt",
    "segmentation fault": "import ctypes\nctypes.string_at(0)",
    "recursion": "def double(x):\n    return double(x)",
    "endless": "while True:\n    pass",
    "endless when called": "def double(x):\n    while True:\n        pass",
    "fork bomb": "import os\nwhile True:\n    os.fork()",
    "fork bomb that holds on": (
        "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass"),
    "threads": "import _thread\nwhile True:\n    _thread.start_new_thread(print, ())",
    "memory": "double = [bytearray(2**27) for _ in range(10**6)]",
    "output": "while True:\n    print('x' * 2**20)",
    "huge array": "def double(x):\n    return np.zeros(2 * 10**7)",
    "huge array without memory": "def double(x):\n    return np.broadcast_to(x[0], (10**6, 10**6))",
    "nested": (
        "def double(x):\n    y = []\n    for _ in range(10**5):\n        y = [y]\n    return y"),
    "generator": "def double(x):\n    yield 2 * x",
    "no function": "double = object()",
    "patches": (
        "import builtins\nfrom course_lib import checks\n"
        "np.isclose = np.allclose = lambda *a, **k: True\nnp.abs = lambda x: np.zeros(1)\n"
        "np.asarray = lambda x, **k: np.array([2.0, 4.0])\n"
        "checks.equal = checks.compare = checks.call = lambda *a, **k: None\n"
        "builtins.abs = builtins.max = lambda *a: 0\ndouble = lambda x: 5 * x"),
    "claims another class": (
        "class Liar:\n    __class__ = property(lambda self: np.ndarray)\n    dtype = np.dtype(float)\n"
        "    shape = (2,)\n    __eq__ = __le__ = __lt__ = lambda *a: True\n"
        "    __sub__ = __rsub__ = __abs__ = lambda *a: 0\n    __array__ = lambda self, *a, **k: 1 / 0\n"
        "def double(x):\n    return Liar()"),
    "a float that equals all": (
        "class Liar(np.ndarray):\n    __eq__ = __le__ = lambda *a: True\n    __sub__ = lambda *a: 0\n"
        "    __abs__ = lambda *a: 0\ndef double(x):\n    return np.asarray(3 * x).view(Liar)"),
    "changes between calls": (
        "calls = []\ndef double(x):\n    calls.append(x)\n    return 2 * x if len(calls) < 2 else 0 * x"),
    "noise on every handle": (
        "import os\nfor handle in range(1, 64):\n    try:\n        os.write(handle, b'\\xff' * 100)\n"
        "    except OSError:\n        pass"),
    "noise when called": (
        "import os\ndef double(x):\n    for handle in range(1, 64):\n        try:\n"
        "            os.write(handle, b'\\0\\0\\0\\2\\0\\0\\0\\0[]' * 9)\n        except OSError:\n"
        "            pass\n    return 2 * x"),
    "closes every handle": "import os\nos.closerange(0, 64)",
    "breaks the encoder": "import wire\nwire.encode = lambda value: b'x' * 8\ndouble = lambda x: x",
    "error that cannot be shown": (
        "class E(Exception):\n    def __str__(self):\n        raise SystemExit\ndef double(x):\n    raise E"),
    "markup": "def double(x):\n    raise ValueError('<script>alert(1)</script>')",
    "kills all": "import os, signal\nos.kill(-1, 9)\nos.kill(1, 9)\nos.kill(os.getpid(), 9)",
    "breaks Python": f"{DOUBLE}\nimport builtins, sys\nsys.modules.clear()\nbuiltins.__import__ = None",
    "breaks NumPy": f"{DOUBLE}\nnp.array = np.asarray = lambda *a, **k: 1 / 0",
}  # fmt: skip

SLEEPERS = {
    "without signals": (
        "import signal, time\nfor n in range(1, 32):\n"
        "    if n not in (9, 19):\n        signal.signal(n, signal.SIG_IGN)\ntime.sleep(10**6)"),
    "when called": "import time\ndef double(x):\n    time.sleep(10**6)",
}  # fmt: skip
ENDLESS = ["endless", "endless when called", "fork bomb that holds on"]

# Cells that hurt what comes after them, but answer rightly themselves.
LOSES_NOTHING = {
    "honest": DOUBLE,
    "names overwritten": f"{DOUBLE}\ncopy = np\nnp = checks = None\nsquare = both = 1\n"
                         "def double(x):\n    return 2 * x",
    "full disk": (
        f"{DOUBLE}\ntry:\n    for k in range(10**4):\n        open(f'/tmp/{{k}}', 'wb').write(bytes(2**22))\n"
        "except OSError:\n    pass"),
    "removes files": f"{DOUBLE}\nimport shutil\nfor f in ('/tmp', '/grader', np.__path__[0]):\n"
                     "    shutil.rmtree(f, ignore_errors=True)",
    "magics": f"%matplotlib inline\n!pip install x\n{DOUBLE}\ndouble?\n",
    "timed": f"%%time\n{DOUBLE}",
    "display": f"{DOUBLE}\ndisplay(double(1))\nget_ipython()",
    "a comment that asks": f"%matplotlib inline\n{DOUBLE}  # is it right?",
    "a magic that asks": f"%matplotlib inline # is it?\n{DOUBLE}",
    "a rest in brackets": "%matplotlib inline\ndef double(x):\n    return x * (5\n%3)",
    "results of magics": f"{DOUBLE}\nt = %timeit -o double(1)\nt.average + t.best\nx = !ls\nlen(x)\n"
                         "%time y = double(2)\nassert y == 4\nz = %time double(3)\nassert z == 6",
    "the shell's own": "shell = get_ipython()\nshell.run_line_magic('matplotlib', 'inline')\n"
                       f"get_ipython = None\n{DOUBLE}\nshell.system('ls')",
    "captured": f"%%capture out\n{DOUBLE}",
    "written by a magic": "%%writefile mine.py\n" + DOUBLE,
    "await": f"{DOUBLE}\nimport asyncio\nasync def one():\n    await asyncio.sleep(0.001)\n    return 1\n"
             "assert await one() == 1",
    "deque": "from collections import deque\ndef double(x):\n    return deque(2 * float(y) for y in x)",
    "array.array": "from array import array\ndef double(x):\n    return array('d', [2 * y for y in x])",
    "fractions": "from fractions import Fraction\ndef double(x):\n    return [Fraction(2 * y) for y in x]",
    "input": f"factor = int(input('by what? '))\n{DOUBLE}",
}  # fmt: skip

# What an attempt leaves for the next one, and how that is found; the answer is right only if it is.
REMEMBERS = {
    "a folder without rights": (
        "os.path.exists('/tmp/sign')", "os.makedirs('/tmp/sign/inner')\nos.chmod('/tmp/sign/inner', 0)"),
    "a deep folder": (
        "os.path.exists('/tmp/sign')",
        ("os.mkdir('/tmp/sign')\nos.chdir('/tmp/sign')\nfor _ in range(3000):\n"
        "    os.mkdir('d' * 20)\n    os.chdir('d' * 20)")),
    "a message queue": ("libc.msgget(4711, 0) >= 0", "libc.msgget(4711, 0o1600)"),
    "a semaphore": ("libc.semget(4711, 1, 0) >= 0", "libc.semget(4711, 1, 0o1600)"),
    "a priority": ("os.getpriority(os.PRIO_PROCESS, 0) == 18", "os.setpriority(os.PRIO_PROCESS, 1, 18)"),
}  # fmt: skip
REMEMBERING = """
import ctypes, os
libc = ctypes.CDLL(None)
seen = {seen}
def both(x):
    return np.array([2 * x, x * x]) if seen else 0 * x
{leave}
"""

# Looks for what it must not see; right only if it finds nothing.
SPY = """
import ctypes, os, socket
found = []
def of_the_kernel(name, *arguments):
    if getattr(ctypes.CDLL(None), name)(*arguments) < 0:
        raise OSError
for folder in {folders!r}:
    try:
        found += [os.path.join(folder, name) for name in os.listdir(folder)]
    except OSError:
        pass
for place, inner, names in os.walk("/"):
    inner[:] = [name for name in inner if name not in ("usr", "site-packages")]
    found += [place + n for n in names if n.endswith(".ipynb") or n in ("grade.py", "marks.csv")]
for act in (lambda: os.listdir("/proc"), lambda: socket.create_connection(("127.0.0.1", 22), 1),
            socket.socket, socket.socketpair, lambda: of_the_kernel("msgget", 0, 0o1600),
            lambda: of_the_kernel("semget", 0, 1, 0o1600),
            lambda: os.execv("/bin/true", ["true"]), lambda: open("/usr/x", "w"),
            lambda: open(np.__file__, "a"), lambda: os.setuid(0) or os.mkdir("/x")):
    try:
        act()
        found.append(str(act))
    except OSError:
        pass
def double(x):
    if found:
        raise ValueError(str(found)[:300])
    return 2 * x
"""


# Keeps what it is called with, to show it in the message of a later exercise.
TALES = """
told = []
def double(x):
    told.append(float(x[0]))
    with open("told", "a") as file:
        file.write(str(x))
    return 2 * x
def tell(x):
    raise ValueError(str(told) + open("told").read())
"""


def odd_notebooks(folder: Path) -> dict[str, dict]:
    untouched = "def double(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
    copied = answered(double=untouched)
    copied["cells"].insert(3, cell("code", DOUBLE, "double", solution=True))
    copied["cells"].insert(4, cell("code", "def double(x):\n    return 0", "double", solution=True))
    backwards = released()
    backwards["cells"].reverse()
    deleted = released()
    deleted["cells"] = [raw for raw in deleted["cells"] if not raw["id"].startswith("double")]
    plain = released()
    for raw in plain["cells"]:
        raw["metadata"] = {}
    spied = [folder / "masters/71_toy", folder / "submissions", folder / "marks", GRADING, GRADING.parent]
    return {
        "spy": answered(double=SPY.format(folders=list(map(str, spied)))),
        "copied": copied,
        "backwards": backwards,
        "deleted": deleted,
        "without metadata": plain,
        "edited checks": answered(double="def double(x):\n    return 0", double_check="", imports="np = 1"),
        "own helper": with_extra("double-text", "def helper(x):\n    return x + x",
                                 double="def double(x):\n    return helper(x)"),
        "poisoned by an own cell": with_extra("imports", "np = None\nimport os\nos._exit(1)"),
        "poisoned quietly": with_extra("imports", "np = checks = None"),
        "built on the first": answered(both="def both(x):\n    return np.array([double(x), square(x)])"),
        "untouched": answered(double=untouched),
        "tells tales": answered(double=TALES, square="square = tell"),
        "no text": answered(why="YOUR ANSWER HERE"),
        "below the check": with_extra("double-check", DOUBLE, double=untouched),
        "uses the written file": with_extra("double-text", LOSES_NOTHING["written by a magic"],
                                            double="from mine import double"),
        "a file beside it": answered(double="from helper import double"),
    }  # fmt: skip


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The folder in which the whole class has been graded."""
    folder = tmp_path_factory.mktemp("class")
    course(folder)
    for student, source in (LOSES_FIRST | LOSES_NOTHING).items():
        hand_in(folder, student, answered(double=source))
    for student, notebook in odd_notebooks(folder).items():
        hand_in(folder, student, notebook)
    for student, (seen, leave) in REMEMBERS.items():
        hand_in(folder, student, answered(both=REMEMBERING.format(seen=seen, leave=leave)))
    (folder / "submissions/a file beside it/helper.py").write_text(DOUBLE)
    hand_in(folder, "no notebook", "{")
    os.symlink("/etc/passwd", hand_in(folder, "link", "").parent / "71_toy (1).ipynb")
    (folder / "submissions/link/71_toy.ipynb").unlink()
    os.mkfifo(hand_in(folder, "pipe", "").with_name("71_toy_2.ipynb"))
    (folder / "submissions/pipe/71_toy.ipynb").unlink()
    hand_in(folder, "=HYPERLINK(1)", answered(why="<script>alert(2)</script>"))
    flat = hand_in(folder, "x", released())
    flat.rename(folder / "submissions/71_toy__flat.ipynb")
    nested = hand_in(folder, "nbgrader layout", released())
    nested.parent.joinpath("71_toy").mkdir()
    nested.rename(nested.parent / "71_toy/71_toy.ipynb")
    return folder, start(command(folder, "--seconds=1.5", "--wait=600", "--jobs=4"))


def points(graded, student: str) -> list[str]:
    return [row["points"] for row in rows(graded[0], student).values()]


@pytest.mark.parametrize("student", LOSES_FIRST)
def test_loses_only_its_exercise(graded, student):
    row = rows(graded[0], student)["double-check"]
    assert points(graded, student) == ["0", "2", "2", ""]
    assert row["status"] == "graded" and row["reason"]


@pytest.mark.parametrize("student", [
    *sorted(LOSES_NOTHING.keys() - {"written by a magic"}), "flat", "below the check", "uses the written file",
    "a file beside it", "nbgrader layout", "spy", "copied", "backwards", "own helper", "without metadata",
    "poisoned by an own cell", "poisoned quietly", "built on the first", "'=HYPERLINK(1)",
])  # fmt: skip
def test_loses_nothing(graded, student):
    assert points(graded, student) == ["2", "2", "2", ""], rows(graded[0], student)


@pytest.mark.parametrize("student", REMEMBERS)
def test_no_attempt_knows_of_the_one_before(graded, student):
    assert points(graded, student) == ["2", "2", "0", ""]


def test_one_process_at_a_time():
    def below(process: int) -> list[int]:
        children = [int(path.parent.name) for path in Path("/proc").glob("[0-9]*/stat")
                    if path.exists() and path.read_text().rpartition(")")[2].split()[1] == str(process)]  # fmt: skip
        return children + [grandchild for child in children for grandchild in below(child)]

    with Server(SANDBOX, []) as server, Box(server) as box:
        for _ in range(5):
            talk = Talk(box)
            talk.allow(Allowance(60, 600))
            talk.ask("run", "cell", "held = bytearray(10**7)")
            while len(below(server.process.pid)) > 3:  # the keeper before is going
                time.sleep(0.01)
            assert len(below(server.process.pid)) == 3  # the warm one, the keeper and the student's


@pytest.mark.parametrize("student", ENDLESS)
def test_too_slow_is_who_computes(graded, student):
    assert "it took too long" in rows(graded[0], student)["double-check"]["reason"]


def test_time_on_the_clock_decides_no_mark(tmp_path):
    course(tmp_path)
    for student, source in SLEEPERS.items():
        hand_in(tmp_path, student, answered(double=source, both="def both(x):\n    return double(x)"))
    done = grade(tmp_path, "--seconds=2", "--wait=4")
    assert done.returncode == 0
    for student in SLEEPERS:
        marks = rows(tmp_path, student)
        assert [row["points"] for row in marks.values()] == ["", "2", "", ""]
        assert [row["status"] for row in marks.values()] == ["open", "graded", "open", "manual"]
        assert re.search("it did not answer.* this is no mark", marks["double-check"]["reason"])
        assert f"To be looked at: {student}, 71_toy, double-check: no answer" in done.stdout
    page = (tmp_path / "marks/manual.html").read_text()
    assert page.count("time.sleep(10**6)") == len(SLEEPERS)

    # it waits for the instructor, and is not asked again
    table = tmp_path / "marks/manual.csv"
    lines = table.read_text(encoding="utf-8-sig").splitlines()
    [place] = [k for k, line in enumerate(lines) if line.startswith("when called,71_toy,double-check")]
    table.write_text("\n".join([*lines[:place], lines[place].replace(",,2,", ",1.5,2,"), *lines[place + 1 :]]))
    assert "2 of them graded before" in grade(tmp_path).stdout
    assert [row["points"] for row in rows(tmp_path, "when called").values()] == ["1.5", "2", "", ""]


PARTS = """points = 0.5
x = np.array([1.0, 2.0])
if np.allclose(both(x)[0], 2 * x):
    points += 0.5
### BEGIN HIDDEN TESTS
if np.allclose(both(-x)[1], x * x):
    points += 1
### END HIDDEN TESTS
points"""


def test_points_for_a_part(tmp_path):
    path = course(tmp_path)
    notebook = json.loads(path.read_text())
    next(raw for raw in notebook["cells"] if raw["id"] == "both-check")["source"] = PARTS
    path.write_text(json.dumps(notebook))
    answers = {"all": "2 * x, x * x", "first": "2 * x, 3 * x", "second": "x, x * x", "none": "x, x", "raises": "1 / 0"}
    for student, value in answers.items():
        hand_in(tmp_path, student, answered(both=f"def both(x):\n    return {value}"))
    assert grade(tmp_path).returncode == 0
    got = {student: rows(tmp_path, student)["both-check"] for student in answers}
    assert {student: row["points"] for student, row in got.items()} == {
        "all": "2", "first": "1", "second": "1.5", "none": "0.5", "raises": "0"}  # fmt: skip
    assert got["first"]["reason"] == "The check gives 1 of 2 points." and not got["all"]["reason"]


@pytest.mark.parametrize("student", ["deleted", "untouched"])
def test_no_answer_is_missing(graded, student):
    assert points(graded, student) == ["0", "2", "2", ""]
    assert rows(graded[0], student)["double-check"]["status"] == "missing"


def test_checks_are_the_masters(graded):
    assert points(graded, "edited checks") == ["0", "2", "2", ""]
    page = (graded[0] / "marks/feedback/edited checks.html").read_text()
    assert "double-check was changed; its original was run." in page


def test_text_is_manual_or_missing(graded):
    assert rows(graded[0], "honest")["why"]["status"] == "manual"
    assert rows(graded[0], "no text")["why"] | {"reason": ""} == {
        "student": "no text", "chapter": "71_toy", "exercise": "why", "title": "4 · Why", "points": "0",
        "out_of": "3", "status": "missing", "reason": ""}  # fmt: skip
    assert "Because." in (graded[0] / "marks/manual.html").read_text()


@pytest.mark.parametrize("student", ["no notebook", "link", "pipe"])
def test_unreadable_is_ungraded(graded, student):
    folder, done = graded
    assert done.returncode == 1
    assert f"Ungraded: {student}" in done.stderr
    assert {(row["status"], row["points"]) for row in rows(folder, student).values()} == {("ungraded", "")}


def test_only_unreadable_is_ungraded(graded):
    names = set(re.findall(r"Ungraded: ([^,]+),", graded[1].stderr))
    assert names == {"no notebook", "link", "pipe"}, graded[1].stderr


def test_an_empty_folder_is_a_student_who_handed_in_nothing(graded):
    assert not list((graded[0] / "submissions/x").iterdir())
    assert {(row["status"], row["points"]) for row in rows(graded[0], "x").values()} == {("missing", "0")}


def test_hidden_tests_stay_hidden(graded):
    folder, _ = graded
    pages = [path.read_text() for path in (folder / "marks").glob("**/*.html")]
    assert len(pages) > len(LOSES_FIRST)
    everything = "".join(pages) + (folder / "marks/marks.csv").read_text()
    assert SECRET not in everything and "0.4711" not in everything
    assert "a further one at other points does not" in everything
    assert points(graded, "tells tales") == ["2", "0", "2", ""]
    assert "ValueError: [1.0][1. 2.]" in everything
    page = (folder / "marks/feedback/wrong.html").read_text()
    assert "Expected double to agree" in page


def test_pages_run_nothing(graded):
    for path in (graded[0] / "marks").glob("**/*.html"):
        text = path.read_text()
        assert "default-src 'none'" in text
        scripts = re.findall("<script[^>]*>", text)
        own = ['<script src="formulas.js">', '<script src="tex-svg.js" defer>']
        assert scripts == own * (path.name == "manual.html")
        assert not re.search(r"(?:src|href)=\"?(?:https?:|//)", text)


def test_class_tables(graded):
    folder = graded[0] / "marks"
    means = (folder / "exercises.csv").read_text(encoding="utf-8-sig")
    assert means.startswith("chapter,exercise,title,out_of,students,mean,median")
    assert "<svg" in (folder / "histogram.svg").read_text()
    summary = (folder / "summary.csv").read_text(encoding="utf-8-sig")
    assert "\nhonest,6,6,9,1" in summary.replace("\r", "")


NAMES = {b"M\xfcller": "Müller", b"M\xf6ller": "Möller", "Zoe\u0308".encode(): "Zoë", b"line\nbreak": "line break",
         b"a;=1+1": "a;'=1+1", b"b;=cmd|x": "b;'=cmd|x"}  # fmt: skip


def test_any_name_has_its_marks(tmp_path):
    course(tmp_path)
    for raw in NAMES:
        hand_in(tmp_path, os.fsdecode(raw), released())
    done = grade(tmp_path)
    assert done.returncode == 0, done.stderr
    for name in NAMES.values():
        assert [row["points"] for row in rows(tmp_path, name).values()] == ["2", "2", "2", ""], name
    assert len(list((tmp_path / "marks/feedback").iterdir())) == len(NAMES)
    for table in (tmp_path / "marks").glob("*.csv"):
        for delimiter in ",;\t":
            with open(table, encoding="utf-8-sig", newline="") as file:
                fields = [field for row in csv.reader(file, delimiter=delimiter) for field in row]
            assert not [field for field in fields if field[:1] in set("=+-@")]


def test_archives_of_both_systems_and_back(tmp_path):
    course(tmp_path)
    (tmp_path / "submissions").mkdir()
    wrong = answered(double="def double(x):\n    return 0 * x")
    downloads = {
        "moodle": {"Ada Byron_123_assignsubmission_file/71_toy.ipynb": wrong,
                   "Eve_9_assignsubmission_file/x.pdf": "%PDF"},
        "canvas": {"byronada_4711_99001_71_toy.ipynb": released(), "leekim_LATE_4712_99002_work.ipynb": released()},
    }  # fmt: skip
    for name, files in downloads.items():
        with zipfile.ZipFile(tmp_path / f"submissions/{name}.zip", "w") as archive:
            for path, notebook in files.items():
                archive.writestr(path, notebook if isinstance(notebook, str) else json.dumps(notebook))
    (tmp_path / "roster.csv").write_text("name,id,email,group\nAda Byron,u1,a@x.org,A\nKim Lee,u2,,A\nNo One,u3,,B\n")
    (tmp_path / "course.toml").write_text('attempts = "best"\n[late]\npercent_per_day = 50\n')
    (tmp_path / "moodle.csv").write_text('Identifier,Last modified (submission)\nParticipant 123,-\n')
    done = grade(tmp_path)
    assert "Eve_9 is not in the roster" in done.stdout
    assert done.returncode == 1 and re.findall(r"Ungraded: ([^,]+),", done.stderr) == ["Eve_9"]
    with open(tmp_path / "marks/summary.csv", encoding="utf-8-sig", newline="") as file:
        got = {row["student"]: (row["71_toy"], row["late_days"]) for row in csv.DictReader(file)}
    assert got == {"Ada Byron": ("6", "0"), "Eve_9": ("0", "0"), "Kim Lee": ("3", "1"), "No One": ("0", "0")}
    assert len(list((tmp_path / "marks/results").glob("Ada Byron*.json"))) == 2
    uploads = sorted(path.name for path in (tmp_path / "marks/upload").iterdir())
    assert uploads == ["canvas-71_toy-feedback.zip", "canvas-71_toy.csv"]
    assert "4 submissions, 3 of them graded before." in grade(tmp_path).stdout

    (tmp_path / "course.toml").write_text("latte = 1")
    assert "'latte = 1' is no rule" in start(command(tmp_path)).stderr


# ------------------------------------------------------------------------------ the sets of the course


def test_every_master_gets_full_points(tmp_path):
    """The grader begins with the masters of the sets that were handed in, so empty notebooks are enough."""
    wanted = {}
    for path in sorted(SETS.glob("*/*.ipynb")):
        hand_in(tmp_path, path.stem, {"cells": []}).rename(tmp_path / "submissions" / path.stem / path.name)
        marks = [raw["metadata"].get("nbgrader", {}) for raw in json.loads(path.read_text(encoding="utf-8"))["cells"]]
        wanted[path.stem] = {m["grade_id"]: m["points"] for m in marks if m.get("grade") and not m["solution"]}
    done = grade(tmp_path, f"--masters={SETS}")
    stored = map(json.loads, (path.read_text(encoding="utf-8") for path in tmp_path.glob("marks/results/masters/*")))
    assert {
        result["chapter"]: {m["exercise"]: m["points"] for m in result["marks"] if m["status"] != "manual"}
        for result in stored
    } == wanted, done.stderr


# ------------------------------------------------------------------------------ runs after runs


@pytest.fixture
def small(tmp_path):
    """A folder with the same answers of two students, not graded."""
    course(tmp_path)
    for student in ("ada", "bob"):
        hand_in(tmp_path, student, released())
    return tmp_path


@pytest.fixture(scope="module")
def graded_once(tmp_path_factory):
    folder = tmp_path_factory.mktemp("once")
    course(folder)
    for student in ("ada", "bob"):
        hand_in(folder, student, released())
    assert grade(folder).returncode == 0
    return folder


@pytest.fixture
def known(graded_once, tmp_path):
    """The same, graded."""
    return Path(shutil.copytree(graded_once, tmp_path / "course"))


def test_nothing_is_graded_twice(known):
    results = known / "marks/results"
    before = {path: path.stat().st_mtime_ns for path in results.glob("**/*.json")}
    marks = (known / "marks/marks.csv").read_bytes()
    again = grade(known)
    assert again.returncode == 0
    assert "2 submissions, 2 of them graded before." in again.stdout
    assert {path: path.stat().st_mtime_ns for path in results.glob("**/*.json")} == before
    assert (known / "marks/marks.csv").read_bytes() == marks

    hand_in(known, "bob", answered(square="def square(x):\n    return 0"))
    changed = grade(known)
    assert "1 of them graded before" in changed.stdout
    assert "bob, 71_toy: The submission has changed" in changed.stdout
    assert [row["points"] for row in rows(known, "bob").values()] == ["2", "0", "2", ""]
    assert "before: 6 points" in (known / "marks/feedback/bob.html").read_text()


def test_goes_on_after_a_stop(small):
    for k in range(3):
        hand_in(small, f"student {k}", released())
    run = subprocess.Popen(command(small, "--jobs=1"), env=ENVIRONMENT, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT)  # fmt: skip
    while not list((small / "marks/results").glob("*.json")) and run.poll() is None:
        time.sleep(0.01)
    run.send_signal(signal.SIGKILL)
    run.communicate()
    kept = len(list((small / "marks/results").glob("*.json")))
    with open(small / "marks/.lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # what the killed run had started ends by itself
    (small / "marks/results/torn__71_toy.json").write_text('{"student": "to')
    done = grade(small)
    assert done.returncode == 0, done.stderr
    before = int(re.search(r"(\d+) of them graded before", done.stdout)[1])
    assert kept <= before
    assert all(len(rows(small, f"student {k}")) == 4 for k in range(3))


@pytest.mark.parametrize("fault", [
    "sandbox.Sandbox.command = lambda self, folder: ['false']",
    "import checking\ndef full(*a): raise OSError(28, 'No space left on device')\njobs.assemble = full",
    "import cloudpickle\ndef fails(*a): raise TypeError('cannot pickle')\ncloudpickle.dumps = fails",
    "import os\njobs.graded = lambda *a: os._exit(9)",
    "import time\njobs.SUBMISSION_SECONDS = 1\njobs.graded = lambda *a: time.sleep(10**6)",
    "seen = sandbox.visible()\nsandbox.visible = lambda: [p for p in seen if not p.endswith('course_lib')]",
])  # fmt: skip
def test_a_fault_of_the_machine_costs_no_points(small, fault):
    done = grade(small, first=fault)
    assert done.returncode == 1
    for student in ("ada", "bob"):
        row = rows(small, student)["double-check"]
        assert (row["points"], row["status"]) == ("", "ungraded") and row["reason"]
        assert f"Ungraded: {student}, 71_toy, double-check" in done.stderr


def test_a_master_that_fails_costs_no_points(small):
    path = small / "masters/71_toy/71_toy.ipynb"
    path.write_text(path.read_text().replace('2 * x, \\"double', '7 * x, \\"double'))
    done = grade(small)
    assert done.returncode == 1
    assert [row["points"] for row in rows(small, "ada").values()] == ["", "2", "2", ""]
    assert "the master's own solution fails here" in rows(small, "ada")["double-check"]["reason"]
    assert "own solution" not in (small / "marks/feedback/ada.html").read_text()


def test_marks_by_hand_are_kept(known):
    table, marks = known / "marks/manual.csv", known / "marks/marks.csv"
    lines = [line.split(",") for line in table.read_text(encoding="utf-8-sig").splitlines()]
    assert len(lines) == 3
    # as a German spreadsheet saves it: semicolons, decimal commas, a column of the instructor's own
    place = lines[0].index("points"), lines[0].index("comment")
    lines[1][place[0]], lines[1][place[1]], lines[2][place[0]] = "2,5", "schön", "30"
    mine = "\r\n".join(";".join([*line, "mine"]) for line in lines).encode("cp1252")
    table.write_bytes(mine)
    # a mark changed in the other table
    marks.write_bytes(marks.read_bytes().replace(b"3 \xc2\xb7 both,2,", b"3 \xc2\xb7 both,1,", 1))
    done = grade(known)
    ada = rows(known, "ada")
    assert ada["why"]["points"] == "2.5" and ada["both-check"]["points"] == "1"
    assert "schön" in (known / "marks/feedback/ada.html").read_text(encoding="utf-8")
    assert rows(known, "bob")["why"]["points"] == ""
    assert done.returncode == 1 and "says '30' points, out of 3" in done.stderr
    assert "marks.csv was changed by hand" in done.stderr and (known / "marks/marks.edited-1.csv").exists()
    assert table.read_bytes().startswith(mine)

    # a new answer asks for a new mark, and the old one stands until then
    mine = table.read_bytes()
    hand_in(known, "ada", answered(why="Because of this."))
    grade(known)
    ada = rows(known, "ada")
    assert ada["why"]["points"] == "2.5" and "for an earlier answer" in ada["why"]["reason"]
    assert ada["both-check"]["points"] == "1"
    assert table.read_bytes().startswith(mine)
    assert table.read_bytes()[len(mine) :].count(b"\n") == 1

    # a new answer to a check is not what the points by hand were for, and a new row is
    hand_in(known, "ada", answered(both="def both(x):\n    return 0 * x"))
    grade(known)
    both = rows(known, "ada")["both-check"]
    assert both["points"] == "0" and "by hand were for an earlier answer" in both["reason"]
    with open(table, "ab") as file:
        file.write(b"ada;71_toy;both-check;;1,5;;;;\r\n")
    for _ in range(2):
        grade(known)
        assert rows(known, "ada")["both-check"]["points"] == "1.5"


# ------------------------------------------------------------------------------ the sandbox itself


def test_without_a_sandbox_nothing_runs(small):
    done = grade(small, first="grade.find_sandbox = lambda *a: (None, 'a reason')")
    assert done.returncode == 2 and "a reason" in done.stderr
    assert not (small / "marks").exists()


def test_a_folder_is_named(tmp_path):
    done = start([sys.executable, str(GRADING / "grade.py"), ""])
    assert done.returncode == 2 and "make grade SUBMISSIONS=folder" in done.stderr
    done = start([sys.executable, str(GRADING / "grade.py"), "~/no folder of that name"])
    assert done.returncode == 2 and f"there is no folder {Path.home()}" in done.stderr


def test_without_a_sandbox_when_told(small):
    assert grade(small, "--no-sandbox").returncode == 0
    assert [row["points"] for row in rows(small, "ada").values()] == ["2", "2", "2", ""]


def test_probe_sees_an_open_sandbox():
    class Networked(Sandbox):
        def command(self, folder):
            return [word for word in super().command(folder) if word != "--net"]

    assert why_not(SANDBOX) == ""
    if [name for _, name in socket.if_nameindex()] != ["lo"]:  # there is one to use
        assert "use the network" in why_not(Networked(SANDBOX.kind))
    seen = why_not(Sandbox("none", (GRADING,)))
    assert "read" in seen and str(GRADING) in seen


def test_namespaces_of_a_user_hold():
    if SANDBOX.kind == "root":
        assert why_not(Sandbox("user", (GRADING,))) == ""
