r"""
A parallel map that keeps the order, the seeds and the errors straight
"""
import logging
import os
import signal
import sys
import threading
import time
import traceback
from contextlib import contextmanager

from sage_conslaw.system.messages import shown
from sage_conslaw.system.parallel.tasks import (Outcome, Tasks, Unpicklable, described,
                                        random_states_from)

logger = logging.getLogger(__name__)

#: The seconds that forking one worker of a Sage session takes.
FORK_SECONDS = 0.03

#: The seconds that a task costs on top, when its result comes from a worker.
MESSAGE_SECONDS = 0.0002


def available_processors():
    r"""
    Return the number of processors that this process may use.

    Neither the environment variable SAGE_NUM_THREADS, which the ``sage`` command sets to 1
    and the published notebooks to 64, nor processors that are kept from this process count.

    EXAMPLES::

        sage: from sage_conslaw.system.parallel.maps import available_processors
        sage: available_processors() >= 1
        True
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def best_number_of_workers(task_seconds, count, processes):
    r"""
    Return how many workers finish some equal tasks first; 0 for this process alone.

    EXAMPLES::

        sage: from sage_conslaw.system.parallel.maps import best_number_of_workers
        sage: best_number_of_workers(0.001r, 20, 8)
        0
        sage: best_number_of_workers(0.02r, 20, 8)
        4
        sage: best_number_of_workers(60r, 20, 8)
        7
    """
    best, best_seconds = 0, task_seconds * count
    for workers in range(2, min(processes, count) + 1):
        rounds = -(-count // workers)
        seconds = workers * FORK_SECONDS + rounds * task_seconds + count * MESSAGE_SECONDS
        if seconds < best_seconds:
            best, best_seconds = workers, seconds
    return best


def parallel_map(function, inputs, *, processes=None, timeout=None, seed=0, task_seconds=None):
    r"""
    Return the values of a function on many inputs, computed in parallel if that pays.

    INPUT:

    - ``function`` -- a function of one argument; lambdas and functions defined in a
      session will do
    - ``inputs`` -- an iterable
    - ``processes`` -- the largest number of workers at a time; by default, the number of
      processors that this process may use
    - ``timeout`` -- the seconds of wall time that each task may take, or ``None``
    - ``seed`` -- an integer; each task has a seed of its own, made from this one and
      from the number of the task
    - ``task_seconds`` -- about how many seconds a task takes, if known. 0 keeps all
      tasks in this process; a large number sends all of them to workers at once.

    OUTPUT: the list of the values, in the order of the inputs. They are copies, made by
    pickling, wherever they were computed.

    A task that fails, by an exception, by the end of its worker, by running out of time or
    with a result that does not go through a pickle, raises a
    :class:`~sage_conslaw.system.parallel.tasks.WorkerError` with the input. If several fail, it is
    the first in the order of the inputs, so that the error is always the same one; tasks
    after it are stopped, and no value is returned.

    ALGORITHM:

    Forking a worker costs about 25 milliseconds. Without ``task_seconds``, tasks are run
    and timed in this process, one after the other, until the time that two workers cost is
    spent and the rest promises to be done sooner by workers. So if tasks are long and few,
    give ``task_seconds``. A task in this process cannot be contained: if it ends its
    process, that is the session.
    With a ``timeout``, therefore, tasks go to workers from the start, unless
    ``task_seconds`` says that it does not pay. In this process a time-out stops what
    ctrl-C would stop, so not every computation in a C library, and only in the main
    thread; what could not be stopped fails when it is done. Tasks that call this function
    themselves do not fork again.

    Around each task the global random generators of Python, NumPy and Sage are seeded with
    the seed of the task, and then put back; this costs about a millisecond. A
    function with a parameter ``seed``, other than its first, is given it as well. So values
    depend neither on the number of processes nor on where a task runs, provided that the
    function does not rely on what earlier tasks left behind. Workers compute with
    one BLAS thread; floating-point results can differ from those of this process by rounding.

    An interrupt from the keyboard ends the workers, with the processes that they started
    in their turn, and is passed on. So is an alarm of the session.

    What tasks print appears in the order of the inputs, but for what a task printed
    whose worker was lost. Only processes started here are waited for or killed.

    EXAMPLES::

        sage: from sage_conslaw.system import parallel_map
        sage: parallel_map(lambda n: n^2, [3, 1, 2])
        [9, 1, 4]

    Long tasks, sent to two workers::

        sage: import os
        sage: homes = parallel_map(lambda n: os.getpid(), range(6), processes=2,
        ....:                      task_seconds=10)
        sage: os.getpid() in homes, len(set(homes)) <= 2
        (False, True)

    Random values are the same everywhere::

        sage: def draw(n, seed):
        ....:     return ZZ.random_element(10^9), seed
        sage: here = parallel_map(draw, range(4), seed=5, task_seconds=0)
        sage: here == parallel_map(draw, range(4), seed=5, task_seconds=10, processes=2)
        True

    A failure says which input it was::

        sage: parallel_map(lambda n: 1 / n, [2, 1, 0, 4], task_seconds=10, processes=2)
        Traceback (most recent call last):
        ...
        WorkerError: task 2 with input 0 failed: ZeroDivisionError: rational division by zero
        sage: parallel_map(os._exit, [3], task_seconds=10, processes=2, timeout=20)
        Traceback (most recent call last):
        ...
        WorkerError: task 0 with input 3 failed: its worker ended itself, with exit status 3, ...
        sage: parallel_map(sleep, [0, 60], processes=2, timeout=0.5)
        Traceback (most recent call last):
        ...
        WorkerError: task 1 with input 60 failed: it took longer than 0.5 s

    TESTS::

        sage: parallel_map(3, [1])
        Traceback (most recent call last):
        ...
        TypeError: function: got 3, expected something that can be called
        sage: parallel_map(sin, 1)
        Traceback (most recent call last):
        ...
        TypeError: inputs: got 1, expected an iterable
        sage: parallel_map(sin, [1], processes=0)
        Traceback (most recent call last):
        ...
        ValueError: processes: got 0, expected None or a positive integer
        sage: parallel_map(sin, [1], timeout=-1)
        Traceback (most recent call last):
        ...
        ValueError: timeout: got -1, expected None or a positive number of seconds below 10^8
        sage: parallel_map(sin, [], seed=1/2)
        Traceback (most recent call last):
        ...
        TypeError: seed: got 1/2, expected an integer
    """
    from sage_conslaw.system.checks import checked_integer, checked_seed
    if not callable(function):
        raise TypeError(f"function: got {shown(function)}, expected something that can be called")
    try:
        iterator = iter(inputs)
    except TypeError:
        raise TypeError(f"inputs: got {shown(inputs)}, expected an iterable") from None
    inputs = list(iterator)
    if processes is None:
        processes = available_processors()
    else:
        processes = checked_integer(processes, "processes", "None or a positive integer", 1)
    timeout = _checked_seconds(timeout, "timeout", positive=True)
    task_seconds = _checked_seconds(task_seconds, "task_seconds", positive=False)
    tasks = Tasks(function, inputs, checked_seed(seed), timeout)
    _run(tasks, processes, task_seconds)
    if tasks.failure is not None:
        raise tasks.failure
    return tasks.results


def _checked_seconds(value, name, positive):
    sign = "positive" if positive else "non-negative"
    accepted = f"None or a {sign} number of seconds below 10^8"
    if value is None:
        return None
    try:
        if isinstance(value, (str, bytes)) or type(value).__name__ in ("bool", "bool_"):
            raise TypeError
        seconds = float(value)
    except (TypeError, ValueError, OverflowError):
        raise TypeError(f"{name}: got {shown(value)}, expected {accepted}") from None
    # three years are as good as for ever, and the system's timers do not take much more
    if not 0 <= seconds < 1e8 or (positive and seconds == 0):
        raise ValueError(f"{name}: got {shown(value)}, expected {accepted}")
    return seconds


def _run(tasks, processes, task_seconds):
    """Run all tasks, here or in workers, whichever is faster."""
    count = len(tasks.inputs)
    with random_states_from(0):
        pass  # what is loaded for the first time must not count as the time of a task
    may_fork = hasattr(os, "fork") and not _in_worker()
    for index in range(count):
        if may_fork and index < tasks.wanted:
            workers = _workers_for(tasks, processes, task_seconds, count - index)
            if workers:
                from sage_conslaw.system.parallel.workers import Workers
                logger.debug("%s workers for %s tasks", workers, count - index)
                Workers(workers, tasks.timeout).run(tasks, range(index, count))
                return
        if index >= tasks.wanted:
            return
        _run_here(tasks, index)


def _in_worker():
    """Return whether this process is a worker, without loading what forks them."""
    module = sys.modules.get("sage_conslaw.system.parallel.workers")
    return module is not None and module.in_worker


def _workers_for(tasks, processes, task_seconds, count):
    """Return how many workers the ``count`` tasks that are left should get, 0 for none."""
    if task_seconds is None and tasks.timeout is not None:
        return min(processes, count)
    if task_seconds is None:
        # Only when as much was spent here as two workers cost: that never costs more than
        # twice the best choice, and one slow moment of the machine does not decide.
        if tasks.seconds < 2 * FORK_SECONDS:
            return 0
        # the last task tells more than the first if they grow; the mean, if they vary
        task_seconds = max(tasks.last_seconds, tasks.seconds / tasks.done)
    if tasks.timeout is not None and task_seconds * count > FORK_SECONDS:
        # also a single worker, because only a process can be stopped for sure
        return best_number_of_workers(task_seconds, count, processes) or 1
    return best_number_of_workers(task_seconds, count, processes)


def _run_here(tasks, index):
    """Run a task in this process."""
    start = time.monotonic()
    error = None
    try:
        with _time_limit(tasks.timeout):
            outcome = Outcome("result", tasks.call(index))
    except Unpicklable as problem:
        outcome = problem.outcome()
    except _TimeOut:
        outcome = Outcome("timeout", reason=f"it took longer than {tasks.timeout:g} s")
    except KeyboardInterrupt:
        raise
    except BaseException as problem:  # an exit too ends only the task, as in a worker
        error = problem
        outcome = Outcome("exception", b"", described(error), traceback.format_exc())
    tasks.accept(index, outcome._replace(seconds=time.monotonic() - start), error)


class _TimeOut(Exception):
    """A task in this process took too long."""


@contextmanager
def _time_limit(timeout):
    """Interrupt the body when its time is over, and leave an alarm of the session as it was."""
    if timeout is None:
        yield
        return
    from cysignals.alarm import AlarmInterrupt
    start = time.monotonic()
    timed = threading.current_thread() is threading.main_thread()
    earlier = signal.getitimer(signal.ITIMER_REAL)[0] if timed else 0
    try:
        try:
            if timed:
                first = min(timeout, earlier) if earlier else timeout
                signal.setitimer(signal.ITIMER_REAL, first)
            yield
        finally:
            if timed:
                left = max(earlier - (time.monotonic() - start), 1e-6) if earlier else 0
                signal.setitimer(signal.ITIMER_REAL, left)
    except (AlarmInterrupt, KeyboardInterrupt):
        # where another program has replaced Sage's handlers, the timer ends as an interrupt
        if time.monotonic() - start < timeout:
            raise
    if time.monotonic() - start >= timeout:
        raise _TimeOut
