r"""
What all models share: blocks of parameters, their names, checked sizes
"""
import math
import operator

import numpy as np

#: Models with more parameters are refused.
MAX_PARAMETERS = 1_000_000


class Model:
    r"""
    A network, through the function `\phi(\theta)` on which its loss depends.

    A model gives the blocks of its parameters and writes `\phi` once, by array
    operations that work over every ring.  Its natural geometry is the mirror
    geometry `M = \mathrm{diag}(\theta)` on ``mirror_blocks`` and Euclidean on
    the others.

    ATTRIBUTES:

    - ``blocks`` -- tuple of pairs (name, shape), in the order of the parameters
    - ``mirror_blocks`` -- names of the blocks with mirror geometry
    """
    blocks = ()
    mirror_blocks = ()

    @property
    def number_of_parameters(self):
        r"""
        The number `n` of parameters.
        """
        return sum(math.prod(shape) for _, shape in self.blocks)

    def variable_names(self):
        r"""
        Return the name of each parameter: its block and its indices from 1.

        EXAMPLES::

            sage: from sage_conslaw import ReLUNetwork
            sage: ReLUNetwork([1, 2, 1], bias=True).variable_names()
            ('U1_1_1', 'U1_1_2', 'U2_1_1', 'U2_2_1', 'b1_1', 'b1_2')
        """
        names = []
        for block, shape in self.blocks:
            # U and V are matrices of one letter: U1_2; layers are numbered: U1_1_2
            glue = "_" if block[-1].isdigit() else ""
            for index in np.ndindex(*shape):
                names.append(block + glue + "_".join(str(i + 1) for i in index))
        return tuple(names)

    def arrange(self, parameters):
        r"""
        Arrange a flat sequence of parameters as the list of the blocks.
        """
        arrays, start = [], 0
        for _, shape in self.blocks:
            size = math.prod(shape)
            block = np.empty(size, dtype=object)
            block[:] = list(parameters[start:start + size])
            arrays.append(block.reshape(shape))
            start += size
        return arrays

    def phi(self, theta):
        r"""
        Return the entries of `\phi(\theta)`.

        INPUT:

        - ``theta`` -- list of arrays, one a block, with entries in any ring

        OUTPUT: list of ring elements.
        """
        raise NotImplementedError

    def number_of_terms(self):
        r"""
        Return how many terms all gradients `\nabla\phi_i` have together.
        """
        raise NotImplementedError

    def _arguments(self):
        raise NotImplementedError

    def __repr__(self):
        return f"{type(self).__name__}({self._arguments()})"

    def __eq__(self, other):
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self):
        return hash(repr(self))

    def _set_blocks(self, blocks, given):
        # sizes are checked before anything of that size is made
        self.blocks = tuple(blocks)
        if self.number_of_parameters > MAX_PARAMETERS:
            raise ValueError(f"{given} make {self.number_of_parameters:,} parameters; accepted are "
                             f"at most {MAX_PARAMETERS:,}")


def positive_integer(value, name, accepted="a positive integer"):
    r"""
    Return a size as an ``int``, or raise an error that names the argument.

    EXAMPLES::

        sage: from sage_conslaw.models.base import positive_integer
        sage: positive_integer(3, "n")
        3
        sage: positive_integer(5/2, "n")
        Traceback (most recent call last):
        ...
        TypeError: n: got 5/2, expected a positive integer
    """
    try:
        if isinstance(value, (bool, np.bool_)):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name}: got {value!r}, expected {accepted}") from None
    if number < 1:
        raise ValueError(f"{name}: got {value!r}, expected {accepted}")
    return number


def checked_widths(widths):
    r"""
    Return widths as a tuple of ``int``, or raise an error that names them.

    EXAMPLES::

        sage: from sage_conslaw.models.base import checked_widths
        sage: checked_widths((3, 2))
        (3, 2)
        sage: checked_widths([3])
        Traceback (most recent call last):
        ...
        ValueError: widths: got [3], expected at least two positive integers, such as [3, 2, 3]
    """
    accepted = "at least two positive integers, such as [3, 2, 3]"
    if isinstance(widths, (str, bytes)):
        raise TypeError(f"widths: got {widths!r}, expected {accepted}")
    try:
        entries = list(widths)
    except TypeError:
        raise TypeError(f"widths: got {widths!r}, expected {accepted}") from None
    if len(entries) < 2:
        raise ValueError(f"widths: got {entries!r}, expected {accepted}")
    return tuple(positive_integer(n, f"widths[{i}]") for i, n in enumerate(entries))


def checked_flag(value, name):
    r"""
    Return a yes or no as a ``bool``; 0 and 1 of any integer type are accepted.
    """
    try:
        number = operator.index(value)
    except TypeError:
        number = int(value) if isinstance(value, np.bool_) else None
    if number not in (0, 1):
        raise TypeError(f"{name}: got {value!r}, expected True or False")
    return bool(number)
