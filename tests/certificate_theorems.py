r"""
Small certificates, and a slow second reading of the format.

Certificates are found here with Sage's polynomials and read again with them: brackets are expanded
over QQ, ranks are Sage's, the fields of models are those of the package.
"""

import functools
import json
import math
import random
import re

from sage.all import GF, QQ, Integer, PolynomialRing, matrix
from sage_conslaw import (
    ICNN,
    NESTEROV,
    NMF,
    GradientFlow,
    InverseTime,
    LinearNetwork,
    MomentumFlow,
    ReLUNetwork,
    VectorFields,
    polynomial_laws,
)
from sage_conslaw.certificate import build_certificate

# Valid certificates ------------------------------------------------------------------------------

def independent_words(fields, prime, point):
    """Return words with independent values at the point, shorter ones first."""
    point = [GF(prime)(x) for x in point]
    words, rows = [], []
    level = [((i,), field) for i, field in enumerate(fields)]
    generators = list(level)
    while level and len(rows) < len(point):
        added = []
        for word, field in level:
            value = [entry.change_ring(GF(prime))(*point) for entry in field]
            if matrix(GF(prime), rows + [value]).rank() > len(rows):
                rows.append(value)
                words.append(word)
                added.append((word, field))
        level = [((i,) + word, lie_bracket(generator, field))
                 for word, field in added for (i,), generator in generators]
    return words


def lie_bracket(f, g):
    """Return the bracket J_g f - J_f g of lists of polynomials."""
    variables = f[0].parent().gens()
    return [sum((f[k] * b.derivative(x) - g[k] * a.derivative(x)
                 for k, x in enumerate(variables)), a.parent().zero()) for a, b in zip(f, g)]


def certify(flow_or_fields, laws, prime=2**31 - 1, seed=0):
    """Return a certificate found with Sage's polynomials, or None where the count is not proved."""
    is_flow = not isinstance(flow_or_fields, VectorFields)
    fields = flow_or_fields.vector_fields() if is_flow else flow_or_fields
    generator = random.Random(seed)
    point = [generator.randrange(1, prime) for _ in range(fields.number_of_variables)]
    ring = fields.ring().change_ring(QQ)
    words = independent_words([[ring(p) for p in field] for field in fields], prime, point)
    if len(words) + len(laws) != len(point):
        return None
    return build_certificate(fields, prime, point, words, laws,
                             flow_or_fields if is_flow else None)


def flows():
    """Return small flows, each with the degree of its laws, that a certificate can be given for."""
    return [
        (GradientFlow(LinearNetwork([2, 2, 2])), 2),
        (GradientFlow(LinearNetwork([2, 2]), metric="mirror"), 1),
        (GradientFlow(ReLUNetwork([1, 2, 1], bias=True)), 2),
        (GradientFlow(ReLUNetwork([2, 1, 2])), 2),
        (GradientFlow(NMF(2, 2, 1)), 1),
        (GradientFlow(ICNN(1, 2, 1, bias=True)), 2),
        (MomentumFlow(LinearNetwork([1, 2, 1])), 2),
        (MomentumFlow(LinearNetwork([2, 2]), 2), 1),
        (MomentumFlow(LinearNetwork([2, 2, 1]), NESTEROV), 2),
        (MomentumFlow(ReLUNetwork([1, 1, 1], bias=True), QQ((1, 2))), 1),
        (MomentumFlow(ReLUNetwork([2, 1, 1])), 1),
        (MomentumFlow(NMF(1, 1, 1), NESTEROV), 1),
        (MomentumFlow(NMF(1, 1, 2), 3), 1),
        (MomentumFlow(ICNN(1, 1, 1), InverseTime(QQ((5, 2)))), 1),
        (MomentumFlow(ICNN(1, 1, 1, bias=True), 0), 1),
    ]


