r"""
Polynomial vector fields on one ring

EXAMPLES::

    sage: from sage_conslaw import VectorFields
    sage: R.<x, y, z> = ZZ[]
    sage: fields = VectorFields([[y*z, x*z, x*y]])
    sage: fields
    1 polynomial vector field in 3 variables (x, y, z) over Integer Ring
    sage: fields[0]
    (y*z, x*z, x*y)
"""
import sage.all  # noqa: F401  single modules of Sage cannot always be imported first

from functools import cached_property

import numpy as np
from sage.rings.polynomial.polynomial_ring_constructor import PolynomialRing
from sage.structure.element import Matrix
from sage.structure.sage_object import SageObject

from sage_conslaw.arithmetic.term_table import TermTable
from sage_conslaw.flows.entries import (ACCEPTED, common_denominator, common_ring, into_ring,
                                  table_rows)
from sage_conslaw.system.messages import shown

#: Monomials are kept factor by factor: fields of a higher degree are refused.
MAX_DEGREE = 10_000


class VectorFields(SageObject):
    r"""
    Polynomial vector fields `\chi_1, \dots, \chi_d` in `D` variables.

    INPUT:

    - ``fields`` -- a sequence of fields, each a sequence of `D` polynomials of
      one Sage polynomial ring over ``ZZ`` or ``QQ`` with `D` generators; integers
      and rationals are taken as constants.  A field of rational functions is
      multiplied by its denominators: a nonzero factor changes neither the laws
      nor the span of a field.
    - ``ring`` -- that ring; needed only where all entries are numbers
    - ``time`` -- the name of the variable that is the time `t`, or
      `s = e^{\tau t}`, if there is one

    ERRORS: ``TypeError`` for entries that are not polynomials over ``ZZ`` or
    ``QQ``, ``ValueError`` for a wrong shape or entries of different rings.

    REFERENCES: the fields of Section 2 of arXiv 2405.12888, whose joint
    annihilators are the conservation laws.

    EXAMPLES::

        sage: from sage_conslaw import VectorFields
        sage: R.<t, x> = QQ[]
        sage: fields = VectorFields([[1, 3*x/t], [0, x/2]], time="t")
        sage: fields[0], fields[1]
        ((t, 3*x), (0, 1/2*x))
        sage: fields.bracket(0, 1)
        (0, 0)

    TESTS::

        sage: VectorFields([[x]])
        Traceback (most recent call last):
        ...
        ValueError: fields: field 0 has 1 entry, expected 2, one for each generator of ...
        sage: VectorFields([[SR.var('u')]])
        Traceback (most recent call last):
        ...
        TypeError: fields: entry 0 of field 0 is u, of Symbolic Ring; expected polynomials ...
    """

    def __init__(self, fields, ring=None, time=None):
        if isinstance(fields, np.ndarray) and fields.ndim == 2:
            raise TypeError("fields: got an array; expected a list of fields. For an array with "
                            "one row a variable and one column a field, as in the notebooks, use "
                            "VectorFields.from_array")
        rows = table_rows(fields)
        if rows is None:
            raise TypeError(f"fields: got {shown(fields)}; expected a list of fields, each a list "
                            f"of {ACCEPTED}")
        if not rows:
            raise ValueError("fields: got no field; expected at least one")
        found = common_ring(rows, ring)
        names = found.variable_names()
        for number, row in enumerate(rows):
            if len(row) != len(names):
                raise ValueError(
                    f"fields: field {number} has {len(row)} entr{'y' if len(row) == 1 else 'ies'}, "
                    f"expected {len(names)}, one for each generator of {found}")
        if time is not None and str(time) not in names:
            raise ValueError(f"time: got {shown(time)}; expected one of the variables "
                             f"{', '.join(names)}")
        self._ring = PolynomialRing(found.base_ring(), len(names), names)
        self._fields = [into_ring(row, found, self._ring) for row in rows]
        self._count = len(rows)
        self._time = None if time is None else names.index(str(time))
        #: the degree in the time in which laws are sought unless another is asked for
        self.time_degree = 1

    @classmethod
    def from_array(cls, array, ring=None, time=None):
        r"""
        Read an array with one row a variable and one column a field.

        INPUT:

        - ``array`` -- of shape `D \times d`, as the published notebooks build
          them; a NumPy array or a list of lists
        - ``ring``, ``time`` -- as for :class:`VectorFields`

        EXAMPLES::

            sage: import numpy as np
            sage: from sage_conslaw import VectorFields
            sage: R.<x, y> = ZZ[]
            sage: VectorFields.from_array(np.array([[x, 1, 0], [y, 0, x*y]]))[2]
            (0, x*y)
            sage: VectorFields.from_array([[x, 1, 0], [y, 0, x*y]], time="x").time
            x
        """
        rows = table_rows(array)
        if rows is None or getattr(array, "ndim", 2) != 2:
            raise TypeError(f"array: got {shown(array)}; expected an array of shape variables x "
                            "fields")
        if not rows or len({len(row) for row in rows}) != 1 or not rows[0]:
            raise ValueError("array: rows of lengths "
                             f"{sorted({len(row) for row in rows})}; expected an array of shape "
                             "variables x fields, all rows of one length and not empty")
        return cls([list(column) for column in zip(*rows)], ring=ring, time=time)

    @classmethod
    def _trusted(cls, ring, fields, time=None, time_degree=1):
        # for fields built by the package itself, whose entries need no second look
        self = cls.__new__(cls)
        self._ring, self._fields, self._time = ring, [tuple(f) for f in fields], time
        self.time_degree, self._count = time_degree, len(self._fields)
        return self

    @classmethod
    def from_terms(cls, ring, table, denominator=1, time=None, time_degree=1):
        r"""
        Make fields from a table of their terms; their polynomials are made when asked for.

        INPUT:

        - ``ring`` -- the polynomial ring
        - ``table`` -- :class:`~sage_conslaw.arithmetic.term_table.TermTable` with integer
          coefficients
        - ``denominator`` -- the fields are those of the table over this integer
        - ``time``, ``time_degree`` -- the index of the time among the variables, and
          the degree in it in which laws are sought unless another is asked for

        EXAMPLES::

            sage: from sage_conslaw import VectorFields
            sage: R.<x, y> = QQ[]
            sage: fields = VectorFields([[x*y, 2*y^3]])
            sage: VectorFields.from_terms(R, fields.terms, denominator=2)[0]
            (1/2*x*y, y^3)
        """
        self = cls.__new__(cls)
        self._ring, self._time, self.time_degree = ring, time, time_degree
        self.terms, self._count = table.without_padding(), table.number_of_fields
        self.denominators = (denominator,) * self._count
        return self

    @cached_property
    def _fields(self):
        return self.terms.polynomials(self._ring, self.denominators)

    def ring(self):
        r"""
        Return the polynomial ring of the entries.
        """
        return self._ring

    @property
    def number_of_variables(self):
        r"""
        The number `D` of variables.
        """
        return int(self._ring.ngens())

    @property
    def time(self):
        r"""
        The generator that is the time, or ``None``.
        """
        return None if self._time is None else self._ring.gen(self._time)

    @property
    def time_index(self):
        r"""
        The index of the time among the generators, or ``None``.
        """
        return self._time

    def __len__(self):
        return self._count

    def __getitem__(self, index):
        return self._fields[index]

    def __iter__(self):
        return iter(self._fields)

    def __eq__(self, other):
        return (isinstance(other, VectorFields) and self._ring == other._ring
                and self._fields == other._fields and self._time == other._time
                and self.time_degree == other.time_degree)

    def __ne__(self, other):
        return not self == other

    __hash__ = None

    def __reduce__(self):
        return _restored, (self._ring, self._fields, self._time, self.time_degree)

    def _repr_(self):
        names = self._ring.variable_names()
        listed = ", ".join(names if len(names) <= 8 else names[:4] + ("...",) + names[-2:])
        return (f"{len(self)} polynomial vector field{'s' if len(self) > 1 else ''} in "
                f"{len(names)} variable{'s' if len(names) > 1 else ''} ({listed}) over "
                f"{self._ring.base_ring()}")

    def degree(self):
        r"""
        Return the largest total degree of an entry; -1 if all are zero.
        """
        return int(max(p.degree() for field in self._fields for p in field))

    def to_array(self):
        r"""
        Return the entries as an object array, variables x fields.
        """
        array = np.empty((self.number_of_variables, len(self)), dtype=object)
        for j, field in enumerate(self._fields):
            for i, entry in enumerate(field):
                array[i, j] = entry
        return array

    def in_notebook_variables(self):
        r"""
        Return the same fields in variables named `x_1, \dots, x_D`.

        EXAMPLES::

            sage: from sage_conslaw import GradientFlow, NMF
            sage: GradientFlow(NMF(1, 1, 1)).vector_fields().in_notebook_variables()[0]
            (x1*x2, x1*x2)
        """
        names = [f"x{i + 1}" for i in range(self.number_of_variables)]
        ring = PolynomialRing(self._ring.base_ring(), len(names), names)
        return VectorFields._trusted(
            ring, [[ring(p.dict()) for p in field] for field in self._fields], self._time,
            self.time_degree)

    def bracket(self, i, j):
        r"""
        Return the Lie bracket `[\chi_i, \chi_j] = J_{\chi_j} \chi_i - J_{\chi_i} \chi_j`.

        EXAMPLES::

            sage: from sage_conslaw import VectorFields
            sage: R.<x, y> = ZZ[]
            sage: VectorFields([[y, 0], [0, x^2]]).bracket(0, 1)
            (-x^2, 2*x*y)
        """
        f, g = self._fields[i], self._fields[j]
        variables = self._ring.gens()

        def along(field, polynomial):
            return sum((field[k] * polynomial.derivative(x) for k, x in enumerate(variables)
                        if field[k]), self._ring.zero())

        return tuple(along(f, b) - along(g, a) for a, b in zip(f, g))

    @cached_property
    def denominators(self):
        r"""
        The positive integers by which the fields are multiplied in :attr:`terms`.
        """
        return tuple(common_denominator(field) for field in self._fields)

    @cached_property
    def terms(self):
        r"""
        The terms of the fields as integer arrays, denominators cleared field by field.
        """
        degree = self.degree()
        if degree > MAX_DEGREE:
            raise ValueError(f"fields: got entries of degree {degree:,}; expected at most "
                             f"{MAX_DEGREE:,}")
        integral = [field if factor == 1 else [factor * p for p in field]
                    for field, factor in zip(self._fields, self.denominators)]
        return TermTable.from_polynomials(integral, self.number_of_variables)


def _restored(*state):
    # SageMath 9.5 pickles no class methods
    return VectorFields._trusted(*state)


def as_vector_fields(flow_or_fields):
    r"""
    Return the vector fields that a flow, fields or an array stand for.
    """
    if isinstance(flow_or_fields, VectorFields):
        return flow_or_fields
    if hasattr(flow_or_fields, "vector_fields"):
        return flow_or_fields.vector_fields()
    if isinstance(flow_or_fields, Matrix) or (isinstance(flow_or_fields, np.ndarray)
                                              and flow_or_fields.ndim == 2):
        return VectorFields.from_array(flow_or_fields)
    hint = ""
    if isinstance(flow_or_fields, (list, tuple)):
        # rows are fields to VectorFields and variables to from_array: a list could be either
        hint = "; a list goes through VectorFields or VectorFields.from_array"
    elif hasattr(flow_or_fields, "phi"):
        hint = "; a model needs a flow, such as GradientFlow(model)"
    raise TypeError(f"flow_or_fields: got {shown(flow_or_fields)}; expected a flow, VectorFields, "
                    f"or an array of shape variables x fields{hint}")
