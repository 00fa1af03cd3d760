r"""
The vector fields of the models and flows, written out from their formulas

The loss of a model depends on its parameters `\theta` through the entries of a function
`\phi(\theta)`. Every entry is a sum of products of distinct parameters:

=============  ===========================================================================
architecture   entries of `\phi`, in this order
=============  ===========================================================================
LinearNetwork  the entries of `U_1 U_2 \cdots U_q`, row by row; `U_l` is `n_{l-1} \times n_l`
ReLUNetwork    for `l = 1, \dots, q - 1`, with bias, the products
               `b_l[k_l] U_1[k_0, k_1] \cdots U_l[k_{l-1}, k_l]`, then
               `U_1[k_0, k_1] \cdots U_q[k_{q-1}, k_q]`; `(k_0, k_1, \dots)` ascends
NMF            the entries of `U V^T`, row by row; `U` is `n \times r`, `V` is `m \times r`
ICNN           `U[i, k] b[k]` with bias, then `U[i, k] V[k, j]`; `U` is `n \times r`, `V` is
               `r \times m`
=============  ===========================================================================

The gradient flow has the fields `M \nabla \phi_i`, where `M` is the diagonal matrix with 1
for a parameter of Euclidean geometry and the parameter itself for mirror geometry. The
momentum flow has the variables time, `\theta`, `v`, and the fields

========================  ===================================================
damping                   first field
========================  ===================================================
0, in `t`                 `(1, v, 0)`
`\tau`, in `s=e^{\tau t}` `(\tau s, v, -\tau v)`
`c/t`, in `t`             `(t, t v, -c v)`, that is `(1, v, -(c/t) v)` times `t`
========================  ===================================================

and `(0, 0, M \nabla\phi_i)`, where mirror geometry now is `\tau \theta + v`; under `c/t` it
is `(c/t) \theta + v`, and if there is any, all these fields are multiplied by `t`.
"""
import itertools
import math

from sage_conslaw.certificate.names import variable_names
from sage_conslaw.certificate.reader import CertificateError, shown


def check_model(certificate):
    r"""
    Check that variables and fields are those of the model that the certificate names.

    The numbers of variables, fields and terms are compared before anything is built.
    """
    model = certificate.model
    blocks = parameter_blocks(model)
    momentum = model.flow == "MomentumFlow"
    count = sum(math.prod(shape) for _, shape in blocks)
    size = 2 * count + 1 if momentum else count
    if size != len(certificate.variables):
        raise CertificateError(f"model: it has {size} variables, but there are "
                               f"{len(certificate.variables)} variables")
    names = variable_names(blocks)
    if momentum:
        constant = model.rate[0] != 0 and not model.inverse_time
        names = ["s" if constant else "t"] + names + ["d" + name for name in names]
    for expected, name in itertools.zip_longest(names, certificate.variables):
        if name != expected:
            raise CertificateError(f"variables: got {name} where the model has {expected}")
    known = [name for name, _ in blocks]
    for name in model.mirror:
        if type(name) is not str or name not in known:
            raise CertificateError(f"model: mirror has the entry {shown(name)}, expected names "
                                   f"among {', '.join(known)}")
    if model.mirror != [name for name in known if name in model.mirror]:
        raise CertificateError("model: mirror is not in the order of the blocks, or names one "
                               "twice")
    fields = certificate.fields
    entries, products = sizes(model)
    if entries + momentum != len(fields):
        raise CertificateError(f"model: it has {entries + momentum} fields, but there are "
                               f"{len(fields)} fields")
    terms = sum(len(field.terms) for field in fields)
    if products > terms:
        raise CertificateError(f"model: its fields have {products} terms at least, but the fields "
                               f"have {terms}")
    built = vector_fields(model, blocks, count)
    for i, (expected, field) in enumerate(itertools.zip_longest(built, fields)):
        if field is None or field.terms != expected:
            raise CertificateError(f"fields[{i}] is not the field of the model")


def parameter_blocks(model):
    r"""
    Return the names and shapes of the blocks of parameters, in order.

    EXAMPLES::

        sage: from sage_conslaw.certificate.models import parameter_blocks
        sage: from sage_conslaw.certificate.contents import Model
        sage: model = Model()
        sage: model.architecture, model.widths, model.bias = "ReLUNetwork", [1, 2, 1], True
        sage: parameter_blocks(model)
        [('U1', (1, 2)), ('U2', (2, 1)), ('b1', (2,))]
    """
    widths = model.widths
    if model.architecture == "NMF":
        n, r, m = widths
        return [("U", (n, r)), ("V", (m, r))]
    if model.architecture == "ICNN":
        n, r, m = widths
        return [("U", (n, r)), ("V", (r, m))] + ([("b", (r,))] if model.bias else [])
    blocks = [(f"U{l + 1}", shape) for l, shape in enumerate(zip(widths, widths[1:]))]
    if model.bias:
        blocks += [(f"b{l}", (width,)) for l, width in enumerate(widths[:-1]) if l > 0]
    return blocks


