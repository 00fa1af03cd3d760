r"""
Polynomial vector fields as tables of terms

A term `c\, x^e\, \partial_i` of a field is one row of a table: the field and
the component `i` it belongs to, the monomial and the coefficient.  A monomial
is the sorted row of the indices of its factors, `x_1 x_3^2` being ``[1, 3, 3]``,
filled up with the number of variables.  Sums over terms then are array
operations, where polynomial objects would be handled one by one.

The derivative by `x_i` of such a monomial is the sum over its factors `x_i` of
the monomial without that factor, so exponents need no special care.
"""
from functools import cached_property

import numpy as np

from sage_conslaw.arithmetic.arrays import accumulate, residues
from sage_conslaw.arithmetic.echelon import Echelon
from sage_conslaw.arithmetic.monomials import hash_weights, match, pad_factors, widened
from sage_conslaw.system import limits


class TermTable:
    r"""
    Terms of one or several vector fields in ``variables`` variables.

    ATTRIBUTES:

    - ``variables`` -- the number `D` of variables
    - ``field``, ``component`` -- integer arrays, one entry a term
    - ``factors`` -- integer array, terms x largest degree
    - ``coefficients`` -- array, one entry a term: residues, or integers of any
      size (dtype ``object``)

    EXAMPLES::

        sage: from sage_conslaw.arithmetic.term_table import TermTable
        sage: table = TermTable.from_terms(2, [
        ....:     (0, 0, (0, 1, 1), 1), (1, 0, (1,), 1), (1, 1, (0,), 3)])
        sage: table.factors.tolist()
        [[0, 1, 1], [1, 2, 2], [0, 2, 2]]
        sage: list(table.coefficients)
        [1, 1, 3]
    """

    def __init__(self, variables, field, component, factors, coefficients):
        self.variables = int(variables)
        self.field = field
        self.component = component
        self.factors = factors
        self.coefficients = coefficients

    @classmethod
    def from_terms(cls, variables, terms):
        r"""
        Make the table of terms that are listed one by one.

        INPUT:

        - ``variables`` -- the number of variables
        - ``terms`` -- an iterable of tuples (field, component, factors, integer), the
          factors being the sorted indices of the variables of the monomial
        """
        terms = list(terms)
        field, component, monomials, coefficients = zip(*terms) if terms else ((),) * 4
        return cls(variables, np.array(field, dtype=np.int64),
                   np.array(component, dtype=np.int64), pad_factors(monomials, variables),
                   np.array([int(c) for c in coefficients], dtype=object))

    def __len__(self):
        return len(self.field)

    @property
    def number_of_fields(self):
        r"""
        One more than the largest number of a field with a term.
        """
        return int(self.field.max(initial=-1)) + 1

    def without_padding(self):
        r"""
        Return the table with no more columns of factors than a term needs.
        """
        width = int((self.factors < self.variables).sum(axis=1).max(initial=0))
        return TermTable(self.variables, self.field, self.component, self.factors[:, :width],
                         self.coefficients)

    def modulo(self, prime):
        r"""
        Return the table with its coefficients reduced, terms that vanish left out.
        """
        coefficients = residues(self.coefficients, prime)
        return self._where(coefficients != 0, coefficients)

    def _where(self, keep, coefficients):
        return TermTable(self.variables, self.field[keep], self.component[keep],
                         self.factors[keep], coefficients[keep])

    def select(self, field):
        r"""
        Return the terms of one field, as a table with that field alone.
        """
        part = self._where(self.field == field, self.coefficients)
        part.field = np.zeros(len(part), dtype=np.int64)
        return part

    def take(self, fields):
        r"""
        Return the table of some fields, numbered anew in the given order.
        """
        number = np.full(max(int(self.field.max(initial=-1)), max(fields, default=-1)) + 1, -1)
        number[list(fields)] = np.arange(len(fields))
        part = self._where(number[self.field] >= 0, self.coefficients)
        part.field = number[part.field]
        return part

    @cached_property
    def by_component(self):
        r"""
        The table sorted by component, and where each component starts.
        """
        order = np.argsort(self.component, kind="stable")
        part = self._where(order, self.coefficients)
        starts = np.searchsorted(part.component, np.arange(self.variables + 1))
        return part, starts

    def values(self, point, prime, number_of_fields):
        r"""
        Evaluate all fields at a point modulo a prime, fields x variables.
        """
        value = self.coefficients % prime
        extended = np.append(point, 1)
        for column in self.factors.T:
            value = value * extended[column] % prime
        flat = accumulate(self.field * self.variables + self.component, value,
                          number_of_fields * self.variables, prime)
        return flat.reshape(number_of_fields, self.variables)

    def independent(self, point, prime):
        r"""
        Select fields whose values at a point modulo a prime are independent.

        OUTPUT: their numbers, first come first taken; their table, the fields
        numbered anew; their values; and the :class:`~sage_conslaw.arithmetic.echelon.Echelon`
        form of these. Over the rational functions the other fields are combinations
        of them, but for an unlucky point or prime.

        EXAMPLES::

            sage: from sage_conslaw.arithmetic.primes import PrimeSource
            sage: from sage_conslaw.arithmetic.term_table import TermTable
            sage: source = PrimeSource(0); p = source.prime()
            sage: table = TermTable.from_terms(2, [
            ....:     (0, 0, (0,), 1), (0, 1, (1,), 1), (1, 0, (0, 0), 1), (1, 1, (0, 1), 1),
            ....:     (2, 0, (1,), 1), (2, 1, (1,), 1)]).modulo(p)
            sage: table.independent(source.point(2, p), p)[0]
            [0, 2]
        """
        space, chosen, values = Echelon(self.variables, prime), [], []
        order = np.argsort(self.field, kind="stable")
        table = self._where(order, self.coefficients)
        step = max(1, limits.BATCH_VALUES // self.variables)
        for start in range(0, self.number_of_fields, step):
            lo, hi = np.searchsorted(table.field, [start, start + step])
            part = table._where(slice(lo, hi), table.coefficients)
            part.field = part.field - start
            block = part.values(point, prime, min(step, self.number_of_fields - start))
            taken = space.extend(block)
            chosen.extend(start + k for k in taken)
            values.append(block[taken])
            if space.rank == self.variables:
                break
        values = (np.concatenate(values) if values
                  else np.zeros((0, self.variables), dtype=np.int64))
        return chosen, self.take(chosen), values, space

    def jacobian_values(self, point, prime):
        r"""
        Evaluate the first derivatives at a point modulo a prime.

        OUTPUT: arrays ``(field, component, variable, value)``; the same triple
        may occur several times, its derivative is the sum.
        """
        extended = np.append(point, 1)
        table = extended[self.factors]
        width = table.shape[1]
        before = np.ones((len(self), width + 1), dtype=np.int64)
        after = np.ones((len(self), width + 1), dtype=np.int64)
        for q in range(width):
            before[:, q + 1] = before[:, q] * table[:, q] % prime
            after[:, width - q - 1] = after[:, width - q] * table[:, width - q - 1] % prime
        term, position = np.nonzero(self.factors < self.variables)
        value = before[term, position] * after[term, position + 1] % prime
        value = value * (self.coefficients[term] % prime) % prime
        return self.field[term], self.component[term], self.factors[term, position], value

    def gradients(self, point, prime, number_of_functions):
        r"""
        Evaluate gradients at a point modulo a prime, functions x variables.

        The table is that of functions: "fields" whose terms are all in one component.
        """
        function, _, variable, value = self.jacobian_values(point, prime)
        flat = accumulate(function * self.variables + variable, value,
                          number_of_functions * self.variables, prime)
        return flat.reshape(number_of_functions, self.variables)

    @cached_property
    def derivatives(self):
        r"""
        All first derivatives, as a table and the variable of each term.
        """
        term, position = np.nonzero(self.factors < self.variables)
        width = self.factors.shape[1]
        columns = np.arange(max(width - 1, 0))
        columns = columns + (columns >= position[:, None])
        table = TermTable(self.variables, self.field[term], self.component[term],
                          self.factors[term[:, None], columns], self.coefficients[term])
        return table, self.factors[term, position]


def collect(component, factors, coefficients, variables, prime):
    r"""
    Add the terms of one field that share component and monomial, modulo a prime.

    OUTPUT: a :class:`TermTable` with one field and no zero coefficients.

    ALGORITHM: rows are sorted by a 64-bit key; rows with equal keys are compared,
    and a clash of keys, should it ever occur, is met with other weights.
    """
    factors = np.sort(factors, axis=1)
    labels = component.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    for attempt in range(64):
        weights = hash_weights(variables, attempt)
        keys = labels + weights[factors].sum(axis=1, dtype=np.uint64)
        order = np.argsort(keys, kind="stable")
        sorted_keys = keys[order]
        new = np.ones(len(order), dtype=bool)
        new[1:] = sorted_keys[1:] != sorted_keys[:-1]
        same = np.flatnonzero(~new)
        if (np.array_equal(factors[order[same]], factors[order[same - 1]])
                and np.array_equal(component[order[same]], component[order[same - 1]])):
            break
    else:
        raise RuntimeError("monomials could not be told apart by their keys")
    group = np.cumsum(new) - 1
    first = order[new]
    total = accumulate(group, coefficients[order], len(first), prime)
    first, total = first[total != 0], total[total != 0]
    factors = factors[first]
    width = int((factors < variables).sum(axis=1).max(initial=0))
    return TermTable(variables, np.zeros(len(first), dtype=np.int64), component[first],
                     factors[:, :width], total)


class BracketTooLarge(MemoryError):
    r"""
    A Lie bracket has more terms than are expanded.
    """


def bracket(left, right, prime, max_terms=limits.ALL_BRACKET_TERMS):
    r"""
    Return the Lie bracket `[f, g] = J_g f - J_f g` of two fields modulo a prime.

    INPUT:

    - ``left``, ``right`` -- tables `f` and `g` with one field each

    EXAMPLES::

        sage: from sage_conslaw.arithmetic.term_table import TermTable, bracket
        sage: p = 2147483647
        sage: f = TermTable.from_terms(2, [(0, 0, (1,), 1)]).modulo(p)
        sage: g = TermTable.from_terms(2, [(0, 1, (0, 0), 1)]).modulo(p)
        sage: h = bracket(f, g, p)
        sage: sorted(zip(h.component.tolist(), h.factors.tolist(), h.coefficients.tolist()))
        [(0, [0, 0], 2147483646), (1, [0, 1], 2)]
    """
    parts = []
    for outer, inner, sign in ((right, left, 1), (left, right, -1)):
        derivative, variable = outer.derivatives
        inner, starts = inner.by_component
        size = int((starts[variable + 1] - starts[variable]).sum())
        if size > max_terms:
            raise BracketTooLarge(f"flow_or_fields: a bracket has up to {size:,} terms; at most "
                                  f"{max_terms:,} are expanded. engine='trajectory' expands none")
        l, r = match(variable, starts)
        parts.append((derivative.component[l],
                      np.hstack([derivative.factors[l], inner.factors[r]]),
                      derivative.coefficients[l] * inner.coefficients[r] % prime * sign % prime))
    width = max(part[1].shape[1] for part in parts)
    padded = [widened(part[1], width, left.variables) for part in parts]
    return collect(np.concatenate([part[0] for part in parts]), np.vstack(padded),
                   np.concatenate([part[2] for part in parts]), left.variables, prime)