@functools.lru_cache(maxsize=None)
def examples():
    """Return valid certificates, as a tuple of JSON texts."""
    found = []
    for flow, degree in flows():
        found.append(certify(flow, polynomial_laws(flow, degree).independent()))
    ring = PolynomialRing(QQ, "x, y, z")
    x, y, z = ring.gens()
    for fields, laws, prime in [
        ([[y * z, x * z, x * y]], [x**2 - y**2, x**2 - z**2], 1009),
        ([[y / 2, -x / 3, 0]], [2 * x**2 + 3 * y**2, z], 2**61 - 1),
        ([[1, 0, y], [0, 1, -x]], [], 101),
        ([[0, 0, 0]], [x, y, z + x * y / 7], 11),
        ([[y, -x, 0], [0, z, -y]], [x**2 + y**2 + z**2], 13),
    ]:
        found.append(certify(VectorFields([[ring(p) for p in field] for field in fields]), laws,
                             prime))
    if None in found:
        raise RuntimeError(f"example {found.index(None)} is not proved")
    return tuple(json.dumps(certificate) for certificate in found)


# The second reading ------------------------------------------------------------------------------

class Malformed(Exception):
    """The text does not have the form of a certificate."""


def need(condition):
    """Raise :class:`Malformed` unless the condition holds."""
    if not condition:
        raise Malformed


def is_theorem(text):
    """Decide, slowly, whether a text given as bytes is a certificate of something true."""
    try:
        return _proves(_load(text))
    except Malformed:
        return False


def _load(text):
    def unique(pairs):
        need(len({key for key, _ in pairs}) == len(pairs))
        return dict(pairs)

    def refuse(number):
        raise Malformed

    try:
        decoded = text.decode("utf-8")
        need("-0" not in re.sub('"[^"]*"', "", decoded))
        return json.loads(decoded, object_pairs_hook=unique, parse_float=refuse,
                          parse_constant=refuse)
    except (ValueError, RecursionError):
        raise Malformed from None


def _keys(value, *keys):
    need(type(value) is dict and set(value) == set(keys))
    return [value[key] for key in keys]


def _ints(value, least, most):
    need(type(value) is list and all(type(x) is int and least <= x <= most for x in value))
    return value


def _rational(text):
    need(type(text) is str and set(text) <= set("-/0123456789") and text.count("/") <= 1)
    above, _, below = text.partition("/")
    need(max(len(above.lstrip("-")), len(below)) <= 300)
    try:
        number = QQ((Integer(above), Integer(below or "1")))
    except (TypeError, ValueError, ZeroDivisionError):
        raise Malformed from None
    need(str(number) == text)
    return number


def _polynomial(ring, terms):
    need(type(terms) is list)
    found = {}
    for term in terms:
        need(type(term) is list and len(term) == 2)
        _ints(term[0], 0, ring.ngens() - 1)
        need(sorted(term[0]) == term[0])
        exponents = tuple(term[0].count(i) for i in range(ring.ngens()))
        need(exponents not in found)
        found[exponents] = _rational(term[1])
        need(found[exponents] != 0)
    return ring(found)


@functools.lru_cache(maxsize=300)
def _fields(size, text):
    # the fields that a JSON text stands for, as lists of polynomials; most mutants share them
    ring = PolynomialRing(QQ, size, "z")
    fields = json.loads(text)
    need(type(fields) is list and fields)
    found = []
    for field in fields:
        need(type(field) is list)
        terms = [[] for _ in range(size)]
        for term in field:
            need(type(term) is list and len(term) == 3)
            _ints(term[:1], 0, size - 1)
            terms[term[0]].append(term[1:])
        found.append([_polynomial(ring, part) for part in terms])
    return found


@functools.lru_cache(maxsize=2000)
def _bracket(size, text, word):
    fields = _fields(size, text)
    if len(word) == 1:
        return fields[word[0]]
    return lie_bracket(fields[word[0]], _bracket(size, text, word[1:]))


