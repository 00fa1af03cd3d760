r"""
The experiments of the NeurIPS 2023 paper

The published notebook counts the conservation laws of linear and of ReLU networks
under Euclidean gradient flow, once by the rank of the generated Lie algebra and once
by polynomial laws of degree 2, and tests the computations on random polynomial
fields and on the gradient of `x_1 \cdots x_D`.  ``data/neurips2023_cases.json`` holds
the cases and where they are from; this module says which flow a case stands for
and what is claimed of it.

Where the number of laws known before has a formula, it is shown beside the verdict:
the independent entries of `U_l^T U_l - U_{l+1} U_{l+1}^T` for linear networks, one law
for each hidden neuron for ReLU networks, `D - 1` for `x_1 \cdots x_D`.  A random field
has laws, and none that is a polynomial of the degrees searched: there nothing is
proved but the upper bound, and the results say so.

REFERENCES:

- Marcotte, Gribonval, Peyré, *Abide by the Law and Follow the Flow: Conservation Laws
  for Gradient Flows*, NeurIPS 2023, arXiv 2307.00144, sections 2 (conservation laws
  and polynomial ones) and 3 (the number of laws).

EXAMPLES::

    sage: from sage_conslaw.papers import load_paper, reproduce
    sage: load_paper("neurips2023").experiments[:2]
    (linear_lie (published): 50 cases, linear_poly (published): 10 cases)
    sage: reproduce("neurips2023", only=["monomial", "random_fields"])
    neurips2023: 2 experiments, 19 cases, 9 of them proved: every claim holds
"""
import sage_conslaw
from sage_conslaw.papers.cases import (
    ALL_PROVED, AS_KNOWN, AS_RECORDED, HIDDEN_NEURONS, Case, Claim, Experiment, Formula, Paper,
    laws_are_polynomial, load_data)

_TITLES = {
    "linear_lie": "Linear networks, by the rank of the Lie algebra",
    "linear_poly": "Linear networks, by polynomial laws",
    "relu_lie": "ReLU networks, by the rank of the Lie algebra",
    "relu_poly": "ReLU networks, by polynomial laws",
    "random_fields": "Random polynomial fields",
    "monomial": "The gradient of the product of all variables",
}

#: The trace of the Lie algebra of one field that is not zero is a line.
ONE_DIMENSION = Claim("dim Lie = 1", lambda result: result.lie_dimension == 1)
NO_POLYNOMIAL_LAWS = Claim("there is no polynomial law of degree at most 4",
                           lambda result: result.polynomial_laws == 0)


def _linear(case):
    return sage_conslaw.GradientFlow(sage_conslaw.LinearNetwork(case.dims))


def _relu(case):
    return sage_conslaw.GradientFlow(sage_conslaw.ReLUNetwork(case.dims, bias=case.bias))


def _random(case):
    from sage_conslaw.published.comparisons import build_vector_fields
    return sage_conslaw.VectorFields.from_array(build_vector_fields(*case.dims, seed=case.draw))


def _monomial(case):
    from sage_conslaw.published.comparisons import particular_vf
    return sage_conslaw.VectorFields.from_array(particular_vf(*case.dims))


def _known_of_linear(case):
    from sage_conslaw.published.comparisons import known_conserved_functions_linear
    return known_conserved_functions_linear(case.dims)


def _known_of_relu(case):
    from sage_conslaw.published.comparisons import known_conserved_functions_ReLU
    return known_conserved_functions_ReLU(case.dims)


def _known_of_monomial(case):
    return case.dims[0] - 1


def _homogeneous(case, fields, verdict, seed):
    return sage_conslaw.polynomial_laws(fields, 2, homogeneous=True,
                                        seed=seed).number_of_independent


def _found(case, fields, verdict, seed):
    # the verdict has searched all polynomials of the degree already
    return verdict.lower_bound


_FLOWS = {
    "linear_lie": _linear, "linear_poly": _linear, "relu_lie": _relu, "relu_poly": _relu,
    "random_fields": _random, "monomial": _monomial,
}
_KNOWN = {
    "linear_lie": _known_of_linear, "linear_poly": _known_of_linear,
    "relu_lie": _known_of_relu, "relu_poly": _known_of_relu,
    "monomial": _known_of_monomial,
}
_LAWS = {"linear_poly": _homogeneous, "relu_poly": _homogeneous,
         "random_fields": _found, "monomial": _found}
_ARE_HOMOGENEOUS = laws_are_polynomial("that are homogeneous of degree 2")
_CLAIMS = {
    "linear_lie": (AS_KNOWN, ALL_PROVED, AS_RECORDED),
    "linear_poly": (_ARE_HOMOGENEOUS, AS_KNOWN, ALL_PROVED, AS_RECORDED),
    "relu_lie": (AS_KNOWN, ALL_PROVED, AS_RECORDED),
    "relu_poly": (_ARE_HOMOGENEOUS, AS_KNOWN, ALL_PROVED, AS_RECORDED),
    "random_fields": (ONE_DIMENSION, NO_POLYNOMIAL_LAWS),
    "monomial": (laws_are_polynomial("of degree at most 2"), AS_KNOWN, ALL_PROVED),
}


_VARIABLES = Formula("variables $D$", lambda case: case.dims[0])
_SIZES = {"random_fields": _VARIABLES, "monomial": _VARIABLES}
_CLOSED_FORMS = {
    "linear_lie": Formula("known before", _known_of_linear),
    "linear_poly": Formula("known before", _known_of_linear),
    "relu_lie": Formula("one a neuron", _known_of_relu),
    "relu_poly": Formula("one a neuron", _known_of_relu),
    "random_fields": Formula("$D - 1$", _known_of_monomial),
    "monomial": Formula("$D - 1$", _known_of_monomial),
}


def _case(entry):
    return Case(tuple(entry["dims"]), bias=entry.get("bias"), draw=entry.get("draw"),
                recorded_variables=entry.get("variables"), recorded_laws=entry.get("laws"))


def _experiment(name, data):
    return Experiment(
        name=name, part="", title=_TITLES[name], variant="published", damping=None,
        cases=tuple(_case(entry) for entry in data["cases"]), flow=_FLOWS[name],
        degree=4 if name == "random_fields" else 2, polynomial_laws=_LAWS.get(name),
        known_laws=_KNOWN.get(name), size=_SIZES.get(name, HIDDEN_NEURONS),
        closed_form=_CLOSED_FORMS[name], claims=_CLAIMS[name])


def _paper():
    data = load_data("neurips2023_cases.json")
    about = data["paper"]
    return Paper(name=about["key"],
                 reference=f"{about['authors']}, {about['title']}, {about['venue']}, "
                           f"arXiv {about['arxiv']}",
                 experiments=tuple(_experiment(name, section)
                                   for name, section in data["experiments"].items()))


PAPER = _paper()
