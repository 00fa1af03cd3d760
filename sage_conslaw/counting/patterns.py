r"""
Patterns of gates in which a network is not affine, and the data that go with each

Where a function or a denominator follows a gate, or a gate meets itself, the fields of all
patterns are no combinations of those at a few free numbers: gates are 0 or 1 there. A count takes
some patterns, any that occur: with others there may be more vectors and never fewer, so that the
upper bound for the laws is one whatever is taken. For each pattern the functions have relations
of their own, such as an exponent that is zero where a neuron is off; two samples with one pattern
decide for all samples with it, and for all patterns together.
"""
from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from sage_conslaw.counting.function_points import FunctionPoints
from sage_conslaw.counting.function_relations import Dependent, function_relations
from sage_conslaw.counting.starting_values import Relations
from sage_conslaw.networks.network import Network
from sage_conslaw.system import limits

#: Controls that are gates, with the values of a pattern, and the relations of functions there.
Pattern = tuple[dict[int, np.ndarray], Relations]


def patterns_of(network: Network) -> list[Pattern]:
    r"""
    Return patterns of the gates in which a network is not affine.

    ERRORS: :class:`~sage_conslaw.counting.function_relations.Dependent` where functions have
    relations that cannot be kept, with all patterns.

    EXAMPLES::

        sage: from sage_conslaw import Network
        sage: from sage_conslaw.counting.patterns import patterns_of
        sage: from sage_conslaw.functions import relu
        sage: network = Network(lambda x, U: relu(U @ x)**2, {"U": (2, 2)}, {"x": (2,)})
        sage: len(patterns_of(network))
        4
    """
    return network.program.kept("patterns", lambda _: _found(network))


def _found(network: Network) -> list[Pattern]:
    program = network.program
    sizes = [program[k].size for k in network.switched]
    found: list[Pattern] = []
    reason: Dependent | None = None
    for bits in _bits(sum(sizes)):
        parts = np.split(bits, np.cumsum(sizes)[:-1]) if sizes else []
        fixed = {k: part.reshape(program[k].shape)
                 for k, part in zip(network.switched, parts, strict=True)}
        try:
            found.append((fixed, function_relations(program, fixed)))
        except Dependent as dependent:
            reason = reason or dependent
    if not found:
        assert reason is not None
        raise reason
    return found


def _bits(count: int) -> list[np.ndarray]:
    if 2**min(count, 30) <= limits.PATTERNS:
        # all on first
        return [np.array(bits, dtype=np.int64) for bits in itertools.product((1, 0), repeat=count)]
    generator = np.random.Generator(np.random.PCG64(0))
    return [np.ones(count, dtype=np.int64),
            *generator.integers(0, 2, size=(limits.PATTERNS - 1, count))]


class PatternPoints:
    r"""
    Data at one state, with gates of several patterns in turn.

    INPUT:

    - ``network`` -- the network
    - ``prime``, ``source`` -- the prime, and what residues are drawn from
    - ``theta`` -- the values of the parameters, by the numbers of their instructions
    """

    def __init__(self, network: Network, prime: int, source: Any,
                 theta: dict[int, np.ndarray]) -> None:
        self._points: list[FunctionPoints] = []
        for patterns, relations in _alike(patterns_of(network)):
            fixed = {k: np.array([pattern[k] for pattern in patterns]) for k in network.switched}
            self._points.append(FunctionPoints(
                network.program, relations, prime, source, theta, fixed,
                self._points[0] if self._points else None))
        self._turn = 0

    def draw(self, count: int) -> tuple[dict[int, np.ndarray], dict[int, np.ndarray]]:
        r"""
        Return controls, by their numbers, and values of functions, by theirs: ``count`` of each.
        """
        number = len(self._points)
        of = (self._turn + np.arange(count)) % number
        self._turn = (self._turn + count) % number
        places = [np.flatnonzero(of == k) for k in range(number)]
        drawn = [(place, *points.draw(len(place)))
                 for place, points in zip(places, self._points, strict=True) if len(place)]
        if len(drawn) == 1:
            return drawn[0][1:]
        order = np.argsort(np.concatenate([place for place, _, _ in drawn]))
        shared = self._points[0].shared
        return ({k: np.concatenate([given[k] for _, given, _ in drawn])[order]
                 for k in drawn[0][1]},
                {n: value if n in shared else np.concatenate(
                    [starts[n] for _, _, starts in drawn])[order]
                 for n, value in drawn[0][2].items()})


def _alike(patterns: list[Pattern]) -> list[tuple[list[dict[int, np.ndarray]], Relations]]:
    # patterns with the same relations go together, where samples have nothing to do with each other
    groups: list[tuple[list[dict[int, np.ndarray]], Relations]] = []
    for fixed, relations in patterns:
        for together, same in groups:
            if relations == same and relations.of_one_sample():
                together.append(fixed)
                break
        else:
            groups.append(([fixed], relations))
    return groups
