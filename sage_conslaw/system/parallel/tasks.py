r"""
One task of a parallel map: its seed, its run, and what became of it

A task is one call of a function on one input. It is run by the same code in this
process and in a worker, so that it makes no difference where it runs.
"""
import functools
import hashlib
import inspect
import io
import pickle
import random
import sys
import traceback
from contextlib import contextmanager
from typing import NamedTuple

from sage_conslaw.system.messages import shown


class WorkerError(RuntimeError):
    r"""
    The failure of one task of a parallel map, of whatever kind.

    ATTRIBUTES:

    - ``index``, ``input`` -- the number of the task, from 0, and its input
    - ``kind`` -- one of

      - ``'exception'``: the function raised one
      - ``'killed'``: its worker was ended by a signal, for instance for want of memory
      - ``'exited'``: its worker ended itself, as by ``os._exit``
      - ``'timeout'``: it took longer than allowed
      - ``'unreadable'``: its result could not be pickled, or not be unpickled
      - ``'not started'``: the system refused to start a worker for it

    - ``reason`` -- one line that says what happened
    - ``traceback`` -- the text of the original traceback, empty if there is none
    - ``exception`` -- the original exception, also the ``__cause__`` of this one;
      ``None`` if there is none or it could not be pickled

    EXAMPLES::

        sage: from sage_conslaw.system import WorkerError, parallel_map
        sage: try:
        ....:     parallel_map(lambda n: 6 / n, [3, 0, 2])
        ....: except WorkerError as error:
        ....:     failure = error
        sage: failure
        WorkerError('task 1 with input 0 failed: ZeroDivisionError: rational division by zero')
        sage: failure.index, failure.input, failure.kind
        (1, 0, 'exception')
        sage: isinstance(failure.exception, ZeroDivisionError)
        True
    """

    def __init__(self, index, input, kind, reason, traceback="", exception=None):
        super().__init__(index, input, kind, reason, traceback, exception)
        self.index = index
        self.input = input
        self.kind = kind
        self.reason = reason
        self.traceback = traceback
        self.exception = exception

    def __str__(self):
        return f"task {self.index} with input {shown(self.input, 200)} failed: {self.reason}"

    def __repr__(self):
        return f"WorkerError({str(self)!r})"


class WorkerTraceback(Exception):
    """The traceback of a worker, as text, so that Python prints it with the error."""

    def __str__(self):
        return "\n" + self.args[0]


class Outcome(NamedTuple):
    """What became of a task, in a form that always goes through a pipe."""

    kind: str
    payload: bytes = b""  # a pickled result or exception; empty when there is none
    reason: str = ""
    traceback: str = ""
    printed: str = ""


def described(error):
    """Return the type and the first line of an exception."""
    try:
        lines = str(error).splitlines()
    except Exception as problem:  # so is the str of an exception
        lines = [f"<without a message: {type(problem).__name__}>"]
    return type(error).__name__ + (f": {lines[0]}" if lines else "")


