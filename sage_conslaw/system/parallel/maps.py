r"""
A parallel map that keeps the order, the seeds and the errors straight
"""
import itertools
import os
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any, Optional

from sage_conslaw.system import limits
from sage_conslaw.system.messages import shown
from sage_conslaw.system.parallel.tasks import Tasks, random_states_from


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


def parallel_map(function: Callable, inputs: Iterable, *, processes: Optional[int] = None,
                 timeout: Any = None, seed: int = 0,
                 report: Optional[Callable[[], Any]] = None) -> list:
    r"""
    Return the values of a function on many inputs, computed in parallel if that pays.

    INPUT:

    - ``function`` -- a function of one argument; lambdas and functions defined in a
      session will do
    - ``inputs`` -- an iterable
    - ``processes`` -- the largest number of workers at a time; by default, the number of
      processors that this process may use
    - ``timeout`` -- the seconds of wall time that each task may take, or ``None``; with
      one, all tasks go to workers, which can be stopped for sure
    - ``seed`` -- an integer; each task has a seed of its own, made from this one and
      from the number of the task
    - ``report`` -- a function without arguments, called in this process after each task

    OUTPUT: the list of the values, in the order of the inputs. They are copies, made by
    pickling, wherever they were computed.

    A task that fails, by an exception, by the end of its worker, by running out of time or
    with a result that does not go through a pickle, raises a
    :class:`~sage_conslaw.system.parallel.tasks.WorkerError` with the input. If several fail, it is
    the first in the order of the inputs, so that the error is always the same one; tasks
    after it are stopped, and no value is returned.

    ALGORITHM:

    Forking a worker costs about 25 milliseconds. Tasks are therefore run in this process, one
    after the other, until as much time is spent as two workers cost; those that are left go
    to workers, which are forked one by one while there are tasks to give them. A task in this
    process cannot be contained: if it ends its process, that is the session. With a
    ``timeout`` all tasks are run by workers. Tasks that call this function themselves fork
    no further workers, but for one at a time where they give a ``timeout``.

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

    Tasks with a time-out, sent to two workers::

        sage: import os
        sage: homes = parallel_map(lambda n: os.getpid(), range(6), processes=2, timeout=60)
        sage: os.getpid() in homes, len(set(homes)) <= 2
        (False, True)

    Random values are the same everywhere::

        sage: def draw(n, seed):
        ....:     return ZZ.random_element(10^9), seed
        sage: here = parallel_map(draw, range(4), seed=5, processes=1)
        sage: here == parallel_map(draw, range(4), seed=5, processes=2, timeout=60)
        True

    A failure says which input it was::

        sage: parallel_map(lambda n: 1 / n, [2, 1, 0, 4], processes=2, timeout=60)
        Traceback (most recent call last):
        ...
        WorkerError: task 2 with input 0 failed: ZeroDivisionError: rational division by zero
        sage: parallel_map(os._exit, [3], timeout=20)
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
    for name, value in (("function", function), ("report", report)):
        if not (callable(value) or (name == "report" and value is None)):
            raise TypeError(f"{name}: got {shown(value)}, expected something that can be called")
    inputs = _listed(inputs)
    if processes is None:
        processes = available_processors()
    else:
        processes = checked_integer(processes, "processes", "None or a positive integer", 1)
    timeout = _checked_seconds(timeout)
    tasks = Tasks(function, inputs, checked_seed(seed), report)
    _run(tasks, processes, timeout)
    if tasks.failure is not None:
        raise tasks.failure
    return tasks.results


def _listed(inputs):
    try:
        iterator = iter(inputs)
    except TypeError:
        raise TypeError(f"inputs: got {shown(inputs)}, expected an iterable") from None
    # an error that the inputs raise is theirs
    listed = list(itertools.islice(iterator, limits.MAP_INPUTS + 1))
    if len(listed) > limits.MAP_INPUTS:
        raise ValueError(f"inputs: got {shown(inputs)}, expected an iterable of at most "
                         f"{limits.MAP_INPUTS:,} inputs")
    return listed


def _checked_seconds(timeout):
    accepted = "None or a positive number of seconds below 10^8"
    if timeout is None:
        return None
    try:
        if isinstance(timeout, (str, bytes)) or type(timeout).__name__ in ("bool", "bool_"):
            raise TypeError
        seconds = float(timeout)
    except (TypeError, ValueError, OverflowError):
        raise TypeError(f"timeout: got {shown(timeout)}, expected {accepted}") from None
    # three years are as good as for ever, and the system's timers do not take much more
    if not 0 < seconds < 1e8:
        raise ValueError(f"timeout: got {shown(timeout)}, expected {accepted}")
    return seconds


def _run(tasks, processes, timeout):
    """Run all tasks, first here and then in workers, with a time-out in workers alone."""
    with random_states_from(0):
        pass  # what is loaded for the first time must not count as the time of a task
    count, start = len(tasks.inputs), time.monotonic()
    if _in_worker():
        processes = 1
    for index in range(count):
        left = count - index
        if timeout is not None or (min(processes, left) > 1
                                   and time.monotonic() - start > limits.SECONDS_HERE):
            from sage_conslaw.system.parallel.workers import Workers
            Workers(min(processes, left), timeout).run(tasks, range(index, count))
            return
        if index >= tasks.wanted:
            return
        tasks.run_here(index)


def _in_worker():
    """Return whether this process is a worker, without loading what forks them."""
    module = sys.modules.get("sage_conslaw.system.parallel.workers")
    return module is not None and module.in_worker
