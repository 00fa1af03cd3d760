"""The parallel map: its values in order, when it uses workers, what it refuses."""

import os
import time

import numpy as np
import pytest
from sage.all import GF, QQ, PolynomialRing, matrix

from parallel_maps import LONG, failure_of
from sage_conslaw.system import parallel_map
from sage_conslaw.system.parallel.maps import available_processors

pytestmark = pytest.mark.usefixtures("handlers_of_sage", "nothing_left_behind")


def test_order_of_the_inputs():
    def slow(n):
        time.sleep(0.2 if n == 0 else 0.001 * (n % 3))
        return n, os.getpid()

    values = parallel_map(slow, range(40), processes=3, timeout=LONG)
    assert [n for n, pid in values] == list(range(40))
    homes = {pid for n, pid in values}
    assert os.getpid() not in homes and 2 <= len(homes) <= 3


def test_polynomials_and_iterators():
    R = PolynomialRing(QQ, "x, y")
    x, y = R.gens()
    values = parallel_map(lambda n: (x + y / 2)**n, iter([3, 1, 2]), processes=2,
                          timeout=LONG)
    assert values == [(x + y / 2)**n for n in (3, 1, 2)]
    assert all(value.parent() is R for value in values)
    assert parallel_map(lambda p: matrix(GF(p), 2, 2, range(4)), [5, 7], timeout=30) == [
        matrix(GF(p), 2, 2, range(4)) for p in (5, 7)]
    assert parallel_map(len, []) == []
    assert parallel_map(len, [], timeout=1, processes=5) == []


def test_large_results():
    sizes = [3 * 10**6, 10, 2 * 10**6, 10**6]
    values = parallel_map(np.arange, sizes, processes=3, timeout=LONG)
    assert [len(value) for value in values] == sizes
    assert values[0][-1] == sizes[0] - 1


def test_short_work_stays_here():
    homes = parallel_map(lambda n: os.getpid(), range(5), processes=8)
    assert set(homes) == {os.getpid()}
    # a single process does not make anything faster, nor do two for one task
    assert parallel_map(lambda n: time.sleep(0.1) or os.getpid(), [1, 2], processes=1) == [
        os.getpid()] * 2
    assert parallel_map(lambda n: time.sleep(0.1) or os.getpid(), [1, 2], processes=2) == [
        os.getpid()] * 2


def test_long_work_leaves_after_the_first_task():
    def slow(n):
        time.sleep(0.15)
        return os.getpid()

    homes = parallel_map(slow, range(9), processes=4)
    assert homes[0] == os.getpid()
    assert os.getpid() not in homes[1:]


def test_work_that_grows_leaves_when_it_has_grown():
    def growing(n):
        time.sleep(0 if n < 3 else 0.15)
        return os.getpid()

    homes = parallel_map(growing, range(8), processes=2)
    assert homes[0] == os.getpid()
    assert os.getpid() not in homes[4:]


def test_workers_are_forked_while_there_are_tasks_for_them():
    def short(n):
        time.sleep(0.01)
        return os.getpid()

    homes = set(parallel_map(short, range(40), processes=64))
    assert len(homes) < 30


@pytest.mark.parametrize("options", [{"processes": 1}, {"timeout": LONG, "processes": 2}, {}])
def test_each_task_is_reported(options):
    reports = []

    def slow(n):
        time.sleep(0.02)
        return os.getpid()

    parallel_map(slow, range(9), report=lambda: reports.append(os.getpid()), **options)
    assert reports == [os.getpid()] * 9


@pytest.mark.parametrize("threads", ["1", "64", "nonsense"])
def test_number_of_threads_asked_of_sage_does_not_count(threads, monkeypatch):
    monkeypatch.setenv("SAGE_NUM_THREADS", threads)
    wanted = available_processors()
    assert wanted == len(os.sched_getaffinity(0))

    def home(n):
        time.sleep(0.05)
        return os.getpid()

    homes = set(parallel_map(home, range(4 * wanted), timeout=30))
    assert len(homes) == wanted and os.getpid() not in homes
    assert os.environ["SAGE_NUM_THREADS"] == threads


def test_tasks_of_tasks_do_not_fork():
    def outer(n):
        inner = parallel_map(lambda m: (time.sleep(0.05), os.getpid(), m * n), range(4))
        return os.getpid(), inner

    values = parallel_map(outer, [1, 2], processes=2, timeout=30)
    for n, (pid, inner) in zip([1, 2], values):
        assert inner == [(None, pid, m * n) for m in range(4)] and pid != os.getpid()
    assert failure_of(lambda n: parallel_map(abs, ["x"])).reason.startswith(
        "WorkerError: task 0 with input 'x' failed: TypeError")


def test_system_without_room_for_workers(monkeypatch):
    fork, forked = os.fork, []

    def scarce():
        if len(forked) == room:
            raise BlockingIOError("no more processes")
        forked.append(None)
        return fork()

    monkeypatch.setattr(os, "fork", scarce)
    room = 0
    error = failure_of(abs, inputs=[1, 2])
    assert (error.index, error.kind) == (0, "not started")
    assert "no more processes" in error.reason
    room = 1
    assert parallel_map(abs, range(-5, 0), processes=3, timeout=30) == [5, 4, 3, 2, 1]


@pytest.mark.parametrize("arguments, options, error, message", [
    ((3, [1]), {}, TypeError, "function: got 3"),
    ((abs, 5), {}, TypeError, "inputs: got 5"),
    ((abs, [1]), {"processes": 0}, ValueError, "processes: got 0"),
    ((abs, [1]), {"processes": -2}, ValueError, "processes: got -2"),
    ((abs, [1]), {"processes": 2.0}, TypeError, "processes: got 2.0"),
    ((abs, [1]), {"processes": True}, TypeError, "processes: got True"),
    ((abs, [1]), {"timeout": 0}, ValueError, "timeout: got 0"),
    ((abs, [1]), {"timeout": -1}, ValueError, "timeout: got -1"),
    ((abs, [1]), {"timeout": float("nan")}, ValueError, "timeout: got nan"),
    ((abs, [1]), {"timeout": float("inf")}, ValueError, "timeout: got inf"),
    ((abs, [1]), {"timeout": 10**400}, TypeError, "timeout: got an integer of 1329 bits"),
    ((abs, [1]), {"timeout": "5"}, TypeError, "timeout: got '5'"),
    ((abs, [1]), {"timeout": np.bool_(True)}, TypeError, "timeout: got "),
    ((abs, [1]), {"report": 5}, TypeError, "report: got 5"),
    ((abs, [1]), {"seed": 0.5}, TypeError, "seed: got 0.5"),
    ((abs, [1]), {"seed": True}, TypeError, "seed: got True"),
    ((abs, [1]), {"seed": None}, TypeError, "seed: got None"),
])
def test_bad_arguments(arguments, options, error, message):
    with pytest.raises(error, match="^" + message + ".*, expected "):
        parallel_map(*arguments, **options)


def test_inputs_that_fail_keep_their_own_error():
    def inputs():
        yield 1
        raise TypeError("a broken generator")

    with pytest.raises(TypeError, match="a broken generator"):
        parallel_map(abs, inputs())
