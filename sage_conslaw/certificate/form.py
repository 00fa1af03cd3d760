r"""
The values in a certificate, checked for their form

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

SCHEMA = "sage_conslaw.certificate"
_CLAIM_KEYS = ("number_of_variables", "lie_dimension", "number_of_laws")

#: Names of variables, blocks and controls.
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}", re.ASCII)
_NUMBER = re.compile(r"(-?[1-9][0-9]*)(?:/([1-9][0-9]*))?", re.ASCII)
_DAMPING = re.compile(r"(0|[1-9][0-9]*(?:/[1-9][0-9]*)?)(/t)?", re.ASCII)


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


def read_number(value, where, what="a coefficient"):
    r"""
    Return the rational number of a text as a pair (numerator, denominator).

    EXAMPLES::

        sage: from sage_conslaw.certificate.form import read_number
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


def read_damping(value, where, flow):
    r"""
    Return the rate of a damping as a pair, and whether it is divided by the time.

    EXAMPLES::

        sage: from sage_conslaw.certificate.form import read_damping
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


def common_denominator(a, b, where):
    r"""
    Return the least common multiple of two denominators, unless it is too large.
    """
    found = a * b // math.gcd(a, b)
    if found.bit_length() > MAX_DENOMINATOR_BITS:
        raise CertificateError(f"{where}: the common denominator of the coefficients has more than "
                               f"{MAX_DENOMINATOR_BITS} bits")
    return found
