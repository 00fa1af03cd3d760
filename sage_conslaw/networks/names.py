r"""
Names and shapes of the blocks of a network, checked
"""
from __future__ import annotations

import inspect
import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sage_conslaw.system.checks import checked_integer
from sage_conslaw.system.messages import shown

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,50}", re.ASCII)


def variable_names(blocks: Iterable[tuple[str, tuple[int, ...]]]) -> tuple[str, ...]:
    r"""
    Return the names of the entries of blocks: the block and the indices from 1.

    A name of one letter is followed by its indices at once, as in ``U1_2``; after others
    there is ``_``, as in ``U1_1_2`` or ``conv_1``. The entry of a number has the name of
    the block.

    EXAMPLES::

        sage: from sage_conslaw.networks.network import variable_names
        sage: variable_names([("U", (1, 2)), ("conv", (1,)), ("a", ())])
        ('U1_1', 'U1_2', 'conv_1', 'a')
    """
    names = []
    for block, shape in blocks:
        start = block if len(block) == 1 or not shape else block + "_"
        for index in itertools.product(*(range(1, n + 1) for n in shape)):
            names.append(start + "_".join(map(str, index)))
    return tuple(names)


def checked_shapes(shapes: Any, name: str) -> dict[str, tuple[int, ...]]:
    accepted = "a dictionary from names to shapes, such as {'U': (3, 2)}"
    if not isinstance(shapes, Mapping):
        raise TypeError(f"{name}: got {shown(shapes)}, expected {accepted}")
    found: dict[str, tuple[int, ...]] = {}
    for key, shape in shapes.items():
        if not isinstance(key, str) or not _NAME.fullmatch(key):
            raise ValueError(f"{name}: got the name {shown(key)}, expected letters, digits and "
                             "underscores, at most 51 of them, and no digit first")
        entries = shape if isinstance(shape, (tuple, list)) else (shape,)
        found[key] = tuple(checked_integer(n, f"{name}[{key!r}]", "a shape of positive integers", 1)
                           for n in entries)
        if len(found[key]) > 20:
            raise ValueError(f"{name}[{key!r}]: got {shown(shape)}, expected at most 20 axes")
    return found


def check_arguments(function: Callable, names: Sequence[str]) -> None:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(**dict.fromkeys(names))
    except TypeError:
        takes = ", ".join(signature.parameters) or "none"
        raise TypeError(f"function: it takes the arguments {takes}, expected "
                        f"{', '.join(names)}") from None


def checked_names(names: Any, known: Mapping[str, Any], argument: str) -> tuple[str, ...]:
    accepted = f"names among {', '.join(known)}"
    if isinstance(names, str):
        names = [names]
    try:
        chosen = set(itertools.islice(iter(names), len(known) + 1))
    except TypeError:
        raise TypeError(f"{argument}: got {shown(names)}, expected {accepted}") from None
    if not chosen <= set(known):
        raise ValueError(f"{argument}: got {shown(names)}, expected {accepted}")
    return tuple(name for name in known if name in chosen)


# of the names with underscores, those that say what a network is
_MEANT = ("__call__", "__matmul__")


def refuse_overridden(kind: type, allowed: Sequence[str] = ()) -> None:
    r"""
    Refuse a subclass that overrides what would then be ignored.

    INPUT:

    - ``kind`` -- a subclass of a class of this package; those of the package itself may
    - ``allowed`` -- the names of what may be overridden

    EXAMPLES::

        sage: from sage_conslaw import LinearNetwork
        sage: class Mine(LinearNetwork):
        ....:     def phi(self, theta):
        ....:         return [x^2 for x in theta[0].ravel()]
        Traceback (most recent call last):
        ...
        TypeError: phi: it is overridden in Mine, but laws are those of the function of a network;
        write Network(function, parameters), or give another function to set_up
    """
    if kind.__module__.startswith("sage_conslaw."):
        return
    own = [base for base in kind.__mro__ if base.__module__.startswith("sage_conslaw.")]
    known = {name for base in own for name in (*vars(base), *base.__dict__.get(
        "__annotations__", ())) if not name.startswith("__") or name in _MEANT}
    for base in kind.__mro__:
        if base in own:
            # what this one has is found before what comes after it
            known -= set(vars(base))
            continue
        for name in vars(base):
            if name in known and name not in allowed:
                raise TypeError(f"{name}: it is overridden in {base.__name__}, but laws are those "
                                "of the function of a network; write Network(function, "
                                "parameters), or give another function to set_up")
