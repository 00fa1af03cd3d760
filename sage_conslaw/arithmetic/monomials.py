r"""
Monomials as sorted rows of factors: how they are filled up, paired and keyed

The monomial `x_1 x_3^2` is the row ``[1, 3, 3]``, filled up with the number of variables.
"""
from functools import lru_cache

import numpy as np

_MASK = (1 << 64) - 1


def pad_factors(monomials, variables):
    r"""
    Return rows of factors as one array, filled up with ``variables``.
    """
    width = max(map(len, monomials), default=0)
    factors = np.full((len(monomials), width), variables, dtype=np.int32)
    for row, monomial in enumerate(monomials):
        factors[row, :len(monomial)] = monomial
    return factors


def widened(factors, width, filling):
    r"""
    Return rows of factors with more columns, filled up.

    EXAMPLES::

        sage: import numpy as np
        sage: from sage_conslaw.arithmetic.monomials import widened
        sage: widened(np.array([[0], [1]]), 2, 7).tolist()
        [[0, 7], [1, 7]]
    """
    if factors.shape[1] == width:
        return factors
    wide = np.full((len(factors), width), filling, dtype=factors.dtype)
    wide[:, :factors.shape[1]] = factors
    return wide


def match(keys, starts):
    r"""
    Pair each left row with every right row of the group that its key names.

    INPUT:

    - ``keys`` -- for each left row, the number of a group
    - ``starts`` -- right rows ``starts[k]`` to ``starts[k + 1]`` are group ``k``

    OUTPUT: two index arrays, of left rows and of right rows.

    EXAMPLES::

        sage: import numpy as np
        sage: from sage_conslaw.arithmetic.monomials import match
        sage: left, right = match(np.array([1, 0]), np.array([0, 1, 3]))
        sage: left.tolist(), right.tolist()
        ([0, 0, 1], [1, 2, 0])
    """
    counts = starts[keys + 1] - starts[keys]
    left = np.repeat(np.arange(len(keys)), counts)
    first = np.cumsum(counts) - counts
    right = np.arange(len(left)) - np.repeat(first - starts[keys], counts)
    return left, right


@lru_cache(maxsize=8)
def hash_weights(variables, attempt=0):
    r"""
    Return a 64-bit weight for each variable, and 0 for the filling.

    The sum of the weights of its factors, modulo `2^{64}`, is a key of a
    monomial that is additive under products.  Two monomials may share a key:
    whoever groups by keys has to compare the monomials, or to check the result.
    """
    generator = np.random.Generator(np.random.PCG64([variables, attempt]))
    weights = generator.integers(1, _MASK, size=variables + 1, dtype=np.uint64, endpoint=True)
    weights[variables] = 0
    weights.flags.writeable = False  # one array for all callers
    return weights
