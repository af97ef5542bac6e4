"""How a contender of the engines' benchmark is asked and how it answers: one JSON line each."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from time import process_time
from typing import Any


def microseconds(run: Callable[[], Any], seconds: float) -> float:
    """Return the median CPU time of one call in microseconds, from about so many seconds of them."""
    start, calls = process_time(), 0
    while process_time() - start < seconds / 10:
        run()
        calls += 1
    times = []
    while len(times) < 3 or sum(times) < seconds:
        start = process_time()
        for _ in range(calls):
            run()
        times.append(process_time() - start)
    return 1e6 * sorted(times)[len(times) // 2] / calls


def serve(run: Callable[..., Any]) -> None:
    """Answer each request on the standard input, a JSON object, with run(**request)."""
    answers, sys.stdout = sys.stdout, sys.stderr  # what a library prints is no answer
    for line in sys.stdin:
        print(json.dumps(run(**json.loads(line))), file=answers, flush=True)
