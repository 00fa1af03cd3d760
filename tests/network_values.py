"""The values of networks: of their programs in floats, and of their functions."""

import numpy as np

from sage_conslaw.interpreters import floats


def given(network, arrays):
    """Return arrays by the numbers of the instructions of a network."""
    program = network.program
    found = {k: arrays[program[k].detail] for k in program.numbers("parameter")}
    for role in ("input", "restricted"):
        found.update({k: arrays[program[k].detail[0]] for k in program.numbers("control", role)})
    return found


def in_floats(network, **arrays):
    """Return the value of a network's program, gates set by the signs of their arguments."""
    return floats.evaluate(network.program, given(network, arrays), network.gates)[0]


def same_values(network, **arrays):
    """Assert that a network's program and its function have the same value."""
    arrays = {n: np.asarray(a, dtype=float) for n, a in arrays.items()}
    assert np.allclose(in_floats(network, **arrays), network(**arrays))
