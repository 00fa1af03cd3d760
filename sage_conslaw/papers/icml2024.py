r"""
The six experiments of the ICML 2024 paper

The published notebook draws 20 networks for each of six settings and compares
the number of conservation laws, `D - \dim \mathrm{Lie}(\chi)(x)`, with the number
of independent polynomial laws, or with zero.  ``data/icml2024_cases.json``
holds the cases and where they are from; this module says which flow a case
stands for and what is claimed of it.

Two variants:

- *published*: the sizes, bias and damping that the published calls evaluated,
  with the metrics of the paper's text.  In the notebook the damping is always
  0, but for the ReLU networks, where the published call has bias and damping in
  each other's place: it runs without bias, with the drawn bias as the damping.

- *intended*: for the four momentum settings, the same sizes with the bias that
  was drawn, each under damping 0, 1 and `3/t`.

REFERENCES:

- Marcotte, Gribonval, Peyré, *Keep the Momentum: Conservation Laws beyond
  Euclidean Gradient Flows*, ICML 2024, arXiv 2405.12888, sections 3.1 (the two
  computations), 4.1.1 (linear networks), 4.1.2 (ReLU networks), 4.2.1 (NMF) and
  4.2.2 (ICNN).

EXAMPLES::

    sage: from sage_conslaw.papers import load_paper
    sage: load_paper("icml2024").experiments[:2]
    (linear_momentum (published): 20 cases, relu_momentum (published): 20 cases)
"""
import sage_conslaw
from sage_conslaw.papers.cases import (
    ALL_PROVED, AS_RECORDED, HIDDEN_NEURONS, NO_LAWS, Case, Experiment, Formula, Paper,
    laws_are_polynomial, load_data)

DAMPINGS = ("0", "1", "3/t")

_TITLES = {
    "linear_momentum": "Linear networks, Euclidean momentum flow",
    "relu_momentum": "ReLU networks, Euclidean momentum flow",
    "nmf_gradient": "Nonnegative matrix factorization, mirror gradient flow",
    "nmf_momentum": "Nonnegative matrix factorization, mirror momentum flow",
    "icnn_gradient": "Input convex networks, mirror gradient flow",
    "icnn_momentum": "Input convex networks, mirror momentum flow",
}

_MOMENTUM = ("linear_momentum", "relu_momentum", "nmf_momentum", "icnn_momentum")


def damping_of(case):
    r"""
    Return the damping of a case as a momentum flow takes it.

    INPUT:

    - ``case`` -- a :class:`~sage_conslaw.papers.cases.Case` with a damping

    OUTPUT: 0, 1 or :data:`sage_conslaw.NESTEROV`

    EXAMPLES::

        sage: from sage_conslaw.papers.cases import Case
        sage: from sage_conslaw.papers.icml2024 import damping_of
        sage: damping_of(Case((2, 2, 2), damping="1"))
        1
    """
    return {"0": 0, "1": 1, "3/t": sage_conslaw.NESTEROV}[case.damping]


def _linear_momentum(case):
    return sage_conslaw.MomentumFlow(sage_conslaw.LinearNetwork(case.dims), damping_of(case))


def _relu_momentum(case):
    return sage_conslaw.MomentumFlow(sage_conslaw.ReLUNetwork(case.dims, bias=case.bias),
                                     damping_of(case))


def _nmf_gradient(case):
    return sage_conslaw.GradientFlow(sage_conslaw.NMF(*case.dims))


def _nmf_momentum(case):
    return sage_conslaw.MomentumFlow(sage_conslaw.NMF(*case.dims), damping_of(case))


def _icnn_gradient(case):
    return sage_conslaw.GradientFlow(sage_conslaw.ICNN(*case.dims, bias=case.bias))


def _icnn_momentum(case):
    return sage_conslaw.MomentumFlow(sage_conslaw.ICNN(*case.dims, bias=case.bias),
                                     damping_of(case))


_FLOWS = {
    "linear_momentum": _linear_momentum,
    "relu_momentum": _relu_momentum,
    "nmf_gradient": _nmf_gradient,
    "nmf_momentum": _nmf_momentum,
    "icnn_gradient": _icnn_gradient,
    "icnn_momentum": _icnn_momentum,
}


def _homogeneous(case, flow, verdict, seed):
    # As the notebook does: the time is a variable like the others, and the degree
    # has the damping added, because the laws carry a factor s = exp(tau t).
    fields = sage_conslaw.VectorFields.from_array(flow.vector_fields().to_array())
    return sage_conslaw.polynomial_laws(fields, 2 + int(case.damping), homogeneous=True,
                                        seed=seed).number_of_independent


