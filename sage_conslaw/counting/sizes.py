r"""
How large fields are: what the chances of failure are bounded with

EXAMPLES::

    sage: from sage_conslaw import GradientFlow, NMF
    sage: from sage_conslaw.counting.sizes import size_of_programs
    sage: size_of_programs(GradientFlow(NMF(2, 2, 1)).programs)
    FieldSize(degree=2, control_degree=1, total=8, samples=1, denominator_degree=0, ...
"""
from __future__ import annotations

import math
from dataclasses import dataclass

from sage_conslaw.arithmetic.primes import PRIME_COUNT, PRIME_COUNT_WITH_ROOTS
from sage_conslaw.arithmetic.term_table import TermTable
from sage_conslaw.counting.patterns import patterns_of
from sage_conslaw.flows.field_programs import FieldPrograms, needs_values
from sage_conslaw.program.bounds import Bound, Bounds, bounds
from sage_conslaw.program.builder import Builder
from sage_conslaw.program.derivatives import tangent
from sage_conslaw.program.instructions import Program


@dataclass(frozen=True)
class FieldSize:
    r"""
    Bounds for fields whose entries are `P / D^e`, with one denominator `D`.

    ATTRIBUTES:

    - ``degree``, ``control_degree`` -- of the numerators `P`, in the state and the controls
    - ``total`` -- the sum of the absolute values of the coefficients of all numerators of
      all fields, with integer coefficients
    - ``samples`` -- how many samples of the controls are added up along a trajectory
    - ``denominator_degree``, ``denominator_norm`` -- the degree of `D` and the sum of the
      absolute values of its coefficients
    - ``denominator_power`` -- the exponent `e`
    - ``largest`` -- as ``total``, for the largest field alone
    - ``primes`` -- among how many primes one is drawn
    - ``roots`` -- how many roots a sample has: points at which they all exist are not uniform,
      and no chance is known for them
    - ``relation_degree`` -- the degree of the values of functions in the residues that are drawn
    """

    degree: int
    control_degree: int
    total: int
    samples: int = 1
    denominator_degree: int = 0
    denominator_norm: int = 1
    denominator_power: int = 0
    largest: int | None = None
    primes: int = PRIME_COUNT
    roots: int = 0
    relation_degree: int = 1


def size_of_table(table: TermTable) -> FieldSize:
    r"""
    Return the size of polynomial fields that are given by their terms.

    EXAMPLES::

        sage: from sage_conslaw import GradientFlow, LinearNetwork
        sage: from sage_conslaw.counting.sizes import size_of_table
        sage: size_of_table(GradientFlow(LinearNetwork([2, 2, 2])).vector_fields().terms).total
        16
    """
    degree = int((table.factors < table.variables).sum(axis=1).max(initial=0))
    norms: dict[int, int] = {}
    for field, coefficient in zip(table.field.tolist(), table.coefficients, strict=True):
        norms[field] = norms.get(field, 0) + abs(int(coefficient))
    return FieldSize(degree, 1, max(sum(norms.values()), 1),
                     largest=max(norms.values(), default=1))


def size_of_programs(programs: FieldPrograms) -> FieldSize:
    r"""
    Return the size of the fields of a flow, which are not expanded.
    """
    if needs_values(programs.network):
        return _size_with_functions(programs)
    parts = [_outputs(programs.data_field)]
    if programs.drift is not None:
        parts.append(_outputs(programs.drift))
    # one denominator for all: the product of those of the data and of the drift
    denominators = [(max((b.exponents and max(b.exponents) or 0 for b in found), default=0),
                     every.denominators) for found, every in parts]
    degree = control_degree = total = 0
    for k, (found, _) in enumerate(parts):
        others = [d for j, part in enumerate(denominators) if j != k
                  for d in part[1] for _ in range(part[0])]
        own_power, own = denominators[k]
        for bound, entries in zip(found, _sizes(programs, k), strict=True):
            missing = others + [d for j, d in enumerate(own)
                                for _ in range(own_power - _power(bound, j))]
            degree = max(degree, bound.degree + sum(d.degree for d in missing))
            control_degree = max(control_degree, bound.control_degree
                                 + sum(d.control_degree for d in missing))
            norm = bound.norm * entries
            for d in missing:
                norm *= d.norm
            total += norm
    every_denominator = [d for _, part in denominators for d in part]
    norm = 1
    for d in every_denominator:
        norm *= d.norm
    return FieldSize(degree, control_degree, max(total, 1), programs.samples,
                     sum(d.degree + d.control_degree for d in every_denominator), norm,
                     max((power for power, _ in denominators), default=0))


def _size_with_functions(programs: FieldPrograms) -> FieldSize:
    # the values of functions are variables too, which move with the state: their derivatives
    # along the field are bounded with the field
    build = Builder(programs.data_field)
    state = programs.data_field.numbers("parameter")
    field = list(programs.data_field.outputs)
    if programs.drift is not None:
        given = dict(zip(programs.drift.numbers("parameter"), state, strict=True))
        number = build.inline(programs.drift, given)
        scale = build.control("u0", (), "scale")
        for i, k in enumerate(programs.drift.outputs):
            if k is not None:
                moved = build.entrywise(scale, number[k])
                data = field[i]
                field[i] = moved if data is None else build.add(data, moved)
    functions = [k for k, step in enumerate(build.steps) if step.op == "function"]
    moving = [(k, to) for k, to in zip(state, field, strict=True) if to is not None]
    moved_functions = tangent(build.program(functions), [k for k, _ in moving],
                              [to for _, to in moving])
    outputs = [k for k in (*field, *moved_functions.outputs) if k is not None]
    found = bounds(moved_functions)
    if not outputs:
        return FieldSize(0, 0, 1, programs.samples)
    common, exponents = found.common(outputs)
    sizes = [moved_functions[k].size for k in outputs]
    denominators = found.denominators
    norm = math.prod(d.norm for d in denominators)
    roots = sum(build[k].size for k in functions if build[k].detail[0] == "sqrt")
    degree = max(b.degree for b in common)
    bottom = sum(d.degree + d.control_degree for d in denominators)
    relations = [of for _, of in patterns_of(programs.network)]
    return FieldSize(degree, max(b.control_degree for b in common),
                     max(sum(b.norm * n for b, n in zip(common, sizes, strict=True)), 1),
                     programs.samples, bottom, norm, max(exponents, default=0),
                     primes=PRIME_COUNT_WITH_ROOTS, roots=roots,
                     relation_degree=max(of.degree(degree + bottom * (
                         1 + max(exponents, default=0))) for of in relations))


def _outputs(program: Program) -> tuple[list[Bound], Bounds]:
    found = bounds(program)
    return found.common([k for k in program.outputs if k is not None])[0], found


def _sizes(programs: FieldPrograms, part: int) -> list[int]:
    program = programs.drift if part else programs.data_field
    assert program is not None
    return [size for size, k in zip(programs.sizes, program.outputs, strict=True) if k is not None]


def _power(bound: Bound, j: int) -> int:
    return bound.exponents[j] if j < len(bound.exponents) else 0
