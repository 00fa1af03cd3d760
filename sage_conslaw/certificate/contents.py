r"""
The contents of a certificate, those of version 1 and what both have, checked for their form

Every value is checked for its type, its range and its form before it is used. Whatever is
wrong ends in a :class:`CertificateError <sage_conslaw.certificate.reader.CertificateError>`
that says where and what.
"""
import functools
import math
import re

from sage_conslaw.certificate.reader import CertificateError, shown

#: Bounds of the theorem's own sizes. The dimension of a Lie algebra and the number of
#: laws are at most that of the variables.
MAX_VARIABLES = 4096
MAX_DEGREE = 64
#: Digits of a numerator or denominator; bits of the common denominator of a field or law.
#: Python reads and writes integers of 640 digits whatever its own limit is set to.
MAX_DIGITS = 300
MAX_DENOMINATOR_BITS = 1000
#: Words of k indices are evaluated on D 2^(k-1) numbers.
MAX_WORD_NUMBERS = 2**20

SCHEMA = "sage_conslaw.certificate"
VERSION = 1
_KEYS = ("schema", "version", "claim", "model", "variables", "fields", "prime", "point", "words",
         "laws")
_CLAIM_KEYS = ("number_of_variables", "lie_dimension", "number_of_laws")
_MODEL_KEYS = ("flow", "architecture", "widths", "bias", "damping", "mirror")

_NUMBER = re.compile(r"(-?[1-9][0-9]*)(?:/([1-9][0-9]*))?", re.ASCII)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}", re.ASCII)
_DAMPING = re.compile(r"(0|[1-9][0-9]*(?:/[1-9][0-9]*)?)(/t)?", re.ASCII)


