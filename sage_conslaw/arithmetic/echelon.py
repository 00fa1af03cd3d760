r"""
Elimination modulo a prime: rank, pivots and kernel of rows that come in portions

Why not LinBox, which Sage has: its dense matrices take primes below `2^{23}` on SageMath
9.5, where one trial fails with a chance too large at `D` in the thousands; with the primes
of 26 bits that later Sages allow it takes 4 to 5 times as long as that. Elimination in
blocks takes 1.7 times as long as LinBox at 23 bits for `D = 1024` and 1.2 times for
`D = 4096`, at 31 bits, on both Sages, with rows that come in portions, and no matrix has
to be handed to Sage (``benchmarks/bench_rank.py``).
"""
import numpy as np

from sage_conslaw.arithmetic.arrays import matmul


class Echelon:
    r"""
    A subspace of `GF(p)^n` that grows, kept as a reduced row echelon basis.

    Only the columns without pivot are stored. Rows are added in halves: the
    second half is reduced by what the first half gave, so that nearly all the
    work is products of matrices.

    EXAMPLES::

        sage: import numpy as np
        sage: from sage_conslaw.arithmetic.echelon import Echelon
        sage: space = Echelon(3, 2147483647)
        sage: space.extend(np.array([[1, 2, 3], [2, 4, 6], [0, 1, 1]]))
        [0, 2]
        sage: space.rank, space.pivots()
        (2, [0, 1])
        sage: space.basis().tolist()
        [[1, 0, 1], [0, 1, 1]]
        sage: space.kernel().tolist()
        [[2147483646, 2147483646, 1]]
    """
    # rows that are eliminated one by one; larger blocks are halved
    _SMALL = 12
    # rows of the basis that are brought up to date at a time
    _ROWS = 1024

    def __init__(self, length, prime):
        self.prime = prime
        self.length = length
        self._pivots = np.zeros(0, dtype=np.int64)
        self._free = np.arange(length)
        self._table = np.zeros((0, length), dtype=np.int64)

    @property
    def rank(self):
        r"""
        The dimension of the space.
        """
        return len(self._pivots)

    def extend(self, candidates):
        r"""
        Add the rows that enlarge the space, first come first taken.

        INPUT:

        - ``candidates`` -- matrix of residues, ``m x n``

        OUTPUT: the list of the indices of the rows taken: those that are
        independent of the space and of the rows before them.
        """
        rows = np.asarray(candidates, dtype=np.int64) % self.prime
        taken = []
        step = 256
        for start in range(0, len(rows), step):
            if self.rank == self.length:
                break
            block = rows[start:start + step]
            rest = block[:, self._free]
            if self.rank:
                rest = (rest - matmul(block[:, self._pivots], self._table, self.prime)) % self.prime
            chosen, columns, reduced = self._reduced(rest)
            if chosen:
                self._absorb(columns, reduced)
                taken.extend(start + index for index in chosen)
        return taken

    def _absorb(self, columns, reduced):
        keep = np.ones(len(self._free), dtype=bool)
        keep[columns] = False
        right = reduced[:, keep]
        table = np.empty((self.rank + len(reduced), right.shape[1]), dtype=np.int64)
        # some rows at a time: beside the old table and the new one there is little else
        for start in range(0, self.rank, self._ROWS):
            rows = self._table[start:start + self._ROWS]
            table[start:start + len(rows)] = (
                rows[:, keep] - matmul(rows[:, columns], right, self.prime)) % self.prime
        table[self.rank:] = right
        self._table = table
        self._pivots = np.append(self._pivots, self._free[columns])
        self._free = self._free[keep]

    def _reduced(self, rows):
        # which rows are independent, their pivot columns, their reduced echelon form
        p = self.prime
        if len(rows) <= self._SMALL:
            return self._reduced_directly(rows)
        half = len(rows) // 2
        chosen, columns, upper = self._reduced(rows[:half])
        lower = rows[half:]
        if chosen:
            lower = (lower - matmul(lower[:, columns], upper, p)) % p
        more, more_columns, lower = self._reduced(lower)
        if more and chosen:
            upper = (upper - matmul(upper[:, more_columns], lower, p)) % p
        return (chosen + [half + index for index in more], columns + more_columns,
                np.vstack([upper, lower]))

    def _reduced_directly(self, rows):
        p = self.prime
        rows = rows.copy()
        chosen, columns = [], []
        for index in range(len(rows)):
            nonzero = rows[index] != 0
            pivot = int(nonzero.argmax()) if len(nonzero) else 0
            if not nonzero.any():
                continue
            rows[index] = rows[index] * pow(int(rows[index, pivot]), -1, p) % p
            factors = rows[:, pivot].copy()
            factors[index] = 0
            hit = np.flatnonzero(factors)
            if len(hit):
                rows[hit] = (rows[hit] - factors[hit, None] * rows[index] % p) % p
            chosen.append(index)
            columns.append(pivot)
        return chosen, columns, rows[chosen]

    def pivots(self):
        r"""
        Return the columns of the leading entries of the basis, in increasing order.
        """
        return sorted(self._pivots.tolist())

    def basis(self):
        r"""
        Return the reduced row echelon basis, which depends on the space alone.
        """
        rows = np.zeros((self.rank, self.length), dtype=np.int64)
        rows[np.arange(self.rank), self._pivots] = 1
        rows[:, self._free] = self._table
        return rows[np.argsort(self._pivots)]

    def is_orthogonal_to(self, vectors) -> bool:
        r"""
        Return whether all vectors of the space are orthogonal to some vectors, rows of residues.

        EXAMPLES::

            sage: import numpy as np
            sage: from sage_conslaw.arithmetic.echelon import Echelon
            sage: space = Echelon(3, 2147483647)
            sage: _ = space.extend(np.array([[1, 2, 3]]))
            sage: space.is_orthogonal_to(np.array([[3, 0, 2147483646]]))
            True
            sage: space.is_orthogonal_to(np.array([[1, 0, 0]]))
            False
        """
        products = matmul(vectors[:, self._free], self._table.T, self.prime)
        return not ((vectors[:, self._pivots] + products) % self.prime).any()

    def kernel(self):
        r"""
        Return a basis of the vectors orthogonal to the space, one a row.

        Each has a 1 in one column that is no pivot and 0 in the other such
        columns, so the basis depends on the space alone.
        """
        basis = np.zeros((len(self._free), self.length), dtype=np.int64)
        basis[np.arange(len(self._free)), self._free] = 1
        basis[:, self._pivots] = -self._table.T % self.prime
        return basis
