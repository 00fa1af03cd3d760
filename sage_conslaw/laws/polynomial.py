r"""
All polynomial conservation laws up to a degree

A polynomial `h` is a law of the fields `\chi_i` if `\langle \nabla h, \chi_i
\rangle = 0` identically.  For `h = \sum_m c_m m` over the monomials of an ansatz
this is a sparse system of linear equations for the `c_m` with integer
coefficients, one equation for each field and each monomial that can arise.
Every vector of its kernel is a law and conversely.

The system is built in :mod:`sage_conslaw.laws.ansatz`, solved in
:mod:`sage_conslaw.laws.exact_kernel`; here what was found is checked, counted and made into
:class:`~sage_conslaw.laws.law.Law`.
"""
from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from sage_conslaw.arithmetic.primes import PrimeSource
from sage_conslaw.arithmetic.term_table import TermTable
from sage_conslaw.flows.flow import Flow
from sage_conslaw.flows.vector_fields import as_vector_fields
from sage_conslaw.laws.ansatz import Ansatz, system_size
from sage_conslaw.laws.basis import PolynomialLaws, count_independent, sorted_laws
from sage_conslaw.laws.sampled import (
    ansatz_of_functions,
    has_functions,
    sampled_laws,
    size_of_functions,
    structured_laws,
)
from sage_conslaw.system.checks import (checked_flag, checked_integer, checked_probability,
                                        checked_seed)
from sage_conslaw.system.memory import memory_for
from sage_conslaw.system.rationals import ExactRational
from sage_conslaw.system.threads import threads_for

logger = logging.getLogger(__name__)


def polynomial_laws(flow_or_fields: Any, degree: int, time_degree: int | None = None,
                    homogeneous: bool = False, *, probability: Any = 1 - 1e-9,
                    seed: int = 0) -> PolynomialLaws:
    r"""
    Find all polynomial conservation laws up to a degree.

    INPUT:

    - ``flow_or_fields`` -- a flow, :class:`VectorFields`, a dictionary from variables to
      entries or a list of such fields, or an array of polynomials of shape `D \times d`,
      variables x fields
    - ``degree`` -- a non-negative integer: the degree in the parameters and
      velocities, that is in all variables but the time
    - ``time_degree`` -- a non-negative integer, the degree in the time on its own; by
      default what the flow says that laws of this degree need, see
      :meth:`Flow.time_degree_for <sage_conslaw.flows.flow.Flow.time_degree_for>`. Only for
      fields that have a time.
    - ``homogeneous`` -- whether the degree in the variables but the time has to be
      exactly ``degree``
    - ``probability`` -- a number strictly between 0 and 1: the number of
      independent laws is to be right with at least this probability; the laws
      are right in any case
    - ``seed`` -- an integer; equal seeds give equal results

    OUTPUT: a :class:`PolynomialLaws`. The list is complete for the ansatz, the
    constants apart, and every law was checked over `\QQ`.

    ALGORITHM: The kernel of the integer system is found modulo primes and lifted.
    The dimension of a kernel can only grow modulo a prime, so once every lifted
    vector is checked over `\QQ` none is missing.
    The number of independent ones is the rank of their gradients at a random
    point modulo a random prime; it can only be too small, with the chance bounded
    as in :func:`trace_dimension <sage_conslaw.counting.trace_dimension.trace_dimension>`.

    REFERENCES: arXiv 2307.00144, Section 2.4; arXiv 2405.12888, Section 3.1.1.

    EXAMPLES::

        sage: from sage_conslaw import VectorFields, polynomial_laws
        sage: R.<x1, x2, x3> = ZZ[]
        sage: list(polynomial_laws(VectorFields([[x2*x3, x1*x3, x1*x2]]), 2))
        [x1^2 - x2^2, x1^2 - x3^2]

    Under Nesterov's damping the antisymmetric law takes the factor `t^3`::

        sage: from sage_conslaw import LinearNetwork, MomentumFlow, NESTEROV
        sage: polynomial_laws(MomentumFlow(LinearNetwork([1, 2, 1]), NESTEROV), 2)[0]
        t^3*U1_1_2*dU1_1_1 - t^3*U1_1_1*dU1_1_2 + t^3*U2_2_1*dU2_1_1 - t^3*U2_1_1*dU2_2_1

    Under decay each factor of a law takes an exponential of the time::

        sage: from sage_conslaw import GradientFlow, Power
        sage: flow = GradientFlow(LinearNetwork([1, 1, 1]), metric=Power(-1), decay=1)
        sage: polynomial_laws(flow, 3)[0]
        s^3*U1_1_1^3 - s^3*U2_1_1^3

    TESTS::

        sage: polynomial_laws(VectorFields([[x2*x3, x1*x3, x1*x2]]), -1)
        Traceback (most recent call last):
        ...
        ValueError: degree: got -1, expected a non-negative integer
        sage: polynomial_laws(VectorFields([[x2*x3, x1*x3, x1*x2]]), 2, time_degree=1)
        Traceback (most recent call last):
        ...
        ValueError: time_degree: got 1, but the fields have no time; expected None
    """
    degree = checked_integer(degree, "degree", "a non-negative integer", 0)
    homogeneous = checked_flag(homogeneous, "homogeneous")
    wanted = checked_probability(probability)
    source = PrimeSource(checked_seed(seed))
    fields = flow_or_fields if has_functions(flow_or_fields) else as_vector_fields(flow_or_fields)
    powers = checked_time_degree(time_degree, fields, degree)
    law_error = ExactRational(0)
    with (memory_for(f"degree: got {degree}, whose ansatz and laws"),
          threads_for(fields.number_of_variables)):
        ansatz_size(fields, degree, time_degree, homogeneous, check=True)
        if isinstance(fields, Flow):
            # they are no polynomials: laws are found from values, and tested
            candidates = ansatz_of_functions(fields, degree, powers, homogeneous)
            found, law_error = sampled_laws(fields, candidates, source)
            size = len(candidates)
        else:
            found, size = _checked_laws(fields, source, degree, powers, homogeneous)
    laws = sorted_laws(found, fields)
    independent, primes, error = count_independent(laws, fields.number_of_variables, source, wanted)
    return PolynomialLaws(laws, independent, degree=degree, time_degree=powers,
                          homogeneous=homogeneous, number_of_monomials=size, error_bound=error,
                          probability=probability, seed=int(seed), primes=primes,
                          law_error_bound=law_error)


