"""Variables and laws in the notation of the papers."""

import pytest
from sage.all import QQ, ZZ, PolynomialRing, latex

from sage_conslaw import (
    ICNN,
    NMF,
    GradientFlow,
    LinearNetwork,
    MomentumFlow,
    ReLUNetwork,
    polynomial_laws,
)
from sage_conslaw.laws.law import Law
from sage_conslaw.laws.notation import variable_in_latex


@pytest.mark.parametrize("name, expected", [
    ("U1_2_3", "(U_{1})_{2,3}"),
    ("U10_2_33", "(U_{10})_{2,33}"),
    ("dU1_2_3", "(\\dot U_{1})_{2,3}"),
    ("U1_2", "U_{1,2}"),
    ("V12_1", "V_{12,1}"),
    ("dV3_1", "\\dot V_{3,1}"),
    ("b1_2", "(b_{1})_{2}"),
    ("db1_2", "(\\dot b_{1})_{2}"),
    ("b1", "b_{1}"),
    ("db1", "\\dot b_{1}"),
    ("x1", "x_{1}"),
    ("t", "t"),
    ("s", "s"),
])
def test_variables(name, expected):
    assert variable_in_latex(PolynomialRing(ZZ, [name, "other"]).gen(0)) == expected


@pytest.mark.parametrize("name", ["alpha", "xx1", "d", "foo_1", "d1"])
def test_other_names_have_balanced_braces(name):
    text = variable_in_latex(PolynomialRing(ZZ, [name, "other"]).gen(0))
    assert text and text.count("{") == text.count("}")


@pytest.mark.parametrize("flow", [
    MomentumFlow(LinearNetwork([2, 3, 12])), MomentumFlow(ReLUNetwork([2, 1, 2, 2], bias=True), 1),
    MomentumFlow(NMF(2, 1, 11)), MomentumFlow(ICNN(2, 2, 2, bias=True))], ids=repr)
def test_variables_of_a_flow_stay_distinct(flow):
    names = [variable_in_latex(x) for x in flow.ring().gens()]
    assert len(set(names)) == flow.number_of_variables
    parameters = flow.model.number_of_parameters
    for theta, velocity in zip(names[1:parameters + 1], names[parameters + 1:]):
        assert velocity.replace("\\dot ", "") == theta


def laws_to_write():
    ring = PolynomialRing(QQ, ["x", "y", "U1_1"])
    x, y, u = ring.gens()
    return [
        (ring.zero(), "0"), (ring.one(), "1"), (-ring.one(), "-1"), (ring(QQ((-1, 2))),
                                                                     "-\\frac{1}{2}"),
        (x, "x"), (-x, "-x"), (2 * x, "2 x"), (x**2 - y**10, "- y^{10} + x^{2}"),
        (x * y, "x y"), (-3 * u**2, "-3 U_{1,1}^{2}"), (x - 1, "x - 1"),
        (QQ((1, 2)) * x + u, "\\frac{1}{2} x + U_{1,1}"),
    ]


@pytest.mark.parametrize("law, expected", laws_to_write(), ids=str)
def test_laws(law, expected):
    assert str(latex(Law.from_polynomial(law))).replace("- ", "-") == expected.replace("- ", "-")


def test_ordinary_polynomials_look_as_in_sage():
    ring = PolynomialRing(ZZ, ["x", "y"])
    x, y = ring.gens()
    for law in (x**2 - y, 3 * x * y**2 + x - 7, -x**3 - 2 * y + 1):
        ours = Law.from_polynomial(law)._latex_()
        assert ours.replace(" ", "") == str(latex(law)).replace(" ", "")


def test_a_law_of_a_momentum_flow():
    law = polynomial_laws(MomentumFlow(LinearNetwork([1, 2, 1])), 2)[0]
    text = law._latex_()
    assert "\\dot U" in text and "_1_" not in text
    law = polynomial_laws(GradientFlow(NMF(1, 1, 1)), 1)[0]
    assert law._latex_() == "U_{1,1} - V_{1,1}"
