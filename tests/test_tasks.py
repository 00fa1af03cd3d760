"""The tasks of a parallel map: their seeds and their failures, wherever they run."""

import functools
import os
import pickle
import random
import sys
import time
from fractions import Fraction

import numpy as np
import pytest
from sage.all import GF, QQ, ZZ
from sage.misc.prandom import random as sage_random

from parallel_maps import LONG, failure_of
from sage_conslaw.system import parallel_map
from sage_conslaw.system.parallel.tasks import takes_seed, task_seed

pytestmark = pytest.mark.usefixtures("handlers_of_sage", "nothing_left_behind")


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


def draw(n, seed):
    return (n, seed, random.random(), np.random.random(), ZZ.random_element(10**12),
            sage_random(), GF(10007).random_element(), os.getpid() if n < 0 else None)


@pytest.mark.parametrize("options", [
    {}, {"processes": 1, "timeout": 30}, {"processes": 2, "timeout": 30},
    {"processes": 5, "timeout": LONG}, {"processes": np.int64(2), "timeout": Fraction(30)},
])
def test_values_do_not_depend_on_where_tasks_run(options):
    reference = parallel_map(draw, range(12), seed=7, processes=1)
    assert parallel_map(draw, range(12), seed=ZZ(7), **options) == reference
    assert [value[1] for value in reference] == [task_seed(7, n) for n in range(12)]
    for position in range(1, 6):
        assert len({value[position] for value in reference}) == 12
    other = parallel_map(draw, range(12), seed=8, **options)
    assert not {value[4] for value in other} & {value[4] for value in reference}


@pytest.mark.parametrize("options", [{"processes": 1}, {"timeout": 30}])
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


@pytest.mark.parametrize("options", [{"timeout": 30}, {"timeout": None, "processes": 1}])
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


def test_input_from_the_terminal_is_refused():
    assert failure_of(lambda n: input()).reason.startswith("EOFError")