def laws_by_structure(flow: Flow, time_degree: int | None = None, *, probability: Any = 1 - 1e-9,
                      seed: int = 0) -> PolynomialLaws:
    r"""
    Return linear laws, and laws among the Gram entries of the blocks, found from values.

    INPUT:

    - ``flow`` -- a flow
    - ``time_degree``, ``probability``, ``seed`` -- as for :func:`polynomial_laws`

    OUTPUT: a :class:`~sage_conslaw.laws.basis.PolynomialLaws`, whose laws are certain but for
    ``law_error_bound``.

    EXAMPLES::

        sage: from sage_conslaw import GradientFlow, LinearNetwork
        sage: from sage_conslaw.laws.polynomial import laws_by_structure
        sage: laws_by_structure(GradientFlow(LinearNetwork([8, 8, 8])))
        36 laws among linear polynomials and Gram entries of blocks, 36 of them independent
    """
    wanted = checked_probability(probability)
    source = PrimeSource(checked_seed(seed))
    powers = checked_time_degree(time_degree, flow, 2)
    variables = flow.number_of_variables
    with memory_for(f"flow: laws in {variables:,} variables"), threads_for(variables):
        found, law_error, size = structured_laws(flow, powers, source)
        laws = sorted_laws(found, flow)
        independent, primes, error = count_independent(laws, variables, source, wanted)
    return PolynomialLaws(laws, independent, degree=2, time_degree=powers, homogeneous=False,
                          number_of_monomials=size, error_bound=error, probability=probability,
                          seed=int(seed), primes=primes, law_error_bound=law_error,
                          structured=True)


def checked_time_degree(time_degree: int | None, flow_or_fields: Any,
                        degree: int = 0) -> int | None:
    r"""
    Return the degree in the time: the one asked for, or what the flow or the fields say.

    INPUT:

    - ``time_degree`` -- a non-negative integer or ``None``
    - ``flow_or_fields`` -- a flow or :class:`VectorFields`
    - ``degree`` -- the degree of the laws in the other variables

    EXAMPLES::

        sage: from sage_conslaw import LinearNetwork, MomentumFlow, NESTEROV
        sage: from sage_conslaw.laws.polynomial import checked_time_degree
        sage: flow = MomentumFlow(LinearNetwork([1, 1]), NESTEROV)
        sage: checked_time_degree(None, flow), checked_time_degree(None, flow, 4)
        (3, 6)
        sage: checked_time_degree(5, flow.vector_fields())
        5
    """
    own = flow_or_fields.time_degree_for(degree)
    if time_degree is None:
        return own
    time_degree = checked_integer(time_degree, "time_degree", "a non-negative integer or None", 0)
    if own is None:
        raise ValueError(f"time_degree: got {time_degree}, but the fields have no time; "
                         "expected None")
    return time_degree


