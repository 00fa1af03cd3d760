r"""
Reading fields whose entries are polynomials of Sage, or quotients of these

EXAMPLES::

    sage: from sage_conslaw.flows.sage_entries import common_ring
    sage: R.<x, y> = ZZ[]
    sage: common_ring([[x, 1], [0, y]], None) is R
    True
"""
import sage.all  # noqa: F401  single modules of Sage cannot always be imported first

from collections.abc import Mapping
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
from sage.structure.element import parent

from sage_conslaw.flows.entries import ACCEPTED, GivenFields, check_lengths
from sage_conslaw.flows.sage_polynomials import polynomial_ring
from sage_conslaw.system.messages import shown


def read_polynomials(rows, ring=None):
    r"""
    Read fields whose entries are of a polynomial ring, or of its fraction field.

    INPUT:

    - ``rows`` -- fields, each a list of entries, or each a dictionary from generators of the
      ring, or their names, to entries
    - ``ring`` -- the ring; needed only where all entries are numbers

    OUTPUT: a :class:`~sage_conslaw.flows.entries.GivenFields`

    EXAMPLES::

        sage: from sage_conslaw.flows.sage_entries import read_polynomials
        sage: R.<x, y> = ZZ[]
        sage: read_polynomials([{y: x/y}, {"x": 1}]).fields
        [(0, x), (1, 0)]
    """
    if isinstance(rows[0], Mapping):
        found = common_ring([[*row.values(), *(k for k in row if not isinstance(k, str))]
                             for row in rows], ring)
        rows = [_in_order(row, found, number) for number, row in enumerate(rows)]
    else:
        found = common_ring(rows, ring)
    names = tuple(map(str, found.variable_names()))
    check_lengths(rows, len(names), f"one for each generator of {found}")
    rational = found.base_ring().is_field()
    home = polynomial_ring(names, rational)
    factors, fields = zip(*(into_ring(row, found, home) for row in rows))
    return GivenFields(names, rational, factors, home, list(fields))


def _in_order(row, ring, number):
    # the entries of a dictionary in the order of the generators, zero where it has none
    names = [str(name) for name in ring.variable_names()]
    given = {}
    for key, entry in row.items():
        name = str(key)
        if name not in names or not (isinstance(key, str) or key == ring.gens()[names.index(name)]):
            raise ValueError(f"fields: field {number} has an entry for {shown(key)}; expected the "
                             f"generators of {ring}, or their names")
        if name in given:
            raise ValueError(f"fields: field {number} has two entries for {name}")
        given[name] = entry
    return [given.get(name, 0) for name in names]


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
    Return the entries of a field in a ring, and the factor that made them polynomials.
    """
    factor = found.one()
    if any(isinstance(parent(entry), FractionField_generic) for entry in row):
        field = found.fraction_field()
        row = [field(_constant(entry)) for entry in row]
        factor = found(lcm([entry.denominator() for entry in row]))
        row = [found((entry * factor).numerator()) for entry in row]

    def moved(entry):
        entry = found(_constant(entry))
        # a ring in one variable may be of Sage's univariate kind
        return entry if found is ring else entry(ring.gen()) if ring.ngens() == 1 else ring(entry)

    return moved(factor), tuple(map(moved, row))


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
