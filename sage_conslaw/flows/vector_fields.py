r"""
Polynomial vector fields on one ring

Fields of flows, and of symbolic entries, are tables of terms: Sage and its polynomials come in
where a user gives or asks for them.

EXAMPLES::

    sage: from sage_conslaw import VectorFields
    sage: R.<x, y, z> = ZZ[]
    sage: fields = VectorFields([[y*z, x*z, x*y]]); fields
    1 polynomial vector field in 3 variables (x, y, z) over Integer Ring
    sage: fields[0]
    (y*z, x*z, x*y)
"""
from collections.abc import Mapping
from fractions import Fraction
from functools import cached_property

import numpy as np

from sage_conslaw.flows.rates import time_degree_for
from sage_conslaw.flows.reading import columns_of, read_fields
from sage_conslaw.system import limits
from sage_conslaw.system.messages import counted, shown
from sage_conslaw.system.of_sage import is_matrix


class VectorFields:
    r"""
    Polynomial vector fields `\chi_1, \dots, \chi_d` in `D` variables.

    INPUT:

    - ``fields`` -- a sequence of fields, each a sequence of `D` entries, one a variable, or a
      dictionary from variables to entries, those left out being zero; or one dictionary

      - Entries are of one Sage polynomial ring over ``ZZ`` or ``QQ``, whose generators are the
        variables, in their order, or rational functions of them; or expressions of SymPy or of
        Sage's symbolic ring that are polynomials or rational functions. Integers and rationals
        are constants.
      - Symbolic variables are the keys of dictionaries, in the order in which they come, or
        ``variables``.
      - Fields of rational functions are multiplied by their denominators, see :attr:`factors`:
        a nonzero factor changes neither laws nor spans.

    - ``ring`` -- a polynomial ring; needed only where all entries are numbers
    - ``time`` -- the variable, or its name, that is the time `t`, or `s = e^{\tau t}`, if
      there is one
    - ``variables`` -- for symbolic entries the variables, symbols or names, in the order of
      the entries of a field

    ERRORS: ``TypeError`` for entries that are no rational functions with exact coefficients,
    ``ValueError`` for a wrong shape, different rings, or symbols that are no variables.

    REFERENCES: the fields of Section 2 of arXiv 2405.12888, whose joint
    annihilators are the conservation laws.

    EXAMPLES::

        sage: from sage_conslaw import VectorFields
        sage: R.<t, x> = QQ[]
        sage: fields = VectorFields([[1, 3*x/t], [0, x/2]], time="t"); fields
        2 polynomial vector fields in 2 variables (t, x) over Rational Field, field 0 multiplied ...
        sage: fields[0], fields[1]
        ((t, 3*x), (0, 1/2*x))
        sage: fields.bracket(0, 1)
        (0, 0)

    Symbolic entries, of SymPy or of Sage, in dictionaries or with ``variables``::

        sage: import sympy
        sage: q, p = sympy.symbols("q p")
        sage: VectorFields({q: p, p: -q})
        1 polynomial vector field in 2 variables (q, p) over Integer Ring
        sage: VectorFields([[p, -q]], variables=[q, p]) == VectorFields({q: p, p: -q})
        True
        sage: u, v = SR.var("u, v")
        sage: VectorFields([{u: u*v}, {v: 1/(u + v)}])[1]
        (0, 1)

    TESTS::

        sage: VectorFields([[x]])
        Traceback (most recent call last):
        ...
        ValueError: fields: field 0 has 1 entry, expected 2, one for each generator of ...
        sage: VectorFields([[p, -q]])
        Traceback (most recent call last):
        ...
        ValueError: variables: got None, but entries are symbolic, and which variable each entry ...
    """

    def __init__(self, fields, ring=None, time=None, variables=None):
        given = read_fields(fields, ring, variables)
        if time is not None and str(time) not in given.names:
            raise ValueError(f"time: got {shown(time)}; expected one of the variables "
                             f"{', '.join(given.names)}")
        self._set_up(given.names, given.rational,
                     None if time is None else given.names.index(str(time)), 1, len(given.factors))
        self._factors = given.factors
        if given.table is None:
            self._ring, self._fields = given.ring, given.fields
        else:
            self._from_terms, self.terms = True, given.table.without_padding()
            self.denominators = given.denominators

    def _set_up(self, names, rational, time, time_degree, count):
        # what is known of all fields, whatever they are made from
        self._names, self._rational = tuple(map(str, names)), bool(rational)
        self._time, self._count = time, count
        self._from_terms, self.blocks, self._factors = False, None, None
        #: the degree in the time in which laws are sought unless another is asked for
        self.time_degree = time_degree

    @classmethod
    def from_array(cls, array, ring=None, time=None, variables=None):
        r"""
        Read an array with one row a variable and one column a field.

        INPUT:

        - ``array`` -- of shape `D \times d`: a NumPy array, a matrix or a list of lists
        - ``ring``, ``time``, ``variables`` -- as for :class:`VectorFields`

        EXAMPLES::

            sage: import numpy as np
            sage: from sage_conslaw import VectorFields
            sage: R.<x, y> = ZZ[]
            sage: VectorFields.from_array(np.array([[x, 1, 0], [y, 0, x*y]]))[2]
            (0, x*y)
        """
        return cls(columns_of(array), ring, time, variables)

    @classmethod
    def _trusted(cls, ring, fields):
        # for polynomials of one ring, which need no second look
        self, fields = cls.__new__(cls), [tuple(field) for field in fields]
        self._set_up(ring.variable_names(), ring.base_ring().is_field(), None, 1, len(fields))
        self._ring, self._fields = ring, fields
        return self

    @classmethod
    def from_terms(cls, names, table, denominator=1, time=None, time_degree=1, blocks=None):
        r"""
        Make fields from a table of their terms; their polynomials are made when asked for.

        All but the polynomials can be had without Sage.

        INPUT:

        - ``names`` -- the names of the variables
        - ``table`` -- :class:`~sage_conslaw.arithmetic.term_table.TermTable` with integer
          coefficients
        - ``denominator`` -- the fields are those of the table over this integer, or over
          these, one for each field; their ring is over ``QQ`` where it is not 1
        - ``time``, ``time_degree`` -- the index of the time among the variables, and
          the degree in it in which laws are sought unless another is asked for
        - ``blocks`` -- pairs (name, shape) of the arrays whose entries the variables are, if
          they are

        EXAMPLES::

            sage: from sage_conslaw import VectorFields
            sage: R.<x, y> = QQ[]
            sage: fields = VectorFields([[x*y, 2*y^3]])
            sage: VectorFields.from_terms(["x", "y"], fields.terms, denominator=2)[0]
            (1/2*x*y, y^3)
        """
        self = cls.__new__(cls)
        denominators = (denominator if isinstance(denominator, tuple)
                        else (denominator,) * max(table.number_of_fields, 1))
        self._set_up(names, set(denominators) - {1}, time, time_degree, len(denominators))
        self._from_terms, self.blocks = True, blocks
        self.terms = table.without_padding()
        self.denominators = denominators
        return self

    @cached_property
    def _ring(self):
        from sage_conslaw.flows.sage_polynomials import polynomial_ring
        return polynomial_ring(self._names, self._rational)

    @cached_property
    def _fields(self):
        from sage_conslaw.flows.sage_polynomials import polynomials_of
        return polynomials_of(self.terms, self._ring, self.denominators)

    def variable_names(self):
        r"""
        Return the names of the variables.

        EXAMPLES::

            sage: from sage_conslaw import GradientFlow, NMF
            sage: GradientFlow(NMF(1, 1, 1)).vector_fields().variable_names()
            ('U1_1', 'V1_1')
        """
        return self._names

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
        return len(self._names)

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
        if not isinstance(other, VectorFields) or self._facts() != other._facts():
            return False
        if self._from_terms and other._from_terms:
            return self._coefficients() == other._coefficients()
        return self._fields == other._fields

    def _facts(self):
        return self._names, self._rational, self._time, self.time_degree, self._count

    def _coefficients(self):
        # the coefficient of each monomial of each entry
        total, table = {}, self.terms
        for f, i, factors, c in zip(table.field.tolist(), table.component.tolist(),
                                    table.factors.tolist(), table.coefficients.tolist()):
            key = f, i, tuple(x for x in factors if x < table.variables)
            total[key] = total.get(key, 0) + Fraction(int(c), self.denominators[f])
        return {key: c for key, c in total.items() if c}

    __hash__ = None  # type: ignore[assignment]

    def __getstate__(self):
        # what can be made again from the rest is not pickled
        made = ("_ring", "_fields") if self._from_terms else ("terms", "denominators")
        return {key: value for key, value in vars(self).items() if key not in made}

    def __repr__(self):
        names = self._names
        listed = ", ".join(names if len(names) <= 8 else names[:4] + ("...",) + names[-2:])
        text = (f"{counted(len(self), 'polynomial vector field')} in "
                f"{counted(len(names), 'variable')} ({listed}) over "
                f"{'Rational Field' if self._rational else 'Integer Ring'}")
        cleared = [(f, factor) for f, factor in enumerate(self.factors) if factor != 1]
        if len(cleared) > 3:
            return f"{text}, {len(cleared)} of them multiplied by factors"
        return text + "".join(f", field {f} multiplied by {factor}" for f, factor in cleared)

    @property
    def factors(self):
        r"""
        What each field that was given was multiplied by to become polynomial: polynomials of
        Sage, or expressions of SymPy where entries are symbolic. There are none for flows.

        EXAMPLES::

            sage: from sage_conslaw import VectorFields
            sage: x, y = SR.var("x, y")
            sage: VectorFields([{x: 1/y, y: 1/(2*x)}, {x: x/2}]).factors
            (x*y, 1)
        """
        return self._factors or ()

    def time_degree_for(self, degree):
        r"""
        Return the degree in the time that laws of a degree in the other variables need.

        See :func:`~sage_conslaw.flows.rates.time_degree_for`; ``None`` without a time.

        EXAMPLES::

            sage: from sage_conslaw import LinearNetwork, MomentumFlow, NESTEROV
            sage: fields = MomentumFlow(LinearNetwork([1, 1]), NESTEROV).vector_fields()
            sage: [fields.time_degree_for(d) for d in (1, 2, 3, 4)]
            [3, 3, 4, 6]
        """
        return time_degree_for(None if self._time is None else self.time_degree, degree)

    def degree(self):
        r"""
        Return the largest total degree of an entry; -1 if all are zero.
        """
        if self._from_terms:
            lengths = (self.terms.factors < self.terms.variables).sum(axis=1)
            return int(lengths.max(initial=0 if len(lengths) else -1))
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
        renamed = VectorFields.from_terms(
            [f"x{i + 1}" for i in range(self.number_of_variables)], self.terms,
            self.denominators, self._time, self.time_degree)
        renamed._rational = self._rational
        return renamed

    def bracket(self, i, j):
        r"""
        Return the Lie bracket `[\chi_i, \chi_j] = J_{\chi_j} \chi_i - J_{\chi_i} \chi_j`.

        EXAMPLES::

            sage: from sage_conslaw import VectorFields
            sage: R.<x, y> = ZZ[]
            sage: VectorFields([[y, 0], [0, x^2]]).bracket(0, 1)
            (-x^2, 2*x*y)
        """
        from sage_conslaw.flows.sage_polynomials import bracket
        return bracket(self._fields[i], self._fields[j], self._ring)

    @cached_property
    def denominators(self):
        r"""
        The positive integers by which the fields are multiplied in :attr:`terms`.
        """
        from sage_conslaw.flows.sage_entries import common_denominator
        return tuple(common_denominator(field) for field in self._fields)

    @cached_property
    def terms(self):
        r"""
        The terms of the fields as integer arrays, denominators cleared field by field.
        """
        from sage_conslaw.flows.sage_polynomials import table_of
        degree = self.degree()
        if degree > limits.FIELD_DEGREE:
            raise ValueError(f"fields: got entries of degree {degree:,}; expected at most "
                             f"{limits.FIELD_DEGREE:,}")
        integral = [field if factor == 1 else [factor * p for p in field]
                    for field, factor in zip(self._fields, self.denominators)]
        return table_of(integral, self.number_of_variables)


def as_vector_fields(flow_or_fields):
    r"""
    Return the vector fields that a flow, fields or an array stand for.
    """
    if isinstance(flow_or_fields, VectorFields):
        return flow_or_fields
    if hasattr(flow_or_fields, "vector_fields"):
        return flow_or_fields.vector_fields()
    if is_matrix(flow_or_fields) or (isinstance(flow_or_fields, np.ndarray)
                                     and flow_or_fields.ndim == 2):
        return VectorFields.from_array(flow_or_fields)
    rows = flow_or_fields if isinstance(flow_or_fields, (list, tuple)) else [flow_or_fields]
    if rows and all(isinstance(row, Mapping) for row in rows):
        return VectorFields(flow_or_fields)
    hint = ""
    if isinstance(flow_or_fields, (list, tuple)):
        # rows are fields to VectorFields and variables to from_array: a list could be either
        hint = "; a list goes through VectorFields or VectorFields.from_array"
    elif hasattr(flow_or_fields, "pairing"):
        hint = "; a network needs a flow, such as GradientFlow(network)"
    raise TypeError(f"flow_or_fields: got {shown(flow_or_fields)}; expected a flow, VectorFields, "
                    f"or an array of shape variables x fields{hint}")
