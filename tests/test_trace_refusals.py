"""What cannot be traced: one error each, which names the operation, the shapes and what to use."""

import math
from fractions import Fraction

import numpy as np
import pytest
from sage.all import QQ, pi, sqrt

from sage_conslaw import Network
from sage_conslaw.functions import leaky_relu
from sage_conslaw.program.trace import TraceError
from sage_conslaw.program.tracer import Tracer

SHAPES = {"U": (2, 3), "V": (3, 2), "W": (2, 3, 4), "x": (3,), "y": (2,), "a": (), "S": (3, 3)}


def in_place(name):
    def function(U):
        V = U
        return getattr(V, name)(2)
    return function


def assigned(U):
    U[0] = 1
    return U


def added_to_numpy(U):
    total = np.zeros((2, 3))
    total += U
    return total


def written_out(U):
    return np.add(U, U, out=np.zeros((2, 3)))


def caught(U):
    try:
        return U if U[0, 0] > 0 else -U
    except TypeError:
        return 2 * U


def caught_number(U):
    try:
        return float(U[0, 0]) * U
    except TypeError:
        return 2 * U


def filled(U):
    made = np.zeros(2)
    made[0] = U[0, 0]
    return made


REFUSED = {
    # control flow, and values that are not known
    "if": (lambda U: 1 if U[0, 0] else 2, r"truth value of an array of shape \(\)"),
    "and": (lambda U: U and 1, r"truth value of an array of shape \(2, 3\)"),
    ">": (lambda U: U > 0, "np.greater compares .* relu, leaky_relu and absolute"),
    "==": (lambda U: U == 0, "np.equal compares"),
    "in": (lambda U: 3 in U[0], "np.equal compares"),
    "max": (lambda U: max(U[0]), "np.greater compares"),
    "sorted": (lambda U: sorted(U[0]), "np.less compares"),
    "sign": (lambda U: np.sign(U), "np.sign compares"),
    "float": (lambda U: float(U[0, 0]), r"value of an array of shape \(\) .* a Python number"),
    "int": (lambda U: int(U[0, 0]), r"cannot be made a Python number"),
    "range": (lambda U: list(range(U[0, 0])), r"cannot be made a Python number"),
    "round": (lambda U: round(U[0, 0]), r"cannot be made a Python number"),
    "math.exp": (lambda U: math.exp(U[0, 0]), r"cannot be made a Python number"),
    "index": (lambda U: np.eye(3)[U[0, 0]], "value"),
    "array index": (lambda U: U[U], r"an index of an array of shape \(2, 3\) is an array whose"),
    "list index": (lambda U: U[[U[0, 0]]], r"an index of an array of shape \(2, 3\)"),
    "np.array": (lambda U: np.array(U), r"an array of shape \(2, 3\) has no values"),
    "np.array of rows": (lambda U: np.array([U[0], U[1]]),
                         r"an array of shape \(3,\) has no values"),
    "np.asarray": (lambda U: np.asarray(U, dtype=float), "has no values"),
    "np.sum of a list": (lambda U: np.sum([U, U]), "has no values"),
    "hash": (lambda U: {U: 1}, "unhashable"),
    "len": (lambda U: len(U[0, 0]), r"len\(\) of an array of shape \(\)"),
    "iter": (lambda U: list(U[0, 0]), r"iteration over an array of shape \(\)"),
    # in place
    "assignment": (assigned,
                   r"an entry of an array of shape \(2, 3\) is assigned .* np.concatenate"),
    "+=": (in_place("__iadd__"), r"np.add: .* not changed in place; write a = a \+ b"),
    "@=": (in_place("__imatmul__"), "np.matmul: .* not changed in place"),
    "**=": (in_place("__ipow__"), "np.power: .* not changed in place"),
    "numpy +=": (added_to_numpy, "np.add: .* not changed in place"),
    "out": (written_out, "np.add: .* not changed in place"),
    "concatenate out": (lambda U: np.concatenate([U, U], out=np.zeros((4, 3))),
                        "not changed in place"),
    # functions
    "sin": (lambda U: np.sin(U), r"np.sin of \(2, 3\) is not supported; .* np.einsum"),
    "cbrt": (lambda U: 1 + np.cbrt(U), r"np.cbrt of \(2, 3\) is not supported"),
    "exp in place": (lambda U: np.exp(U, out=U), "np.exp: traced arrays are not changed in place"),
    "//": (lambda U: U // 2, r"np.floor_divide of \(2, 3\), 2 is not supported"),
    "%": (lambda U: U % 2, "np.remainder of"),
    "divmod": (lambda U: divmod(U, 2), "np.divmod of"),
    "inv": (lambda U: np.linalg.inv(U[:, :2]), r"np.linalg.inv of \(2, 2\) is not supported"),
    "norm": (lambda U: np.linalg.norm(U), r"np.linalg.norm of \(2, 3\)"),
    "np.max": (lambda U: np.max(U), r"np.(a)?max of \(2, 3\)"),
    "clip": (lambda U: np.clip(U, 0, 1), r"np.clip of \(2, 3\), 0, 1"),
    "argsort": (lambda U: np.argsort(U), r"np.argsort of"),
    "outer of a ufunc": (lambda U: np.multiply.outer(U, U),
                         r"np.multiply.outer of \(2, 3\), \(2, 3\)"),
    "reduce": (lambda U: np.multiply.reduce(U), "np.multiply.reduce of"),
    "accumulate": (lambda U: np.add.accumulate(U), "np.add.accumulate of"),
    "where option": (lambda U: np.add(U, 1, where=True), "np.add of"),
    "attribute": (lambda U: U.max(), r"shape \(2, 3\) has no attribute 'max'; .* np.einsum"),
    "dtype": (lambda U: U.dtype, "has no attribute 'dtype'"),
    "astype": (lambda U: U.astype(float), "has no attribute 'astype'"),
    "maximum": (lambda U: np.maximum(U, 1),
                r"np.maximum of \(2, 3\) and \(\): supported with 0 alone"),
    "maximum of two": (lambda U: np.maximum(U, U[0]), r"np.maximum of \(2, 3\) and \(3,\)"),
    "mask": (lambda U: np.where(U, 1, 2), "np.where: the mask has to be constant"),
    "where alone": (lambda U: np.where(U), "np.where: the mask has to be constant"),
    "take at": (lambda U: np.take([1, 2, 3], U), "an array of shape .* has no values"),
    "roll by": (lambda U: np.roll(U, U[0, 0]), "np.roll: .* all others have to be constants"),
    "atleast of two": (lambda U: np.atleast_2d(U, U), "np.atleast_2d: "),
    # options
    "sum dtype": (lambda U: np.sum(U, dtype=float), "np.sum: of its options axis and keepdims"),
    "sum where": (lambda U: np.sum(U, where=[True, False, True]), "np.sum: of its options"),
    "sum initial": (lambda U: U.sum(initial=3), "np.sum: of its options"),
    "prod keepdims": (lambda U: U.prod(keepdims=True), "np.prod: of its options axis"),
    "cumsum dtype": (lambda U: np.cumsum(U, dtype=float), "np.cumsum: the options dtype"),
    "trace dtype": (lambda U: np.trace(U, dtype=float), "np.trace: the options dtype"),
    "einsum of lists": (lambda U: np.einsum(U, [0, 1]), "np.einsum: subscripts have to be a text"),
    "einsum ellipsis": (lambda U: np.einsum("...i->...", U),
                        "np.einsum: .* instead of an ellipsis"),
    "einsum dtype": (lambda U: np.einsum("ij->", U, dtype=float), "np.einsum: .* options optimize"),
    "pad mean": (lambda U: np.pad(U, 1, mode="mean"), "np.pad: got the mode 'mean', expected"),
    "pad ramp": (lambda U: np.pad(U, 1, mode="linear_ramp"), "np.pad: got the mode"),
    "pad function": (lambda U: np.pad(U, 1, mode=lambda *a: None), "np.pad: got the mode"),
    "pad ones": (lambda U: np.pad(U, 1, constant_values=1), "np.pad: constant_values has to be 0"),
    "pad odd": (lambda U: np.pad(U, 1, mode="reflect", reflect_type="odd"), "np.pad: reflect_type"),
    "pad statistics": (lambda U: np.pad(U, 1, mode="edge", stat_length=2), "np.pad: the options"),
    # exponents
    "** 0.3": (lambda U: U**0.3,
               r"\*\*: got the exponent 0.3 of an array of shape \(2, 3\); .* integers"),
    "** 1/3": (lambda U: U**Fraction(1, 3), r"\*\*: got the exponent Fraction"),
    "** rational": (lambda U: U**(QQ(1) / 4), r"\*\*: got the exponent 1/4"),
    "** 4/3": (lambda U: U**(QQ(4) / 3), r"\*\*: got the exponent 4/3"),
    "** array": (lambda U: U**U, r"\*\*: the exponent is an array of shape \(2, 3\)"),
    "2 ** array": (lambda U: 2**U, r"\*\*: the exponent is an array of shape \(2, 3\)"),
    "** list": (lambda U: U**[1, 2, 3], r"\*\*: got the exponent \[1, 2, 3\]"),
    "** huge": (lambda U: U**10**9, "exponents have to be at most 1000"),
    "** minus huge": (lambda U: U**(-10**5000), "exponents have to be at most 1000"),
    "** nan": (lambda U: U**float("nan"), r"\*\*: got the exponent nan"),
    "** True": (lambda U: U**True, r"\*\*: got the exponent True"),
    # networks
    "foreign": (lambda U: FOREIGN + U, "an array of another network is used"),
    "foreign output": (lambda U: (U, FOREIGN), "an array of another network is used"),
    "nothing": (lambda U: None, "output of the function: got None, expected integers"),
    "no arrays": (lambda U: [], "function: it returned no array"),
    "text": (lambda U: "U", "output of the function: got 'U'"),
    "slope": (lambda U: leaky_relu(U, U[0, 0]), "slope: got <traced array"),
    "symbolic constant": (lambda U: U / sqrt(2), r"constant: got .*sqrt\(2\), expected integers"),
    "pi": (lambda U: np.array([pi, 1, 2]) * U, "constant: got pi, expected integers"),
    "symbolic slope": (lambda U: leaky_relu(U, sqrt(2)), r"slope: got sqrt\(2\)"),
    "caught": (caught, "np.greater compares the values of an array"),
    "caught number": (caught_number, "the value of an array of shape .* is not known"),
    "entry": (filled, "entry of an array of NumPy: build arrays with np.stack"),
    "mean in floats": (lambda U: np.mean(U, dtype=float), "np.mean: the options dtype and out"),
    "slopes": (lambda U: leaky_relu(U, [1, 2]), "slope: got"),
}
FOREIGN = Tracer().parameter("F", (2, 3))


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name):
    function, text = REFUSED[name]
    with pytest.raises((TypeError, AttributeError), match=text) as error:
        Network(function, {"U": (2, 3)})
    assert error.value.__cause__ is None and error.value.__context__ is None or (
        error.value.__suppress_context__)


