r"""
Gram entries: the quadratic polynomials that laws of networks are mostly made of

For each block of parameters `W`, and each of its axes, these are the entries of the Gram matrix
along it: `\sum_k W_{ki} W_{kj}` for a matrix and its columns, all products of two entries for a
vector. Under momentum they are the antisymmetric ones, `\sum_k (W_{ki} V_{kj} - V_{ki} W_{kj})`
with the velocity `V`. They are thousands where all quadratic monomials would be millions.

EXAMPLES::

    sage: from sage_conslaw import GradientFlow, LinearNetwork
    sage: from sage_conslaw.laws.gram import gram_entries
    sage: entries = gram_entries(GradientFlow(LinearNetwork([1, 2, 1])), 0)
    sage: len(entries), entries.terms(1)
    (6, [((0, 0), 1)])
"""
from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sage_conslaw.arithmetic.arrays import matmul
from sage_conslaw.flows.flow import Flow


@dataclass(frozen=True)
class Part:
    r"""
    The Gram entries of one block along one axis.

    ATTRIBUTES:

    - ``places`` -- integer array, rows x entries of a row: the variables of the block
    - ``others`` -- the same of its velocities, or ``None``
    - ``pairs`` -- two arrays of the rows of each entry
    - ``time`` -- the power of the time that it is multiplied by
    """

    places: np.ndarray
    others: np.ndarray | None
    pairs: tuple[np.ndarray, np.ndarray]
    time: int


class GramEntries:
    r"""
    Gram entries, and their derivatives along fields.

    INPUT:

    - ``variables`` -- the number of variables
    - ``parts`` -- list of :class:`Part`
    - ``time`` -- the number of the time among the variables, or ``None``
    """

    def __init__(self, variables: int, parts: Sequence[Part], time: int | None) -> None:
        self.variables, self._parts, self._time = variables, parts, time
        self._ends = np.cumsum([len(part.pairs[0]) for part in parts])

    def __len__(self) -> int:
        return int(self._ends[-1]) if len(self._parts) else 0

    def terms(self, index: int) -> list[tuple[tuple[int, ...], int]]:
        r"""
        Return an entry as pairs of the factors of a monomial and its coefficient.
        """
        number = int(np.searchsorted(self._ends, index, side="right"))
        part = self._parts[number]
        place = index - (int(self._ends[number - 1]) if number else 0)
        i, j = int(part.pairs[0][place]), int(part.pairs[1][place])
        factors = () if self._time is None else (self._time,) * part.time
        first = part.places if part.others is None else part.others
        found = [(tuple(sorted((*factors, int(a), int(b)))), 1)
                 for a, b in zip(part.places[i], first[j], strict=True)]
        if part.others is not None:
            found += [(tuple(sorted((*factors, int(a), int(b)))), -1)
                      for a, b in zip(part.places[j], part.others[i], strict=True)]
        return found

    def equations(self, states: np.ndarray, fields: np.ndarray, prime: int) -> np.ndarray:
        r"""
        Return the derivatives of all entries along fields at states, states x entries.
        """
        found = []
        for part in self._parts:
            w, dw = states[:, part.places], fields[:, part.places]
            rows, columns = part.pairs
            if part.others is None:
                value = matmul(w, w.transpose(0, 2, 1), prime) if part.time else None
                moved = matmul(w, dw.transpose(0, 2, 1), prime)
                moved = moved + moved.transpose(0, 2, 1)
            else:
                v, dv = states[:, part.others], fields[:, part.others]
                value = matmul(w, v.transpose(0, 2, 1), prime) if part.time else None
                moved = (matmul(w, dv.transpose(0, 2, 1), prime)
                         + matmul(dw, v.transpose(0, 2, 1), prime))
                moved = moved - moved.transpose(0, 2, 1)
                value = None if value is None else value - value.transpose(0, 2, 1)
            moved = moved % prime
            if value is not None:
                # (t^k g)' = t^(k - 1) (k t' g + t g')
                t, dt = (a[:, self._time, None, None] for a in (states, fields))
                power = np.ones_like(t)
                for _ in range(part.time - 1):
                    power = power * t % prime
                moved = (part.time * dt % prime * (value % prime) + t * moved) % prime
                moved = power * moved % prime
            found.append(moved[:, rows, columns])
        return (np.concatenate(found, axis=1) if found
                else np.zeros((len(states), 0), dtype=np.int64))


def gram_entries(flow: Flow, time_degree: int | None) -> GramEntries:
    r"""
    Return the Gram entries of all blocks of a flow, times powers of the time up to a degree.
    """
    programs = flow.programs
    first = 1 if programs.time else 0
    blocks = flow.network.blocks
    size = sum(math.prod(shape) for _, shape in blocks)
    parts, start = [], first
    for _, shape in blocks:
        index = start + np.arange(math.prod(shape)).reshape(shape or (1,))
        start += index.size
        views = ([np.moveaxis(index, axis, 0).reshape(index.shape[axis], -1)
                  for axis in range(index.ndim)] if index.ndim > 1 else [index.reshape(-1, 1)])
        for k, places in enumerate(views):
            others = places + size if programs.second_order else None
            pairs = np.triu_indices(len(places), 1 if programs.second_order else 0)
            if k and others is None:
                # the traces along all axes are one: the last square is the sum of the first minus
                # the others
                pairs = pairs[0][:-1], pairs[1][:-1]
            parts += [Part(places, others, pairs, power) for power in range((time_degree or 0) + 1)
                      if len(pairs[0])]
    return GramEntries(flow.number_of_variables, parts, 0 if first else None)