def ansatz_size(flow_or_fields: Any, degree: int, time_degree: int | None = None,
                homogeneous: bool = False, check: bool = False) -> tuple[int, int]:
    r"""
    Return the number of monomials of an ansatz, and of the entries of its system.

    INPUT:

    - ``flow_or_fields``, ``degree``, ``time_degree``, ``homogeneous`` -- as for
      :func:`polynomial_laws`
    - ``check`` -- whether to raise an error if it would not fit into memory

    EXAMPLES::

        sage: from sage_conslaw import LinearNetwork, MomentumFlow, NESTEROV
        sage: from sage_conslaw.laws.polynomial import ansatz_size
        sage: ansatz_size(MomentumFlow(LinearNetwork([3, 3, 3, 3]), NESTEROV), 2)[0]
        6159
    """
    if has_functions(flow_or_fields):
        return size_of_functions(flow_or_fields, degree, checked_time_degree(
            time_degree, flow_or_fields, degree), check)
    fields = as_vector_fields(flow_or_fields)
    checked = checked_time_degree(time_degree, fields, degree)
    # what fits, if this does not, has the degree in the time that goes with it
    return system_size(fields.terms, fields.time_index, degree,
                       fields.time_degree_for if time_degree is None else checked, homogeneous,
                       check)


def _checked_laws(fields, source, *ansatz):
    table = fields.terms
    by_component = terms_by_component(table)
    for attempt in range(16):
        # Fields that depend on others over the rational functions add no condition.
        # At an unlucky point too many are left out, and equations are grouped by
        # 64-bit keys of monomials that may clash: either can only let vectors in that
        # are no laws, and the check with all fields sees them.
        prime = source.prime()
        chosen = table.modulo(prime).independent(source.point(table.variables, prime), prime)[0]
        system = Ansatz(table.take(chosen), fields.time_index, *ansatz)
        laws = system.laws(source, attempt)
        if all(is_law(law, by_component) for law in laws):
            return laws, system.number_of_monomials
        logger.info("a function that is no law passed the system: solving again")
    raise RuntimeError("the kernel of the ansatz could not be verified over QQ")


def terms_by_component(table: TermTable) -> dict[int, list[tuple[int, tuple[int, ...], int]]]:
    r"""
    Return the terms of fields as :func:`is_law` takes them.

    INPUT:

    - ``table`` -- :class:`~sage_conslaw.arithmetic.term_table.TermTable` with integers

    EXAMPLES::

        sage: from sage_conslaw import GradientFlow, NMF
        sage: from sage_conslaw.laws.polynomial import terms_by_component
        sage: terms_by_component(GradientFlow(NMF(1, 1, 1)).vector_fields().terms)
        {0: [(0, (0, 1), 1)], 1: [(0, (0, 1), 1)]}
    """
    by_component: dict[int, list[tuple[int, tuple[int, ...], int]]] = {}
    for f, i, factors, c in zip(table.field.tolist(), table.component.tolist(),
                                table.factors.tolist(), table.coefficients.tolist()):
        monomial = tuple(x for x in factors if x < table.variables)
        by_component.setdefault(i, []).append((f, monomial, c))
    return by_component


def is_law(law: Iterable[tuple[tuple[int, ...], int]], by_component: dict) -> bool:
    r"""
    Check over `\ZZ` that a polynomial is annihilated by all fields.

    INPUT:

    - ``law`` -- list of pairs (sorted tuple of factors, integer)
    - ``by_component`` -- dictionary from a variable to the list of the terms
      (field, factors, integer) in that component of the fields, see
      :func:`terms_by_component`

    EXAMPLES::

        sage: from sage_conslaw.laws.polynomial import is_law
        sage: rotation = {0: [(0, (1,), 1)], 1: [(0, (0,), -1)]}
        sage: is_law([((0, 0), 1), ((1, 1), 1)], rotation)
        True
        sage: is_law([((0, 0), 1)], rotation)
        False
    """
    total: dict = {}
    for factors, coefficient in law:
        for position, variable in enumerate(factors):
            rest = factors[:position] + factors[position + 1:]
            for field, monomial, c in by_component.get(variable, ()):
                key = field, tuple(sorted(rest + monomial))
                total[key] = total.get(key, 0) + coefficient * c
    return not any(total.values())
