r"""
Conservation laws of the training of neural networks, counted, found and proved

A function `h` of the parameters `\theta` of a network is a *conservation law*
of a training flow if it stays constant along every trajectory, whatever the
data.  This package tells how many independent laws there are, which of them
are polynomial, and when there are no others, in exact arithmetic.

The public names are loaded when they are first used, so that importing the
package costs next to nothing and starts neither Sage nor Maxima.

EXAMPLES::

    sage: import sage_conslaw
    sage: flow = sage_conslaw.GradientFlow(sage_conslaw.LinearNetwork([2, 2, 2]))
    sage: sage_conslaw.trace_dimension(flow) == 5
    True
    sage: len(sage_conslaw.polynomial_laws(flow, 2))
    3
"""
import importlib

from sage_conslaw._version import __version__

_HOME = {
    "LinearNetwork": "sage_conslaw.models.linear",
    "ReLUNetwork": "sage_conslaw.models.relu",
    "NMF": "sage_conslaw.models.nmf",
    "ICNN": "sage_conslaw.models.icnn",
    "GradientFlow": "sage_conslaw.flows",
    "MomentumFlow": "sage_conslaw.flows",
    "InverseTime": "sage_conslaw.damping",
    "NESTEROV": "sage_conslaw.damping",
    "VectorFields": "sage_conslaw.vector_fields",
    "trace_dimension": "sage_conslaw.lie_algebra",
    "polynomial_laws": "sage_conslaw.laws",
    "conservation_laws": "sage_conslaw.conservation",
    "ConservationLaws": "sage_conslaw.verdict",
    "maxima_heap": "sage_conslaw.runtime",
    "MaximaHeap": "sage_conslaw.runtime",
    "parallel_map": "sage_conslaw.runtime",
    "WorkerError": "sage_conslaw.runtime",
}

__all__ = sorted(_HOME)


def __getattr__(name):
    if name not in _HOME:
        raise AttributeError(f"sage_conslaw has no public name {name!r}; "
                             f"it has {', '.join(__all__)}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__():
    return sorted(set(globals()) | set(__all__))
