r"""
Reading the entries of vector fields that users give

EXAMPLES::

    sage: from sage_conslaw.flows.entries import common_ring
    sage: R.<x, y> = ZZ[]
    sage: common_ring([[x, 1], [0, y]], None) is R
    True
"""
import sage.all  # noqa: F401  single modules of Sage cannot always be imported first

from numbers import Rational as NumbersRational

import numpy as np
from sage.arith.functions import lcm
from sage.rings.fraction_field import FractionField_generic
from sage.rings.integer import Integer
from sage.rings.integer_ring import ZZ
from sage.rings.polynomial.multi_polynomial_ring_base import MPolynomialRing_base
from sage.rings.polynomial.polynomial_ring import PolynomialRing_general
from sage.rings.rational import Rational
from sage.rings.rational_field import QQ
from sage.structure.element import Element, Matrix, Vector, parent

from sage_conslaw.system.messages import shown

#: What entries are accepted, in messages.
ACCEPTED = "polynomials over ZZ or QQ, all of one Sage polynomial ring"


def table_rows(table):
    r"""
    Return the rows of a table as lists, or ``None`` if it is no table.

    A polynomial is no row, though Sage iterates over its terms.
    """
    if isinstance(table, (str, bytes)) or (isinstance(table, Element)
                                          and not isinstance(table, Matrix)):
        return None
    try:
        rows = list(table)
        if any(isinstance(row, (str, bytes)) or (isinstance(row, Element)
               and not isinstance(row, Vector)) for row in rows):
            return None
        return [list(row) for row in rows]
    except TypeError:
        return None


def _polynomial_ring(entry):
    # the polynomial ring over ZZ or QQ that an entry lives in, if it does
    home = parent(entry)
    if isinstance(home, FractionField_generic):
        home = home.ring()
    if (isinstance(home, (MPolynomialRing_base, PolynomialRing_general))
            and (home.base_ring() is ZZ or home.base_ring() is QQ)):
        return home
    return None


def _is_number(entry):
    return (isinstance(entry, (int, np.integer, Integer, Rational, NumbersRational))
            and not isinstance(entry, (bool, np.bool_)))


def common_ring(rows, ring):
    r"""
    Return the one polynomial ring of all entries, or raise an error that names an entry.
    """
    if ring is not None and _polynomial_ring(getattr(ring, "zero", lambda: None)()) is not ring:
        raise TypeError(f"ring: got {shown(ring)}; expected a polynomial ring over ZZ or QQ")
    for number, row in enumerate(rows):
        for index, entry in enumerate(row):
            if parent(entry) is ring or _is_number(entry):
                continue
            home = _polynomial_ring(entry)
            if home is None:
                kind = parent(entry)
                kind = kind.__name__ if isinstance(kind, type) else kind
                raise TypeError(f"fields: entry {index} of field {number} is {shown(entry)}, of "
                                f"{kind}; expected {ACCEPTED}")
            if ring is None:
                ring = home
            elif home is not ring:
                raise ValueError(f"fields: entry {index} of field {number} is of {home}, an entry "
                                 f"before it of {ring}; expected {ACCEPTED}")
    if ring is None:
        raise ValueError("fields: got numbers only; expected at least one polynomial, or the "
                         "argument ring=")
    if ring.base_ring() is ZZ and any(_is_number(entry) and _constant(entry) not in ZZ
                                      for row in rows for entry in row):
        ring = ring.change_ring(QQ)
    return ring


def into_ring(row, found, ring):
    r"""
    Return the entries of a field in a ring, multiplied by their denominators.
    """
    if any(isinstance(parent(entry), FractionField_generic) for entry in row):
        field = found.fraction_field()
        row = [field(_constant(entry)) for entry in row]
        factor = lcm([entry.denominator() for entry in row])
        row = [found((entry * factor).numerator()) for entry in row]
    entries = []
    for entry in row:
        entry = found(_constant(entry))
        # a ring in one variable may be of Sage's univariate kind
        entries.append(entry if found is ring else entry(ring.gen()) if ring.ngens() == 1
                       else ring(entry))
    return tuple(entries)


def _constant(entry):
    if isinstance(entry, np.integer):
        return Integer(int(entry))
    if isinstance(entry, NumbersRational) and not isinstance(entry, (Integer, Rational)):
        return QQ((int(entry.numerator), int(entry.denominator)))
    return entry


def common_denominator(field):
    r"""
    Return the least positive integer that makes the coefficients of a field integers.
    """
    denominators = [p.denominator() for p in field if p] if field[0].base_ring() is QQ else []
    return int(lcm(denominators)) if denominators else 1
