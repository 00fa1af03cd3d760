"""Problems whose verdict is known, and what a verdict has to be."""

from sage.all import ZZ, PolynomialRing

import reference
from sage_conslaw import (
    ICNN,
    NESTEROV,
    NMF,
    GradientFlow,
    LinearNetwork,
    MomentumFlow,
    ReLUNetwork,
    VectorFields,
)
from sage_conslaw.flows.vector_fields import as_vector_fields


def fields(text, *entries, base=ZZ):
    """Return vector fields from functions of the variables, and the variables."""
    ring = PolynomialRing(base, text.split())
    return VectorFields([[ring(e) for e in make(*ring.gens())] for make in entries])


def scaling():
    """Return the field whose law y / x is not polynomial."""
    return fields("x y", lambda x, y: (x, y))


def weighted():
    """Return a field whose simplest law is x^2 y."""
    return fields("x y", lambda x, y: (x, -2 * y))


def assert_verdict(result, number):
    """Assert that a number is proved, and that all that the result says agrees with that."""
    assert result.is_proved and result.stopped == "proved"
    assert result.lower_bound == result.upper_bound == number == len(result.laws)
    assert result.unexplained == 0 and result.error_bound == 0
    assert result.lie_dimension + number == result.number_of_variables
    for law in result.laws:
        for field in reference.over_rationals(as_vector_fields(result.problem)):
            assert not reference.derivative_along(field[0].parent()(law), field)
    assert reference.number_of_independent([law.polynomial() for law in result.laws]) == number


KNOWN = [
    (GradientFlow(LinearNetwork([2, 2, 2])), 3),
    (GradientFlow(LinearNetwork([3, 2, 3])), 3),
    (GradientFlow(LinearNetwork([2, 3, 4])), 6),
    (GradientFlow(LinearNetwork([2, 3, 2])), 6),
    (GradientFlow(ReLUNetwork([2, 3, 2])), 3),
    (GradientFlow(ReLUNetwork([2, 2, 2, 2], bias=True)), 4),
    (GradientFlow(NMF(2, 3, 2)), 3),
    (GradientFlow(ICNN(2, 2, 2, bias=True)), None),
    (MomentumFlow(LinearNetwork([2, 2, 2])), 1),
    (MomentumFlow(LinearNetwork([3, 3, 3]), damping=1), 3),
    (MomentumFlow(LinearNetwork([2, 2, 2]), damping=NESTEROV), 1),
    (MomentumFlow(ReLUNetwork([2, 2, 2])), 0),
    (MomentumFlow(NMF(2, 2, 2)), 0),
]
