r"""
The dimension of the trace of a generated Lie algebra

Let `\mathrm{Lie}(\chi)` be the Lie algebra that vector fields `\chi_i` generate
and `\mathrm{Lie}(\chi)(x)` its trace, the space of its values at `x`.  Around a
generic point the fields have `D - \dim \mathrm{Lie}(\chi)(x)` independent
conservation laws, by Frobenius.

The dimension is found modulo a prime at a random point.  A minor that does not
vanish there does not vanish over `\QQ`, so what is found is never too large.
"""
import sage.all  # noqa: F401  single modules of Sage cannot always be imported first

import logging

import numpy as np
from sage.rings.rational import Rational

from sage_conslaw.checks import checked_probability, checked_seed
from sage_conslaw.modular import (Echelon, PrimeSource, accumulate, prime_division_chance,
                                  trials_for)
from sage_conslaw.terms import bracket
from sage_conslaw.vector_fields import as_vector_fields

logger = logging.getLogger(__name__)


class TraceDimension(int):
    r"""
    A dimension of the trace of a Lie algebra, with what is known about it.

    It is an integer like any other. It is never too large; the probability
    that it is too small is at most ``error_bound``.

    ATTRIBUTES:

    - ``number_of_variables`` -- the number `D`
    - ``number_of_laws`` -- `D` minus the dimension: there are no more
      independent laws than that
    - ``is_proved`` -- whether nothing is left to chance: the dimension is `D`
    - ``error_bound`` -- a rational, 0 when proved
    - ``probability``, ``seed`` -- as asked for
    - ``primes`` -- the primes used, one a trial
    - ``involutive`` -- whether no bracket left the span of the fields
    - ``depth`` -- the number of brackets in the deepest one that was needed

    EXAMPLES::

        sage: from sage_conslaw import GradientFlow, LinearNetwork, trace_dimension
        sage: dimension = trace_dimension(GradientFlow(LinearNetwork([2, 2, 2])))
        sage: dimension
        5 of 8 (too small with probability at most 4.4e-15)
        sage: dimension == 5, dimension.number_of_laws, dimension.is_proved
        (True, 3, False)
    """

    def __new__(cls, dimension, **facts):
        self = super().__new__(cls, dimension)
        vars(self).update(facts)
        return self

    def __getnewargs_ex__(self):
        return (int(self),), dict(vars(self))

    def __repr__(self):
        certainty = ("proved" if self.is_proved else
                     f"too small with probability at most {float(self.error_bound):.1e}")
        return f"{int(self)} of {self.number_of_variables} ({certainty})"

    def __str__(self):
        return str(int(self))


def trace_dimension(flow_or_fields, *, probability=1 - 1e-9, seed=0):
    r"""
    Compute the dimension of the trace of the generated Lie algebra.

    INPUT:

    - ``flow_or_fields`` -- a flow, :class:`VectorFields`, or an array of
      polynomials of shape `D \times d`, variables x fields
    - ``probability`` -- a number strictly between 0 and 1: the dimension is to be
      right with at least this probability
    - ``seed`` -- an integer; equal seeds give equal results

    OUTPUT: a :class:`TraceDimension`, an integer that knows how sure it is.

    ALGORITHM: Let `G` be the fields whose values at a random point modulo a prime
    `p` are independent. Fields outside `G` are combinations of `G` over the
    rational functions and add nothing. The brackets of `G` with the basis
    elements that the last level added are evaluated through Jacobians, and only
    those that enlarge the basis are expanded. The first level that adds nothing
    ends it: `[g, f b] = f [g, b] + g(f) b`, so the span then is closed.

    The result can only be too small, and is so in one trial only if a minor
    `\Delta` of the words that a generic point selects vanishes at the point
    modulo `p`. The `j`-th of these words, when `g` generators are independent,
    has at most `\max(0, j - g)` brackets, since every level adds one word at
    least. With `\delta` the degree and `N` the sum of the absolute values of the
    coefficients of a generator, a word of `k` brackets has degree at most
    `k(\delta - 1) + \delta`, and `N([f, w]) \le (\deg f + \deg w) N(f) N(w)`
    bounds its coefficients. This bounds the degree of `\Delta` and its height
    `H`, hence the chance of failure by `\deg \Delta / 2^{30}` (Schwartz, Zippel)
    plus the part of the primes in use that can divide all coefficients of
    `\Delta`, at most `\log_2 H / 30` of them. Independent trials multiply it.

    REFERENCES: arXiv 2307.00144, Section 3 (the number of laws, the brackets).

    EXAMPLES::

        sage: from sage_conslaw import LinearNetwork, MomentumFlow, trace_dimension
        sage: flow = MomentumFlow(LinearNetwork([2, 1, 2]))
        sage: trace_dimension(flow)
        9 of 9 (proved)

    TESTS::

        sage: trace_dimension(flow, probability=1)
        Traceback (most recent call last):
        ...
        ValueError: probability: got 1, expected a number strictly between 0 and 1
        sage: trace_dimension("x")
        Traceback (most recent call last):
        ...
        TypeError: flow_or_fields: got 'x'; expected a flow, VectorFields, or an array of shape ...
    """
    wanted = checked_probability(probability)
    source = PrimeSource(checked_seed(seed))
    fields = as_vector_fields(flow_or_fields)
    variables = fields.number_of_variables
    best, generators, primes, trials = None, variables, [], 1
    while len(primes) < trials:
        prime = source.prime()
        primes.append(prime)
        trial = _Trial(fields.terms.modulo(prime), len(fields), source.point(variables, prime),
                       prime)
        rank = trial.run()
        logger.info("prime %d: dimension %d of %d, %d generators, %d brackets deep", prime, rank,
                    variables, trial.number_of_generators, trial.depth)
        generators = min(generators, trial.number_of_generators)
        if best is None or rank > best.rank:
            best = trial
        if best.rank == variables:
            break
        chance = failure_chance(fields, generators)
        trials = trials_for(chance, wanted)
    proved = best.rank == variables
    return TraceDimension(
        best.rank, number_of_variables=variables, number_of_laws=variables - best.rank,
        is_proved=proved, error_bound=Rational(0) if proved else chance**len(primes),
        probability=probability, seed=int(seed), primes=tuple(primes),
        involutive=best.depth == 0, depth=best.depth)


