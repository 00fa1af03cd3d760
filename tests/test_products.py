"""Products modulo a prime, in all arrangements of few axes, against NumPy's sums."""

import itertools

import numpy as np
import pytest

from sage_conslaw.interpreters import floats
from sage_conslaw.interpreters.base import run
from sage_conslaw.interpreters.modular_series import ModularSeries
from sage_conslaw.program.builder import Builder
from sage_conslaw.system import limits

PRIME = 2147483629
SIZES = {"a": 2, "b": 3, "c": 1, "s": 2, "t": 3}
#: Batch axes have upper case letters in NumPy's notation.
UPPER = {"s": "S", "t": "T"}


def arrangements():
    """Yield index letters of two operands and of their product."""
    texts = [""] + ["".join(p) for n in (1, 2) for p in itertools.permutations("abc", n)]
    for left, right in itertools.product(texts, repeat=2):
        shared = [c for c in left if c in right]
        alone = [c for c in left + right if c not in shared]
        for n in range(len(shared) + 1):
            for kept in itertools.combinations(shared, n):
                for out in {tuple(alone) + kept, (*kept[::-1], *alone[::-1])}:
                    yield left, right, "".join(out)


def batches():
    """Yield the batch axes of two operands, and those that are kept."""
    every = [(), ("s",), ("t",), ("s", "t")]
    for first, second in itertools.product(every, repeat=2):
        union = sorted({*first, *second})
        for n in range(len(union) + 1):
            for kept in itertools.combinations(union, n):
                yield first, second, kept


def by_hand(a, b, text, orders):
    """Return the product of two series, order by order; no sum is above 63 bits."""
    total = []
    for k in range(min(orders, len(a) + len(b) - 1)):
        order = 0
        for i in range(max(k - len(b) + 1, 0), min(k + 1, len(a))):
            high, low = (np.einsum(text, half, b[k - i]) % PRIME for half in divmod(a[i], 2**16))
            order = (order + high * 2**16 + low) % PRIME
        total.append(order)
    return np.array(total)


@pytest.mark.parametrize("few", [limits.FEW_MULTIPLICATIONS, 0], ids=["entries", "matrices"])
def test_products(few, monkeypatch):
    monkeypatch.setattr(limits, "FEW_MULTIPLICATIONS", few)
    generator = np.random.Generator(np.random.PCG64(0))
    for number, ((left, right, out), (first, second, kept)) in enumerate(
            itertools.product(arrangements(), batches())):
        if number % 5:
            continue  # one of five, of all kinds
        build = Builder()
        operands, values = [], {}
        for name, letters, axes, orders in (("x", left, first, 1 + number % 2),
                                            ("y", right, second, 1 + number % 3)):
            k = build.control(name, [SIZES[c] for c in letters], "input", axes)
            operands.append(k)
            shape = [orders] + [SIZES[c] for c in axes + tuple(letters)]
            values[k] = generator.integers(0, PRIME, size=shape)
        program = build.program([build.multiply(*operands, left, right, out, axes=kept)])
        text = ",".join("".join(UPPER[x] for x in axes) + letters for letters, axes in (
            (left, first), (right, second))) + "->" + "".join(UPPER[x] for x in kept) + out
        a, b = (values[k] for k in operands)
        found = run(ModularSeries(program, PRIME, 3), program, values)[program.outputs[0]]
        assert np.array_equal(found, by_hand(a, b, text, 3))
        small = {k: v[0] % 1000 for k, v in values.items()}
        assert np.array_equal(floats.evaluate(program, small)[0],
                              np.einsum(text, *(small[k] for k in operands)))
