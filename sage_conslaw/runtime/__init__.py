r"""
How Sage runs: the heaps of its two Maximas, and a parallel map over its workers

====================  ==========================================================
``maxima_heap``       reads or sets the heap limit of both Maximas
``MaximaHeap``        what it returns
``parallel_map``      applies a function to many inputs, in parallel if that pays
``WorkerError``       the one error for every way in which a task can fail
====================  ==========================================================

Importing this package starts neither Sage nor Maxima.

EXAMPLES::

    sage: from sage_conslaw.runtime import parallel_map
    sage: parallel_map(factorial, [3, 4, 5])
    [6, 24, 120]
"""
import importlib

_HOME = {
    "HeapLimit": "sage_conslaw.runtime.maxima",
    "MaximaHeap": "sage_conslaw.runtime.maxima",
    "maxima_heap": "sage_conslaw.runtime.maxima",
    "WorkerError": "sage_conslaw.runtime.tasks",
    "parallel_map": "sage_conslaw.runtime.parallel",
}

__all__ = sorted(_HOME)


def __getattr__(name):
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__():
    return sorted(set(globals()) | set(__all__))
