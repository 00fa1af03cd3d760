r"""
Kernels of sparse integer systems, over `\QQ`

The systems of :mod:`sage_conslaw.laws.ansatz` fall apart. Equations with a single
unknown set it to zero, which leaves other equations with a single unknown; what
is left splits into small connected components, whose kernels are found modulo
primes, lifted to `\QQ` and checked.

The symmetries of a network make most components equal but for the names of their
unknowns: among the 528 laws of degree 2 of ``LinearNetwork([32, 32, 32])`` there are
two kinds. Each kind is solved once.
"""
import math

import numpy as np

from sage_conslaw.arithmetic.arrays import accumulate, residues
from sage_conslaw.arithmetic.echelon import Echelon
from sage_conslaw.arithmetic.primes import PrimeSource
from sage_conslaw.laws.lattice import reduced_basis
from sage_conslaw.system import limits


def integer_kernel(equation, unknown, coefficient, number_of_unknowns, source, kinds=None):
    r"""
    Return a basis of the kernel of a sparse integer matrix over `\QQ`.

    INPUT:

    - ``equation``, ``unknown``, ``coefficient`` -- arrays: the nonzero entries,
      no position twice
    - ``number_of_unknowns`` -- the number of columns
    - ``source`` -- :class:`~sage_conslaw.arithmetic.primes.PrimeSource`, for the primes
    - ``kinds`` -- a dictionary in which solved components are kept, to be given again
      for other parts of one system

    OUTPUT: list of vectors, each a list of pairs (unknown, integer); the integers
    of a vector have no common divisor. The basis is complete: the dimension
    modulo a prime is at least that over `\QQ`, and every vector was checked.

    EXAMPLES::

        sage: import numpy as np
        sage: from sage_conslaw.laws.exact_kernel import integer_kernel
        sage: from sage_conslaw.arithmetic.primes import PrimeSource
        sage: integer_kernel(np.array([0, 0, 1]), np.array([0, 1, 2]), np.array([2, 3, 5]), 4,
        ....:                PrimeSource(0))
        [[(3, 1)], [(0, 3), (1, -2)]]
    """
    alive, equation, unknown, coefficient = without_zeros(equation, unknown, coefficient,
                                                          number_of_unknowns)
    free = alive.copy()
    free[unknown] = False
    basis = [[(int(m), 1)] for m in np.flatnonzero(free)]
    solved = {} if kinds is None else kinds
    for block in _components(equation, unknown, coefficient, number_of_unknowns):
        unknowns, system = _numbered(*block)
        kind = tuple(part.tobytes() if part.dtype != object else tuple(part) for part in system)
        if kind not in solved:
            solved[kind] = _component_kernel(*system, len(unknowns), source)
        names = unknowns.tolist()
        basis.extend([(names[i], c) for i, c in vector] for vector in solved[kind])
    return basis


def without_zeros(equation, unknown, coefficient, number_of_unknowns):
    r"""
    Drop the unknowns that equations with a single entry set to zero, again and again.

    INPUT:

    - ``equation``, ``unknown``, ``coefficient``, ``number_of_unknowns`` -- as for
      :func:`integer_kernel`

    OUTPUT: boolean array, which unknowns may be other than zero; and the entries that
    are left, as three arrays.

    EXAMPLES::

        sage: import numpy as np
        sage: from sage_conslaw.laws.exact_kernel import without_zeros
        sage: alive, *entries = without_zeros(np.array([0, 1, 1, 2, 2]), np.array([0, 0, 1, 2, 3]),
        ....:                                 np.array([5, 1, 1, 1, -1]), 4)
        sage: alive.tolist(), [part.tolist() for part in entries]
        ([False, False, True, True], [[2, 2], [2, 3], [1, -1]])
    """
    alive = np.ones(number_of_unknowns, dtype=bool)
    while len(equation):
        sizes = np.bincount(equation)
        dead = unknown[sizes[equation] == 1]
        if not len(dead):
            break
        alive[dead] = False
        keep = alive[unknown]
        equation, unknown, coefficient = equation[keep], unknown[keep], coefficient[keep]
    return alive, equation, unknown, coefficient


def _components(equation, unknown, coefficient, number_of_unknowns):
    # the connected components of the graph of equations and unknowns
    if not len(equation):
        return
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components
    size = number_of_unknowns + int(equation.max()) + 1
    graph = coo_matrix((np.ones(len(equation), dtype=np.int8),
                        (unknown, number_of_unknowns + equation)), shape=(size, size))
    label = connected_components(graph, directed=False)[1][unknown]
    order = np.argsort(label, kind="stable")
    cuts = np.flatnonzero(np.diff(label[order])) + 1
    for part in np.split(order, cuts):
        yield equation[part], unknown[part], coefficient[part]


