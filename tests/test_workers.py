"""The forked workers: how they end, what they leave alone, their threads."""

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from threadpoolctl import ThreadpoolController, threadpool_limits

from parallel_maps import LONG, failure_of
from sage_conslaw.system import parallel_map

pytestmark = pytest.mark.usefixtures("handlers_of_sage", "nothing_left_behind")

on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


def is_alive(pid):
    """Whether a process is there and not merely waiting to be reaped."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
            return stat.read().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def becomes_true(condition, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("status", [0, 3])
def test_worker_that_ends_itself(status):
    error = failure_of(lambda n: os._exit(status) if n == 5 else n, inputs=range(9))
    assert (error.index, error.kind, error.exception) == (5, "exited", None)
    assert f"exit status {status}" in error.reason


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_worker_that_is_killed(number):
    error = failure_of(lambda n: os.kill(os.getpid(), number), inputs=[1, 2])
    assert (error.index, error.kind) == (0, "killed")
    assert error.reason == f"its worker was killed by signal {int(number)} ({number.name})"


def test_worker_killed_while_it_sends():
    def flood(n):
        pid = os.getpid()
        threading.Timer(0.3, os.kill, (pid, signal.SIGKILL)).start()
        return SlowPickle()

    assert failure_of(flood).kind == "killed"


class SlowPickle:
    def __reduce__(self):
        time.sleep(20)
        return SlowPickle, ()


@on_linux
def test_worker_that_leaves_its_pipe_to_a_child(tmp_path):
    def leave(n):
        pid = os.fork()
        if not pid:
            time.sleep(30)
            os._exit(0)
        (tmp_path / "pid").write_text(str(pid))
        os._exit(7)

    start = time.monotonic()
    error = failure_of(leave, timeout=25)
    assert (error.kind, time.monotonic() - start < 10) == ("exited", True)
    assert becomes_true(lambda: not is_alive((tmp_path / "pid").read_text()))


@on_linux
@pytest.mark.parametrize("number", [
    signal.SIGINT, signal.SIGKILL])
def test_no_orphans(tmp_path, number):
    def work(n):
        pids = [os.getpid()]
        if number == signal.SIGINT:  # a killed session cannot look after them
            pids.append(subprocess.Popen(["sleep", "40"]).pid)
        (tmp_path / f"{n}.new").write_text(" ".join(map(str, pids)))
        (tmp_path / f"{n}.new").rename(tmp_path / f"{n}.pids")
        time.sleep(40)

    session = os.fork()
    if not session:
        try:
            parallel_map(work, range(4), processes=2, timeout=LONG)
        except KeyboardInterrupt:
            os._exit(5)
        finally:
            os._exit(6)
    try:
        files = [tmp_path / "0.pids", tmp_path / "1.pids"]
        assert becomes_true(lambda: all(file.exists() for file in files))
        pids = [pid for file in files for pid in file.read_text().split()]
        assert all(is_alive(pid) for pid in pids)
        os.kill(session, number)
        status = os.waitpid(session, 0)[1]
        assert os.WTERMSIG(status) == number or os.WEXITSTATUS(status) == 5
        assert becomes_true(lambda: not any(is_alive(pid) for pid in pids))
    finally:
        if is_alive(session):
            os.kill(session, signal.SIGKILL)
            os.waitpid(session, 0)


def test_other_children_are_left_alone():
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(0.2); exit(7)"])
    parallel_map(time.sleep, [0.3] * 4, processes=2, timeout=LONG)
    assert other.wait(timeout=20) == 7


@on_linux
def test_session_that_does_not_keep_its_children():
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        assert parallel_map(abs, [-1, 2], timeout=30) == [1, 2]
        error = failure_of(lambda n: os._exit(3))
        assert (error.kind, "exit status went to" in error.reason) == ("killed", True)
    finally:
        signal.signal(signal.SIGCHLD, before)


@on_linux
def test_workers_have_one_thread():
    def threads():
        return {library["filepath"]: library["num_threads"]
                for library in ThreadpoolController().info()}

    def inside(n):
        from sage.parallel.parallelism import Parallelism
        np.dot(np.ones((300, 300)), np.ones((300, 300)))
        return threads(), os.environ["OMP_NUM_THREADS"], Parallelism().get("linbox")

    with threadpool_limits(limits=2):
        before = threads(), os.environ.get("OMP_NUM_THREADS")
        assert 2 in before[0].values()
        for found, variable, linbox in parallel_map(inside, [1, 2], timeout=30):
            assert found == dict.fromkeys(before[0], 1)
            assert (variable, linbox) == ("1", 1)
        assert (threads(), os.environ.get("OMP_NUM_THREADS")) == before
