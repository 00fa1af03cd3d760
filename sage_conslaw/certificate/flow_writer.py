r"""
Building certificates of version 2
"""
from fractions import Fraction

from sage_conslaw.certificate.form import SCHEMA
from sage_conslaw.certificate.program import parse_program


def build_flow_certificate(program, flow, variables, prime, point, trace, laws, hypotheses=()):
    r"""
    Return a certificate of version 2 as a ``dict``, ready to be written as JSON.

    Nothing is verified here, but for the form of the program: that is what
    :func:`check_certificate <sage_conslaw.certificate.checker.check_certificate>` does.

    INPUT:

    - ``program`` -- the pairing of the network, as JSON: see
      :mod:`sage_conslaw.certificate.program`
    - ``flow`` -- the flow, as JSON: see :mod:`sage_conslaw.certificate`
    - ``variables`` -- the names of the variables
    - ``prime`` -- a prime below `2^{64}`
    - ``point`` -- a sequence of integers, one for each variable
    - ``trace`` -- words or a trajectory, as JSON: see :mod:`sage_conslaw.certificate`
    - ``laws`` -- a sequence of laws; a law is a sequence of pairs (monomial, coefficient). A
      monomial is an ascending sequence of variables, counted from 0; a coefficient is whatever
      ``Fraction`` takes, or its text
    - ``hypotheses`` -- what is to be assumed besides what the controls of the program need

    EXAMPLES::

        sage: from sage_conslaw.certificate import build_flow_certificate, check_certificate
        sage: U, V = ({"op": "parameter", "name": name, "shape": []} for name in "UV")
        sage: one = {"op": "constant", "shape": [], "values": ["1"]}
        sage: zero, first, second = int(0), int(1), int(2)
        sage: program = {"instructions": [U, V, {"op": "multiply", "of": [zero, first],
        ....:            "left": "", "right": "", "out": ""}], "outputs": [second]}
        sage: metric = {"instructions": [U, V, one], "outputs": [second, second]}
        sage: flow = {"kind": "gradient", "damping": None, "decay": [],
        ....:         "metric": {"form": "diagonal", "program": metric}}
        sage: certificate = build_flow_certificate(
        ....:     program, flow, ["U", "V"], 101, [3, 4], {"kind": "words", "words": [[zero]]},
        ....:     [[((0, 0), 1/2), ((1, 1), -1/2)]])
        sage: certificate["laws"], certificate["hypotheses"]
        ([[[[0, 0], '1/2'], [[1, 1], '-1/2']]], [])
        sage: check_certificate(certificate)
        Proved: around a generic point the gradient flow of the network in the certificate, with
        parameters U, V and Euclidean geometry, has exactly 1 independent conservation law, of
        which every law is a function.

    TESTS::

        sage: build_flow_certificate(program, flow, ["U", "V"], 101, [3, 4],
        ....:                        {"kind": "words", "words": []}, [])
        Traceback (most recent call last):
        ...
        ValueError: trace, laws: got 0 vectors and 0 laws in 2 variables; a proof needs as many of
        them together as there are variables
    """
    variables, laws = [str(name) for name in variables], list(laws)
    vectors = trace.get("vectors", trace.get("words", ()))
    if len(vectors) + len(laws) != len(variables):
        raise ValueError(
            f"trace, laws: got {len(vectors)} vector{'' if len(vectors) == 1 else 's'} and "
            f"{len(laws)} law{'' if len(laws) == 1 else 's'} in {len(variables)} variables; a "
            "proof needs as many of them together as there are variables")
    point = [int(x) % int(prime) for x in point]
    if len(point) != len(variables):
        raise ValueError(f"point: got {len(point)} numbers, expected {len(variables)}, one for "
                         "each variable")
    return {
        "schema": SCHEMA,
        "version": 2,
        "claim": {"number_of_variables": len(variables), "lie_dimension": len(vectors),
                  "number_of_laws": len(laws)},
        "hypotheses": [*parse_program(program, "program").hypotheses(), *map(str, hypotheses)],
        "program": program,
        "flow": flow,
        "variables": variables,
        "prime": int(prime),
        "point": point,
        "trace": trace,
        "laws": [sorted([list(map(int, monomial)), _text(c)] for monomial, c in law)
                 for law in laws],
    }


def _text(coefficient):
    # a rational of Sage is a fraction only by way of its text
    return str(Fraction(str(coefficient)))