def _numbered(equation, unknown, coefficient):
    # the unknowns of a component in order, and its system (row, column, coefficient) in
    # their numbers. Rows are sorted by what is in them, so that components that differ
    # in the names of unknowns and equations only become the same three arrays.
    unknowns, column = np.unique(unknown, return_inverse=True)
    equations, row = np.unique(equation, return_inverse=True)
    # mixed as 64-bit words; rows of one key keep their order, which can at worst hide
    # that two components are equal
    entry = (residues(coefficient, 2**61 - 1).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
             + column.astype(np.uint64)) * np.uint64(0xD6E8FEB86659FD93)
    key = np.zeros(len(equations), dtype=np.uint64)
    np.add.at(key, row, entry ^ (entry >> np.uint64(32)))
    place = np.empty(len(equations), dtype=np.int64)
    place[np.argsort(key, kind="stable")] = np.arange(len(equations))
    order = np.lexsort((column, place[row]))
    return unknowns, (place[row][order], column[order], coefficient[order])


def _component_kernel(row, column, coefficient, width, source):
    # a basis of the kernel of a system in the unknowns 0, ..., width - 1
    def image(prime):
        return kernel_modulo(row, column, residues(coefficient, prime), width, prime)

    def is_right(vectors):
        return _vanishes(row, column, coefficient, vectors)

    kernel = _lifted(image, is_right, source)
    if len(kernel) > 1:
        kernel = _simplest(kernel, _from_the_other_end(kernel, is_right))
    return [[(i, int(c)) for i, c in enumerate(vector) if c] for vector in kernel]


def _lifted(image_modulo, is_right, source):
    r"""
    Return the reduced echelon form of a space over `\QQ`, from its images modulo primes.

    INPUT:

    - ``image_modulo`` -- function of a prime that returns the reduced echelon form modulo
      it, or ``None`` where the prime is known to be unlucky
    - ``is_right`` -- function that checks lifted vectors
    - ``source`` -- :class:`~sage_conslaw.arithmetic.primes.PrimeSource` of the primes

    OUTPUT: list of vectors of integers without common divisor
    """
    modulus, best, kernel = 1, None, None
    primes, next_lift = 0, 1
    while True:
        prime = source.prime()
        if modulus % prime == 0:
            continue  # drawn before: it says nothing new
        image = image_modulo(prime)
        if image is None:
            continue
        pivots = (image != 0).argmax(axis=1).tolist() if len(image) else []
        found = (len(image), pivots)
        if best is not None and found > best:
            continue  # a larger kernel or later pivots: the prime divides a minor
        if found != best:
            modulus, best, kernel = prime, found, image.astype(object)
            primes, next_lift = 0, 1
        else:
            step = (image.astype(object) - kernel) * pow(modulus, -1, prime) % prime
            kernel, modulus = kernel + modulus * step, modulus * prime
        primes += 1
        if primes < next_lift:
            continue  # so that lifting does not take most of the time where it takes many
        next_lift = primes + 1 + primes // 4
        lifted = [_lift(vector, modulus) for vector in kernel]
        if all(v is not None for v in lifted) and is_right(lifted):
            return lifted


def _from_the_other_end(vectors, is_right):
    # the echelon form of the same space whose pivots are as far to the right as can be
    flipped = np.array(vectors, dtype=object)[:, ::-1]

    def image(prime):
        space = Echelon(flipped.shape[1], prime)
        space.extend(residues(flipped, prime))
        return space.basis() if space.rank == len(flipped) else None

    found = _lifted(image, lambda rows: is_right([row[::-1] for row in rows]), PrimeSource(0))
    return [row[::-1] for row in found]


def kernel_modulo(row, column, values, width, prime):
    r"""
    Return the kernel of a sparse matrix modulo a prime, as a reduced echelon form.

    INPUT:

    - ``row``, ``column``, ``values`` -- arrays: the entries, as residues
    - ``width`` -- the number of columns

    OUTPUT: a matrix whose rows are a basis. It depends on the kernel alone.

    ALGORITHM: An equation with one unknown sets it to zero, one with two unknowns
    makes one a multiple of the other. Both are carried out until none is left;
    the equations that remain, in far fewer unknowns, are eliminated densely.

    EXAMPLES::

        sage: import numpy as np
        sage: from sage_conslaw.laws.exact_kernel import kernel_modulo
        sage: row, column = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 2])
        sage: kernel_modulo(row, column, np.array([1, 1, 1, 1]), 3, 101).tolist()
        [[1, 100, 1]]
    """
    leader = np.arange(width)
    factor = np.ones(width, dtype=np.int64)  # unknown u is factor[u] times leader[u]
    while True:
        row, column, values = _merged(row, column, values, width, prime)
        short = np.bincount(row, minlength=1)[row] <= 2
        if not short.any():
            break
        new_leader, new_factor = _substitutions(row[short], column[short], values[short], width,
                                                prime)
        factor = factor * new_factor[leader] % prime
        leader = new_leader[leader]
        row, column, values = row[~short], column[~short], values[~short]
        values = values * new_factor[column] % prime
        column = new_leader[column]
    alive = np.unique(leader[factor != 0])
    space = _row_space(row, np.searchsorted(alive, column), values, len(alive), prime)
    core = space.kernel()
    kernel = np.zeros((len(core), width), dtype=np.int64)
    moving = np.flatnonzero(factor)
    kernel[:, moving] = core[:, np.searchsorted(alive, leader[moving])] * factor[moving] % prime
    reduced = Echelon(width, prime)
    reduced.extend(kernel)
    return reduced.basis()