class Polynomials:
    r"""
    Terms with rational coefficients, as a field or a law has them.

    ATTRIBUTES:

    - ``terms`` -- dictionary from a term's key to its coefficient, a pair (numerator,
      denominator); the key is a monomial for a law and (component, monomial) for a field
    - ``denominator`` -- the least common denominator of the coefficients
    """
    __slots__ = ("terms", "denominator")

    def __init__(self, terms, denominator):
        self.terms = terms
        self.denominator = denominator

    def integral(self):
        r"""
        Return the terms multiplied by the common denominator.
        """
        if self.denominator == 1:
            return [(key, numerator) for key, (numerator, _) in self.terms.items()]
        return [(key, numerator * (self.denominator // denominator))
                for key, (numerator, denominator) in self.terms.items()]

    def modulo(self, prime):
        r"""
        Return the terms modulo a prime that divides no denominator.
        """
        return [(key, numerator * pow(denominator, -1, prime) % prime)
                for key, (numerator, denominator) in self.terms.items()]


class Model:
    r"""
    The model and flow that a certificate names.
    """
    __slots__ = ("flow", "architecture", "widths", "bias", "rate", "inverse_time", "damping",
                 "mirror")


class Certificate:
    r"""
    The contents of a certificate: well formed, and nothing proved yet.
    """
    __slots__ = ("variables", "fields", "prime", "point", "words", "laws", "lie_dimension",
                 "model")


def parse(data):
    r"""
    Check the form of a certificate and return it as a :class:`Certificate`.

    EXAMPLES::

        sage: from sage_conslaw.certificate.contents import parse
        sage: parse({"schema": "sage_conslaw.certificate"})
        Traceback (most recent call last):
        ...
        sage_conslaw.certificate.reader.CertificateError: the key 'version' is missing
    """
    check_keys(data, _KEYS, "")
    check_schema(data)
    check_version(data["version"])
    result = Certificate()
    result.variables = check_variables(data["variables"])
    size = len(result.variables)
    fields = check_list(data["fields"], "fields", least=1)
    result.fields = [_field(field, size, f"fields[{i}]") for i, field in enumerate(fields)]
    result.prime, result.point = read_point(data, size)
    result.words = check_list(data["words"], "words", most=size)
    for i, word in enumerate(result.words):
        check_word(word, len(fields), size, f"words[{i}]")
    laws = check_list(data["laws"], "laws", most=size)
    result.laws = [read_law(law, size, f"laws[{i}]") for i, law in enumerate(laws)]
    result.lie_dimension = read_claim(data["claim"], size, len(result.words), "words", len(laws))
    result.model = None if data["model"] is None else _model(data["model"])
    return result


def check_schema(data):
    r"""
    Check that the file says that it is a certificate.
    """
    if type(data["schema"]) is not str or data["schema"] != SCHEMA:
        raise CertificateError(f"schema: got {shown(data['schema'])}, expected {SCHEMA!r}")


def check_version(value):
    r"""
    Check that the version is one that there is, and return it.
    """
    if type(value) is not int or value not in (1, 2):
        raise CertificateError(f"version: got {shown(value)}, expected 1 or 2")
    return value


def read_point(data, size):
    r"""
    Return the prime, which may be none, and the point.
    """
    prime = check_integer(data["prime"], 2, "prime")
    point = check_list(data["point"], "point", exactly=size)
    for i, x in enumerate(point):
        if type(x) is not int or not 0 <= x < prime:
            raise CertificateError(f"point[{i}]: got {shown(x)}, expected an integer from 0 to "
                                   "prime - 1")
    return prime, point


def check_keys(value, keys, where):
    r"""
    Check that a value is an object with exactly these keys.
    """
    place = f"{where}: " if where else ""
    if not isinstance(value, dict):
        raise CertificateError(f"{place}got {shown(value)}, expected an object")
    for key in keys:
        if key not in value:
            raise CertificateError(f"{place}the key {key!r} is missing")
    if len(value) != len(keys):
        unknown = next(key for key in value if key not in keys)
        raise CertificateError(f"{place}the key {shown(unknown)} is unknown")


def check_list(value, where, least=0, most=None, exactly=None):
    r"""
    Check that a value is a list of a length that is accepted, and return it.
    """
    if type(value) is not list:
        raise CertificateError(f"{where}: got {shown(value)}, expected a list")
    if exactly is not None and len(value) != exactly:
        raise CertificateError(f"{where}: got {shown(value)}, expected {exactly}")
    if len(value) < least:
        raise CertificateError(f"{where}: got {shown(value)}, expected at least {least}")
    if most is not None and len(value) > most:
        raise CertificateError(f"{where}: got {shown(value)}, expected at most {most}")
    return value


def check_integer(value, least, where, most=None):
    r"""
    Check that a value is an integer that is accepted, and return it.
    """
    if type(value) is not int or value < least:
        raise CertificateError(f"{where}: got {shown(value)}, expected an integer of at least "
                               f"{least}")
    if most is not None and value > most:
        raise CertificateError(f"{where}: got {shown(value)}, expected at most {most}")
    return value


def check_variables(value):
    r"""
    Check the names of the variables, their number and their form, and return them.

    EXAMPLES::

        sage: from sage_conslaw.certificate.contents import check_variables
        sage: check_variables(["x", "x"])
        Traceback (most recent call last):
        ...
        sage_conslaw.certificate.reader.CertificateError: variables: a name occurs twice
    """
    for i, name in enumerate(check_list(value, "variables", least=1, most=MAX_VARIABLES)):
        if type(name) is not str or not _NAME.fullmatch(name):
            raise CertificateError(f"variables[{i}]: got {shown(name)}, expected a name of at "
                                   "most 64 letters, digits and underscores")
    if len(set(value)) != len(value):
        raise CertificateError("variables: a name occurs twice")
    return value


def _field(value, size, where):
    terms, denominator = {}, 1
    for term in check_list(value, where):
        if type(term) is not list or len(term) != 3:
            raise CertificateError(f"{where}: a term is {shown(term)}, expected a list of "
                                   "component, monomial and coefficient")
        component = term[0]
        if type(component) is not int or not 0 <= component < size:
            raise CertificateError(f"{where}: a component is {shown(component)}, expected an "
                                   f"integer from 0 to {size - 1}")
        key = component, _monomial(term[1], size, where)
        if key in terms:
            raise CertificateError(f"{where}: a term occurs twice")
        terms[key] = coefficient = read_number(term[2], where)
        if coefficient[1] != 1:
            denominator = common_denominator(denominator, coefficient[1], where)
    return Polynomials(terms, denominator)


def read_law(value, size, where):
    terms, denominator = {}, 1
    for term in check_list(value, where):
        if type(term) is not list or len(term) != 2:
            raise CertificateError(f"{where}: a term is {shown(term)}, expected a list of monomial "
                                   "and coefficient")
        key = _monomial(term[0], size, where)
        if key in terms:
            raise CertificateError(f"{where}: a monomial occurs twice")
        terms[key] = coefficient = read_number(term[1], where)
        if coefficient[1] != 1:
            denominator = common_denominator(denominator, coefficient[1], where)
    if not any(terms):
        raise CertificateError(f"{where} is constant, and a constant is no law")
    return Polynomials(terms, denominator)


def _monomial(value, size, where):
    if type(value) is not list:
        raise CertificateError(f"{where}: a monomial is {shown(value)}, expected a list")
    if len(value) > MAX_DEGREE:
        raise CertificateError(f"{where}: a monomial is of degree {len(value)}, accepted is at "
                               f"most {MAX_DEGREE}")
    previous = 0
    for variable in value:
        if type(variable) is not int or not previous <= variable < size:
            raise CertificateError(f"{where}: a monomial has the entry {shown(variable)}, expected "
                                   f"integers from 0 to {size - 1} in ascending order")
        previous = variable
    return tuple(value)


def read_number(value, where, what="a coefficient"):
    r"""
    Return the rational number of a text as a pair (numerator, denominator).

    EXAMPLES::

        sage: from sage_conslaw.certificate.contents import read_number
        sage: read_number("-5/2", "laws[0]")
        (-5, 2)
        sage: read_number("4/2", "laws[0]")
        Traceback (most recent call last):
        ...
        sage_conslaw.certificate.reader.CertificateError: laws[0]: a coefficient is '4/2', expected
        a text such as '-3' or '5/2', in lowest terms, not zero, with at most 300 digits above and
        below
    """
    # short texts recur, and only those are worth a place in a cache
    if type(value) is str:
        found = _short_number(value) if len(value) < 16 else _number(value)
        if found:
            return found
    raise CertificateError(f"{where}: {what} is {shown(value)}, expected a text such as '-3' or "
                           f"'5/2', in lowest terms, not zero, with at most {MAX_DIGITS} digits "
                           "above and below")


def _number(text):
    match = _NUMBER.fullmatch(text) if len(text) <= 2 * MAX_DIGITS + 2 else None
    if not match or len(match[1].lstrip("-")) > MAX_DIGITS:
        return None
    if match[2] is None:
        return int(match[1]), 1
    if len(match[2]) > MAX_DIGITS:
        return None
    numerator, denominator = int(match[1]), int(match[2])
    if denominator == 1 or math.gcd(numerator, denominator) != 1:
        return None
    return numerator, denominator


_short_number = functools.lru_cache(maxsize=4096)(_number)


def common_denominator(a, b, where):
    r"""
    Return the least common multiple of two denominators, unless it is too large.
    """
    found = a * b // math.gcd(a, b)
    if found.bit_length() > MAX_DENOMINATOR_BITS:
        raise CertificateError(f"{where}: the common denominator of the coefficients has more than "
                               f"{MAX_DENOMINATOR_BITS} bits")
    return found


def check_word(word, number_of_fields, size, where):
    r"""
    Check that a word is a list of indices of fields, and not too long.

    The number of fields may be ``None``: not yet known.
    """
    check_list(word, where, least=1)
    if size << min(len(word) - 1, 64) > MAX_WORD_NUMBERS:
        raise CertificateError(f"{where}: got {shown(word)}, too many to be evaluated in {size} "
                               "variables")
    for index in word:
        if number_of_fields is None:
            check_integer(index, 0, where)
        elif type(index) is not int or not 0 <= index < number_of_fields:
            raise CertificateError(f"{where}: got {shown(index)}, expected the index of a field, "
                                   f"from 0 to {number_of_fields - 1}")


def read_claim(value, size, dimension, what, laws):
    r"""
    Check what is claimed, and return the claimed dimension.

    INPUT:

    - ``value`` -- the claim of a file
    - ``size``, ``dimension``, ``laws`` -- how many variables, vectors and laws there are
    - ``what`` -- what the file calls its vectors
    """
    check_keys(value, _CLAIM_KEYS, "claim")
    for key, count, name in (("number_of_variables", size, "variables"),
                             ("lie_dimension", dimension, what), ("number_of_laws", laws, "laws")):
        number = check_integer(value[key], 0, f"claim: {key}")
        if number != count:
            raise CertificateError(f"claim: {key} is {shown(number)}, but there are {count} "
                                   f"{name}")
    if dimension + laws != size:
        raise CertificateError(f"claim: dimension {dimension} and {laws} laws make "
                               f"{dimension + laws}, not the {size} of the variables")
    return dimension


def _model(value):
    check_keys(value, _MODEL_KEYS, "model")
    model = Model()
    for key, accepted in (("flow", ("GradientFlow", "MomentumFlow")),
                          ("architecture", ("LinearNetwork", "ReLUNetwork", "NMF", "ICNN"))):
        if type(value[key]) is not str or value[key] not in accepted:
            raise CertificateError(f"model: {key} is {shown(value[key])}, expected one of "
                                   f"{', '.join(accepted)}")
        setattr(model, key, value[key])
    factors = model.architecture in ("NMF", "ICNN")
    model.widths = check_list(value["widths"], "model: widths", least=2, most=MAX_DEGREE,
                         exactly=3 if factors else None)
    for width in model.widths:
        check_integer(width, 1, "model: widths", most=MAX_VARIABLES)
    model.bias = value["bias"]
    if (type(model.bias) is not bool if model.architecture in ("ReLUNetwork", "ICNN")
            else model.bias is not None):
        raise CertificateError(f"model: bias is {shown(model.bias)}, expected true or false for "
                               "ReLUNetwork and ICNN, null for the others")
    model.damping = value["damping"]
    if model.flow == "GradientFlow" and model.damping is not None:
        raise CertificateError(f"model: damping is {shown(model.damping)}, expected null for "
                               "GradientFlow")
    model.rate, model.inverse_time = (
        read_damping(model.damping, "model: damping", "MomentumFlow")
        if model.flow == "MomentumFlow" else (None, False))
    model.mirror = check_list(value["mirror"], "model: mirror", most=2 * MAX_DEGREE)
    return model


def read_damping(value, where, flow):
    r"""
    Return the rate of a damping as a pair, and whether it is divided by the time.

    EXAMPLES::

        sage: from sage_conslaw.certificate.contents import read_damping
        sage: read_damping("5/2/t", "damping", "momentum"), read_damping("0", "damping", "momentum")
        (((5, 2), True), ((0, 1), False))
    """
    match = None
    if type(value) is str and len(value) <= 2 * MAX_DIGITS + 3:
        match = _DAMPING.fullmatch(value)
    if match:
        inverse_time = match[2] is not None
        rate = (0, 1) if match[1] == "0" and not inverse_time else _number(match[1])
        if rate:
            return rate, inverse_time
    raise CertificateError(f"{where} is {shown(value)}, expected a text such as '0', '1/2' or "
                           f"'3/t' for {flow}, in lowest terms")
