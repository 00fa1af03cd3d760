r"""
Lattice reduction with integers of any size

REFERENCES: H. Cohen, A Course in Computational Algebraic Number Theory, Algorithm 2.6.7 (the
integral form of the algorithm of Lenstra, Lenstra and Lovasz, as given by de Weger).
"""
from collections.abc import Sequence

#: The factor of the condition of Lovasz, as a fraction: the closer to 1, the shorter the vectors.
_LOVASZ = (99, 100)


def reduced_basis(vectors: Sequence[Sequence[int]]) -> list[list[int]]:
    r"""
    Return a basis of the same lattice whose vectors are short.

    INPUT:

    - ``vectors`` -- linearly independent vectors of integers

    OUTPUT: as many vectors, reduced in the sense of Lenstra, Lenstra and Lovasz with the
    factor 99/100. No number is ever rounded.

    EXAMPLES::

        sage: from sage_conslaw.laws.lattice import reduced_basis
        sage: reduced_basis([[1, 0, 47], [0, 1, 35]])
        [[-3, 4, -1], [2, -3, -11]]

    TESTS::

        sage: reduced_basis([[1, 2], [2, 4]])
        Traceback (most recent call last):
        ...
        ValueError: vectors: got vectors that are linearly dependent
    """
    basis = [[int(c) for c in vector] for vector in vectors]
    lattice = _Lattice(basis)
    k = 1
    while k < len(basis):
        lattice.reach(k)
        lattice.shorten(k, k - 1)
        if lattice.is_to_swap(k):
            lattice.swap(k)
            k = max(1, k - 1)
            continue
        for j in range(k - 2, -1, -1):
            lattice.shorten(k, j)
        k += 1
    return basis


class _Lattice:
    # A basis and its Gram-Schmidt form, in integers: `d[i + 1]` is the determinant of the Gram
    # matrix of the first `i + 1` vectors, and `mu[i][j] / d[j + 1]` the coefficient of the j-th
    # orthogonal vector in the i-th vector.

    def __init__(self, basis):
        self.basis, self.d, self.mu = basis, [1], []
        if basis:
            self.reach(0)

    def reach(self, k):
        # bring the first k + 1 vectors into the form, if they are not there yet
        if k < len(self.mu):
            return
        row = []
        for j in range(k + 1):
            value = sum(a * b for a, b in zip(self.basis[k], self.basis[j]) if a and b)
            other = row if j == k else self.mu[j]
            for i in range(j):
                value = (self.d[i + 1] * value - row[i] * other[i]) // self.d[i]
            row.append(value)
        square = row.pop()
        if not square:
            raise ValueError("vectors: got vectors that are linearly dependent")
        self.mu.append(row)
        self.d.append(square)

    def shorten(self, k, j):
        # subtract the multiple of vector j from vector k that makes it shortest
        row, divisor = self.mu[k], self.d[j + 1]
        if 2 * abs(row[j]) <= divisor:
            return
        times = (2 * row[j] + divisor) // (2 * divisor)
        self.basis[k][:] = [a - times * b for a, b in zip(self.basis[k], self.basis[j])]
        row[j] -= times * divisor
        for i, value in enumerate(self.mu[j]):
            row[i] -= times * value

    def is_to_swap(self, k):
        # whether vectors k - 1 and k fail the condition of Lovasz
        above, below = _LOVASZ
        d, coefficient = self.d, self.mu[k][k - 1]
        return below * (d[k + 1] * d[k - 1] + coefficient**2) < above * d[k]**2

    def swap(self, k):
        # exchange vectors k - 1 and k
        basis, d, mu = self.basis, self.d, self.mu
        basis[k - 1], basis[k] = basis[k], basis[k - 1]
        coefficient = mu[k][k - 1]
        mu[k - 1], mu[k] = mu[k][:k - 1], mu[k - 1] + [coefficient]
        square = (d[k - 1] * d[k + 1] + coefficient**2) // d[k]
        for row in mu[k + 1:]:
            old = row[k]
            row[k] = (d[k + 1] * row[k - 1] - coefficient * old) // d[k]
            row[k - 1] = (square * old + coefficient * row[k]) // d[k + 1]
        d[k] = square
