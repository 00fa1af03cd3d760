r"""
Writing certificates
"""
import contextlib
import json
import os
import secrets
from fractions import Fraction

from sage_conslaw.certificate.form import SCHEMA
from sage_conslaw.certificate.reader import (MAX_BYTES, MAX_VALUES, VALUE_MARKS,
                                             CertificateError)


def build_certificate(fields, prime, point, words, laws, flow=None):
    r"""
    Return a certificate as a ``dict``, ready to be written as JSON.

    Nothing is verified here: that is what :func:`check_certificate
    <sage_conslaw.certificate.checker.check_certificate>` does.

    INPUT:

    - ``fields`` -- :class:`VectorFields <sage_conslaw.flows.vector_fields.VectorFields>`
    - ``prime`` -- a prime below `2^{64}` that divides no denominator
    - ``point`` -- a sequence of integers, one for each variable
    - ``words`` -- a sequence of words, each a sequence of indices of fields;
      ``(i, j, k)`` stands for `[\chi_i, [\chi_j, \chi_k]]`
    - ``laws`` -- a sequence of :class:`~sage_conslaw.laws.law.Law`, or of polynomials of Sage,
      in the variables of the fields
    - ``flow`` -- the flow whose fields they are; the certificate then names it, if it is one
      of the package's own

    EXAMPLES::

        sage: from sage_conslaw import VectorFields
        sage: from sage_conslaw.certificate import build_certificate
        sage: R.<x, y> = QQ[]
        sage: certificate = build_certificate(VectorFields([[y, -x/2]]), 101, [1, 2], [[0]],
        ....:                                 [x^2/2 + y^2])
        sage: certificate["fields"], certificate["laws"]
        ([[[0, [1], '1'], [1, [0], '-1/2']]], [[[[0, 0], '1/2'], [[1, 1], '1']]])
        sage: certificate["claim"]
        {'lie_dimension': 1, 'number_of_laws': 1, 'number_of_variables': 2}

    TESTS::

        sage: build_certificate(VectorFields([[y, -x]]), 101, [1, 2], [], [x^2 + y^2])
        Traceback (most recent call last):
        ...
        ValueError: words, laws: got 0 words and 1 law in 2 variables; a proof needs as many of
        them together as there are variables
    """
    names = list(fields.variable_names())
    laws = list(laws)
    words = [[int(i) for i in word] for word in words]
    point = [int(x) % int(prime) for x in point]
    if len(words) + len(laws) != len(names):
        raise ValueError(
            f"words, laws: got {len(words)} word{'' if len(words) == 1 else 's'} and {len(laws)} "
            f"law{'' if len(laws) == 1 else 's'} in {len(names)} variables; a proof needs as many "
            "of them together as there are variables")
    if len(point) != len(names):
        raise ValueError(f"point: got {len(point)} numbers, expected {len(names)}, one for each "
                         "variable")
    for law in laws:
        if _names(law) != names:
            raise ValueError("laws: got a polynomial of the variables "
                             f"{', '.join(_names(law))}, expected polynomials in the variables of "
                             "the fields")
    return {
        "schema": SCHEMA,
        "version": 1,
        "claim": {"number_of_variables": len(names), "lie_dimension": len(words),
                  "number_of_laws": len(laws)},
        "model": _model(flow, fields),
        "variables": names,
        "fields": _field_terms(fields),
        "prime": int(prime),
        "point": point,
        "words": words,
        "laws": [_terms(law) for law in laws],
    }


def _field_terms(fields):
    # from the table of terms: polynomials would take most of the time where fields are many
    table, result = fields.terms, [[] for _ in range(len(fields))]
    for field, component, factors, coefficient in zip(
            table.field.tolist(), table.component.tolist(), table.factors.tolist(),
            table.coefficients.tolist()):
        coefficient = Fraction(int(coefficient), fields.denominators[field])
        result[field].append([component, [x for x in factors if x < table.variables],
                              str(coefficient)])
    for terms in result:
        terms.sort()
    return result


def _names(law):
    # a polynomial of Sage has a parent that knows its variables
    return list(law.names if hasattr(law, "names") else map(str, law.parent().variable_names()))


def _terms(polynomial):
    if hasattr(polynomial, "names"):
        return sorted([list(monomial), str(c)] for monomial, c in polynomial.terms)
    terms = []
    for exponents, coefficient in polynomial.dict().items():
        monomial = []
        for variable, exponent in exponents.sparse_iter():
            monomial += [int(variable)] * int(exponent)
        terms.append([monomial, str(coefficient)])
    return sorted(terms)


