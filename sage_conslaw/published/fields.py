r"""
The vector fields of networks, by the published notebooks' own names

Each function for a network returns the number `D` of variables and an object array
with one row a variable and one column a field, with polynomials in `x_1, \dots, x_D`
as entries. The parameters, the fields and their order are the published ones.

For a momentum flow `\theta'' + \tau\theta' = -M \nabla E` the variables are the
time, the parameters and the velocities, in this order. The columns are the fields
`(0, 0, M \nabla\phi_i)`, and then `\chi_0`, which moves the state without data.

==============================  ==================================================
names ending with               damping
==============================  ==================================================
``_momentum``                   a constant `\tau`; `x_1` is the time `t` if it is 0,
                                else `s = e^{\tau t}`
``_Nesterov``                   `\tau(t) = 3/t`; `\chi_0` is multiplied by `t`, which
                                changes no law
neither                         none: the gradient flow `\theta' = -M \nabla E`
==============================  ==================================================
"""
import sage.all  # noqa: F401  single modules of Sage cannot always be imported first

import numpy as np

from sage_conslaw.architectures import icnn, linear, nmf, relu
from sage_conslaw.flows.damping import NESTEROV
from sage_conslaw.flows.gradient import GradientFlow
from sage_conslaw.flows.momentum import MomentumFlow
from sage_conslaw.published.arrays import read_damping, read_sizes, read_widths, write_fields

__all__ = [
    "vector_fields_for_q_layer_LNN", "vector_fields_for_q_layer_LNN_momentum",
    "vector_fields_for_q_layer_LNN_Nesterov", "vector_fields_ReLU_q_layers",
    "vector_fields_ReLU_q_layers_momentum", "vector_fields_ReLU_q_layers_Nesterov",
    "NMF", "NMF_momentum", "ICNN", "ICNN_momentum",
]


def _linear(list_dim, make_flow):
    widths = read_widths(list_dim)
    return write_fields(make_flow(linear.LinearNetwork(widths)), range(widths[0] * widths[-1]))


def vector_fields_for_q_layer_LNN(list_dim):
    r"""
    Return `D` and the fields of the gradient flow of a linear network `U_1 \cdots U_q`.

    PUBLISHED: the same.

    INPUT:

    - ``list_dim`` -- the widths `n_0, \dots, n_q`; `U_l` is `n_{l-1} \times n_l`

    OUTPUT: the columns are the gradients of the entries of the product, row by row.
    The parameters are `U_1` row by row, then `U_2` and so on.

    EXAMPLES::

        sage: from sage_conslaw.published import vector_fields_for_q_layer_LNN
        sage: vector_fields_for_q_layer_LNN([1, 2, 1])
        (4,
         array([[x3],
                [x4],
                [x1],
                [x2]], dtype=object))

    TESTS::

        sage: vector_fields_for_q_layer_LNN([2])
        Traceback (most recent call last):
        ...
        ValueError: list_dim: got [2], expected a list of at least two positive integers
    """
    return _linear(list_dim, GradientFlow)


def vector_fields_for_q_layer_LNN_momentum(list_dim, tau):
    r"""
    Return `D` and the fields of the momentum flow of a linear network.

    PUBLISHED: the same.

    INPUT:

    - ``list_dim`` -- as for :func:`vector_fields_for_q_layer_LNN`
    - ``tau`` -- the damping, a non-negative rational; a truth value stands for 0 or 1

    EXAMPLES::

        sage: from sage_conslaw.published import vector_fields_for_q_layer_LNN_momentum
        sage: vector_fields_for_q_layer_LNN_momentum([1, 1], 2)
        (3,
         array([[0, 2*x1],
                [0, x3],
                [1, -2*x3]], dtype=object))
    """
    tau = read_damping(tau)
    return _linear(list_dim, lambda model: MomentumFlow(model, tau))


def vector_fields_for_q_layer_LNN_Nesterov(list_dim):
    r"""
    Return `D` and the fields of the momentum flow of a linear network under damping `3/t`.

    PUBLISHED: `\chi_0` was not multiplied by `t`. It held a symbolic `3/x_1`, and no
    other function could take the array.

    INPUT:

    - ``list_dim`` -- as for :func:`vector_fields_for_q_layer_LNN`

    EXAMPLES::

        sage: from sage_conslaw.published import vector_fields_for_q_layer_LNN_Nesterov
        sage: vector_fields_for_q_layer_LNN_Nesterov([1, 1])
        (3,
         array([[0, x1],
                [0, x1*x3],
                [1, -3*x3]], dtype=object))
    """
    return _linear(list_dim, lambda model: MomentumFlow(model, NESTEROV))


