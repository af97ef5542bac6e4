"""Grade the notebooks that students have handed in, without a network, each in a sandbox of its own.

    python exercises/grading/grade.py SUBMISSIONS      # marks and feedback into a folder beside it, marks

What has been graded is not graded again; a run that was stopped goes on. Ends with status 1 when a
submission could not be graded.
"""

from __future__ import annotations

import os

# Before NumPy: the processes share the cores, and a fork must not lose threads.
for name in ("OPENBLAS", "OMP", "MKL"):
    os.environ[f"{name}_NUM_THREADS"] = "1"
os.environ["MPLBACKEND"] = "agg"

import argparse  # noqa: E402
import fcntl  # noqa: E402
import hashlib  # noqa: E402
import sys  # noqa: E402
import zipfile  # noqa: E402
from pathlib import Path  # noqa: E402

import report  # noqa: E402
from checking import namespace_of  # noqa: E402
from exchange import unpack, worksheets  # noqa: E402
from jobs import CHANGED, Chapter, Settings, job_for, run, ungraded  # noqa: E402
from marks import load, store  # noqa: E402
from notebooks import read_master  # noqa: E402
from probe import find_sandbox  # noqa: E402
from roster import Course, Participant, read_course  # noqa: E402
from sandbox import Machinery, Sandbox, Server  # noqa: E402
from session import preload  # noqa: E402
from submissions import Submission, find_all  # noqa: E402
from talk import Allowance  # noqa: E402
from tqdm import tqdm  # noqa: E402

import course_lib  # noqa: E402

tqdm.monitor_interval = 0  # no thread: this process forks

ROOT = Path(__file__).resolve().parents[2]
MEMORY = 2 * 2**30
NO_SANDBOX = """There is no sandbox on this machine: {}.
Nothing was run. Grade on another machine, or with --no-sandbox if you trust all of these
notebooks as your own."""


def version() -> str:
    """Return a digest of the grader and the library: when they change, all is graded again."""
    files = [*Path(__file__).parent.glob("*.py"), *Path(course_lib.__file__).parent.rglob("*.py")]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(files))).hexdigest()


def check_masters(chapters: dict[str, Chapter], used: set[str], folder: Path, grader: str,
                  settings: Settings, count: int) -> None:  # fmt: skip
    """Grade the masters' own solutions first: a check that they fail says nothing about students."""
    folder.mkdir(parents=True, exist_ok=True)
    jobs = []
    for name in sorted(used):
        chapter = chapters[name]
        try:
            chapter.namespace = namespace_of(chapter.master)
        except Exception as error:
            chapter.broken = {cell.grade_id: f"{type(error).__name__}: {error}" for cell in chapter.master.graded}
            continue
        own = Submission(chapter.master.path, "master", name, chapter.master.digest)
        jobs.append(job_for(own, chapter, folder, grader))
    todo = [job for job in jobs if not job.before()]
    results = [job.before() for job in jobs if job.before()]
    with tqdm(total=len(todo), desc="masters", disable=not todo) as progress:
        results += run(todo, settings, count, progress)
    for result in results:
        for mark in result["marks"]:
            if mark["status"] != "manual" and mark["points"] != mark["out_of"]:
                chapters[result["chapter"]].broken[mark["exercise"]] = mark["reason"]