class _Trial:
    # the dimension at one point modulo one prime
    def __init__(self, table, number_of_fields, point, prime):
        self.point, self.prime = point, prime
        self.space = Echelon(table.variables, prime)
        values = table.values(point, prime, number_of_fields)
        chosen = self.space.extend(values)
        self.number_of_generators = len(chosen)
        self.depth = 0
        self._table = table.take(chosen)
        self._values = values[chosen]
        self._words = [(self._table.select(i), values[i_]) for i, i_ in enumerate(chosen)]

    @property
    def rank(self):
        return self.space.rank

    def run(self):
        generators = [word for word, _ in self._words]
        jacobian = _Jacobian(self._table, self.point, self.prime)
        level, self._words = self._words, None
        while level and self.rank < self.space.length:
            added = []
            for word, value in level:
                brackets = (_Jacobian(word, self.point, self.prime).apply_to_rows(self._values)
                            - jacobian.apply(value, len(generators))) % self.prime
                for g in self.space.extend(brackets):
                    added.append((generators[g], word, brackets[g]))
                if self.rank == self.space.length:
                    break
            self.depth += bool(added)
            if self.rank == self.space.length:
                break
            level = [(bracket(g, word, self.prime), value) for g, word, value in added]
        return self.rank


class _Jacobian:
    # the Jacobians of the fields of a table at a point, entries that are not zero
    def __init__(self, table, point, prime):
        self.variables, self.prime = table.variables, prime
        field, component, variable, value = table.jacobian_values(point, prime)
        key = (field * table.variables + component) * table.variables + variable
        order = np.argsort(key, kind="stable")
        key = key[order]
        new = np.ones(len(key), dtype=bool)
        new[1:] = key[1:] != key[:-1]
        self.value = accumulate(np.cumsum(new) - 1, value[order], int(new.sum()), prime)
        self.row, self.variable = np.divmod(key[new], table.variables)

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


def failure_chance(fields, generators):
    r"""
    Bound the chance that one trial of :func:`trace_dimension` is too small.

    INPUT:

    - ``fields`` -- :class:`VectorFields`
    - ``generators`` -- a number of independent fields, or a lower bound of it

    OUTPUT: a rational; the derivation is in :func:`trace_dimension`.

    EXAMPLES::

        sage: from sage_conslaw import GradientFlow, LinearNetwork
        sage: from sage_conslaw.lie_algebra import failure_chance
        sage: fields = GradientFlow(LinearNetwork([2, 2, 2])).vector_fields()
        sage: 0 < failure_chance(fields, 4) < 10^-6
        True
    """
    table, variables, generators = fields.terms, fields.number_of_variables, int(generators)
    degree = int((table.factors < variables).sum(axis=1).max(initial=0))
    norms = {}
    for field, coefficient in zip(table.field.tolist(), table.coefficients):
        norms[field] = norms.get(field, 0) + abs(coefficient)
    # bit lengths are integers at least as large as the binary logarithms
    height = max(norms.values(), default=1).bit_length()
    word_degree, word_height = degree, height
    minor_degree, minor_height = min(generators, variables) * degree, generators * height
    for _ in range(variables - generators):
        word_height += height + (degree + word_degree).bit_length()
        word_degree = max(word_degree + degree - 1, 0)
        minor_degree += word_degree
        minor_height += word_height
    return Rational((minor_degree, 2**30)) + prime_division_chance(minor_height)
