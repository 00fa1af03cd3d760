"""Iterables without end, as arguments: one clear error at once, and no memory taken."""

import itertools
import tracemalloc

import pytest
from sage.all import ZZ, PolynomialRing

from bad_input import FLOW, assert_refused
from sage_conslaw import (
    Convolution,
    GradientFlow,
    LinearNetwork,
    MomentumFlow,
    Network,
    ReLUNetwork,
    VectorFields,
    conservation_laws,
    parallel_map,
    polynomial_laws,
    published,
    trace_dimension,
)
from sage_conslaw.papers import load_paper, reproduce
from sage_conslaw.papers.records import replay_into

pytestmark = pytest.mark.usefixtures("everything_loaded")

NETWORK = Network(lambda U, V: U * V, {"U": (3,), "V": (3,)})
LAW = polynomial_laws(FLOW, 2)[0]


def texts():
    return (str(n) for n in itertools.count())


def ones():
    return itertools.repeat(1)


@pytest.mark.parametrize("call, name", [
    (lambda: LinearNetwork(ones()), "widths"),
    (lambda: LinearNetwork(ZZ), "widths"),
    (lambda: ReLUNetwork(ones()), "widths"),
    (lambda: Convolution(ones(), 4, 3), "channels"),
    (lambda: Convolution([1, 2, 1], 4, ones()), "kernel"),
    (lambda: Network(lambda U: U, {"U": ones()}), "parameters"),
    (lambda: Network(lambda U: U, ZZ), "parameters"),
    (lambda: Network(lambda U, x: U * x, {"U": (2,)}, inputs=ones()), "inputs"),
    (lambda: NETWORK.restrict(texts()), "names"),
    (lambda: NETWORK.freeze(texts()), "names"),
    (lambda: NETWORK.freeze(["U"], ones()), "values"),
    (lambda: NETWORK.tie(ones()), "ties"),
    (lambda: GradientFlow(NETWORK, metric=ZZ), "metric"),
    (lambda: GradientFlow(NETWORK, metric=texts()), "metric"),
    (lambda: GradientFlow(NETWORK, decay=ones()), "decay"),
    (lambda: MomentumFlow(NETWORK, damping=ones()), "damping"),
    (lambda: VectorFields(ZZ), "fields"),
    (lambda: VectorFields([ZZ]), "fields"),
    (lambda: VectorFields(ones()), "fields"),
    (lambda: VectorFields([PolynomialRing(ZZ, "x").gens()], variables=ones()), "variables"),
    (lambda: VectorFields.from_array(ones()), "array"),
    (lambda: trace_dimension(ones()), "flow_or_fields"),
    (lambda: polynomial_laws(ZZ, 2), "flow_or_fields"),
    (lambda: conservation_laws(ones()), "flow_or_fields"),
    (lambda: LAW(ones()), "theta"),
    (lambda: LAW(ZZ), "theta"),
    (lambda: parallel_map(abs, ones()), "inputs"),
    (lambda: parallel_map(abs, ZZ), "inputs"),
    (lambda: load_paper("icml2024").select("all", ones()), "only"),
    (lambda: reproduce("icml2024", only=itertools.repeat("nmf_gradient")), "only"),
    (lambda: replay_into("nowhere", only=itertools.repeat("nmf_gradient")), "only"),
    (lambda: published.vector_fields_for_q_layer_LNN(ones()), "list_dim"),
    (lambda: published.known_conserved_functions_linear(ZZ), "list_dim"),
    (lambda: published.dim_trace_lie_algebra(ones()), "Vector_fields"),
    (lambda: published.dim_trace_lie_algebra(itertools.repeat([1])), "Vector_fields"),
    (lambda: published.dim_trace_lie_algebra([ones()]), "Vector_fields"),
    (lambda: published.solve(2, ones()), "Vector_fields"),
    (lambda: published.lie_bracket(ones(), ones(), 2), "Vec1"),
    (lambda: published.list_to_str(ones()), "exponents"),
])
def test_arguments_without_end_are_refused(call, name):
    tracemalloc.start()
    try:
        with pytest.raises((TypeError, ValueError)) as caught:
            call()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 10**8
    assert_refused(call, TypeError if caught.type is TypeError else ValueError, name)
