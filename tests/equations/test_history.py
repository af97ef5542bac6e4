"""The record keeps the history and the best parameters."""

from __future__ import annotations

import numpy as np

from course_lib.equations._solver import fitting as module
from course_lib.equations._solver.fitting import History, Record, follow


def test_keeps_every_cost_and_the_best_vector():
    record = Record(progress=False)
    record.begin(5)
    for k, cost in enumerate([4.0, 2.0, 3.0, np.inf, 2.0]):
        record(np.array([k]), cost)
    assert record.history.cost == [4.0, 2.0, 3.0, np.inf, 2.0]
    assert record.cost == 2.0
    assert np.array_equal(record.best, [1])  # of two that are as good, the first
    times = record.history.time
    assert len(times) == 5 and times == sorted(times) and times[0] >= 0
    assert record.interrupted is False


def test_times_are_counted_from_the_start(monkeypatch):
    clock = iter([10.0, 11.0, 13.5])
    monkeypatch.setattr(module, "perf_counter", lambda: next(clock))
    record = Record(progress=False)
    record.begin(1)
    for cost in (2.0, 1.0):
        record(np.zeros(1), cost)
    assert record.history.time == [1.0, 3.5]


def test_the_first_vector_is_the_best_so_far_whatever_its_cost():
    record = Record(progress=False)
    record.begin(2)
    assert record.best is None
    record(np.array([1.0]), np.inf)
    assert np.array_equal(record.best, [1.0])
    record(np.array([2.0]), np.nan)
    assert np.array_equal(record.best, [1.0])
    record(np.array([3.0]), 7.0)
    assert np.array_equal(record.best, [3.0])


def test_begins_anew_for_the_next_network_but_keeps_the_history():
    record = Record(progress=False)
    for start in (1.0, 5.0):
        record.begin(3)
        assert record.best is None
        record(np.array([start]), start)
        assert record.cost == start
    assert record.history.cost == [1.0, 5.0]


def test_bar(capsys):
    record = Record(progress=True)
    for _ in range(2):  # two networks, one bar
        record.begin(3)
        done = record.bar.n
        for k, cost in enumerate((2.0, 1.0, 0.5, 0.25)):  # the first is the start, no iteration
            record(np.zeros(1), cost)
            assert record.bar.n == done + k
    record.close()
    out, err = capsys.readouterr()
    assert out == ""
    assert "6/6" in err and "7/" not in err and "it/s" in err
    assert "cost 2.50e-01" in err


def test_without_a_bar_nothing_is_written(capsys):
    record = Record(progress=False)
    record.begin(1)
    record(np.zeros(1), 1.0)
    record.close()
    assert capsys.readouterr() == ("", "")


def test_history_has_names():
    history = History([1.0], [0.5])
    assert (history.cost, history.time) == ([1.0], [0.5])


def test_follow_takes_the_start_and_so_many_steps():
    def halves():
        cost = 1.0
        while True:
            yield np.array([cost]), cost
            cost /= 2

    record = Record(progress=False)
    record.begin(3)
    assert follow(halves(), record, 3) == "took 3 steps"
    assert record.history.cost == [1.0, 0.5, 0.25, 0.125] and record.best == 0.125


def test_follow_says_why_a_method_ended_by_itself():
    def two():
        yield np.zeros(1), 2.0
        yield np.ones(1), 1.0
        return "nothing left"

    record = Record(progress=False)
    record.begin(9)
    assert follow(two(), record, 9) == "nothing left"
    assert record.history.cost == [2.0, 1.0]
