r"""
Arguments and arrays as the published notebooks pass them

The notebooks pass fields as an array with one row a variable and one column a
field, with entries in variables `x_1, \dots, x_D` by number. This module reads
such arrays, whoever made them, and writes the fields of a flow as such an array.
"""
import sage.all  # noqa: F401  single modules of Sage cannot always be imported first

from collections.abc import Mapping
from numbers import Rational as NumbersRational

import numpy as np
from sage.rings.integer import Integer
from sage.rings.integer_ring import ZZ
from sage.rings.polynomial.multi_polynomial_ring_base import MPolynomialRing_base
from sage.rings.polynomial.polydict import ETuple
from sage.rings.polynomial.polynomial_ring_constructor import PolynomialRing
from sage.rings.rational import Rational
from sage.rings.rational_field import QQ
from sage.structure.element import parent
from sage.symbolic.ring import SR

from sage_conslaw.flows.entries import table_rows
from sage_conslaw.flows.vector_fields import VectorFields
from sage_conslaw.system import limits
from sage_conslaw.system.checks import bounded_list, checked_integer
from sage_conslaw.system.messages import shown


def notebook_ring(D, base=ZZ):
    r"""
    Return the ring in `x_1, \dots, x_D`, which is multivariate also for `D = 1`.

    EXAMPLES::

        sage: from sage_conslaw.published.arrays import notebook_ring
        sage: notebook_ring(2)
        Multivariate Polynomial Ring in x1, x2 over Integer Ring
        sage: notebook_ring(10^6)
        Traceback (most recent call last):
        ...
        ValueError: D: got 1000000, expected an integer from 1 to 32000
    """
    accepted = f"an integer from 1 to {limits.EXPANDED_VARIABLES}"
    D = checked_integer(D, "D", accepted, 1)
    if D > limits.EXPANDED_VARIABLES:
        raise ValueError(f"D: got {D}, expected {accepted}")
    return PolynomialRing(base, D, [f"x{i + 1}" for i in range(D)])


def read_widths(list_dim):
    r"""
    Return widths, of whichever kind of integer, as a list of ``int``.

    EXAMPLES::

        sage: import numpy as np
        sage: from sage_conslaw.published.arrays import read_widths
        sage: read_widths(np.array([2, 3]))
        [2, 3]
        sage: read_widths([2, 0])
        Traceback (most recent call last):
        ...
        ValueError: list_dim[1]: got 0, expected a positive integer
    """
    accepted = "a list of at least two positive integers"
    if isinstance(list_dim, (str, bytes)):
        raise TypeError(f"list_dim: got {list_dim!r}, expected {accepted}")
    widths = bounded_list(list_dim, "list_dim", accepted)
    if len(widths) < 2:
        raise ValueError(f"list_dim: got {widths}, expected {accepted}")
    return [checked_integer(n, f"list_dim[{i}]", "a positive integer", 1)
            for i, n in enumerate(widths)]


def read_sizes(*sizes):
    r"""
    Return the sizes ``n1``, ``n2``, ... as a list of ``int``.
    """
    return [checked_integer(n, f"n{i + 1}", "a positive integer", 1)
            for i, n in enumerate(sizes)]


def read_damping(tau):
    r"""
    Return a damping as a number; truth values stand for 0 and 1.

    EXAMPLES::

        sage: import numpy as np
        sage: from sage_conslaw.published.arrays import read_damping
        sage: read_damping(True), read_damping(np.False_), read_damping(1/2)
        (1, 0, 1/2)
        sage: read_damping(0.5)
        Traceback (most recent call last):
        ...
        TypeError: tau: got 0.500000000000000, expected a non-negative rational, such as 0, 1 or 1/2
    """
    if isinstance(tau, (bool, np.bool_)):
        return int(tau)
    accepted = "a non-negative rational, such as 0, 1 or 1/2"
    if not isinstance(tau, (np.integer, NumbersRational)):
        raise TypeError(f"tau: got {tau!r}, expected {accepted}")
    if tau < 0:
        raise ValueError(f"tau: got {tau!r}, expected {accepted}")
    return tau


def _plain(entry):
    # A symbolic constant is the number it stands for; any other entry stays what it is.
    if parent(entry) is SR and entry.is_numeric():
        value = entry.pyobject()
        if isinstance(value, (int, Integer, Rational)):
            return value
    return entry