def _model(flow, fields):
    # what the checker can build from formulas; other flows are certified as fields
    model = getattr(flow, "model", None)
    flow_name, architecture = type(flow).__name__, type(model).__name__
    for part, names in ((flow, ("GradientFlow", "MomentumFlow")),
                        (model, ("LinearNetwork", "ReLUNetwork", "NMF", "ICNN"))):
        # a class of someone else may be called the same
        kind = type(part)
        if kind.__name__ not in names or not kind.__module__.startswith("sage_conslaw."):
            return None
    if flow.decay or not isinstance(flow.metric, tuple) or getattr(model, "output_bias", False):
        return None
    widths = model.widths if hasattr(model, "widths") else (model.n, model.r, model.m)
    damping = None
    if flow_name == "MomentumFlow":
        inverse_time = getattr(flow.damping, "c", None)
        damping = str(flow.damping) if inverse_time is None else f"{inverse_time}/t"
        if inverse_time is not None and (inverse_time.denominator > 1 or (
                flow.metric and _fields_with(fields.terms, 0) < len(fields))):
            # in the formulas all fields are multiplied by the time, where some are
            return None
    return {"flow": flow_name, "architecture": architecture,
            "widths": [int(width) for width in widths], "bias": getattr(model, "bias", None),
            "damping": damping, "mirror": [str(name) for name in flow.metric]}


def _fields_with(table, variable):
    # how many fields have a term with a variable in it
    return len(set(table.field[(table.factors == variable).any(axis=1)].tolist()))


def save_certificate(certificate, path):
    r"""
    Write a certificate to a file, which is whole or not there at any time.

    INPUT:

    - ``certificate`` -- a ``dict`` as :func:`build_certificate` returns it
    - ``path`` -- where to write; a file that is there is replaced

    ALGORITHM: The text goes to a new file in the same directory, which takes the place of the
    old one when it is complete and on the disk.

    EXAMPLES::

        sage: import os, tempfile
        sage: from sage_conslaw import VectorFields
        sage: from sage_conslaw.certificate import (build_certificate, check_certificate,
        ....:                                       save_certificate)
        sage: R.<x, y> = ZZ[]
        sage: certificate = build_certificate(VectorFields([[y, 0], [0, x]]), 101, [1, 2],
        ....:                                 [[0], [1]], [])
        sage: with tempfile.TemporaryDirectory() as directory:
        ....:     path = os.path.join(directory, "proof.json")
        ....:     save_certificate(certificate, path)
        ....:     print(os.listdir(directory), check_certificate(path))
        ['proof.json'] Proved: around a generic point the fields of the certificate have no
        conservation law but constants.
        ...
    """
    path = os.fspath(path)
    directory = os.path.dirname(path)
    draft = os.path.join(directory, f".{secrets.token_hex(8)}.part")
    try:
        # in contrast to files made by tempfile it gets the permissions of ordinary files
        with open(draft, "x", encoding="ascii") as file:
            size = values = 0
            for part in _lines(certificate):
                size += file.write(part)
                values += sum(map(part.count, VALUE_MARKS))
                if size > MAX_BYTES or values > MAX_VALUES:
                    raise CertificateError(
                        f"the certificate has more than {MAX_BYTES:,} bytes or {MAX_VALUES:,} "
                        "values, and would be refused")
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        # an interrupt may come when the draft is no more, or not yet
        with contextlib.suppress(FileNotFoundError):
            os.unlink(draft)
        raise


def _lines(certificate):
    for number, (key, value) in enumerate(certificate.items()):
        yield f"{',' if number else '{'}\n{json.dumps(key)}: "
        yield from _parts(value)
    yield "\n}\n"


def _parts(value):
    # one field, word, law or instruction a line: a person can read that, and compare two files
    if isinstance(value, dict):
        for number, (key, inner) in enumerate(value.items()):
            yield f"{', ' if number else '{'}{json.dumps(key)}: "
            yield from _parts(inner)
        yield "}" if value else "{}"
    elif isinstance(value, list) and any(isinstance(entry, (list, dict)) for entry in value):
        yield "[\n"
        for place, entry in enumerate(value):
            yield (",\n" if place else "") + json.dumps(entry, allow_nan=False,
                                                        separators=(",", ":"))
        yield "\n]"
    else:
        yield json.dumps(value, allow_nan=False)
