"""Small models and flows, each as the package has it and as written by hand; random fields."""

from collections import namedtuple
from fractions import Fraction

import pytest
from hypothesis import strategies as st
from sage.all import QQ, ZZ, PolynomialRing

import by_hand
from sage_conslaw import (
    ICNN,
    NESTEROV,
    NMF,
    GradientFlow,
    InverseTime,
    LinearNetwork,
    MomentumFlow,
    ReLUNetwork,
)

Pair = namedtuple("Pair", "label package hand")
Damping = namedtuple("Damping", "label package rate inverse_time")


def linear(*widths):
    """Return the linear network of both sides."""
    return Pair(f"linear{widths}", LinearNetwork(widths), by_hand.linear(widths))


def relu(*widths, bias=False):
    """Return the ReLU network of both sides."""
    label = f"relu{widths}{'+b' if bias else ''}"
    return Pair(label, ReLUNetwork(widths, bias=bias), by_hand.relu(widths, bias))


def nmf(n, r, m):
    """Return the nonnegative matrix factorisation of both sides."""
    return Pair(f"nmf{n, r, m}", NMF(n, r, m), by_hand.nmf(n, r, m))


def icnn(n, r, m, bias=False):
    """Return the input convex network of both sides."""
    label = f"icnn{n, r, m}{'+b' if bias else ''}"
    return Pair(label, ICNN(n, r, m, bias=bias), by_hand.icnn(n, r, m, bias))


MODELS = [
    linear(2, 3),
    linear(1, 2, 1),
    linear(2, 1, 3),
    linear(2, 3, 2),
    linear(1, 2, 2, 1),
    linear(2, 1, 2, 1, 2),
    relu(3, 2),
    relu(3, 2, bias=True),
    relu(1, 2, 1, bias=True),
    relu(2, 2, 2),
    relu(2, 1, 3, bias=True),
    relu(1, 2, 2, 1),
    relu(2, 1, 2, 2, bias=True),
    nmf(1, 1, 1),
    nmf(2, 3, 1),
    nmf(3, 2, 2),
    icnn(1, 1, 1, bias=True),
    icnn(2, 3, 1),
    icnn(2, 2, 3, bias=True),
]

DAMPINGS = [
    Damping("0", 0, 0, False),
    Damping("1", 1, 1, False),
    Damping("1/2", QQ((1, 2)), Fraction(1, 2), False),
    Damping("3/t", InverseTime(3), 3, True),
    Damping("Nesterov", NESTEROV, 3, True),
    Damping("5/2t", InverseTime(QQ((5, 2))), Fraction(5, 2), True),
]

#: models whose momentum flows the plain algorithm handles within a second or so
TINY_MODELS = [
    linear(2, 1),
    linear(1, 1, 1),
    linear(1, 2, 1),
    linear(2, 1, 2),
    linear(2, 2, 1),
    linear(1, 1, 2, 1),
    linear(2, 1, 1, 2),
    linear(2, 2, 2),
    relu(1, 2),
    relu(1, 1, 1, bias=True),
    relu(1, 2, 1, bias=True),
    relu(2, 1, 2),
    relu(1, 2, 2),
    relu(1, 1, 1, 1, bias=True),
    relu(2, 2, 1, bias=True),
    nmf(1, 1, 1),
    nmf(1, 2, 1),
    nmf(2, 1, 2),
    nmf(2, 2, 1),
    nmf(2, 2, 2),
    icnn(1, 1, 1),
    icnn(1, 1, 1, bias=True),
    icnn(1, 2, 1, bias=True),
    icnn(2, 1, 2, bias=True),
    icnn(2, 2, 1),
]

#: chains of width 1 need many brackets: trajectories of their flows take seconds
SHALLOW_MODELS = [pair for pair in TINY_MODELS if "1, 2, 1)" not in pair.label]


def metrics(pair):
    """Return the metrics to try on a model: its own, both extremes, its first and last block."""
    names = [name for name, _ in pair.hand.blocks]
    chosen = [None, "euclidean", "mirror", (names[0],)]
    if len(names) > 1:
        chosen.append((names[-1],))
    return chosen


def gradient_flows(models):
    """Return (label, flow of the package, variables by hand, fields by hand) for gradient flows."""
    return [
        (f"{pair.label} gradient {metric}", GradientFlow(pair.package, metric=metric), pair.hand,
         lambda hand=pair.hand, metric=metric: by_hand.gradient_flow(hand, metric))
        for pair in models
        for metric in metrics(pair)
    ]


