"""Gathers and scatters modulo a prime, of all indices of few entries, against NumPy."""

import itertools
import math

import numpy as np
import pytest

from sage_conslaw import GradientFlow, Network, conservation_laws, trace_dimension
from sage_conslaw.interpreters.base import run
from sage_conslaw.interpreters.modular_series import ModularSeries
from sage_conslaw.program.builder import Builder

PRIME = 2147483629
SHAPES = [(), (1,), (2,), (3,), (1, 2), (2, 1), (2, 2), (4,), (1, 1)]
PAIRS = [(a, b) for a, b in itertools.product(SHAPES, repeat=2)
         if (math.prod(a) + 1)**math.prod(b) <= 700]


def layouts(array):
    """Yield the array as it is, with axes in another order in memory, and as a part of one."""
    yield array
    yield np.asfortranarray(array)
    wide = np.repeat(np.repeat(array, 2, axis=0), 2, axis=-1)
    yield wide[::2, ..., ::2]
    yield np.broadcast_to(array[:, :1], array.shape)


def values_of(shape):
    """Return residues: two orders of a batch of two."""
    generator = np.random.Generator(np.random.PCG64(math.prod(shape)))
    return generator.integers(0, PRIME, size=(2, 2) + shape)


@pytest.mark.parametrize("shape, target", PAIRS)
def test_gathers(shape, target):
    given = list(layouts(values_of(shape)))
    for flat in itertools.product(range(-1, math.prod(shape)), repeat=math.prod(target)):
        build = Builder()
        index = np.array(flat, dtype=int).reshape(target)
        a = build.control("a", shape, "input", ("s",))
        program = build.program([build.take(a, index)])
        for value in given:
            found = run(ModularSeries(program, PRIME, 2), program, {a: value})
            entries = np.concatenate([value.reshape(2, 2, -1), np.zeros((2, 2, 1), dtype=int)], -1)
            assert np.array_equal(found[program.outputs[0]], entries[..., index])


@pytest.mark.parametrize("shape, target", [(b, a) for a, b in PAIRS])
def test_scatters(shape, target):
    given = list(layouts(values_of(shape)))
    for flat in itertools.product(range(-1, math.prod(target)), repeat=math.prod(shape)):
        build = Builder()
        a = build.control("a", shape, "input", ("s",))
        index = np.array(flat, dtype=int).reshape(shape)
        program = build.program([build.put(a, index, target)])
        places = np.zeros((math.prod(shape), math.prod(target) + 1), dtype=object)
        places[np.arange(math.prod(shape)), index.ravel()] = 1
        for value in given:
            found = run(ModularSeries(program, PRIME, 2), program, {a: value})
            expected = value.reshape(2, 2, -1).astype(object) @ places[:, :-1] % PRIME
            assert np.array_equal(found[program.outputs[0]], expected.reshape((2, 2) + target))


def test_laws_of_a_network_with_a_shift():
    # zeros come first, and the shifted array is no array of the same entries
    for shifted in (lambda U: np.pad(U, (1, 0))[:-1], lambda U: np.concatenate([[0], U[:-1]]),
                    lambda U: np.tril(np.stack([U, U, U]), -1)[1]):
        network = Network(lambda U, V: (U * V, shifted(U) * V), {"U": (3,), "V": (3,)})
        flow = GradientFlow(network)
        # U is scaled by what V is divided by; where only u_1 is taken there are more
        counts = {e: trace_dimension(flow, engine=e).number_of_laws
                  for e in ("trajectory", "brackets")}
        assert counts["trajectory"] == counts["brackets"] >= 1
        result = conservation_laws(flow, 2)
        assert result.lower_bound == counts["trajectory"] and result.is_proved
