r"""
Patterns that gates were not seen to take

Gates are free controls: this supposes that they take every pattern. Where signs of arguments at
random points say that they do not, it is said with the hypotheses of a network:

- two gates of whose four patterns one was not seen, such as those of `z` and `z - 1`; and
  three of whose eight patterns one was not seen though all of each two of them were, such as
  those of `x`, `y` and `-x - y`
- more than two gates such that the product of the signs of their arguments is the same at all
  points, such as those of `z_1`, `z_2` and `z_1 z_2`

EXAMPLES::

    sage: from sage_conslaw import Network
    sage: from sage_conslaw.functions import relu
    sage: clipped = Network(lambda x, U: relu(U * x + 1) - relu(U * x - 1), {"U": ()}, {"x": ()})
    sage: clipped.facts
    ('gate1 and gate2 are free of each other, though of their 4 patterns 3 were seen, at 3072
    points that were tried',)
    sage: product = Network(lambda x, U: U * (relu(x[0]) + relu(x[1]) + relu(x[0] * x[1])),
    ....:                   {"U": ()}, {"x": (2,)})
    sage: product.facts
    ('gate1[0], gate1[1] and gate2 are free of each other, though the product of the signs of
    their arguments is the same, at 3072 points that were tried',)
"""
from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from sage_conslaw.system import limits

#: Signs at so many points at least say that a pattern is not taken.
ENOUGH_POINTS = 2048


def unseen_patterns(signs: np.ndarray, more: Callable[[int], np.ndarray],
                    names: Sequence[str]) -> tuple[str, ...]:
    r"""
    Return which patterns gates were not seen to take, in words.

    INPUT:

    - ``signs`` -- the signs of arguments, points x gates
    - ``more`` -- function from a number of points to the signs at so many others
    - ``names`` -- the names of the gates

    EXAMPLES::

        sage: import numpy as np
        sage: from sage_conslaw.networks.gate_patterns import unseen_patterns
        sage: signs = np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]])
        sage: unseen_patterns(signs, None, ["a", "b"])
        ()
    """
    if len(names) < 2 or len(names) > limits.PATTERN_GATES:
        return ()
    while _few(_seen(signs)).any() or _related(signs) or _unseen_of_three(signs):
        if len(signs) >= ENOUGH_POINTS:
            break
        signs = np.vstack([signs, more(len(signs))])
    found = []
    seen = _seen(signs)
    pairs = np.argwhere(_few(seen))
    if len(pairs):
        one, other = pairs[0]
        count = {2: "2 were", 3: "3 were"}.get(seen[one, other], "1 was")
        found.append(f"{names[one]} and {names[other]}{_and_others(len(pairs) - 1, 'pairs')} are "
                     f"free of each other, though of their 4 patterns {count} seen, at "
                     f"{len(signs)} points that were tried")
    relations = _related(signs)
    triples = [group for group in _unseen_of_three(signs) if list(group) not in relations]
    if triples:
        one, two, three = (names[k] for k in triples[0])
        found.append(f"{one}, {two} and {three}{_and_others(len(triples) - 1, 'groups')} are free "
                     "of each other, though not all of their 8 patterns were seen, at "
                     f"{len(signs)} points that were tried")
    if relations:
        first = [names[k] for k in min(relations, key=len)]
        found.append(f"{', '.join(first[:-1])} and {first[-1]}"
                     f"{_and_others(len(relations) - 1, 'groups')} are free of each other, though "
                     "the product of the signs of their arguments is the same, at "
                     f"{len(signs)} points that were tried")
    return tuple(found)


def _and_others(count: int, noun: str) -> str:
    return f", and {count} more {noun if count > 1 else noun[:-1]}," if count else ""


def _few(seen: np.ndarray) -> np.ndarray:
    return np.triu(seen < 4, 1)


def _seen(signs: np.ndarray) -> np.ndarray:
    # how many patterns each pair takes; where an argument is zero a gate does nothing, and it
    # has both values
    on, off = (signs >= 0).astype(np.float32), (signs <= 0).astype(np.float32)
    total = np.zeros((signs.shape[1],) * 2, dtype=int)
    for a in (on, off):
        for b in (on, off):
            total += (a.T @ b) > 0
    return total


def _unseen_of_three(signs: np.ndarray) -> list[tuple[int, int, int]]:
    # triples with an unseen pattern, where that of no two of them says so
    count = signs.shape[1]
    if count < 3 or count > limits.TRIPLE_GATES:
        return []
    values = [(signs >= 0).astype(np.float32), (signs <= 0).astype(np.float32)]
    one, two = np.triu_indices(count, 1)
    unseen = np.zeros((len(one), count), dtype=bool)
    for a in values:
        for b in values:
            both = (a[:, one] * b[:, two]).T
            for c in values:
                unseen |= (both @ c) == 0
    few = _seen(signs) < 4
    unseen &= ~(few[one, two][:, None] | few[one] | few[two])
    rows, columns = np.nonzero(unseen & (np.arange(count) > two[:, None]))
    return [(int(one[r]), int(two[r]), int(k)) for r, k in zip(rows, columns, strict=True)]


def _related(signs: np.ndarray) -> list[list[int]]:
    # sets of more than two columns without zeros whose product is constant: rows of bits, a
    # column each and the last one all ones, which add up to nothing modulo 2
    columns: list[int] = np.flatnonzero((signs != 0).all(axis=0)).tolist()
    if len(signs) < len(columns) + 2:
        return [columns] if len(columns) > 2 else []  # not known yet
    rows = {-1: (1 << len(signs)) - 1}
    for k in columns:
        rows[k] = int("".join("1" if s > 0 else "0" for s in signs[:, k]), 2)
    basis: dict[int, tuple[int, frozenset[int]]] = {}
    found = []
    for k, bits in rows.items():
        used = frozenset([k])
        while bits and bits.bit_length() in basis:
            other, more = basis[bits.bit_length()]
            bits, used = bits ^ other, used ^ more
        if bits:
            basis[bits.bit_length()] = bits, used
        elif len(used - {-1}) > 2:
            found.append(sorted(used - {-1}))
    return found
