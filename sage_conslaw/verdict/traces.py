r"""
The trace of a proof: vectors that are independent at a point, for others to check

A certificate states a prime, a point and where each vector comes from. For a flow these are
values `(L^k y)(0)` along a trajectory whose controls anyone can compute from a seed; for
fields that are given by their terms they are iterated brackets.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sage_conslaw.arithmetic.echelon import Echelon
from sage_conslaw.arithmetic.primes import PrimeSource
from sage_conslaw.arithmetic.term_table import TermTable
from sage_conslaw.certificate.stream import residues
from sage_conslaw.counting.brackets import BracketTrial, Words
from sage_conslaw.counting.program_systems import ProgramSystem
from sage_conslaw.counting.trajectory import TrajectoryTrial
from sage_conslaw.flows.field_programs import FieldPrograms
from sage_conslaw.flows.vector_fields import VectorFields
from sage_conslaw.system import limits


class StatedSystem(ProgramSystem):
    r"""
    A flow along a trajectory whose controls are those that a seed stands for.

    INPUT:

    - ``programs``, ``prime`` -- as for
      :class:`~sage_conslaw.counting.program_systems.ProgramSystem`
    - ``seed`` -- a non-negative integer; see :mod:`sage_conslaw.certificate.trajectory`
    """

    def __init__(self, programs: FieldPrograms, prime: int, seed: int) -> None:
        super().__init__(programs, prime, None)
        self._seed = seed

    def _stated(self, label: str, shape: tuple[int, ...]) -> np.ndarray:
        count = int(np.prod(shape, dtype=object))
        return np.array(residues(self._seed, self.prime, label, count),
                        dtype=np.int64).reshape(shape)

    def draw_scale(self, order: int) -> np.ndarray:
        return self._stated(f"drift {order}", ())

    def draw_samples(self, order: int, number: int, samples: int,
                     shape: tuple[int, ...]) -> np.ndarray:
        return np.array([self._stated(f"sample {s} order {order} control {number}", shape)
                         for s in range(samples)]).reshape((samples,) + shape)

    def draw_constants(self, first: int, number: int, count: int,
                       shape: tuple[int, ...]) -> np.ndarray:
        return np.array([self._stated(f"vector {first + k} control {number}", shape)
                         for k in range(count)]).reshape((count,) + shape)


def trajectory_trace(programs: FieldPrograms, laws: TermTable, number_of_laws: int,
                     dimension: int, seed: int) -> tuple[int, list[int], dict[str, Any]]:
    r"""
    Return a prime, a point, and vectors along a trajectory that are independent there.

    INPUT:

    - ``programs`` -- the programs of a flow
    - ``laws`` -- the terms of the laws, as fields with one component
    - ``number_of_laws``, ``dimension`` -- how many laws and vectors there are
    - ``seed`` -- an integer

    OUTPUT: the prime; the point; and the trace as a certificate has it.
    """
    source, stated = PrimeSource(seed), int(seed) % 2**64
    for _ in range(limits.TRACE_POINTS):
        prime = source.prime()
        if programs.constant_denominator % prime == 0:
            continue
        point = source.point(programs.number_of_variables, prime)
        if not _independent(laws, number_of_laws, point, prime):
            continue
        try:
            trial = TrajectoryTrial(StatedSystem(programs, prime, stated), point, prime, dimension)
        except ZeroDivisionError:
            continue
        if trial.rank >= dimension:
            vectors = trial.vectors[:dimension]
            return prime, point.tolist(), {
                "kind": "trajectory", "seed": stated, "samples": programs.samples,
                "order": max((k for k, _ in vectors), default=0),
                "vectors": [list(vector) for vector in vectors]}
    raise RuntimeError("no point was found where the vectors are independent")


def word_trace(fields: VectorFields, laws: TermTable, number_of_laws: int, dimension: int,
               seed: int, max_terms: int, found: Words | None = None
               ) -> tuple[int, list[int], Sequence[tuple[int, ...]]]:
    r"""
    Return a prime, a point, and iterated brackets that are independent there.

    INPUT:

    - ``fields`` -- :class:`~sage_conslaw.flows.vector_fields.VectorFields`
    - ``laws``, ``number_of_laws``, ``dimension``, ``seed`` -- as for
      :func:`trajectory_trace`
    - ``max_terms`` -- brackets with more terms raise ``BracketTooLarge``
    - ``found`` -- the words that were found from the same seed, if they are known: they are
      those that would be found here, and are taken where the laws are independent as well
    """
    if (found is not None and found.max_terms <= max_terms and len(found.words) == dimension
            and _independent(laws, number_of_laws, np.array(found.point, dtype=np.int64),
                             found.prime)):
        return found.prime, list(found.point), found.words
    source = PrimeSource(seed)
    for _ in range(limits.TRACE_POINTS):
        prime = source.prime()
        if any(denominator % prime == 0 for denominator in set(fields.denominators)):
            continue
        point = source.point(fields.number_of_variables, prime)
        if not _independent(laws, number_of_laws, point, prime):
            continue
        trial = BracketTrial(fields.terms.modulo(prime), point, prime, target=dimension,
                             max_terms=max_terms)
        if trial.rank == dimension:
            return prime, point.tolist(), trial.words
    raise RuntimeError("no point was found where the brackets are independent")


def _independent(laws: TermTable, number: int, point: np.ndarray, prime: int) -> bool:
    gradients = laws.modulo(prime).gradients(point, prime, number)
    return len(Echelon(len(point), prime).extend(gradients)) == number
