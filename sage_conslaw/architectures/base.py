r"""
What all architectures share: a function of sizes, checked, with a name and a geometry
"""
from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from sage_conslaw.interpreters.control_coefficients import control_coefficients
from sage_conslaw.networks.network import Network
from sage_conslaw.system.checks import bounded_list, checked_integer
from sage_conslaw.system.messages import shown


class Architecture(Network):
    r"""
    A network of the literature, known by its sizes.

    It adds to a function what a paper adds: names, sizes, a natural geometry, a source. A
    new one is a class with ``__init__``, which checks its sizes, keeps each as an attribute and
    calls :meth:`set_up`, and with their names in ``sizes``: it is copied and sent to other
    processes as these.

    ATTRIBUTES:

    - ``sizes`` -- the names of all arguments of ``__init__``

    - ``mirror_blocks`` -- names of the blocks on which the natural geometry is the mirror
      geometry `M = \mathrm{diag}(\theta)`; it is Euclidean on the others
    """

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "__init__" not in vars(cls):
            return
        named = [a.name for a in list(inspect.signature(cls.__init__).parameters.values())[1:]]
        if set(named) != set(cls.sizes):
            raise TypeError(f"sizes: got {cls.sizes!r} in {cls.__name__}, expected the names of "
                            f"all arguments of __init__, {tuple(named)!r}")

    def set_up(self, function: Callable, parameters: Mapping[str, tuple[int, ...]],
               inputs: Mapping[str, tuple[int, ...]], given: str) -> None:
        r"""
        Set the function and the shapes; they are traced when they are first needed.

        INPUT:

        - ``function``, ``parameters``, ``inputs`` -- as for
          :class:`~sage_conslaw.networks.network.Network`
        - ``given`` -- the arguments that made the shapes, for messages
        """
        for name in self.sizes:
            if name not in vars(self):
                raise TypeError(f"{name}: it is an argument of {type(self).__name__}, but "
                                f"self.{name} is not set; set_up comes after that")
        self._set_up(function, dict(parameters), dict(inputs), (), (), given)

    def arguments(self) -> str:
        r"""
        Return the arguments of the architecture as text.
        """
        return ", ".join(f"{name}={getattr(self, name)!r}" for name in self.sizes)

    def phi(self, theta: list[np.ndarray]) -> list[Any]:
        r"""
        Return the entries of `\phi(\theta)`: the coefficients of the pairing of the outputs
        with cotangents, by monomials in cotangents, gates and inputs.

        INPUT:

        - ``theta`` -- list of arrays, one a block, with entries in any ring

        EXAMPLES::

            sage: from sage_conslaw import ICNN
            sage: model = ICNN(1, 2, 1, bias=True)
            sage: ring = PolynomialRing(ZZ, model.variable_names())
            sage: model.phi(model.arrange(ring.gens()))
            [U1_1*b1, U1_2*b2, U1_1*V1_1, U1_2*V2_1]
        """
        return control_coefficients(self.pairing, theta)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.arguments()})"

    def __eq__(self, other: object) -> bool:
        return (type(self) is type(other) and repr(self) == repr(other)
                and super().__eq__(other))

    def __hash__(self) -> int:
        return hash(repr(self))

    def __reduce__(self) -> Any:
        # made again from its sizes
        sizes = {key: value for key, value in vars(self).items() if key in self.sizes}
        return _made_again, (type(self), sizes)

    #: The names of the arguments of ``__init__``.
    sizes: tuple[str, ...] = ()


def _made_again(kind: type, sizes: dict[str, Any]) -> Architecture:
    return kind(**sizes)


def checked_size(value: Any, name: str) -> int:
    r"""
    Return a size as an ``int``, or raise an error that names the argument.

    EXAMPLES::

        sage: from sage_conslaw.architectures.base import checked_size
        sage: checked_size(3, "n")
        3
        sage: checked_size(5/2, "n")
        Traceback (most recent call last):
        ...
        TypeError: n: got 5/2, expected a positive integer
    """
    return checked_integer(value, name, "a positive integer", 1)


def checked_widths(widths: Iterable[Any], name: str = "widths") -> tuple[int, ...]:
    r"""
    Return widths as a tuple of ``int``, or raise an error that names them.

    EXAMPLES::

        sage: from sage_conslaw.architectures.base import checked_widths
        sage: checked_widths((3, 2))
        (3, 2)
        sage: checked_widths([3])
        Traceback (most recent call last):
        ...
        ValueError: widths: got [3], expected at least two positive integers, such as [3, 2, 3]
    """
    accepted = "at least two positive integers, such as [3, 2, 3]"
    if isinstance(widths, (str, bytes)):
        raise TypeError(f"{name}: got {shown(widths)}, expected {accepted}")
    entries = bounded_list(widths, name, accepted)
    if len(entries) < 2:
        raise ValueError(f"{name}: got {shown(entries)}, expected {accepted}")
    return tuple(checked_size(n, f"{name}[{i}]") for i, n in enumerate(entries))