def _relu(list_dim, bias, make_flow):
    widths = read_widths(list_dim)
    model = relu.ReLUNetwork(widths, bias=bias)
    order, start = [], 0
    # phi lists the paths by their neurons from the output on; here the output varies
    # fastest on paths from a bias, and last but one on full paths
    shapes = [widths[:l + 1] for l in range(1, len(widths) - 1)] if model.bias else []
    for shape, place in [(shape, -1) for shape in shapes] + [(widths, -2)]:
        numbers = np.arange(int(np.prod(shape))).reshape(shape) + start
        order.extend(np.moveaxis(numbers, 0, place).ravel().tolist())
        start += numbers.size
    return write_fields(make_flow(model), order)


def vector_fields_ReLU_q_layers(list_dim, bias=False):
    r"""
    Return `D` and the fields of the gradient flow of a ReLU network.

    PUBLISHED: the same fields, in the order in which parallel processes ended.

    INPUT:

    - ``list_dim`` -- as for :func:`vector_fields_for_q_layer_LNN`
    - ``bias`` -- whether the hidden layers have biases

    OUTPUT: the columns are the gradients of the products of the weights along paths
    of neurons `i_0, i_1, \dots` from the output on: for `l = 1, \dots, q-1` the paths
    to the bias of neuron `i_l` of layer `l`, by `(i_1, \dots, i_l, i_0)`; then the
    full paths, by `(i_1, \dots, i_{q-1}, i_0, i_q)`. The parameters are the matrices
    row by row, then the biases layer by layer.

    EXAMPLES::

        sage: from sage_conslaw.published import vector_fields_ReLU_q_layers
        sage: vector_fields_ReLU_q_layers([1, 1, 1], bias=True)
        (3,
         array([[x3, x2],
                [0, x1],
                [x1, 0]], dtype=object))
    """
    return _relu(list_dim, bias, GradientFlow)


def vector_fields_ReLU_q_layers_momentum(list_dim, tau, bias=False):
    r"""
    Return `D` and the fields of the momentum flow of a ReLU network.

    PUBLISHED: the same fields. The notebook calls it with ``(list_dim, bias, tau)``,
    so the truth value ``bias`` arrives as ``tau`` and the integer ``tau`` as ``bias``.
    Both are accepted, and mean what their places say.

    INPUT:

    - ``list_dim``, ``bias`` -- as for :func:`vector_fields_ReLU_q_layers`
    - ``tau`` -- the damping, a non-negative rational; a truth value stands for 0 or 1

    EXAMPLES::

        sage: from sage_conslaw.published import vector_fields_ReLU_q_layers_momentum
        sage: vector_fields_ReLU_q_layers_momentum([1, 1], True, 0)
        (3,
         array([[0, x1],
                [0, x3],
                [1, -x3]], dtype=object))

    TESTS::

        sage: vector_fields_ReLU_q_layers_momentum([2, 2], True, 2)
        Traceback (most recent call last):
        ...
        TypeError: bias: got 2, expected True or False
    """
    tau = read_damping(tau)
    return _relu(list_dim, bias, lambda model: MomentumFlow(model, tau))


def vector_fields_ReLU_q_layers_Nesterov(list_dim, bias=False):
    r"""
    Return `D` and the fields of the momentum flow of a ReLU network under damping `3/t`.

    PUBLISHED: as said in :func:`vector_fields_for_q_layer_LNN_Nesterov`.

    INPUT: as for :func:`vector_fields_ReLU_q_layers`.

    EXAMPLES::

        sage: from sage_conslaw.published import vector_fields_ReLU_q_layers_Nesterov
        sage: D, fields = vector_fields_ReLU_q_layers_Nesterov([2, 1, 3], bias=True)
        sage: D, fields.shape
        (13, (13, 9))
    """
    return _relu(list_dim, bias, lambda model: MomentumFlow(model, NESTEROV))


def _nmf(n1, n2, n3, make_flow):
    n1, n2, n3 = read_sizes(n1, n2, n3)
    # the model has the transpose of V, and phi row by row
    U = list(range(n1 * n2))
    V = (np.arange(n3 * n2).reshape(n3, n2).T + n1 * n2).ravel().tolist()
    order = np.arange(n1 * n3).reshape(n1, n3).T.ravel()
    return write_fields(make_flow(nmf.NMF(n1, n2, n3)), order, U + V)