def _proves(data):
    (schema, version, claim, model, variables, fields, prime, point, words, laws) = _keys(
        data, "schema", "version", "claim", "model", "variables", "fields", "prime", "point",
        "words", "laws")
    need(schema == "sage_conslaw.certificate" and type(version) is int and version == 1)
    claimed = _keys(claim, "number_of_variables", "lie_dimension", "number_of_laws")
    for value in (variables, fields, words, laws):
        need(type(value) is list)
    need(all(type(name) is str and re.fullmatch("[A-Za-z_][A-Za-z_0-9]{0,63}", name, re.ASCII)
             for name in variables) and len(set(variables)) == len(variables) > 0)
    size = len(variables)
    need(_ints(claimed, 0, size) == [size, len(words), len(laws)])
    need(len(words) + len(laws) == size)
    need(type(prime) is int and 2 <= prime < 2**64 and Integer(prime).is_prime())
    need(len(_ints(point, 0, prime - 1)) == size)
    text = json.dumps(fields)
    chi = _fields(size, text)
    h = [_polynomial(PolynomialRing(QQ, size, "z"), law) for law in laws]
    for word in words:
        need(_ints(word, 0, len(chi) - 1))
    for polynomial in h + [entry for field in chi for entry in field]:
        need(not polynomial or polynomial.denominator() % prime)
    _check_model(model, variables, chi)
    for law in h:
        gradient = [law.derivative(x) for x in law.parent().gens()]
        need(all(sum(a * b for a, b in zip(gradient, field)) == 0 for field in chi))
    return (_rank([[law.derivative(x) for x in law.parent().gens()] for law in h], point, prime)
            == len(laws) and _rank([_bracket(size, text, tuple(word)) for word in words], point,
                                   prime) == len(words))


def _rank(rows, point, prime):
    field = GF(prime)
    values = [[sum((field(c) * math.prod(field(x)**int(e) for x, e in zip(point, exponents) if e)
                    for exponents, c in entry.dict().items()), field.zero()) for entry in row]
              for row in rows]
    return matrix(field, len(rows), len(point), values).rank()


def _check_model(model, variables, chi):
    if model is None:
        return
    flow, architecture, widths, bias, damping, mirror = _keys(
        model, "flow", "architecture", "widths", "bias", "damping", "mirror")
    need(type(widths) is list and all(type(n) is int for n in widths))
    need(type(mirror) is list and all(type(name) is str for name in mirror))
    need(math.prod(widths) < 10**4)
    try:
        if architecture in ("LinearNetwork", "NMF"):
            need(bias is None)
            network = LinearNetwork(widths) if architecture == "LinearNetwork" else NMF(*widths)
        else:
            need(type(bias) is bool and architecture in ("ReLUNetwork", "ICNN"))
            network = (ReLUNetwork(widths, bias) if architecture == "ReLUNetwork"
                       else ICNN(*widths, bias))
        if flow == "GradientFlow":
            need(damping is None)
            built = GradientFlow(network, mirror)
        else:
            need(flow == "MomentumFlow" and type(damping) is str)
            inverse = damping.endswith("/t")
            rate = _rational(damping[:-2] if inverse else damping)
            built = MomentumFlow(network, InverseTime(1) if inverse else rate, mirror)
    except (TypeError, ValueError):
        raise Malformed from None
    need(list(built.metric) == mirror and list(built.variable_names()) == variables)
    ring = chi[0][0].parent()

    def fields_of(flow):
        return [[ring(p.dict()) for p in field] for field in flow.vector_fields()]

    expected = fields_of(built)
    if flow == "MomentumFlow" and inverse:
        need(rate > 0)
        # all entries are affine in the rate, and with a mirror all are multiplied by the time
        twice = fields_of(MomentumFlow(network, InverseTime(2), mirror))
        expected = [[a + (rate - 1) * (b - a) for a, b in zip(*pair)]
                    for pair in zip(expected, twice)]
        time = ring.gen(0)
        expected = [[entry * time for entry in field] if k and mirror and not any(
            entry.degree(time) > 0 for entry in field) else field
            for k, field in enumerate(expected)]
    need(expected == chi)