def _quadratic(case, flow, verdict, seed):
    # the verdict has searched all laws of degree at most 2 already
    return verdict.lower_bound


# For each experiment that asks for polynomial laws: how, and which in words.
_PUBLISHED_LAWS = {
    "linear_momentum": (_homogeneous, "that are homogeneous of degree 2 + damping"),
    "nmf_gradient": (_quadratic, "of degree at most 2"),
    "icnn_gradient": (_quadratic, "of degree at most 2"),
}
_INTENDED_LAWS = {
    "linear_momentum": (_quadratic, "of degree at most 2 in parameters and velocities"),
}


def laws_of_linear_momentum(case):
    r"""
    Return the number of laws of a linear network under momentum, by a closed form.

    A hidden layer of width `r` has the laws of an antisymmetric `r \times r` matrix: the
    angular momenta of its `r` neurons, each of which has `2(n + m)` coordinates, where `n`
    and `m` are the widths beside it. There are `r(r-1)/2` of them, fewer if `r > 2(n + m)`.
    Where `n = m = 1`, the sum and the difference of the two weights of the neurons have
    angular momenta of their own.

    EXAMPLES::

        sage: from sage_conslaw import LinearNetwork, MomentumFlow, trace_dimension
        sage: from sage_conslaw.papers.cases import Case
        sage: from sage_conslaw.papers.icml2024 import laws_of_linear_momentum
        sage: for dims in [(2, 3, 2), (1, 9, 2), (1, 4, 1, 3)]:
        ....:     flow = MomentumFlow(LinearNetwork(dims))
        ....:     trace_dimension(flow).number_of_laws, laws_of_linear_momentum(Case(dims))
        (3, 3)
        (33, 33)
        (10, 10)
    """
    def independent(width, coordinates):
        left = max(width - coordinates, 0)
        return width * (width - 1) // 2 - left * (left - 1) // 2

    return sum(2 * independent(width, 2) if before == after == 1
               else independent(width, 2 * (before + after))
               for before, width, after in zip(case.dims, case.dims[1:], case.dims[2:]))


_NO_LAWS = Formula("no law", lambda case: 0)
_CLOSED_FORMS = {
    "linear_momentum": Formula("r(r-1)/2 a layer", laws_of_linear_momentum),
    "relu_momentum": _NO_LAWS,
    "nmf_gradient": Formula("one a neuron", HIDDEN_NEURONS.value),
    "nmf_momentum": _NO_LAWS,
    "icnn_gradient": Formula("one a neuron", HIDDEN_NEURONS.value),
    "icnn_momentum": _NO_LAWS,
}


def _published_case(name, entry):
    evaluated = entry.get("evaluated", entry)
    damping = str(evaluated["tau"]) if name in _MOMENTUM else None
    return Case(tuple(entry["dims"]), bias=evaluated.get("bias"), damping=damping,
                recorded_variables=entry["variables"], recorded_laws=entry["laws"])


def _intended_case(entry, damping):
    return Case(tuple(entry["dims"]), bias=entry.get("sampled_bias", entry.get("bias")),
                damping=damping)


def _experiment(name, data, variant, cases, laws, *claims):
    dampings = {case.damping for case in cases}
    polynomial_laws, kind = laws or (None, None)
    return Experiment(name=name, part=data["part"], title=_TITLES[name], variant=variant,
                      damping=dampings.pop() if len(dampings) == 1 else None,
                      cases=tuple(cases), flow=_FLOWS[name], degree=2 if kind else None,
                      polynomial_laws=polynomial_laws, closed_form=_CLOSED_FORMS[name],
                      claims=(laws_are_polynomial(kind) if kind else NO_LAWS,
                              ALL_PROVED) + claims)


def _published(name, data):
    cases = [_published_case(name, entry) for entry in data["cases"]]
    return _experiment(name, data, "published", cases, _PUBLISHED_LAWS.get(name), AS_RECORDED)


def _intended(name, data, damping):
    cases = [_intended_case(entry, damping) for entry in data["cases"]]
    return _experiment(name, data, "intended", cases, _INTENDED_LAWS.get(name))


def _paper():
    data = load_data("icml2024_cases.json")
    about, sections = data["paper"], data["experiments"]
    published = [_published(name, section) for name, section in sections.items()]
    intended = [_intended(name, sections[name], damping)
                for name in _MOMENTUM for damping in DAMPINGS]
    return Paper(name=about["key"],
                 reference=f"{about['authors']}, {about['title']}, {about['venue']}, "
                           f"arXiv {about['arxiv']}",
                 experiments=tuple(published + intended))


PAPER = _paper()