UNFIT = {
    "+": (lambda U, V: U + V, r"\+: shapes \(2, 3\) and \(3, 2\) do not fit"),
    "-": (lambda U, V: U - V, r"-: shapes \(2, 3\) and \(3, 2\) do not fit"),
    "*": (lambda U, V: U * V, r"\*: shapes \(2, 3\) and \(3, 2\) do not fit"),
    "/": (lambda U, V: U / V, r"/: shapes \(2, 3\) and \(3, 2\) do not fit"),
    "* constant": (lambda U: U * [1, 2], r"\*: shapes \(2, 3\) and \(2,\) do not fit"),
    "@": (lambda U: U @ U, r"@: shapes \(2, 3\) and \(2, 3\) do not fit"),
    "@ number": (lambda U: U @ 3, r"@: shapes \(2, 3\) and \(\) do not fit"),
    "@ batches": (lambda W: np.stack([W, W]) @ np.ones((3, 4, 1)), r"@: shapes \(2, 2, 3, 4\) and"),
    "concatenate": (lambda U, V: np.concatenate([U, V]),
                    r"np.concatenate: shapes \(2, 3\), \(3, 2\)"),
    "list": (lambda U, V: [1, U], r"output of the function: got a list of arrays of the shapes "
             r"\(\), \(2, 3\), which do not make one array"),
    "stack": (lambda U, V: np.stack([U, V]), r"np.stack: shapes \(2, 3\), \(3, 2\) do not fit"),
    "concatenate axis": (lambda U: np.concatenate([U, U], axis=5), "np.concatenate: shapes"),
    "reshape": (lambda U: U.reshape(4), r"reshape: got 4 for an array of shape \(2, 3\)"),
    "reshape text": (lambda U: U.reshape("x"), r"reshape: got 'x'"),
    "transpose": (lambda U: U.transpose(0, 2), r"np.transpose of an array of shape \(2, 3\)"),
    "swapaxes": (lambda U: np.swapaxes(U, 0, 4), r"np.swapaxes of an array of shape \(2, 3\)"),
    "sum": (lambda U: U.sum(2), r"axis: got 2 for an array of shape \(2, 3\)"),
    "sum twice": (lambda U: U.sum((0, 0)), "axis: got .* expected different axes"),
    "mean": (lambda U: U[:0].mean(), r"np.mean: of no entries, in an array of shape \(0, 3\)"),
    "index": (lambda U: U[2], r"the index 2 does not fit an array of shape \(2, 3\)"),
    "indices": (lambda U: U[0, 0, 0], r"the index \(0, 0, 0\) does not fit"),
    "text index": (lambda U: U["x"], "the index 'x' does not fit"),
    "slope": (lambda U: leaky_relu(U, float("nan")), "slope: got nan, expected"),
    "float index": (lambda U: U[0.5], "the index 0.5 does not fit"),
    "mask index": (lambda U: U[[True, False, True]], "the index .* does not fit"),
    "tensordot": (lambda U: np.tensordot(U, U, 1), r"np.tensordot: shapes \(2, 3\) and \(2, 3\)"),
    "tensordot axis": (lambda U, V: np.tensordot(U, V, ([5], [0])),
                       "np.tensordot: .* over the axes"),
    "tensordot count": (lambda U, V: np.tensordot(U, V, 3), "np.tensordot: .* over the axes 3"),
    "tensordot twice": (lambda S: np.tensordot(S, S, ([0, 0], [0, 1])), "np.tensordot: "),
    "tensordot axes": (lambda U, V: np.tensordot(U, V, "x"), "np.tensordot: "),
    "dot": (lambda U: np.dot(U, U), r"np.tensordot: shapes \(2, 3\) and \(2, 3\)"),
    "einsum": (lambda U: np.einsum("ij,jk->ik", U, U),
               r"np.einsum: .* the shapes \(2, 3\), \(2, 3\)"),
    "einsum axes": (lambda U: np.einsum("ijk->i", U), r"np.einsum: 'ijk->i' does not fit"),
    "einsum operands": (lambda U: np.einsum("ij,jk", U), "np.einsum: 'ij,jk' does not fit"),
    "einsum output": (lambda U: np.einsum("ij->k", U), "np.einsum: 'ij->k' does not fit"),
    "einsum twice": (lambda U: np.einsum("ij->ii", U), "np.einsum: 'ij->ii' does not fit"),
    "where": (lambda U: np.where([True, False], U, 0),
              r"np.where: shapes \(2,\), \(2, 3\) and \(\)"),
    "broadcast_to": (lambda U: np.broadcast_to(U, (3, 3)), "np.broadcast_to of an array of shape"),
    "take": (lambda U: np.take(U, 7), r"np.take of an array of shape \(2, 3\)"),
    "split": (lambda U: np.split(U, 2, axis=1), "np.split of an array of shape"),
    "maximum": (lambda U: np.maximum(U, np.zeros(2)), r"np.maximum: shapes \(2, 3\) and \(2,\)"),
    "huge": (lambda U: np.broadcast_to(U[0, 0], (10**6, 10**6)),
             "has more than 50,000,000 entries"),
    "huge product": (lambda U: np.outer(np.broadcast_to(U[0, 0], 8000), np.ones(8000)),
                     "has more than"),
}


@pytest.mark.parametrize("name", UNFIT)
def test_shapes_that_do_not_fit(name):
    function, text = UNFIT[name]
    names = function.__code__.co_varnames[:function.__code__.co_argcount]
    with pytest.raises((ValueError, IndexError, TypeError), match=text) as error:
        Network(function, {n: SHAPES[n] for n in names})
    assert not isinstance(error.value, TraceError)
    assert error.value.__context__ is None or error.value.__suppress_context__


def test_divisions_by_zero():
    for function in (lambda U: U / 0, lambda U: U / (U * 0), lambda U: U / [1, 0, 2],
                     lambda U: np.zeros_like(U)**-1):
        with pytest.raises(ZeroDivisionError, match="a constant is divided by zero"):
            Network(function, {"U": (2, 3)})
