r"""
What the package needs of the machine, of Python and of Sage, whatever is computed

=============================================  ===============================================
:mod:`~sage_conslaw.system.checks`             checks of arguments
:mod:`~sage_conslaw.system.messages`           how values are shown in messages
:mod:`~sage_conslaw.system.of_sage`            whether something is of Sage, without loading it
:mod:`~sage_conslaw.system.rationals`          exact rationals, with Sage and without it
:mod:`~sage_conslaw.system.progress`           progress bars
:mod:`~sage_conslaw.system.limits`             what is refused or chosen by size, and why
:mod:`~sage_conslaw.system.memory`             how much memory there is, and refusals
:mod:`~sage_conslaw.system.files`              files that are old or new, never in part
:mod:`~sage_conslaw.system.parallel`           a parallel map over Sage's workers
:mod:`~sage_conslaw.system.maxima`             the heaps of Sage's two Maximas
=============================================  ===============================================

Names that are loaded when they are first used:

====================  ==========================================================
``maxima_heap``       reads or sets the heap limit of both Maximas
``MaximaHeap``        what it returns
``parallel_map``      applies a function to many inputs, in parallel if that pays
``WorkerError``       the one error for every way in which a task can fail
====================  ==========================================================

Importing this package starts neither Sage nor Maxima.

EXAMPLES::

    sage: from sage_conslaw.system import parallel_map
    sage: parallel_map(factorial, [3, 4, 5])
    [6, 24, 120]
"""
import importlib

_HOME = {
    "HeapLimit": "sage_conslaw.system.maxima",
    "MaximaHeap": "sage_conslaw.system.maxima",
    "maxima_heap": "sage_conslaw.system.maxima",
    "WorkerError": "sage_conslaw.system.parallel.tasks",
    "parallel_map": "sage_conslaw.system.parallel.maps",
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
