r"""
The linear system for the coefficients of a polynomial law

An ansatz is the list of the monomials up to a degree, the time having a degree
of its own.  Monomials are rows of factors, as in :mod:`~sage_conslaw.arithmetic.term_table`.
"""
import math

import numpy as np

from sage_conslaw.arithmetic.monomials import hash_weights, match
from sage_conslaw.arithmetic.primes import PrimeSource
from sage_conslaw.laws.exact_kernel import integer_kernel, without_zeros
from sage_conslaw.system import limits
from sage_conslaw.system.memory import TooLarge, check_memory
from sage_conslaw.system.messages import shown


class Ansatz:
    r"""
    The monomials of a law to be found, and the equations for its coefficients.

    INPUT:

    - ``table`` -- :class:`~sage_conslaw.arithmetic.term_table.TermTable` of the fields
    - ``time_index`` -- the index of the time among the variables, or ``None``
    - ``degree`` -- the degree in the other variables
    - ``time_degree`` -- the degree in the time, or ``None``
    - ``homogeneous`` -- whether the first degree is exact, not a bound

    The constant monomial is left out: constants are laws of all fields.

    EXAMPLES::

        sage: from sage_conslaw.laws.ansatz import Ansatz
        sage: from sage_conslaw.arithmetic.term_table import TermTable
        sage: table = TermTable.from_terms(2, [(0, 0, (1,), 1), (0, 1, (0,), 1)])
        sage: ansatz = Ansatz(table, None, 2, None, False)
        sage: [ansatz.monomial(i) for i in range(ansatz.number_of_monomials)]
        [(0,), (1,), (0, 0), (0, 1), (1, 1)]
        sage: Ansatz(table, None, 10^6, None, False)
        Traceback (most recent call last):
        ...
        sage_conslaw.system.memory.TooLarge: degree: got 1000000, whose ansatz of
        500,001,500,000 monomials does not fit ...
    """

    def __init__(self, table, time_index, degree, time_degree, homogeneous):
        self._table, self._time = table, time_index
        self._variables = table.variables - (time_index is not None)
        self._powers = 0 if time_index is None else time_degree
        self._homogeneous = homogeneous
        system_size(table, time_index, degree, time_degree, homogeneous)
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

    def laws(self, source, attempt=0):
        r"""
        Return a basis of the solutions of the system.

        INPUT:

        - ``source`` -- :class:`~sage_conslaw.arithmetic.primes.PrimeSource`, for the primes
        - ``attempt`` -- which weights key the monomials; see
          :func:`sage_conslaw.arithmetic.monomials.hash_weights`

        OUTPUT: list of vectors, each a list of pairs (monomial, integer).

        ALGORITHM: Most monomials are in no law, and few fields suffice to see that: those
        that move every variable once leave equations with a single unknown, which is zero.
        The system of all fields is built for the monomials that are left.

        Where a system does not fit into memory at once, gradings of the variables for which
        all fields are homogeneous split it: the laws of a basis are homogeneous as well.

        EXAMPLES::

            sage: from sage_conslaw.laws.ansatz import Ansatz
            sage: from sage_conslaw.arithmetic.primes import PrimeSource
            sage: from sage_conslaw.arithmetic.term_table import TermTable
            sage: table = TermTable.from_terms(2, [(0, 0, (1,), 1), (0, 1, (0,), 1)])
            sage: Ansatz(table, None, 2, None, False).laws(PrimeSource(0))
            [[((0, 0), 1), ((1, 1), -1)]]
        """
        left = np.arange(len(self._factors))
        few = self._table.take(_moving_all(self._table))
        if len(few) < len(self._table):
            left = np.concatenate([left[:0]] + [
                part[without_zeros(*self._equations(few, part, attempt), len(part))[0]]
                for part in self._parts(few, left)])
        found, kinds = [], {}
        for part in self._parts(self._table, left):
            system = self._equations(self._table, part, attempt)
            for vector in integer_kernel(*system, len(part), source, kinds):
                found.append([(self.monomial(part[m]), c) for m, c in vector])
        return found

    def _parts(self, table, monomials):
        # monomials in parts that no equation connects and that fit into memory
        if not len(monomials):
            return
        factors = self._factors[monomials]
        terms = np.append(np.bincount(table.component, minlength=table.variables), 0)
        entries = terms[factors].sum(axis=1)
        if entries.sum() <= limits.PART_ENTRIES:
            yield monomials
            return
        key = grading_keys(table)[factors].sum(axis=1, dtype=np.uint64)
        order = np.argsort(key, kind="stable")
        entries = np.cumsum(entries[order])
        ends = np.append(np.flatnonzero(key[order][1:] != key[order][:-1]) + 1, len(order))
        largest = int(np.diff(entries[ends - 1], prepend=0).max())
        if largest > limits.UNSPLIT_ENTRIES:
            raise TooLarge(f"degree: the ansatz of {self.number_of_monomials:,} monomials leads "
                           f"to a system of {largest:,} entries that does not split; solved are "
                           f"at most {limits.UNSPLIT_ENTRIES:,}")
        check_memory(limits.ENTRY_BYTES * max(largest, limits.PART_ENTRIES),
                     f"degree: a system of {largest:,} entries that does not split")
        start = 0
        while start < len(order):
            before = entries[start - 1] if start else 0
            fitting = ends[(ends > start) & (entries[ends - 1] - before <= limits.PART_ENTRIES)]
            end = int(fitting[-1]) if len(fitting) else int(ends[ends > start][0])
            yield monomials[np.sort(order[start:end])]
            start = end

    def _equations(self, table, monomials, attempt):
        # the system of the fields of a table for some monomials, sorted by equation, no
        # position twice; its coefficients are exact, of dtype object where they may
        # exceed 62 bits
        factors = self._factors[monomials]
        table, starts = table.by_component
        weights = hash_weights(table.variables, attempt)
        field_key = hash_weights(int(table.field.max(initial=0)) + 1, attempt + 1000)
        keys = weights[table.factors].sum(axis=1, dtype=np.uint64) + field_key[table.field]
        coefficients = table.coefficients
        largest = max((abs(c) for c in coefficients), default=0)
        # a sum has at most one term for each factor and each term of the fields
        if largest * max(factors.shape[1], 1) * max(len(coefficients), 1) < 2**62:
            coefficients = coefficients.astype(np.int64)
        own = weights[factors].sum(axis=1, dtype=np.uint64)
        monomial, position = np.nonzero(factors < table.variables)
        variable = factors[monomial, position]
        left, right = match(variable, starts)
        key = (own[monomial] - weights[variable])[left] + keys[right]
        return _add_equal(key, monomial[left], coefficients[right])

    def _monomials(self, degree):
        variables = [i for i in range(self._table.variables) if i != self._time]
        width = degree + self._powers
        blocks = []
        rows = np.zeros((1, 0), dtype=np.int32)
        for d in range(degree + 1):
            if d:
                rows = _one_more_factor(rows, len(variables))
            if self._homogeneous and d < degree:
                continue
            for power in range(self._powers + 1):
                block = np.full((len(rows), width), self._table.variables, dtype=np.int32)
                if d:
                    block[:, power:power + d] = np.array(variables)[rows]
                block[:, :power] = -1 if self._time is None else self._time
                if d + power:
                    blocks.append(np.sort(block, axis=1))
        return (np.vstack(blocks) if blocks
                else np.zeros((0, max(width, 1)), dtype=np.int32))