def task_seed(seed, index):
    r"""
    Return the seed of one task, a non-negative integer below `2^{63}`.

    It depends on the two arguments and on nothing else.

    EXAMPLES::

        sage: from sage_conslaw.system.parallel.tasks import task_seed
        sage: task_seed(0, 0) == task_seed(0, 0), task_seed(0, 0) == task_seed(0, 1)
        (True, False)
    """
    digest = hashlib.sha256(f"{int(seed)}/{int(index)}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


@contextmanager
def random_states_from(seed):
    r"""
    Seed the global random generators of Python, NumPy and Sage for a while.

    Afterwards each is exactly as it was before.

    EXAMPLES::

        sage: from sage_conslaw.system.parallel.tasks import random_states_from
        sage: def draw():
        ....:     with random_states_from(7):
        ....:         return ZZ.random_element(10^9), random()
        sage: draw() == draw()
        True
    """
    import numpy
    import sage.all  # noqa: F401  single modules of Sage cannot always be imported first
    from sage.misc.randstate import randstate
    seed = int(seed)
    python_state, numpy_state = random.getstate(), numpy.random.get_state()
    generator = numpy.random.RandomState([seed >> 32, seed & 0xFFFFFFFF])
    try:
        random.seed(seed)
        numpy.random.set_state(generator.get_state())
        with randstate(seed):
            yield
    finally:
        random.setstate(python_state)
        numpy.random.set_state(numpy_state)


def takes_seed(function):
    r"""
    Return whether a function has a parameter ``seed`` that is free to be given.

    EXAMPLES::

        sage: from functools import partial
        sage: from sage_conslaw.system.parallel.tasks import takes_seed
        sage: def power(x, seed): return x^seed
        sage: takes_seed(power), takes_seed(partial(power, seed=2)), takes_seed(sin)
        (True, False, False)
    """
    if isinstance(function, functools.partial) and "seed" in function.keywords:
        return False
    try:
        signature = inspect.signature(function)
        if "seed" not in signature.parameters:
            return False
        signature.bind(None, seed=0)
    except (TypeError, ValueError):  # no signature, or the input itself is called seed
        return False
    kind = signature.parameters["seed"].kind
    return kind in (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


class Tasks:
    r"""
    The tasks of one parallel map, and what is known of them so far.

    Only the first failure counts, in the order of the inputs: tasks from ``wanted`` on
    need not be run any more.
    """

    def __init__(self, function, inputs, seed, report=None):
        self.function = function
        self.inputs = inputs
        self.seed = seed
        self.takes_seed = takes_seed(function)
        self.results = [None] * len(inputs)
        self.wanted = len(inputs)
        self.failure = None
        self._report = report
        self._printed = {}
        self._next_printed = 0

    def call(self, index):
        """Run a task and return its pickled result."""
        seed = task_seed(self.seed, index)
        options = {"seed": seed} if self.takes_seed else {}
        with random_states_from(seed):
            value = self.function(self.inputs[index], **options)
        try:
            return pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
        except Exception as error:
            raise Unpicklable(described(error), type(value).__name__) from error

    def run_here(self, index):
        """Run a task in this process, where an interrupt is one of the session."""
        error = None
        try:
            outcome = Outcome("result", self.call(index))
        except Unpicklable as problem:
            outcome = problem.outcome()
        except KeyboardInterrupt:
            raise
        except BaseException as problem:  # an exit too ends only the task, as in a worker
            error = problem
            outcome = Outcome("exception", b"", described(error), traceback.format_exc())
        self.accept(index, outcome, error)

    def run_in_worker(self, index):
        """Run a task in a worker, where nothing it raises may escape."""
        captured = sys.stdout = io.StringIO()
        try:
            outcome = Outcome("result", self.call(index))
        except Unpicklable as error:
            outcome = error.outcome()
        except BaseException as error:  # an interrupt or an exit too ends only this task
            outcome = Outcome("exception", _pickled_exception(error), described(error),
                              traceback.format_exc())
        return outcome._replace(printed="" if captured.closed else captured.getvalue())

    def accept(self, index, outcome, error=None):
        """Take note of what became of a task."""
        self._printed[index] = outcome.printed
        value = None
        if outcome.payload and error is None:
            try:
                value = pickle.loads(outcome.payload)
            except Exception as problem:
                if outcome.kind == "result":
                    outcome = Outcome("unreadable", b"", "its result cannot be unpickled: "
                                      + described(problem), traceback.format_exc())
        if outcome.kind == "result":
            self.results[index] = value
        elif index < self.wanted:
            self.wanted = index
            self.failure = self._error(index, outcome, value if error is None else error)
        while self._next_printed in self._printed and self._next_printed <= self.wanted:
            sys.stdout.write(self._printed.pop(self._next_printed))
            self._next_printed += 1
        if self._report is not None:
            self._report()

    def _error(self, index, outcome, exception):
        failure = WorkerError(index, self.inputs[index], outcome.kind, outcome.reason,
                              outcome.traceback, exception)
        failure.__cause__ = exception
        if outcome.traceback and (exception is None or exception.__traceback__ is None):
            text = WorkerTraceback(outcome.traceback)
            (failure if exception is None else exception).__cause__ = text
        return failure


class Unpicklable(Exception):
    """The result of a task cannot be pickled."""

    def outcome(self):
        reason, name = self.args
        return Outcome("unreadable", b"", f"its result, a {name}, cannot be pickled: {reason}",
                       traceback.format_exc())


def _pickled_exception(error):
    """Return an exception as a pickle, or nothing if it does not come back from one."""
    try:
        data = pickle.dumps(error, protocol=pickle.HIGHEST_PROTOCOL)
        return data if isinstance(pickle.loads(data), BaseException) else b""
    except Exception:  # the traceback goes through as text in any case
        return b""
