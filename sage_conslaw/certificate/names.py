r"""
Names of variables, from the names of the blocks that they are entries of

A variable is called after its block and its indices from 1, joined by underscores: entry
`(1, 2)` of a block ``conv1`` is ``conv1_1_2``. After a block of one letter there is none before
the first index: ``U1_2``. The one entry of a block without axes has the name of the block. The
velocity of a variable is called after it, with ``d`` in front; the time is ``t``, ``s`` or ``r``.

Where two variables would have the same name, as with a block ``U1`` of one axis and a block
``U`` of two, or with a number ``t`` beside the time, the blocks have to get other names.
"""
import itertools
import math

from sage_conslaw.certificate.reader import CertificateError


def variable_names(blocks, time=None, velocities=False):
    r"""
    Return the names of all variables of a state: the time, the entries, their velocities.

    INPUT:

    - ``blocks`` -- list of pairs (name, shape)
    - ``time`` -- the name of the time, ``None`` if it is no variable
    - ``velocities`` -- whether the entries have velocities

    EXAMPLES::

        sage: from sage_conslaw.certificate.names import variable_names
        sage: variable_names([("U1", (1, 2)), ("b1", (2,))])
        ['U1_1_1', 'U1_1_2', 'b1_1', 'b1_2']
        sage: variable_names([("U", (1, 2)), ("b", ())], "t", True)
        ['t', 'U1_1', 'U1_2', 'b', 'dU1_1', 'dU1_2', 'db']
        sage: variable_names([("U1", (1,)), ("U", (1, 1))])
        Traceback (most recent call last):
        ...
        sage_conslaw.certificate.reader.CertificateError: variables: two of them would be called
        U1_1; the blocks have to get other names
    """
    names = [] if time is None else [time]
    for block, shape in blocks:
        start = block if len(block) == 1 or not shape else block + "_"
        if math.prod(shape):
            for index in itertools.product(*(range(1, size + 1) for size in shape)):
                names.append(start + "_".join(map(str, index)))
    if velocities:
        names += ["d" + name for name in names[0 if time is None else 1:]]
    seen = set()
    for name in names:
        if name in seen:
            raise CertificateError(f"variables: two of them would be called {name}; the blocks "
                                   "have to get other names")
        seen.add(name)
    return names
