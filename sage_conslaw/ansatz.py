r"""
The linear system for the coefficients of a polynomial law

An ansatz is the list of the monomials up to a degree, the time having a degree
of its own.  Monomials are rows of factors, as in :mod:`sage_conslaw.terms`.
"""
import math

import numpy as np

from sage_conslaw.terms import hash_weights, match

#: Systems with more monomials, factors in all monomials, or entries before equal
#: ones are added, are refused: an entry takes about 100 bytes while the system is
#: built.
MAX_MONOMIALS = 5_000_000
MAX_FACTORS = 100_000_000
MAX_ENTRIES = 40_000_000


class Ansatz:
    r"""
    The monomials of a law to be found, and the equations for its coefficients.

    INPUT:

    - ``table`` -- :class:`~sage_conslaw.terms.TermTable` of the fields
    - ``time_index`` -- the index of the time among the variables, or ``None``
    - ``degree`` -- the degree in the other variables
    - ``time_degree`` -- the degree in the time, or ``None``
    - ``homogeneous`` -- whether the first degree is exact, not a bound

    The constant monomial is left out: constants are laws of all fields.

    EXAMPLES::

        sage: from sage_conslaw.ansatz import Ansatz
        sage: from sage_conslaw.terms import TermTable
        sage: R.<x, y> = ZZ[]
        sage: table = TermTable.from_polynomials([(y, x)], 2)
        sage: ansatz = Ansatz(table, None, 2, None, False)
        sage: [ansatz.monomial(i) for i in range(ansatz.number_of_monomials)]
        [(0,), (1,), (0, 0), (0, 1), (1, 1)]
        sage: Ansatz(table, None, 10^6, None, False)
        Traceback (most recent call last):
        ...
        ValueError: degree: got 1000000, whose ansatz of 500,001,500,001 monomials does not fit ...
    """

    def __init__(self, table, time_index, degree, time_degree, homogeneous):
        self._table, self._time = table, time_index
        self._variables = table.variables - (time_index is not None)
        self._powers = 0 if time_index is None else time_degree
        self._homogeneous = homogeneous
        self._check_size(degree)
        self._factors = self._monomials(degree)

    @property
    def number_of_monomials(self):
        r"""
        The number of monomials.
        """
        return len(self._factors)

    def monomial(self, index):
        r"""
        Return a monomial as the tuple of the indices of its factors.
        """
        return tuple(x for x in self._factors[index].tolist() if x < self._table.variables)

    def equations(self, attempt=0):
        r"""
        Return the system as ``(equation, monomial, coefficient, number of monomials)``.

        INPUT:

        - ``attempt`` -- which weights key the monomials; see
          :func:`sage_conslaw.terms.hash_weights`

        OUTPUT: three arrays, sorted by equation, no pair (equation, monomial)
        twice and no coefficient 0; the coefficients are exact integers, of dtype
        ``object`` where they may exceed 62 bits.
        """
        table, starts = self._table.by_component()
        weights = hash_weights(table.variables, attempt)
        field_key = hash_weights(int(table.field.max(initial=0)) + 1, attempt + 1000)
        keys = weights[table.factors].sum(axis=1, dtype=np.uint64) + field_key[table.field]
        coefficients = table.coefficients
        largest = max((abs(c) for c in coefficients), default=0)
        # a sum has at most one term for each factor and each term of the fields
        if largest * max(self._factors.shape[1], 1) * max(len(coefficients), 1) < 2**62:
            coefficients = coefficients.astype(np.int64)
        own = weights[self._factors].sum(axis=1, dtype=np.uint64)
        monomial, position = np.nonzero(self._factors < table.variables)
        variable = self._factors[monomial, position]
        left, right = match(variable, starts)
        key = (own[monomial] - weights[variable])[left] + keys[right]
        return _add_equal(key, monomial[left], coefficients[right]) + (len(self._factors),)

    def _monomials(self, degree):
        variables = [i for i in range(self._table.variables) if i != self._time]
        width = degree + self._powers
        blocks = []
        for d in range(degree if self._homogeneous else 0, degree + 1):
            rows = _multisets(len(variables), d)
            for power in range(self._powers + 1):
                block = np.full((len(rows), width), self._table.variables, dtype=np.int32)
                if d:
                    block[:, power:power + d] = np.array(variables)[rows]
                block[:, :power] = -1 if self._time is None else self._time
                if d + power:
                    blocks.append(np.sort(block, axis=1))
        return (np.vstack(blocks) if blocks
                else np.zeros((0, max(width, 1)), dtype=np.int32))

    def _size(self, degree):
        # the number of monomials, and of the entries of the system
        n, powers = self._variables, self._powers
        if self._homogeneous:
            count = math.comb(n + degree - 1, degree) if n else int(degree == 0)
            occurrences = degree * count // max(n, 1)
        else:
            count = math.comb(n + degree, degree)
            occurrences = math.comb(n + degree, degree - 1) if degree and n else 0
        terms = np.bincount(self._table.component, minlength=self._table.variables)
        in_time = 0 if self._time is None else int(terms[self._time])
        # each variable occurs equally often, and meets the terms of its component
        entries = occurrences * (powers + 1) * (int(terms.sum()) - in_time)
        entries += count * (powers * (powers + 1) // 2) * in_time
        return count * (powers + 1), entries

    def _fits(self, degree):
        monomials, entries = self._size(degree)
        factors = monomials * (degree + self._powers)
        return (monomials <= MAX_MONOMIALS and entries <= MAX_ENTRIES
                and factors <= MAX_FACTORS)

    def _check_size(self, degree):
        if self._fits(degree):
            return
        fitting = 0
        while fitting < degree and self._fits(fitting + 1):
            fitting += 1
        count = self._size(degree)[0]
        size = f"{count:,}" if count < 10**30 else f"about 10^{len(str(count)) - 1}"
        raise ValueError(
            f"degree: got {degree}, whose ansatz of {size} monomials does not fit into memory; "
            f"expected at most degree {fitting}, with {self._size(fitting)[0]:,} monomials")


def _multisets(n, size):
    # all non-decreasing rows of the given length over range(n), in order
    rows = np.zeros((1, 0), dtype=np.int32)
    for _ in range(size):
        last = rows[:, -1] if rows.shape[1] else np.zeros(1, dtype=np.int32)
        counts = n - last
        left = np.repeat(np.arange(len(rows)), counts)
        offset = np.arange(len(left)) - np.repeat(np.cumsum(counts) - counts, counts)
        rows = np.column_stack([rows[left], (last[left] + offset).astype(np.int32)])
    return rows


def _add_equal(key, monomial, coefficient):
    # number the equations, add entries of equal equation and monomial
    order = np.lexsort((monomial, key))
    key, monomial, coefficient = key[order], monomial[order], coefficient[order]
    if not len(key):
        return np.zeros(0, dtype=np.int64), monomial, coefficient
    new_key = np.ones(len(key), dtype=bool)
    new_key[1:] = key[1:] != key[:-1]
    new = new_key.copy()
    new[1:] |= monomial[1:] != monomial[:-1]
    equation = (np.cumsum(new_key) - 1)[new]
    total = np.add.reduceat(coefficient, np.flatnonzero(new))
    nonzero = total != 0
    return equation[nonzero], monomial[new][nonzero], total[nonzero]
