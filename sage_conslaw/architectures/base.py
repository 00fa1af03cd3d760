r"""
What all models share: blocks of parameters, their names, checked sizes
"""
import math
from functools import reduce

import numpy as np

from sage_conslaw.system.checks import checked_integer
from sage_conslaw.system.messages import shown

#: Models with more parameters are refused.
MAX_PARAMETERS = 1_000_000


class Model:
    r"""
    A network, through the function `\phi(\theta)` on which its loss depends.

    The `\phi` of every model is a chain of matrices `U_1 U_2 \cdots U_q`. Without
    gates its entries are those of the product; with gates between the layers
    they are the weights of the single paths through the chain. A model says which
    chain it is, and everything else follows from that.

    ATTRIBUTES:

    - ``blocks`` -- tuple of pairs (name, shape), in the order of the parameters
    - ``links`` -- tuple of pairs (index of a block, whether it is transposed): the
      matrices of the chain
    - ``gated`` -- whether there are gates between the layers
    - ``bias_blocks`` -- the indices of the blocks of biases, one a hidden layer, or
      empty: paths may then start at a hidden neuron, with its bias
    - ``mirror_blocks`` -- names of the blocks on which the natural geometry is the
      mirror geometry `M = \mathrm{diag}(\theta)`; it is Euclidean on the others
    """
    blocks = ()
    links = ()
    gated = False
    bias_blocks = ()
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

    def chain_widths(self):
        r"""
        Return the numbers `n_0, \dots, n_q` of neurons of the layers of the chain.
        """
        shapes = [self.blocks[k][1][::-1] if transposed else self.blocks[k][1]
                  for k, transposed in self.links]
        return (shapes[0][0],) + tuple(shape[1] for shape in shapes)

    def phi(self, theta):
        r"""
        Return the entries of `\phi(\theta)`.

        INPUT:

        - ``theta`` -- list of arrays, one a block, with entries in any ring

        OUTPUT: list of ring elements: for paths that start at a bias first, layer
        by layer, then for the whole chain.

        EXAMPLES::

            sage: from sage_conslaw import ICNN
            sage: model = ICNN(1, 2, 1, bias=True)
            sage: ring = PolynomialRing(ZZ, model.variable_names())
            sage: model.phi(model.arrange(ring.gens()))
            [U1_1*b1, U1_2*b2, U1_1*V1_1, U1_2*V2_1]
        """
        weights = [theta[k].T if transposed else theta[k] for k, transposed in self.links]
        if not self.gated:
            return list(reduce(lambda a, b: a @ b, weights).ravel())
        paths, from_biases = weights[0], []
        for layer, weight in enumerate(weights[1:]):
            if self.bias_blocks:
                from_biases.extend((paths * theta[self.bias_blocks[layer]]).ravel())
            paths = paths[..., None] * weight
        return from_biases + list(paths.ravel())

    def paths(self):
        r"""
        Return the products of parameters whose sums are the entries of `\phi`.

        OUTPUT: list of pairs of arrays: the index of the entry of `\phi` that each
        product belongs to, and its parameters, products x factors. Products of one
        length are together, in the order of :meth:`phi`.

        EXAMPLES::

            sage: from sage_conslaw import LinearNetwork, ReLUNetwork
            sage: [(e.tolist(), f.tolist()) for e, f in LinearNetwork([1, 2, 1]).paths()]
            [([0, 0], [[0, 2], [1, 3]])]
            sage: [(e.tolist(), f.tolist()) for e, f in ReLUNetwork([1, 2, 1], True).paths()]
            [([0, 1], [[0, 4], [1, 5]]), ([2, 3], [[0, 2], [1, 3]])]
        """
        index = self.arrange(range(self.number_of_parameters))
        weights = [index[k].T if transposed else index[k] for k, transposed in self.links]
        chain, result, entries = weights[0][..., None].astype(np.int64), [], 0

        def numbered(paths):
            nonlocal entries
            number = np.arange(entries, entries + len(paths))
            entries += len(paths)
            return number, paths

        for layer, weight in enumerate(weights[1:]):
            if self.bias_blocks:
                bias = np.broadcast_to(index[self.bias_blocks[layer]].astype(np.int64)[..., None],
                                       chain.shape[:-1] + (1,))
                paths = np.concatenate([chain, bias], axis=-1)
                result.append(numbered(paths.reshape(-1, paths.shape[-1])))
            shape = chain.shape[:-1] + (weight.shape[1],)
            chain = np.concatenate(
                [np.broadcast_to(chain[..., None, :], shape + chain.shape[-1:]),
                 np.broadcast_to(weight.astype(np.int64)[..., None], shape + (1,))], axis=-1)
        number, paths = numbered(chain.reshape(-1, chain.shape[-1]))
        if not self.gated:
            ends = np.arange(chain.shape[0])[:, None] * chain.shape[-2] + np.arange(chain.shape[-2])
            inner = (1,) * (chain.ndim - 3)
            ends = ends.reshape(ends.shape[:1] + inner + ends.shape[1:]) if chain.ndim > 2 else ends
            number = np.broadcast_to(ends, chain.shape[:-1]).ravel()
        result.append((number, paths))
        return result

    def number_of_terms(self):
        r"""
        Return how many terms all gradients `\nabla\phi_i` have together.

        EXAMPLES::

            sage: from sage_conslaw import LinearNetwork
            sage: LinearNetwork([3, 2, 4]).number_of_terms()
            48
        """
        widths = self.chain_widths()
        terms = math.prod(widths) * (len(widths) - 1)
        if self.bias_blocks:
            terms += sum(math.prod(widths[:l + 1]) * (l + 1) for l in range(1, len(widths) - 1))
        return terms

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
            count = self.number_of_parameters
            count = f"{count:,}" if count < 10**15 else f"more than {10**15:,}"
            raise ValueError(f"{given} make {count} parameters; accepted are at most "
                             f"{MAX_PARAMETERS:,}")


def checked_size(value, name):
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


def checked_widths(widths):
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
        raise TypeError(f"widths: got {shown(widths)}, expected {accepted}")
    try:
        entries = list(widths)
    except TypeError:
        raise TypeError(f"widths: got {shown(widths)}, expected {accepted}") from None
    if len(entries) < 2:
        raise ValueError(f"widths: got {shown(entries)}, expected {accepted}")
    return tuple(checked_size(n, f"widths[{i}]") for i, n in enumerate(entries))