def grade(roots: list[Path], output: Path, chapters: dict[str, Chapter], course: Course, sandbox: Sandbox,
          allowance: Allowance, count: int) -> int:  # fmt: skip
    """Grade a folder into another; return 1 when something could not be graded."""
    grader = version()
    results = output / "results"
    masters = {name: chapter.master for name, chapter in chapters.items()}
    submissions, remarks = find_all(roots, masters, output, course)
    strangers = {s.student for s in submissions} - {person.name for person in course.people} if course.people else ()
    for remark in [*remarks, *(f"{name} is not in the roster" for name in sorted(strangers))]:
        print(remark)
    jobs = [job_for(s, chapters.get(s.chapter), results, grader, course.attempts == "best") for s in submissions]
    todo = [job for job in jobs if not job.before()]
    print(f"{len(jobs)} submissions, {len(jobs) - len(todo)} of them graded before.")
    for job in todo:
        if job.note.startswith(CHANGED):
            print(f"{job.submission.student}, {job.submission.chapter}: {job.note}")
    if others := sum(bool(job.note) and not job.note.startswith(CHANGED) for job in todo):
        print(f"{others} are graded again: their exercises or the grader have changed.")
    lost = [ungraded(job, job.submission.problem) for job in todo if job.submission.problem]
    todo = [job for job in todo if not job.submission.problem]
    stopped, done = False, []
    used = {job.submission.chapter for job in todo}
    try:
        if todo:
            with Server(sandbox, preload(masters[name] for name in sorted(used))) as server:
                settings = Settings(server, allowance)
                check_masters(chapters, used, results / "masters", grader, settings, count)
                with tqdm(total=len(todo), desc="submissions") as progress:
                    done += run(todo, settings, count, progress)
    except Machinery as fault:
        lost += [ungraded(job, str(fault)) for job in todo]
    except KeyboardInterrupt:
        stopped = True
    lost += [result for result in done if result["key"] is None]
    for result in done:
        for mark in result["marks"]:
            if mark["status"] == "open":
                print(f"To be looked at: {result['student']}, {result['chapter']}, {mark['exercise']}: no answer")
    try:
        faults = report.write(output, lost, course)
    except OSError as error:
        faults = [f"Not all tables and pages could be written: {error}. The next run writes them."]
    failed = [(r["student"], r["chapter"], m) for r in lost for m in r["marks"] if m["status"] == "ungraded"]
    for student, chapter, mark in failed:
        print(f"Ungraded: {student}, {chapter}, {mark['exercise'] or 'all'}: {mark['reason']}", file=sys.stderr)
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"The marks are in {output / 'marks.csv'}, all the rest beside it.")
    if stopped:
        print("Stopped. The same command goes on where it was.", file=sys.stderr)
    return 1 if failed or faults or stopped else 0


def path_of(text: str) -> Path:
    """Return a path as a shell would have made it; one that was not given is none."""
    if not text.strip():
        raise argparse.ArgumentTypeError("say which folder: make grade SUBMISSIONS=folder")
    return Path(text).expanduser()


def participants(folder: Path, known: Path) -> dict[str, Participant]:
    """Return what worksheets of Moodle's in a folder or beside it say, and what earlier ones said."""
    said = worksheets(folder.parent) | worksheets(folder)
    said = {number: Participant(*row) for number, row in load(known).items()} | said
    if said:
        known.parent.mkdir(exist_ok=True)
        store(known, said)
    return said


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("submissions", type=path_of, help="folder of the notebooks")
    parser.add_argument("--output", type=path_of, help="default: a folder marks beside the submissions")
    parser.add_argument("--masters", type=Path, default=ROOT / "exercises/source")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--seconds", type=float, default=30,
                        help="processor time for a cell and for a check, default 30")  # fmt: skip
    parser.add_argument("--wait", type=float,
                        help="seconds on the clock, for code that sleeps; default ten times as many")  # fmt: skip
    parser.add_argument("--no-sandbox", action="store_true", help="run the students' code as if it were yours")
    arguments = parser.parse_args(words)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # a terminal that cannot show a name stops nothing
    folder = arguments.submissions.resolve()
    if not folder.is_dir() and not zipfile.is_zipfile(folder):
        parser.error(f"there is no folder {arguments.submissions}")
    masters = [read_master(path) for path in sorted(arguments.masters.resolve().glob("*/*.ipynb"))]
    if not masters:
        parser.error(f"there are no masters in {arguments.masters}")
    output = (arguments.output or folder.parent / "marks").resolve()
    secret = (arguments.masters.resolve(), folder, output,
              *(ROOT / name for name in ("exercises", ".git", "_build")))  # fmt: skip
    sandbox, reason = Sandbox("none", (), MEMORY), ""
    if not arguments.no_sandbox:
        sandbox, reason = find_sandbox(secret, MEMORY)
    if sandbox is None:
        print(NO_SANDBOX.format(reason), file=sys.stderr)
        return 2
    output.mkdir(parents=True, exist_ok=True)
    with open(output / ".lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            print(f"Another run is grading into {output}.", file=sys.stderr)
            return 2
        try:
            course = read_course(folder.parent, participants(folder, output / "results/participants"))
        except ValueError as fault:
            parser.error(str(fault))
        roots, remarks = unpack(folder, output / "unpacked")
        for remark in remarks:
            print(remark)
        chapters = {master.name: Chapter(master) for master in masters}
        wait = 10 * arguments.seconds if arguments.wait is None else arguments.wait
        allowance = Allowance(arguments.seconds, wait)
        return grade(roots, output, chapters, course, sandbox, allowance, max(1, arguments.jobs))


if __name__ == "__main__":
    sys.exit(main())
