"""The work on many submissions: each in a process of its own, its result in a file of its own."""

from __future__ import annotations

import hashlib
import multiprocessing
import resource
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing import connection
from pathlib import Path
from typing import Any

import limits
from alike import lines_of
from checking import Grading
from marks import load, points_of, slug, store
from notebooks import Master, Unreadable, assemble, content, read_submission
from sandbox import Box, Machinery, Server
from submissions import EMPTY, Submission, readable
from talk import Allowance
from tqdm import tqdm

GRADER_MEMORY = 6 * 2**30
SUBMISSION_SECONDS = 3600  # on the clock; then it is ungraded, which is no mark
CHANGED = "The submission has changed"


@dataclass
class Chapter:
    """A master with what its locked cells define, and the checks that its own solutions do not pass."""

    master: Master
    namespace: dict[str, Any] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """A submission to be graded, where the result goes, and the key that tells whether it is up to date."""

    submission: Submission
    chapter: Chapter | None
    stored: Path
    key: str
    note: str = ""
    attempt: bool = False  # one of several, of which the best counts

    def before(self) -> dict[str, Any]:
        """Return the result of an earlier run, if it is up to date."""
        result = load(self.stored)
        return result if result.get("key") == self.key else {}


@dataclass(frozen=True)
class Settings:
    server: Server
    allowance: Allowance


def job_for(submission: Submission, chapter: Chapter | None, folder: Path, grader: str, every: bool = False) -> Job:
    attempt = f"__{submission.digest[:8]}" * every
    stored = folder / f"{slug(submission.student)}__{submission.chapter}{attempt}.json"
    master = chapter.master.digest if chapter else ""
    key = hashlib.sha256(f"{submission.digest} {master} {grader}".encode()).hexdigest()
    old = load(stored)
    note = ""
    if old.get("key") and old["key"] != key:
        what = CHANGED if old["digest"] != submission.digest else "The exercises or the grader have changed"
        note = f"{what}; it was graded again (before: {points_of(old):g} points from the checks)."
    return Job(submission, chapter, stored, key, note, every)


def work(job: Job, settings: Settings) -> None:
    """Grade one submission in this process, and store the result."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    signal.alarm(SUBMISSION_SECONDS)  # which ends it, whatever it is doing
    if sys.platform == "linux":
        limits.prctl(limits.PR_SET_PDEATHSIG, signal.SIGTERM)  # no grading without the grader
    resource.setrlimit(resource.RLIMIT_AS, (GRADER_MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    try:
        store(job.stored, graded(job, settings))
    except Unreadable as problem:
        store(job.stored, ungraded(job, str(problem)))
    except (Machinery, MemoryError, OSError) as problem:
        store(job.stored, ungraded(job, str(problem) or type(problem).__name__))


def graded(job: Job, settings: Settings) -> dict[str, Any]:
    chapter = job.chapter
    notebook = assemble(chapter.master, read_submission(job.submission.path))
    files = {path.name: content(path) for path in job.submission.files}
    with Box(settings.server, files) as box:
        grading = Grading(chapter.master, chapter.namespace, notebook, box, settings.allowance)
        marks = grading.grade()
    for mark in marks:
        if mark["exercise"] in chapter.broken:
            reason = f"the master's own solution fails here: {chapter.broken[mark['exercise']]}"
            mark.update(status="ungraded", points=None, reason=reason, printed="")
    result = result_of(job, marks, notebook.notes) | {"lines": lines_of(chapter.master, notebook.cells)}
    if any(mark["status"] == "ungraded" for mark in marks):
        result["key"] = None  # the next run tries again
    return result


def ungraded(job: Job, reason: str) -> dict[str, Any]:
    if reason == EMPTY:
        marks = []  # a student who has handed in nothing
    elif job.chapter:
        master = job.chapter.master
        marks = [master.mark(cell, "ungraded", None, reason) for cell in master.graded]
    else:
        marks = [{"exercise": "", "title": job.submission.path.name, "points": None, "out_of": 0.0,
                  "status": "ungraded", "reason": reason}]  # fmt: skip
    return result_of(job, marks, []) | {"key": None}


def result_of(job: Job, marks: list[dict[str, Any]], notes: list[str]) -> dict[str, Any]:
    return {"student": job.submission.student, "chapter": job.submission.chapter,
            "file": readable(str(job.submission.path)), "digest": job.submission.digest, "key": job.key,
            "attempt": job.attempt, "notes": [job.note] * bool(job.note) + notes, "marks": marks}  # fmt: skip


def run(jobs: list[Job], settings: Settings, count: int, progress: tqdm) -> Iterator[dict[str, Any]]:
    """Grade the jobs, `count` at a time, each in a process of its own; yield the results."""
    context = multiprocessing.get_context("fork")
    waiting = list(reversed(jobs))
    running: dict[int, tuple[Any, Job]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < count:
                job = waiting.pop()
                process = context.Process(target=work, args=(job, settings))
                process.start()
                running[process.sentinel] = process, job
            for sentinel in connection.wait(running):
                process, job = running.pop(sentinel)
                process.join()
                progress.update()
                yield outcome(job, process.exitcode)
    finally:
        for process, _ in running.values():
            process.terminate()
            process.join(15)


def outcome(job: Job, status: int | None) -> dict[str, Any]:
    """Return what a process has stored; if it could not, say so and remember it in memory only."""
    result = load(job.stored)
    if status == 0 and result.get("digest") == job.submission.digest:
        return result
    return ungraded(job, f"the grader's process for it ended, or was ended after {SUBMISSION_SECONDS // 60} "
                         f"minutes (status {status})")  # fmt: skip