def _merged(row, column, values, width, prime):
    # add entries at equal positions, drop those that vanish, number the rows anew
    position = row * width + column
    positions, group = np.unique(position, return_inverse=True)
    total = accumulate(group, values, len(positions), prime)
    positions, total = positions[total != 0], total[total != 0]
    rows, column = np.divmod(positions, width)
    return np.unique(rows, return_inverse=True)[1], column, total


def _substitutions(row, column, values, width, prime):
    # what equations of one or two unknowns say: every unknown is a multiple, maybe
    # zero, of a leader. A union-find structure whose links carry the factors.
    leader, factor, zero = list(range(width)), [1] * width, [False] * width

    def find(u):
        path = []
        while leader[u] != u:
            path.append(u)
            u = leader[u]
        total = 1
        for v in reversed(path):
            total = total * factor[v] % prime
            leader[v], factor[v] = u, total
        return u, (factor[path[0]] if path else 1)

    order = np.argsort(row, kind="stable")
    row, column, values = row[order].tolist(), column[order].tolist(), values[order].tolist()
    position = 0
    while position < len(row):
        first, a = find(column[position])
        a = a * values[position] % prime
        if position + 1 == len(row) or row[position + 1] != row[position]:
            zero[first] = True
            position += 1
            continue
        second, b = find(column[position + 1])
        b = b * values[position + 1] % prime
        position += 2
        if first != second:
            leader[first], factor[first] = second, -b * pow(a, -1, prime) % prime
            zero[second] |= zero[first]
        elif (a + b) % prime:
            zero[first] = True
    found = [find(u) for u in range(width)]
    return (np.array([v for v, _ in found]),
            np.array([0 if zero[v] else c for v, c in found], dtype=np.int64))


def _row_space(row, column, values, width, prime):
    space = Echelon(width, prime)
    if not len(row):
        return space
    order = np.argsort(row, kind="stable")
    row, column, values = row[order], column[order], values[order]
    height = int(row[-1]) + 1
    step = max(width, 256)
    for start in range(0, height, step):
        lo, hi = np.searchsorted(row, [start, start + step])
        dense = np.zeros((min(step, height - start), width), dtype=np.int64)
        dense[row[lo:hi] - start, column[lo:hi]] = values[lo:hi]
        space.extend(dense)
    return space


def _lift(vector, modulus):
    # the integer vector without common divisor that is a multiple of the residues
    bound = math.isqrt(modulus // 2)
    denominator = 1
    entries = []
    for residue in vector:
        fraction = rational(int(residue) * denominator % modulus, modulus, bound)
        if fraction is None:
            return None
        numerator, extra = fraction
        if extra != 1:
            entries = [e * extra for e in entries]
            denominator *= extra
        entries.append(numerator)
    divisor = math.gcd(*entries)
    return [e // divisor for e in entries]


def rational(residue, modulus, bound):
    r"""
    Return the fraction `a / b` that a residue is, with `|a|, b \leq` ``bound``, as a pair of
    integers; ``None`` if there is none.

    EXAMPLES::

        sage: from sage_conslaw.laws.exact_kernel import rational
        sage: rational(51, 101, 7), rational(30, 101, 3)
        ((1, 2), None)
    """
    r0, r1, s0, s1 = modulus, residue, 0, 1
    while r1 > bound:
        q = r0 // r1
        r0, r1, s0, s1 = r1, r0 - q * r1, s1, s0 - q * s1
    if s1 == 0 or abs(s1) > bound:
        return None
    return (r1, s1) if s1 > 0 else (-r1, -s1)


def _vanishes(row, column, coefficient, vectors):
    coefficients = coefficient.tolist()
    rows, columns = row.tolist(), column.tolist()
    for vector in vectors:
        total = {}
        for r, c, a in zip(rows, columns, coefficients):
            if vector[c]:
                total[r] = total.get(r, 0) + a * vector[c]
        if any(total.values()):
            return False
    return True


def _simplest(vectors, flipped):
    # a basis with few and small entries: the simplest independent ones among the
    # echelon forms from both ends and a reduced lattice basis
    candidates = vectors + flipped
    if len(vectors) <= limits.REDUCED_VECTORS:
        candidates = candidates + reduced_basis(vectors)
    candidates = [[c // math.gcd(*v) for c in v] for v in candidates]
    candidates.sort(key=lambda v: (sum(1 for c in v if c), max(map(abs, v)),
                                   [-abs(c) for c in v]))
    source = PrimeSource(0)
    while True:
        # independent modulo a prime is independent over QQ
        prime = source.prime()
        residual = residues(np.array(candidates, dtype=object), prime)
        chosen = Echelon(len(candidates[0]), prime).extend(residual)
        if len(chosen) == len(vectors):
            return [candidates[i] for i in chosen]
