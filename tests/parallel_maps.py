"""Parallel maps that have to use workers, and maps in which a task fails."""

import pytest

from sage_conslaw.system import WorkerError, parallel_map

LONG = 60  # a time-out that no task comes near to, which sends every task to a worker


def failure_of(function, *, inputs=("the input",), **options):
    """Return the error of a parallel map, by default over one input and in a worker."""
    options = {"processes": 2, "timeout": 30, **options}
    with pytest.raises(WorkerError) as caught:
        parallel_map(function, inputs, **options)
    assert caught.value.input == inputs[caught.value.index]
    return caught.value