def system_size(table, time_index, degree, time_degree=None, homogeneous=False, check=True):
    r"""
    Return the number of monomials of an ansatz, and of the entries of its system.

    INPUT:

    - ``table``, ``time_index``, ``degree``, ``time_degree``, ``homogeneous`` -- as for
      :class:`Ansatz`; where the degree in the time depends on the other one, ``time_degree``
      is the function that it is of it
    - ``check`` -- whether to raise an error if it would not fit into memory

    EXAMPLES::

        sage: from sage_conslaw.laws.ansatz import system_size
        sage: from sage_conslaw.arithmetic.term_table import TermTable
        sage: table = TermTable.from_terms(2, [(0, 0, (1,), 1), (0, 1, (0,), 1)])
        sage: system_size(table, None, 2)
        (5, 8)
    """
    variables = table.variables - (time_index is not None)
    terms = np.bincount(table.component, minlength=table.variables)
    in_time = 0 if time_index is None else int(terms[time_index])
    others = int(terms.sum()) - in_time

    def powers_for(degree):
        if time_index is None:
            return 0
        return time_degree(degree) if callable(time_degree) else time_degree

    def size(degree):
        powers = powers_for(degree)
        if homogeneous:
            count = math.comb(variables + degree - 1, degree) if variables else int(degree == 0)
            occurrences = degree * count // max(variables, 1)
        else:
            count = math.comb(variables + degree, degree)
            occurrences = (math.comb(variables + degree, degree - 1) if degree and variables
                           else 0)
        # each variable occurs equally often, and meets the terms of its component
        entries = occurrences * (powers + 1) * others
        entries += count * (powers * (powers + 1) // 2) * in_time
        constant = not homogeneous or degree == 0
        return count * (powers + 1) - constant, entries

    def fits(degree):
        monomials, entries = size(degree)
        return (monomials <= limits.ANSATZ_MONOMIALS and entries <= limits.ANSATZ_ENTRIES
                and monomials * (degree + powers_for(degree)) <= limits.ANSATZ_FACTORS)

    if check and powers_for(0) and not fits(0):
        raise TooLarge(
            f"time_degree: got {shown(powers_for(0))}, which alone makes an ansatz of more than "
            f"{limits.ANSATZ_MONOMIALS:,} monomials or a system that does not fit into memory")
    if check and not fits(degree):
        fitting, too_large = 0, degree
        while too_large - fitting > 1:
            middle = (fitting + too_large) // 2
            fitting, too_large = (middle, too_large) if fits(middle) else (fitting, middle)
        count = size(degree)[0]
        # Python does not write integers of thousands of digits
        digits = int((count.bit_length() - 1) * math.log10(2))
        text = f"{count:,}" if digits < 30 else f"about 10^{digits}"
        raise TooLarge(
            f"degree: got {degree}, whose ansatz of {text} monomials does not fit into memory; "
            f"expected at most degree {fitting}, with {size(fitting)[0]:,} monomials")
    return size(degree)


def grading_keys(table):
    r"""
    Return a 64-bit key for each variable, additive, equal on equal weights.

    Two monomials have one key if they have one weight in every grading for which
    all fields are homogeneous; the last key, of the filling, is 0.

    EXAMPLES:

    For the field `(y, x, z)` the weights of `x` and `y` are equal::

        sage: from sage_conslaw.laws.ansatz import grading_keys
        sage: from sage_conslaw.arithmetic.term_table import TermTable
        sage: table = TermTable.from_terms(3, [
        ....:     (0, 0, (1,), 1), (0, 1, (0,), 1), (0, 2, (2,), 1)])
        sage: x, y, z, _ = grading_keys(table).tolist()
        sage: x == y, x == z
        (True, False)
    """
    order = np.argsort(table.field, kind="stable")
    first, second = order[:-1], order[1:]
    paired = table.field[first] == table.field[second]
    first, second = first[paired], second[paired]
    # the weight of a term c x^e d_i, e - 1_i, is the same for all terms of a field
    equation, unknown, sign = [], [], []
    for terms, s in ((first, 1), (second, -1)):
        row, column = np.nonzero(table.factors[terms] < table.variables)
        equation += [row, np.arange(len(terms))]
        unknown += [table.factors[terms][row, column], table.component[terms]]
        sign += [np.full(len(row), s), np.full(len(terms), -s)]
    system = _add_equal(np.concatenate(equation), np.concatenate(unknown).astype(np.int64),
                        np.concatenate(sign))
    random = hash_weights(table.variables, 2000).tolist()
    keys = [0] * (table.variables + 1)
    for number, weight in enumerate(integer_kernel(*system, table.variables, PrimeSource(0))):
        for variable, value in weight:
            keys[variable] = (keys[variable] + value * random[number]) % 2**64
    return np.array(keys, dtype=np.uint64)


def _moving_all(table):
    # fields that together move every variable that some field moves, first come first taken
    order = np.lexsort((table.field, table.component))
    first = np.ones(len(order), dtype=bool)
    first[1:] = np.diff(table.component[order]) > 0
    return np.unique(table.field[order[first]])


def _one_more_factor(rows, n):
    # all non-decreasing rows over range(n) of one more entry, in order
    last = rows[:, -1] if rows.shape[1] else np.zeros(1, dtype=np.int32)
    counts = n - last
    left = np.repeat(np.arange(len(rows)), counts)
    offset = np.arange(len(left)) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.column_stack([rows[left], (last[left] + offset).astype(np.int32)])


def _add_equal(key, monomial, coefficient):
    # number the equations, add entries of equal equation and monomial. For an ansatz the
    # monomials come in order, so that sorting by them costs next to nothing.
    order = np.argsort(monomial, kind="stable")
    order = order[np.argsort(key[order], kind="stable")]
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