def _ring_of_all(rows):
    # The ring that all entries are in, if it is one that fields are kept in, and the rows are as
    # many as its variables. The arrays of a network have millions of entries, for which this is
    # several times faster than looking at each of them.
    if len({len(row) for row in rows}) != 1 or not rows[0]:
        return None
    homes = {parent(entry) for row in rows for entry in row}
    ring = homes.pop()
    if (homes or not isinstance(ring, MPolynomialRing_base) or ring.ngens() != len(rows)
            or ring.base_ring() not in (ZZ, QQ)
            or ring is not PolynomialRing(ring.base_ring(), len(rows), ring.variable_names())):
        return None
    return ring


def read_fields(array, name="Vector_fields"):
    r"""
    Return the fields that an array holds as its columns.

    INPUT:

    - ``array`` -- of shape variables x fields: a NumPy array, a matrix or a list
      of lists. Entries are polynomials of one ring over ``ZZ`` or ``QQ``, with
      any names, or numbers.
    - ``name`` -- the argument to name in an error

    OUTPUT: :class:`~sage_conslaw.flows.vector_fields.VectorFields`, in which no variable
    is singled out as the time.

    EXAMPLES::

        sage: from sage_conslaw.published.arrays import read_fields
        sage: R.<u, v> = QQ[]
        sage: read_fields([[v/2, 0], [u, SR(1)]])[1]
        (0, 1)
        sage: read_fields([[1], [2]])
        1 polynomial vector field in 2 variables (x1, x2) over Integer Ring

    TESTS::

        sage: read_fields([[u], [0.5]])
        Traceback (most recent call last):
        ...
        TypeError: Vector_fields: ...0.500000000000000...
        sage: read_fields([u, v])
        Traceback (most recent call last):
        ...
        ValueError: Vector_fields: expected an array of shape variables x fields, with two axes
    """
    if isinstance(array, VectorFields):
        array = array.to_array()
    shape = f"{name}: expected an array of shape variables x fields, with two axes"
    if isinstance(array, np.ndarray) and array.ndim != 2:
        raise ValueError(f"{shape}; got the shape {array.shape}")
    rows = table_rows(array, limits.GIVEN_ENTRIES, limits.GIVEN_FIELDS, (name, "row"))
    if rows is None or any(isinstance(row, Mapping) for row in rows):
        raise ValueError(shape)
    ring = _ring_of_all(rows)
    if ring is not None:
        return VectorFields._trusted(ring, zip(*rows))
    rows = [[_plain(entry) for entry in row] for row in rows]
    for entry in (entry for row in rows for entry in row if parent(entry) is SR):
        # which variable a row belongs to is told by a ring alone
        raise TypeError(f"{name}: got the symbolic expression {shown(entry)}, expected "
                        "polynomials over ZZ or QQ, all of one Sage polynomial ring")
    numbers = all(isinstance(entry, (int, np.integer, NumbersRational))
                  for row in rows for entry in row)
    try:
        return VectorFields.from_array(rows, ring=notebook_ring(len(rows)) if numbers and rows
                                       else None)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{name}: {error}") from None


def write_fields(flow, order, parameters=None):
    r"""
    Return the fields of a flow as the notebooks do.

    INPUT:

    - ``flow`` -- a flow
    - ``order`` -- the numbers of the entries of `\phi` in the order of the columns;
      for a momentum flow the field `\chi_0` follows as the last column
    - ``parameters`` -- the numbers of the parameters in the order of the rows; by
      default they stay as they are

    OUTPUT: the number `D` of variables, and an object array of shape `D \times d`
    of polynomials in `x_1, \dots, x_D`. For a momentum flow the variables are the
    time, the parameters and then the velocities.

    EXAMPLES::

        sage: from sage_conslaw import LinearNetwork, MomentumFlow
        sage: from sage_conslaw.published.arrays import write_fields
        sage: write_fields(MomentumFlow(LinearNetwork([1, 1])), [0])
        (3,
         array([[0, 1],
                [0, x3],
                [1, 0]], dtype=object))
    """
    fields = flow.vector_fields()
    D, n = fields.number_of_variables, flow.model.number_of_parameters
    if parameters is None:
        parameters = range(n)
    old = list(parameters)
    columns = [int(number) for number in order]
    if D != n:
        old = [0] + [1 + i for i in old] + [1 + n + i for i in old]
        columns = [1 + number for number in columns] + [0]
    new = {i: row for row, i in enumerate(old)}
    ring = notebook_ring(D, fields.ring().base_ring())
    array = np.empty((D, len(columns)), dtype=object)
    array.fill(ring.zero())
    for column, number in enumerate(columns):
        for i, entry in enumerate(fields[number]):
            if entry:
                array[new[i], column] = ring({
                    ETuple({new[j]: e for j, e in exponents.sparse_iter()}, D): coefficient
                    for exponents, coefficient in entry.dict().items()})
    return D, array
