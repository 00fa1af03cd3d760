r"""
Which rows are combinations of rows before them, modulo a prime
"""
from __future__ import annotations

import numpy as np

from sage_conslaw.arithmetic.arrays import matmul


class Dependence:
    r"""
    Rows that come in portions: which are independent, and what the others are made of.

    INPUT:

    - ``length`` -- the length of a row
    - ``prime`` -- the prime

    EXAMPLES::

        sage: import numpy as np
        sage: from sage_conslaw.arithmetic.dependence import Dependence
        sage: found = Dependence(3, 101)
        sage: found.extend(np.array([[1, 2, 3], [0, 1, 1]]))
        [None, None]
        sage: found.extend(np.array([[2, 5, 7], [1, 0, 0]]))
        [array([2, 1]), None]
    """

    def __init__(self, length: int, prime: int) -> None:
        self._prime = int(prime)
        self._reduced = np.zeros((0, length), dtype=np.int64)
        self._pivots: list[int] = []
        # what combination of the independent rows each reduced row is
        self._made = np.zeros((0, 0), dtype=np.int64)

    @property
    def rank(self) -> int:
        r"""
        The number of independent rows.
        """
        return len(self._pivots)

    def extend(self, rows: np.ndarray) -> list[np.ndarray | None]:
        r"""
        Take more rows.

        OUTPUT: for each row ``None`` if it is independent of those before it, and else its
        coefficients in those of them that were, in their order.
        """
        p = self._prime
        factors = rows[:, self._pivots] % p
        rest = (rows - matmul(factors, self._reduced, p)) % p
        used = np.zeros((len(rows), self.rank + len(rows)), dtype=np.int64)
        used[:, :self.rank] = matmul(factors, self._made, p)
        made = np.zeros((self.rank, self.rank + len(rows)), dtype=np.int64)
        made[:, :self.rank] = self._made
        found: list[np.ndarray | None] = []
        for i in range(len(rows)):
            nonzero = np.flatnonzero(rest[i])
            if not len(nonzero):
                found.append(used[i, :self.rank].copy())
                continue
            found.append(None)
            pivot, own = int(nonzero[0]), -used[i] % p
            own[self.rank] = 1
            inverse = pow(int(rest[i, pivot]), -1, p)
            row, own = rest[i] * inverse % p, own * inverse % p
            # the other rows of the portion, and the reduced ones, lose this column
            below = rest[i + 1:, pivot, None].copy()
            rest[i + 1:] = (rest[i + 1:] - below * row % p) % p
            used[i + 1:] = (used[i + 1:] + below * own % p) % p
            above = self._reduced[:, pivot, None].copy()
            hit = np.flatnonzero(above)
            self._reduced[hit] = (self._reduced[hit] - above[hit] * row % p) % p
            made[hit] = (made[hit] - above[hit] * own % p) % p
            self._reduced = np.vstack([self._reduced, row])
            made = np.vstack([made, own])
            self._pivots.append(pivot)
        self._made = made[:, :self.rank]
        return found
