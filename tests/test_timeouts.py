"""Time-outs of tasks, in a worker and in this process, beside Sage's own alarm."""

import ctypes
import signal
import threading
import time

import pytest
from sage.all import ZZ

from parallel_maps import failure_of
from sage_conslaw.system import parallel_map

pytestmark = pytest.mark.usefixtures("handlers_of_sage", "nothing_left_behind")


def test_timeout_in_a_worker():
    start = time.monotonic()
    error = failure_of(lambda n: time.sleep(n), inputs=[0, 20, 30, 0], timeout=0.5)
    assert time.monotonic() - start < 8
    assert (error.index, error.kind) == (1, "timeout")
    assert error.reason == "it took longer than 0.5 s"


def test_timeout_of_a_task_that_cannot_be_interrupted():
    def deaf(n):
        signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals) - {signal.SIGKILL})
        ctypes.PyDLL(None).sleep(20)  # sleeps with Python's lock held

    assert failure_of(deaf, timeout=0.5).kind == "timeout"


def test_timeout_is_for_each_task():
    assert parallel_map(time.sleep, [0.2] * 16, timeout=1.5, processes=2) == [None] * 16


def _spin(n):
    while n:
        pass


@pytest.mark.parametrize("function", [
    _spin, time.sleep, lambda n: ZZ(10**n + 1).factor() if n else 1])
def test_timeout_of_what_computes(function):
    start = time.monotonic()
    error = failure_of(function, inputs=[0, 150], timeout=0.4)
    assert time.monotonic() - start < 8
    assert (error.index, error.kind) == (1, "timeout")


def test_timeout_in_a_map_inside_a_task():
    def outer(n):
        return parallel_map(time.sleep, [0, n], timeout=0.4)

    start = time.monotonic()
    error = failure_of(outer, inputs=[0, 20])
    assert time.monotonic() - start < 8
    assert error.index == 1
    assert error.reason == ("WorkerError: task 1 with input 20 failed: it took longer than 0.4 s")


def test_alarm_of_the_session_stays():
    from cysignals.alarm import AlarmInterrupt, alarm, cancel_alarm
    alarm(50)
    try:
        for options in ({"timeout": 5}, {}):
            parallel_map(time.sleep, [0.01, 0.02, 0.01], processes=2, **options)
            assert 30 < signal.getitimer(signal.ITIMER_REAL)[0] < 50
        alarm(0.5)
        with pytest.raises(AlarmInterrupt):
            parallel_map(time.sleep, [20])
        alarm(0.5)
        with pytest.raises(AlarmInterrupt):
            parallel_map(time.sleep, [20, 20], processes=2, timeout=10)
    finally:
        cancel_alarm()


def test_without_a_main_thread():
    values = []
    for options in ({"timeout": 30}, {}):
        thread = threading.Thread(target=lambda o=options: values.append(
            parallel_map(abs, [-1, 2], **o)))
        thread.start()
        thread.join()
    assert values == [[1, 2], [1, 2]]
    slow = []
    thread = threading.Thread(target=lambda: slow.append(
        failure_of(time.sleep, inputs=[20], timeout=0.1).kind))
    thread.start()
    thread.join()
    assert slow == ["timeout"]
