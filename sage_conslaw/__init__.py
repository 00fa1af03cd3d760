r"""
Conservation laws of the training of neural networks, counted, found and proved

A function `h` of the parameters `\theta` of a network is a *conservation law*
of a training flow if it stays constant along every trajectory, whatever the
data.  This package tells how many independent laws there are, which of them
are polynomial, and when there are no others, in exact arithmetic.

A network is a function of NumPy arrays, or one of the architectures of the
literature.  Neither counting nor laws nor proofs need Sage: it is loaded where
polynomials are given or asked for.  The public names are loaded when they are
first used, so that importing the package costs next to nothing.

EXAMPLES::

    sage: from sage_conslaw import GradientFlow, Network, conservation_laws
    sage: network = Network(lambda U, V: U * V, parameters={"U": (2,), "V": (2,)})
    sage: result = conservation_laws(GradientFlow(network)); result
    Exactly 2 independent conservation laws in 4 variables, proved: there are no others.
    sage: result.laws
    (U1^2 - V1^2, U2^2 - V2^2)

The two bounds can be had on their own::

    sage: from sage_conslaw import LinearNetwork, polynomial_laws, trace_dimension
    sage: flow = GradientFlow(LinearNetwork([2, 2, 2]))
    sage: trace_dimension(flow) == 5, len(polynomial_laws(flow, 2))
    (True, 3)
"""
import importlib

from sage_conslaw._version import __version__

_HOME = {
    "Network": "sage_conslaw.networks.network",
    "LinearNetwork": "sage_conslaw.architectures.linear",
    "ReLUNetwork": "sage_conslaw.architectures.relu",
    "NMF": "sage_conslaw.architectures.nmf",
    "ICNN": "sage_conslaw.architectures.icnn",
    "Convolution": "sage_conslaw.architectures.convolution",
    "Attention": "sage_conslaw.architectures.attention",
    "Power": "sage_conslaw.flows.metrics",
    "GradientFlow": "sage_conslaw.flows.gradient",
    "MomentumFlow": "sage_conslaw.flows.momentum",
    "InverseTime": "sage_conslaw.flows.damping",
    "NESTEROV": "sage_conslaw.flows.damping",
    "VectorFields": "sage_conslaw.flows.vector_fields",
    "trace_dimension": "sage_conslaw.counting.trace_dimension",
    "polynomial_laws": "sage_conslaw.laws.polynomial",
    "conservation_laws": "sage_conslaw.verdict.conservation",
    "ConservationLaws": "sage_conslaw.verdict.result",
    "maxima_heap": "sage_conslaw.system",
    "MaximaHeap": "sage_conslaw.system",
    "parallel_map": "sage_conslaw.system",
    "WorkerError": "sage_conslaw.system",
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
