"""A hint where two answers are alike beyond chance. It is no proof: whoever reads it looks at both notebooks.

A line counts when only two or three students of a class have it and the master does not; names of the student's own
are all the same, so that renaming hides nothing. By chance a pair shares a line now and then, and having shared one,
another; how often, the pairs without these two tell. What is told is how many pairs as alike as this one
chance would make in such a class, where that is less than 0.01.
"""

from __future__ import annotations

import builtins
import hashlib
import itertools
import keyword
import re
import statistics
from collections import Counter, defaultdict
from typing import Any

from notebooks import Cell, Master

STUDENTS = 8  # in a smaller class everything is shared by only two
LINES = 2000  # of one submission
RARE = 3
BY_CHANCE = 0.01
WORD = re.compile(r"\.?[A-Za-z_]\w*|\d[\w.]*|\S")


def lines_of(master: Master, cells: list[Cell]) -> list[str]:
    """Return a digest of each line that a student wrote; lines that the master has too are left out."""
    text = "\n".join(cell.source for cell in master.cells)
    known = set(WORD.findall(text)) | set(keyword.kwlist) | set(dir(builtins))
    given = {plain(line, known) for line in text.splitlines()}
    written: dict[str, str] = {}
    for cell in cells:
        for line in cell.source.splitlines() if cell.written else ():
            line = plain(line, known) if cell.code else " ".join(line.casefold().split())
            written[f"{cell.exercise}: {line}"] = line
    kept = [key for key, line in written.items() if line.count(" ") >= 4 and line not in given]
    return sorted(hashlib.sha256(key.encode()).hexdigest()[:12] for key in kept[:LINES])


def plain(line: str, known: set[str]) -> str:
    words = WORD.findall(line.partition("#")[0])
    return " ".join(word if word in known or not word[0].isalpha() else "v" for word in words)


def hints(results: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Return the pairs of one set that are alike beyond chance, as rows of a table."""
    owners: dict[str, set[str]] = defaultdict(set)
    students = {result["student"] for result in results if result.get("lines")}
    for result in results:
        for line in result.get("lines", []):
            owners[line].add(result["student"])
    shared = Counter(pair for names in owners.values() if 2 <= len(names) <= RARE
                     for pair in itertools.combinations(sorted(names), 2))  # fmt: skip
    rows = []
    for (student, other), count in shared.most_common() if len(students) >= STUDENTS else ():
        others = [lines for pair, lines in shared.items() if not {student, other} & set(pair)]
        again = max(0.5, 1 - 1 / statistics.median_low([1, 1, *others]))  # one more line, after one
        by_chance = len(shared) * again ** (count - 1)
        if by_chance < BY_CHANCE:
            rows.append({"chapter": results[0]["chapter"], "student": student, "other": other,
                         "lines": str(count), "by_chance": f"{by_chance:.0e}"})  # fmt: skip
    return rows