def sizes(model):
    r"""
    Return the number of entries of `\phi` and that of the terms of all their gradients.
    """
    widths = model.widths
    if model.architecture == "NMF":
        n, r, m = widths
        return n * m, 2 * n * r * m
    paths, depth = math.prod(widths), len(widths) - 1
    if model.architecture == "LinearNetwork":
        return widths[0] * widths[-1], paths * depth
    entries, products = paths, paths * depth
    if model.bias:
        for l in range(1, depth):
            partial = math.prod(widths[:l + 1])
            entries, products = entries + partial, products + partial * (l + 1)
    return entries, products


def phi(model, blocks):
    r"""
    Yield the entries of `\phi`, each a list of products; a product lists its parameters.
    """
    starts = dict(zip((name for name, _ in blocks),
                      itertools.accumulate((math.prod(shape) for _, shape in blocks), initial=0)))
    shapes = dict(blocks)

    def entry(block, row, column):
        return starts[block] + row * shapes[block][1] + column

    widths = model.widths
    if model.architecture == "NMF":
        n, r, m = widths
        for i in range(n):
            for j in range(m):
                yield [(entry("U", i, k), entry("V", j, k)) for k in range(r)]
    elif model.architecture == "ICNN":
        n, r, m = widths
        if model.bias:
            for i in range(n):
                for k in range(r):
                    yield [(entry("U", i, k), starts["b"] + k)]
        for i in range(n):
            for k in range(r):
                for j in range(m):
                    yield [(entry("U", i, k), entry("V", k, j))]
    else:
        depth = len(widths) - 1

        def weights(path):
            return tuple(entry(f"U{l}", path[l - 1], path[l]) for l in range(1, len(path)))

        if model.architecture == "LinearNetwork":
            for i in range(widths[0]):
                for j in range(widths[-1]):
                    hidden = itertools.product(*map(range, widths[1:-1]))
                    yield [weights((i,) + middle + (j,)) for middle in hidden]
            return
        for l in range(1, depth) if model.bias else ():
            for path in itertools.product(*map(range, widths[:l + 1])):
                yield [weights(path) + (starts[f"b{l}"] + path[-1],)]
        for path in itertools.product(*map(range, widths)):
            yield [weights(path)]


def vector_fields(model, blocks, count):
    r"""
    Yield the fields, each as a dictionary (component, monomial) -> coefficient.

    EXAMPLES::

        sage: from sage_conslaw.certificate.models import parameter_blocks, vector_fields
        sage: from sage_conslaw.certificate.contents import Model
        sage: model = Model()
        sage: model.flow, model.architecture, model.widths = "MomentumFlow", "NMF", [1, 1, 1]
        sage: model.bias, model.mirror = None, ["U"]
        sage: model.rate, model.inverse_time = (int(3), int(1)), True
        sage: for field in vector_fields(model, parameter_blocks(model), 2):
        ....:     print(field)
        {(0, (0,)): (1, 1), (1, (0, 3)): (1, 1), (3, (3,)): (-3, 1), (2, (0, 4)): (1, 1), ...}
        {(3, (0, 2, 3)): (1, 1), (3, (1, 2)): (3, 1), (4, (0, 1)): (1, 1)}
    """
    one, rate = (1, 1), model.rate
    mirrored = []
    for name, shape in blocks:
        mirrored += [name in model.mirror] * math.prod(shape)
    gradients = ([(parameter, product[:k] + product[k + 1:])
                  for product in products for k, parameter in enumerate(product)]
                 for products in phi(model, blocks))
    if model.flow == "GradientFlow":
        for gradient in gradients:
            yield {(k, tuple(sorted(rest + (k,) if mirrored[k] else rest))): one
                   for k, rest in gradient}
        return
    # variable 0 is the time, then come the parameters, then their velocities
    time = (0,) if model.inverse_time else ()
    if rate[0] == 0:
        field = {(0, ()): one}
    else:
        field = {(0, (0,)): one if model.inverse_time else rate}
    for k in range(count):
        velocity = 1 + count + k
        field[1 + k, time + (velocity,)] = one
        if rate[0]:
            field[velocity, (velocity,)] = -rate[0], rate[1]
    yield field
    factor = time if model.mirror else ()
    for gradient in gradients:
        field = {}
        for k, rest in gradient:
            rest, velocity = tuple(x + 1 for x in rest), 1 + count + k
            if not mirrored[k]:
                field[velocity, tuple(sorted(factor + rest))] = one
                continue
            field[velocity, tuple(sorted(factor + rest + (velocity,)))] = one
            if rate[0]:
                field[velocity, tuple(sorted(rest + (1 + k,)))] = rate
        yield field