def NMF(n1, n2, n3):
    r"""
    Return `D` and the fields of the gradient flow of `U V` with `M = \mathrm{diag}(\theta)`.

    PUBLISHED: the same.

    INPUT:

    - ``n1``, ``n2``, ``n3`` -- positive integers: `U` is `n_1 \times n_2` and `V` is
      `n_2 \times n_3`

    OUTPUT: the columns are `M` times the gradients of the entries of `U V`, column by
    column. The parameters are `U` row by row, then `V` row by row.

    EXAMPLES::

        sage: from sage_conslaw.published import NMF
        sage: NMF(1, 1, 2)
        (3,
         array([[x1*x2, x1*x3],
                [x1*x2, 0],
                [0, x1*x3]], dtype=object))
    """
    return _nmf(n1, n2, n3, GradientFlow)


def NMF_momentum(n1, n2, n3, tau):
    r"""
    Return `D` and the fields of the momentum flow of `U V`, `M = \mathrm{diag}(\tau\theta + v)`.

    PUBLISHED: the same.

    INPUT:

    - ``n1``, ``n2``, ``n3`` -- as for :func:`NMF`
    - ``tau`` -- the damping, a non-negative rational; a truth value stands for 0 or 1

    EXAMPLES::

        sage: from sage_conslaw.published import NMF_momentum
        sage: NMF_momentum(1, 1, 1, 2)
        (5,
         array([[0, 2*x1],
                [0, x4],
                [0, x5],
                [2*x2*x3 + x3*x4, -2*x4],
                [2*x2*x3 + x2*x5, -2*x5]], dtype=object))
    """
    tau = read_damping(tau)
    return _nmf(n1, n2, n3, lambda model: MomentumFlow(model, tau))


def _icnn(n1, n2, n3, bias, make_flow):
    n1, n2, n3 = read_sizes(n1, n2, n3)
    model = icnn.ICNN(n1, n2, n3, bias=bias)
    # phi has the products with b first, then those with V; here they alternate
    blocks = [(n1, n2, 1)] if model.bias else []
    numbers, start = [], 0
    for shape in blocks + [(n1, n2, n3)]:
        numbers.append(np.arange(int(np.prod(shape))).reshape(shape) + start)
        start += numbers[-1].size
    order = np.concatenate(numbers, axis=2).transpose(1, 0, 2).ravel()
    return write_fields(make_flow(model), order)


def ICNN(n1, n2, n3, bias=False):
    r"""
    Return `D` and the fields of the gradient flow of `x \mapsto U \sigma(V x + b)`, mirror on `U`.

    PUBLISHED: the same.

    INPUT:

    - ``n1``, ``n2``, ``n3`` -- positive integers: `U` is `n_1 \times n_2` and `V` is
      `n_2 \times n_3`
    - ``bias`` -- whether there is `b`, with `n_2` entries

    OUTPUT: the columns are `M = \mathrm{diag}(U, 1, 1)` times the gradients of, for
    each `k` and then each `i`, with bias `u_{ik} b_k`, and `u_{ik} v_{kj}` for each
    `j`. The parameters are `U` row by row, `V` row by row, `b`.

    EXAMPLES::

        sage: from sage_conslaw.published import ICNN
        sage: ICNN(1, 1, 1, bias=True)
        (3,
         array([[x1*x3, x1*x2],
                [0, x1],
                [x1, 0]], dtype=object))
    """
    return _icnn(n1, n2, n3, bias, GradientFlow)


def ICNN_momentum(n1, n2, n3, tau, bias=False):
    r"""
    Return `D` and the fields of the momentum flow of an input-convex network, mirror on `U`.

    PUBLISHED: the metric was `\mathrm{diag}(U, 1, 1)`; now it is the one of the text,
    `\mathrm{diag}(\tau U + U', 1, 1)`.

    INPUT:

    - ``n1``, ``n2``, ``n3``, ``bias`` -- as for :func:`ICNN`
    - ``tau`` -- the damping, a non-negative rational; a truth value stands for 0 or 1

    EXAMPLES::

        sage: from sage_conslaw.published import ICNN_momentum
        sage: ICNN_momentum(1, 1, 1, 2)
        (5,
         array([[0, 2*x1],
                [0, x4],
                [0, x5],
                [2*x2*x3 + x3*x4, -2*x4],
                [x2, -2*x5]], dtype=object))
    """
    tau = read_damping(tau)
    return _icnn(n1, n2, n3, bias, lambda model: MomentumFlow(model, tau))
