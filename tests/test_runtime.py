"""The heap limits of both Maximas, and the parallel map."""
import sage.all  # noqa: F401  single modules of Sage cannot always be imported first

import ctypes
import functools
import os
import pickle
import random
import signal
import subprocess
import sys
import threading
import time
from fractions import Fraction

import numpy as np
import pytest
from sage.all import GF, QQ, ZZ, PolynomialRing, RealField, matrix
from sage.interfaces.maxima import maxima
from sage.misc.prandom import random as sage_random

import sage_conslaw.runtime
from sage_conslaw.runtime import MaximaHeap, WorkerError, maxima_heap, parallel_map
from sage_conslaw.runtime import maxima as maxima_module
from sage_conslaw.runtime.maxima import format_bytes, parse_bytes
from sage_conslaw.runtime.parallel import available_processors, best_number_of_workers
from sage_conslaw.runtime.tasks import takes_seed, task_seed
from sage_conslaw.runtime.workers import thread_libraries

GET_LIMIT = "(ext:get-limit 'ext:heap-size)"
LONG = 10  # an estimate in seconds that sends every task to a worker

on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


def output_of(code):
    """Run some code in a Python of this Sage and return what it prints."""
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(path for path in sys.path if path))
    done = subprocess.run([sys.executable, "-c", code], env=environment, text=True, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode == 0, done.stderr
    return done.stdout


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


def children():
    pid = os.getpid()
    with open(f"/proc/{pid}/task/{pid}/children", encoding="utf-8") as listing:
        return set(listing.read().split())


def test_import_is_cheap_and_reading_starts_nothing():
    out = output_of("import sys, sage_conslaw.runtime as runtime\n"
                    "heap = runtime.maxima_heap()\n"
                    "print(heap, any(name.startswith('sage.') for name in sys.modules))\n"
                    "import sage.all\n"
                    "print(runtime.maxima_heap())\n"
                    "from sage.interfaces.maxima import maxima\n"
                    "print(maxima.is_running(), 'sage.interfaces.maxima_lib' in sys.modules)\n")
    idle = "Heap limits of Maxima: process not running; embedded not running"
    assert out.splitlines() == [idle + " False", idle, "False False"]


def test_public_names():
    assert set(dir(sage_conslaw.runtime)) >= {"maxima_heap", "parallel_map", "WorkerError"}
    with pytest.raises(AttributeError, match="no attribute 'maxima_stack'"):
        sage_conslaw.runtime.maxima_stack  # noqa: B018


# The heap limits


@pytest.fixture
def heaps():
    """Leave both Maximas as they were: the process stopped, the other with its limit."""
    from sage.libs.ecl import ecl_eval
    before = str(ecl_eval(GET_LIMIT))
    maxima.quit()
    yield
    maxima.quit()
    ecl_eval(f"(ext:set-limit 'ext:heap-size {before})")


def embedded_limit():
    from sage.libs.ecl import ecl_eval
    return int(str(ecl_eval(GET_LIMIT)))


@pytest.mark.parametrize("limit, number", [
    ("100G", 100000000000), ("100000000000", 100000000000), (10**11, 100000000000),
    ("512M", 512 * 10**6), ("1.5 GiB", 3 * 2**29), ("1.5gib", 3 * 2**29), (" 2 Ti ", 2**41),
    ("0.1GiB", 107374182), ("70000 kB", 7 * 10**7), ("70000Ki", 71680000), ("5B", 5),
    (ZZ(10)**11, 10**11), (np.int64(10**11), 10**11), (np.uint32(7 * 10**7), 7 * 10**7),
])
def test_sizes(limit, number):
    assert parse_bytes(limit) == number
    assert type(parse_bytes(limit)) is int


@pytest.mark.parametrize("limit, error", [
    (0, ValueError), (-1, ValueError), ("-5G", ValueError), ("0", ValueError), ("0G", ValueError),
    ("abc", ValueError), ("", ValueError), ("G", ValueError), ("1e11", ValueError),
    ("1,5G", ValueError), ("10 X", ValueError), ("10GG", ValueError), ("inf", ValueError),
    ("__import__('os')", ValueError), ("9" * 10**6, ValueError), ("٣G", ValueError),
    (1000, ValueError), ("63MiB", ValueError), (2**48, ValueError), (10**30, ValueError),
    pytest.param(10**5000, ValueError, id="5001 digits"),
    ("1000000T", ValueError), (True, TypeError), (np.bool_(True), TypeError), (1e11, TypeError),
    (float("nan"), TypeError), (Fraction(3, 2), TypeError), (QQ((1, 2)), TypeError),
    (RealField(53)(10**11), TypeError), ([10**11], TypeError), (b"100G", TypeError),
    (np.array([10**11, 1]), TypeError), (np.float64(1e11), TypeError),
])
def test_nonsense_is_refused_before_anything_starts(limit, error, monkeypatch):
    for side in (maxima_module._Process, maxima_module._Embedded):
        monkeypatch.setattr(side, "evaluate", staticmethod(lambda lisp: pytest.fail("started")))
    with pytest.raises(error, match="^limit: got ") as caught:
        maxima_heap(limit)
    assert len(str(caught.value)) < 400


def test_sizes_in_words():
    assert [format_bytes(n) for n in (0, 1, 1000, 1024, 10**12, 2**40, 3 * 2**29, 10**9 + 1)] == [
        "0 bytes", "1 bytes", "1 kB", "1 KiB", "1 TB", "1 TiB", "1536 MiB", "1000000001 bytes"]


def test_set_and_read_both(heaps):
    heap = maxima_heap("100G")
    assert isinstance(heap, MaximaHeap)
    assert heap.process.running and heap.embedded.running
    assert (heap.process.after, heap.embedded.after) == (10**11, 10**11)
    # two routes that the package does not take
    assert embedded_limit() == 10**11
    assert "100000000000" in maxima.lisp(GET_LIMIT)
    assert repr(maxima_heap()) == "Heap limits of Maxima: process 100 GB; embedded 100 GB"
    again = maxima_heap(ZZ(2)**31)
    assert (again.process.before, again.process.after) == (10**11, 2**31)
    assert (again.embedded.before, again.embedded.after) == (10**11, 2**31)
    assert repr(again) == ("Heap limits of Maxima: process 100 GB -> 2 GiB; "
                           "embedded 100 GB -> 2 GiB")
    assert maxima.eval("6*7") == "42"
    assert pickle.loads(pickle.dumps(again)) == again


def test_the_notebooks_line_reaches_one_maxima_only(heaps):
    maxima_heap("1GiB")
    maxima._eval_line(":lisp (ext:set-limit 'ext:heap-size 100000000000)", wait_for_prompt=False)
    heap = maxima_heap()
    assert (heap.process.after, heap.embedded.after) == (10**11, 2**30)


def test_no_limit_reads_as_none(heaps):
    from sage.libs.ecl import ecl_eval
    ecl_eval("(ext:set-limit 'ext:heap-size 0)")
    heap = maxima_heap()
    assert heap.embedded.running and heap.embedded.after is None
    assert repr(heap) == "Heap limits of Maxima: process not running; embedded no limit"
    assert maxima_heap("2G").embedded.before is None
    assert embedded_limit() == 2 * 10**9


def test_limit_acts_and_outlives_the_loading_of_maxima():
    def inside_a_worker(n):
        from sage.all import SR, integrate
        from sage.libs.ecl import ecl_eval
        found = [maxima_heap("200M").embedded.after]
        x = SR.var("x")
        found += [bool(integrate(x**2, x, 0, 3) == 9), embedded_limit()]
        with pytest.raises(RuntimeError, match="Memory limit reached"):
            ecl_eval("(length (make-array 100000000))")
        found += [bool(integrate(x**2, x, 0, 3) == 9), maxima_heap("2G").embedded.after]
        ecl_eval("(defparameter cl-user::*kept* (make-array 30000000))")
        with pytest.raises(ValueError, match="expected at least 2[0-9]{8} bytes.*embedded"):
            maxima_heap("100M")
        return found + [repr(maxima_heap())]

    assert parallel_map(inside_a_worker, [0], timeout=60)[0] == [
        2 * 10**8, True, 2 * 10**8, True, 2 * 10**9,
        "Heap limits of Maxima: process 2 GB; embedded 2 GB"]


def test_missing_process(heaps, monkeypatch):
    before = embedded_limit()
    monkeypatch.setattr(maxima, "_Expect__command", "no-such-maxima-here")
    with pytest.raises(RuntimeError, match="could not start its process Maxima"):
        maxima_heap("3G")
    assert embedded_limit() == before
    assert not maxima_heap().process.running


def test_missing_embedded(heaps, monkeypatch):
    monkeypatch.setitem(sys.modules, "sage.libs.ecl", None)
    with pytest.raises(RuntimeError, match="could not start its embedded Maxima"):
        maxima_heap("3G")
    assert not maxima.is_running()


@pytest.mark.parametrize("running, refuse", [(False, "error"), (True, "ignore")])
def test_both_or_neither(heaps, monkeypatch, running, refuse):
    if running:
        maxima_heap("1G")
    before = embedded_limit()
    evaluate = maxima_module._Embedded.evaluate

    def stubborn(lisp):
        if "set-limit" in lisp and "3000000000" in lisp:
            if refuse == "error":
                raise RuntimeError("ECL says: no")
            return "3000000000"
        return evaluate(lisp)

    monkeypatch.setattr(maxima_module._Embedded, "evaluate", staticmethod(stubborn))
    with pytest.raises(RuntimeError, match="ECL says: no|after it was set to 3000000000"):
        maxima_heap("3G")
    assert embedded_limit() == before
    assert maxima_heap().process.running == running
    if running:
        assert maxima_heap().process.after == 10**9


def test_maxima_on_another_lisp(heaps, monkeypatch):
    before = embedded_limit()
    answers = {"(lisp-implementation-type)": '"SBCL"', "(sb-ext:dynamic-space-size)": "8589934592"}
    monkeypatch.setattr(maxima_module._Process, "evaluate", staticmethod(answers.__getitem__))
    monkeypatch.setattr(maxima_module._Process, "running", staticmethod(lambda: True))
    assert maxima_heap().process.after == 2**33
    with pytest.raises(RuntimeError, match="SBCL.*at 8 GiB: nothing.*--dynamic-space-size 95368'"):
        maxima_heap("100G")
    assert embedded_limit() == before
    heap = maxima_heap("8GiB")
    assert (heap.process.before, heap.process.after, heap.embedded.after) == (2**33,) * 3
    answers["(lisp-implementation-type)"] = '"GCL"'
    with pytest.raises(RuntimeError, match="built on GCL"):
        maxima_heap("100G")
    assert embedded_limit() == 2**33


# The parallel map


@pytest.fixture(autouse=True, scope="module")
def handlers_of_sage():
    """Give Sage its handlers of signals back, which other programs in this process may replace."""
    from cysignals.signals import init_cysignals
    init_cysignals()


@pytest.fixture(autouse=True)
def nothing_left_behind(request):
    """No test leaves a worker or an open pipe behind."""
    if "heaps" in request.fixturenames or not sys.platform.startswith("linux"):
        yield
        return
    before = children(), len(os.listdir("/proc/self/fd"))
    yield
    assert (children(), len(os.listdir("/proc/self/fd"))) == before


class Unpicklable(Exception):
    def __reduce__(self):
        raise TypeError("not through a pickle")


class TwoArguments(Exception):
    def __init__(self, first, second):
        super().__init__(f"{first} and {second}")


class Booby:
    """Pickles, but does not come back."""

    def __reduce__(self):
        return _refuse, ()


def _refuse():
    raise ValueError("not to be read")


def raise_(error):
    raise error


def failure_of(function, *, inputs=("the input",), **options):
    options = {"processes": 2, "timeout": 30, **options}
    with pytest.raises(WorkerError) as caught:
        parallel_map(function, inputs, **options)
    assert caught.value.input == inputs[caught.value.index]
    return caught.value


def test_order_of_the_inputs():
    def slow(n):
        time.sleep(0.2 if n == 0 else 0.001 * (n % 3))
        return n, os.getpid()

    values = parallel_map(slow, range(40), processes=3, task_seconds=LONG)
    assert [n for n, pid in values] == list(range(40))
    homes = {pid for n, pid in values}
    assert os.getpid() not in homes and 2 <= len(homes) <= 3


def test_polynomials_and_iterators():
    R = PolynomialRing(QQ, "x, y")
    x, y = R.gens()
    values = parallel_map(lambda n: (x + y / 2)**n, iter([3, 1, 2]), processes=2,
                          task_seconds=LONG)
    assert values == [(x + y / 2)**n for n in (3, 1, 2)]
    assert all(value.parent() is R for value in values)
    assert parallel_map(lambda p: matrix(GF(p), 2, 2, range(4)), [5, 7], timeout=30) == [
        matrix(GF(p), 2, 2, range(4)) for p in (5, 7)]
    assert parallel_map(len, []) == []
    assert parallel_map(len, [], timeout=1, processes=5) == []


def test_large_results():
    sizes = [3 * 10**6, 10, 2 * 10**6, 10**6]
    values = parallel_map(np.arange, sizes, processes=3, task_seconds=LONG)
    assert [len(value) for value in values] == sizes
    assert values[0][-1] == sizes[0] - 1


def test_short_work_stays_here():
    homes = parallel_map(lambda n: os.getpid(), range(5), processes=8)
    assert set(homes) == {os.getpid()}
    homes = parallel_map(lambda n: os.getpid(), range(4), processes=8, timeout=5, task_seconds=0)
    assert set(homes) == {os.getpid()}
    # a single processor does not make anything faster
    assert parallel_map(lambda n: os.getpid(), [1, 2], processes=1, task_seconds=LONG) == [
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


def test_best_number_of_workers():
    assert best_number_of_workers(1e-3, 10, 64) == 0
    assert best_number_of_workers(100, 1, 64) == 0
    assert best_number_of_workers(100, 64, 64) == 64
    assert best_number_of_workers(100, 64, 1) == 0
    # ever more workers would take longer to start than the work takes
    assert 2 <= best_number_of_workers(1e-2, 100, 64) <= 8
    assert best_number_of_workers(1e-5, 10**5, 64) == 0


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


def draw(n, seed):
    return (n, seed, random.random(), np.random.random(), ZZ.random_element(10**12),
            sage_random(), GF(10007).random_element(), os.getpid() if n < 0 else None)


@pytest.mark.parametrize("options", [
    {"task_seconds": 0}, {"processes": 1, "timeout": 30}, {"processes": 2, "timeout": 30},
    {"processes": 5, "task_seconds": LONG}, {"processes": np.int64(2), "timeout": Fraction(30)},
])
def test_values_do_not_depend_on_where_tasks_run(options):
    reference = parallel_map(draw, range(12), seed=7, task_seconds=0)
    assert parallel_map(draw, range(12), seed=ZZ(7), **options) == reference
    assert [value[1] for value in reference] == [task_seed(7, n) for n in range(12)]
    for position in range(1, 6):
        assert len({value[position] for value in reference}) == 12
    other = parallel_map(draw, range(12), seed=8, **options)
    assert not {value[4] for value in other} & {value[4] for value in reference}


@pytest.mark.parametrize("options", [{"task_seconds": 0}, {"timeout": 30}])
@pytest.mark.parametrize("inputs", [[1, 2, 3], [1, -1]])
def test_random_states_of_the_session_stay(options, inputs):
    from sage.misc.randstate import seed as sage_seed

    def wild(n):
        random.random(), np.random.random(3), ZZ.random_element(10**6), sage_random()
        return QQ(n).sqrt(extend=False) if n < 0 else n

    def session():
        return (random.random(), np.random.random(), np.random.standard_normal(),
                ZZ.random_element(10**12), sage_random())

    python_state, numpy_state = random.getstate(), np.random.get_state()
    try:
        drawn = []
        for disturb in (False, True):
            random.setstate(python_state)
            np.random.set_state(numpy_state)
            with sage_seed(3):
                first = session()
                if disturb and -1 in inputs:
                    failure_of(wild, inputs=inputs, **{"timeout": None, **options})
                elif disturb:
                    parallel_map(wild, inputs, **options)
                drawn.append((first, session()))
        assert drawn[0] == drawn[1]
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)


def test_who_is_given_a_seed():
    assert takes_seed(lambda x, seed: x) and takes_seed(lambda x, *, seed=3: x)
    assert not takes_seed(lambda x: x) and not takes_seed(lambda seed: seed)
    assert not takes_seed(lambda x, **options: x)
    assert not takes_seed(len) and not takes_seed(max)
    assert not takes_seed(functools.partial(draw, seed=3))
    assert takes_seed(functools.partial(lambda base, x, seed: x, 3))
    assert parallel_map(lambda x, seed=None: seed, [5], seed=1) == [task_seed(1, 0)]
    assert parallel_map(functools.partial(lambda x, seed: seed, seed=3), [5, 6]) == [3, 3]
    assert parallel_map(lambda seed: seed, [5, 6]) == [5, 6]
    assert all(0 <= task_seed(seed, 0) < 2**63 for seed in (-1, 0, 10**30))
    assert len({task_seed(seed, n) for seed in range(-5, 30) for n in range(30)}) == 35 * 30


@pytest.mark.parametrize("options", [{"timeout": 30}, {"timeout": None, "task_seconds": 0}])
class TestFailuresAnywhere:
    """What fails is the same error in this process and in a worker."""

    def test_exception(self, options):
        error = failure_of(lambda n: 1 // n, inputs=[4, 2, 0, 1, 0], **options)
        assert (error.index, error.kind) == (2, "exception")
        assert str(error) == ("task 2 with input 0 failed: ZeroDivisionError: "
                              "integer division or modulo by zero")
        assert type(error.exception) is ZeroDivisionError and error.__cause__ is error.exception
        assert "in <lambda>" in error.traceback and "1 // n" in error.traceback

    def test_the_original_traceback_is_shown(self, options):
        import traceback
        error = failure_of(_refuse_deep, **options)
        text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        assert text.count("in _refuse\n") == 1
        assert "direct cause" in text

    def test_unpicklable_exception(self, options):
        error = failure_of(lambda n: raise_(Unpicklable("strange")), **options)
        assert error.kind == "exception"
        assert error.reason == "Unpicklable: strange"
        assert "Unpicklable: strange" in error.traceback

    def test_exception_that_does_not_come_back(self, options):
        error = failure_of(lambda n: raise_(TwoArguments(1, 2)), **options)
        assert (error.kind, error.reason) == ("exception", "TwoArguments: 1 and 2")
        assert "TwoArguments: 1 and 2" in error.traceback

    def test_exits(self, options):
        error = failure_of(lambda n: sys.exit(3), **options)
        assert (error.kind, error.reason) == ("exception", "SystemExit: 3")

    def test_unpicklable_result(self, options):
        error = failure_of(lambda n: lambda: n, **options)
        assert error.kind == "unreadable"
        assert error.reason.startswith("its result, a function, cannot be pickled: ")

    def test_result_that_does_not_come_back(self, options):
        error = failure_of(lambda n: Booby(), **options)
        assert error.kind == "unreadable"
        assert error.reason == "its result cannot be unpickled: ValueError: not to be read"

    def test_results_are_copies(self, options):
        kept = [1]
        value = parallel_map(lambda n: kept, [1], **options)[0]
        assert value == kept and value is not kept

    def test_strange_input(self, options):
        class Odd:
            def __repr__(self):
                raise ValueError("no repr")

        error = failure_of(_refuse_any, inputs=[Odd()], **options)
        assert "input <Odd without a repr: ValueError>" in str(error)
        assert len(str(failure_of(_refuse_any, inputs=["x" * 10**6], **options))) < 400

    def test_strange_message(self, options):
        class Odd(Exception):
            def __str__(self):
                raise ValueError("no str")

        error = failure_of(lambda n: raise_(Odd()), **options)
        assert error.reason == "Odd: <without a message: ValueError>"

    def test_printed_lines_come_in_order(self, options, capsys):
        def talk(n):
            time.sleep(0.05 if n == 0 else 0)
            print("task", n)
            return 1 // (n - 3)

        failure_of(talk, inputs=range(5), **options)
        assert capsys.readouterr().out.split("\n") == [f"task {n}" for n in range(4)] + [""]

    def test_errors_pickle(self, options):
        error = failure_of(_refuse_any, **options)
        copy = pickle.loads(pickle.dumps(error))
        assert (str(copy), copy.kind, copy.traceback) == (str(error), "exception", error.traceback)

    def test_first_failure_counts(self, options):
        def fails(n):
            time.sleep(0.3 if n == 1 else 0)
            return raise_(ValueError(n)) if n else 0

        for _ in range(2):
            assert failure_of(fails, inputs=range(6), **options).index == 1


def _refuse_any(n):
    raise ValueError("not this")


def _refuse_deep(n):
    return _refuse()


def test_interrupt_raised_by_a_task():
    assert failure_of(lambda n: raise_(KeyboardInterrupt())).reason == "KeyboardInterrupt"
    # here it cannot be told from one that comes from the keyboard
    with pytest.raises(KeyboardInterrupt):
        parallel_map(lambda n: raise_(KeyboardInterrupt()), [1])


def test_task_that_closes_its_output():
    assert parallel_map(lambda n: sys.stdout.close(), [1, 2], timeout=30) == [None, None]


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


@pytest.mark.filterwarnings("ignore:cypari2 leaked")  # as after ctrl-C
@pytest.mark.parametrize("function", [
    _spin, time.sleep, lambda n: ZZ(10**n + 1).factor() if n else 1])
def test_timeout_in_this_process(function):
    start = time.monotonic()
    error = failure_of(function, inputs=[0, 150], timeout=0.4, task_seconds=0)
    assert time.monotonic() - start < 8
    assert (error.index, error.kind) == (1, "timeout")


def test_alarm_of_the_session_stays():
    from cysignals.alarm import AlarmInterrupt, alarm, cancel_alarm
    alarm(50)
    try:
        for options in ({"timeout": 5}, {"timeout": 5, "task_seconds": 0}, {"task_seconds": LONG}):
            parallel_map(time.sleep, [0.01, 0.02, 0.01], processes=2, **options)
            assert 30 < signal.getitimer(signal.ITIMER_REAL)[0] < 50
        alarm(0.5)
        with pytest.raises(AlarmInterrupt):
            parallel_map(time.sleep, [20], timeout=10, task_seconds=0)
        alarm(0.5)
        with pytest.raises(AlarmInterrupt):
            parallel_map(time.sleep, [20, 20], processes=2, timeout=10)
    finally:
        cancel_alarm()


def test_without_a_main_thread():
    values = []
    for options in ({"timeout": 30}, {"timeout": 30, "task_seconds": 0}):
        thread = threading.Thread(target=lambda o=options: values.append(
            parallel_map(abs, [-1, 2], **o)))
        thread.start()
        thread.join()
    assert values == [[1, 2], [1, 2]]
    slow = []

    def late():
        slow.append(failure_of(time.sleep, inputs=[0.3], timeout=0.1, task_seconds=0).kind)

    thread = threading.Thread(target=late)
    thread.start()
    thread.join()
    assert slow == ["timeout"]


@on_linux
@pytest.mark.parametrize("number, timeout", [
    (signal.SIGINT, None), (signal.SIGINT, 60), (signal.SIGKILL, None)])
def test_no_orphans(tmp_path, number, timeout):
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
            parallel_map(work, range(4), processes=2, timeout=timeout, task_seconds=40)
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
    parallel_map(time.sleep, [0.3] * 4, processes=2, task_seconds=LONG)
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


def test_input_from_the_terminal_is_refused():
    assert failure_of(lambda n: input()).reason.startswith("EOFError")


def test_tasks_of_tasks_do_not_fork():
    def outer(n):
        return os.getpid(), parallel_map(lambda m: (os.getpid(), m * n), range(3), timeout=20,
                                         processes=2)

    values = parallel_map(outer, [1, 2], processes=2, timeout=30)
    for n, (pid, inner) in zip([1, 2], values):
        assert inner == [(pid, m * n) for m in range(3)] and pid != os.getpid()
    assert failure_of(lambda n: parallel_map(abs, ["x"])).reason.startswith(
        "WorkerError: task 0 with input 'x' failed: TypeError")


def call_thread_libraries(*names, arguments=()):
    found = []
    for path in thread_libraries():
        library = ctypes.CDLL(path)
        found += [getattr(library, name)(*arguments) for name in names if hasattr(library, name)]
    return found


def blas_threads():
    return call_thread_libraries("openblas_get_num_threads", "omp_get_max_threads",
                                 "scipy_openblas_get_num_threads64_")


def set_blas_threads(number):
    call_thread_libraries("openblas_set_num_threads", "omp_set_num_threads",
                          "scipy_openblas_set_num_threads64_", arguments=[number])


@on_linux
def test_workers_have_one_thread():
    def inside(n):
        from sage.parallel.parallelism import Parallelism
        np.dot(np.ones((300, 300)), np.ones((300, 300)))
        return blas_threads(), os.environ["OMP_NUM_THREADS"], Parallelism().get("linbox")

    set_blas_threads(2)
    try:
        before = blas_threads(), os.environ.get("OMP_NUM_THREADS")
        assert 2 in before[0]
        for blas, variable, linbox in parallel_map(inside, [1, 2], timeout=30):
            assert blas == [1] * len(before[0])
            assert (variable, linbox) == ("1", 1)
        assert (blas_threads(), os.environ.get("OMP_NUM_THREADS")) == before
    finally:
        set_blas_threads(1)


def test_worker_has_interfaces_of_its_own(heaps):
    maxima_heap("3G")
    maxima("sage_conslaw_test: 5")
    heap, value = parallel_map(lambda n: (maxima_heap(), maxima.eval("1 + 1")), [1], timeout=40)[0]
    assert (heap.process.running, heap.embedded.after, value) == (False, 3 * 10**9, "2")
    assert maxima.eval("sage_conslaw_test + 1") == "6"


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


def test_system_that_cannot_fork(monkeypatch):
    monkeypatch.delattr(os, "fork")
    assert parallel_map(abs, [-1, 2], processes=2, timeout=30, task_seconds=LONG) == [1, 2]


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
    ((abs, [1]), {"task_seconds": -1}, ValueError, "task_seconds: got -1"),
    ((abs, [1]), {"task_seconds": [1]}, TypeError, r"task_seconds: got \[1\]"),
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