def momentum_flows(models, dampings=tuple(DAMPINGS)):
    """Return (label, flow of the package, model by hand, fields by hand) for momentum flows."""
    return [
        (f"{pair.label} momentum {damping.label} {metric}",
         MomentumFlow(pair.package, damping=damping.package, metric=metric), pair.hand,
         lambda hand=pair.hand, damping=damping, metric=metric: by_hand.momentum_flow(
             hand, damping.rate, damping.inverse_time, metric))
        for pair in models
        for damping in dampings
        for metric in metrics(pair)
    ]


def labelled(flows):
    """Return pytest parameters out of (label, ...) tuples."""
    return [pytest.param(*rest, id=label) for label, *rest in flows]


def labelled_flows(flows):
    """Return pytest parameters out of (label, flow, ...) tuples, the flows alone."""
    return [pytest.param(flow, id=label) for label, flow, *_ in flows]


small_rationals = st.builds(
    lambda a, b: QQ((a, b)), st.integers(-4, 4), st.sampled_from([1, 1, 1, 2, 3])
)


@st.composite
def polynomials(draw, ring, max_degree=2, max_terms=3, coefficients=st.integers(-4, 4)):
    """Draw a sparse polynomial of ``ring``."""
    total = ring.zero()
    for _ in range(draw(st.integers(0, max_terms))):
        term = ring(draw(coefficients))
        for _ in range(draw(st.integers(0, max_degree))):
            term *= ring.gen(draw(st.integers(0, ring.ngens() - 1)))
        total += term
    return total


@st.composite
def rings(draw, max_variables=4):
    """Draw a multivariate polynomial ring over ZZ or QQ."""
    size = draw(st.integers(1, max_variables))
    return PolynomialRing(draw(st.sampled_from([ZZ, QQ])), size, [f"z{i}" for i in range(size)])


@st.composite
def arbitrary_fields(draw, max_variables=4, max_fields=3):
    """Draw one to three sparse polynomial fields, zero fields not excluded."""
    ring = draw(rings(max_variables))
    coefficients = small_rationals if ring.base_ring() is QQ else st.integers(-4, 4)
    return [
        [draw(polynomials(ring, coefficients=coefficients)) for _ in range(ring.ngens())]
        for _ in range(draw(st.integers(1, max_fields)))
    ]


@st.composite
def fields_with_law(draw):
    r"""
    Draw fields and a polynomial `h` that is a law of all of them.

    The fields are `c (\partial_i h\, \partial_j - \partial_j h\, \partial_i)`.
    """
    size = draw(st.integers(2, 4))
    ring = PolynomialRing(QQ, size, [f"z{i}" for i in range(size)])
    law = draw(polynomials(ring, max_degree=2, max_terms=4).filter(lambda h: h.degree() > 0))
    slopes = [law.derivative(x) for x in ring.gens()]
    fields = []
    for _ in range(draw(st.integers(1, 3))):
        i, j = draw(st.permutations(range(size)))[:2]
        factor = draw(polynomials(ring, max_degree=1, max_terms=2).filter(bool))
        field = [ring.zero()] * size
        field[i], field[j] = -factor * slopes[j], factor * slopes[i]
        fields.append(field)
    return fields, law


@st.composite
def linear_fields(draw):
    """Draw one to three fields of the form `x -> A x`, with many zeros in A."""
    size = draw(st.integers(2, 4))
    ring = PolynomialRing(ZZ, size, [f"z{i}" for i in range(size)])
    entry = st.sampled_from([0, 0, 0, 1, -1, 2])
    return [
        [sum((draw(entry) * x for x in ring.gens()), ring.zero()) for _ in range(size)]
        for _ in range(draw(st.integers(1, 3)))
    ]


def random_fields():
    """Return the strategy that draws from all kinds of random fields."""
    return st.one_of(
        arbitrary_fields(), fields_with_law().map(lambda pair: pair[0]), linear_fields()
    )


@st.composite
def invertible_tables(draw, size):
    """Draw an invertible rational matrix as a list of rows: unipotent times permuted diagonal."""
    nonzero = small_rationals.filter(bool)
    rows = [[QQ(int(i == j)) for j in range(size)] for i in range(size)]
    for i in range(size):
        factor = draw(nonzero)
        rows[i] = [factor * entry for entry in rows[i]]
    for _ in range(draw(st.integers(0, 2 * size)) if size > 1 else 0):
        i, j = draw(st.permutations(range(size)))[:2]
        factor = draw(small_rationals)
        rows[i] = [a + factor * b for a, b in zip(rows[i], rows[j])]
    return [rows[i] for i in draw(st.permutations(range(size)))]
