r"""
The trace of a generated Lie algebra, from brackets at one random point

Let `G` be the fields whose values at a point modulo a prime are independent.
Fields outside `G` are combinations of `G` over the rational functions and add
nothing.  Level by level, the brackets of `G` with the basis elements that the
last level added are evaluated through Jacobians, and only those that enlarge the
basis are expanded.  The first level that adds nothing ends it: `[g, f b] = f
[g, b] + g(f) b`, so the span then is closed.
"""
import logging
from dataclasses import dataclass

import numpy as np

from sage_conslaw.arithmetic.arrays import accumulate
from sage_conslaw.arithmetic.primes import vanishing_chance
from sage_conslaw.arithmetic.term_table import bracket
from sage_conslaw.system import limits

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Words:
    r"""
    Iterated brackets that are independent at a point, with the point: a proof begins with them.

    ATTRIBUTES:

    - ``prime`` -- the prime
    - ``point`` -- the residues of the point
    - ``words`` -- the brackets; see :class:`BracketTrial`
    - ``max_terms`` -- none of them had more terms than this
    """

    prime: int
    point: tuple[int, ...]
    words: tuple[tuple[int, ...], ...]
    max_terms: int


class BracketTrial:
    r"""
    The dimension of the trace at one point modulo one prime.

    INPUT:

    - ``table`` -- :class:`~sage_conslaw.arithmetic.term_table.TermTable` of the fields, modulo
      the prime
    - ``point`` -- the point, an array of residues
    - ``prime`` -- the prime
    - ``target`` -- a dimension at which to stop, where it is known that there is no
      more; the number of variables by default
    - ``max_terms`` -- brackets of more terms raise ``BracketTooLarge``

    ATTRIBUTES:

    - ``rank`` -- the dimension found; never too large
    - ``generators`` -- how many of the fields are independent
    - ``depth`` -- the number of brackets in the deepest element of the basis
    - ``space`` -- the :class:`~sage_conslaw.arithmetic.echelon.Echelon` form of the values
    - ``words`` -- the basis as iterated brackets: ``(i, j, k)`` stands for
      `[\chi_i, [\chi_j, \chi_k]]`

    EXAMPLES::

        sage: from sage_conslaw.counting.brackets import BracketTrial
        sage: from sage_conslaw.arithmetic.primes import PrimeSource
        sage: from sage_conslaw.arithmetic.term_table import TermTable
        sage: source = PrimeSource(0); p = source.prime()
        sage: table = TermTable.from_terms(3, [
        ....:     (0, 0, (), 1), (0, 2, (1,), -1), (1, 1, (), 1), (1, 2, (0,), 1)])
        sage: trial = BracketTrial(table.modulo(p), source.point(3, p), p)
        sage: trial.rank, trial.words
        (3, [(0,), (1,), (1, 0)])
    """

    def __init__(self, table, point, prime, target=None, max_terms=limits.ALL_BRACKET_TERMS):
        chosen, table, values, space = table.independent(point, prime)
        target = space.length if target is None else target
        generators = [table.select(i) for i in range(len(chosen))]
        jacobian = _Jacobian(table, point, prime)
        self.space, self.words = space, [(i,) for i in chosen]
        self.generators, self.depth = len(chosen), 0
        level = list(zip(generators, values, self.words))
        while level and space.rank < target:
            added = []
            for field, value, word in level:
                brackets = (_Jacobian(field, point, prime).apply_to_rows(values)
                            - jacobian.apply(value, len(generators))) % prime
                for g in space.extend(brackets):
                    added.append((g, field, brackets[g], (chosen[g],) + word))
                if space.rank >= target:
                    break
            self.words.extend(word for _, _, _, word in added)
            self.depth += bool(added)
            logger.info("%d brackets deep: dimension %d of %d", self.depth, space.rank,
                        space.length)
            level = []
            if space.rank < target:
                added.reverse()
                while added:  # a field goes, with its derivatives, when it is done with
                    g, field, value, word = added.pop()
                    level.append((bracket(generators[g], field, prime, max_terms), value, word))
        self.rank = space.rank


class _Jacobian:
    # the Jacobians of the fields of a table at a point, entries that are not zero
    def __init__(self, table, point, prime):
        self.variables, self.prime = table.variables, prime
        field, component, variable, value = table.jacobian_values(point, prime)
        key = (field * table.variables + component) * table.variables + variable
        keys, group = np.unique(key, return_inverse=True)
        self.value = accumulate(group, value, len(keys), prime)
        self.row, self.variable = np.divmod(keys, table.variables)

    def apply(self, vector, number_of_fields):
        # J_f v for every field f, fields x variables
        product = self.value * vector[self.variable] % self.prime
        return accumulate(self.row, product, number_of_fields * self.variables,
                          self.prime).reshape(number_of_fields, self.variables)

    def apply_to_rows(self, rows):
        # J v for every row v, where the table holds one field
        result = np.zeros((len(rows), self.variables), dtype=np.int64)
        step = max(1, 2**22 // max(1, len(self.value)))
        for start in range(0, len(rows), step):
            part = rows[start:start + step]
            product = part[:, self.variable] * self.value % self.prime
            key = np.arange(len(part))[:, None] * self.variables + self.row
            result[start:start + step] = accumulate(
                key.ravel(), product.ravel(), len(part) * self.variables,
                self.prime).reshape(len(part), self.variables)
        return result


def bracket_failure_chance(size, variables, generators):
    r"""
    Bound the chance that a :class:`BracketTrial` finds too small a dimension.

    INPUT:

    - ``size`` -- :class:`~sage_conslaw.counting.sizes.FieldSize` of the fields
    - ``variables`` -- their number `D`
    - ``generators`` -- a number `g` of independent fields, or a lower bound of it

    OUTPUT: a rational.

    ALGORITHM: A trial is too small only if a minor `\Delta` of the words that a
    generic point selects vanishes at the point modulo the prime. The `j`-th of
    these words has at most `\max(0, j - g)` brackets, since every level adds one
    word at least. With `\delta` the degree and `N` the sum of the absolute values
    of the coefficients of a generator, a word of `k` brackets has degree at most
    `k(\delta - 1) + \delta`, and `N([f, w]) \le (\deg f + \deg w) N(f) N(w)`
    bounds its coefficients. Degree and height of `\Delta` give the chance by
    :func:`~sage_conslaw.arithmetic.primes.vanishing_chance`.
    """
    degree = size.degree
    height = (size.total if size.largest is None else size.largest).bit_length()
    word_degree, word_height = degree, height
    minor_degree, minor_height = generators * degree, generators * height
    for _ in range(variables - generators):
        word_height += height + (degree + word_degree).bit_length()
        word_degree = max(word_degree + degree - 1, 0)
        minor_degree += word_degree
        minor_height += word_height
    return vanishing_chance(minor_degree, minor_height)
