r"""
Degrees and heights: how large the polynomials are that a program computes

Each entry of an array is `P / (L \prod_j D_j^{e_j})` with a polynomial `P` with integer
coefficients in the state and the controls, an integer `L`, and the denominators `D_j`, one
for each ``reciprocal``: the product of the numerators of the entries that are inverted.
Bounded are the degrees of `P` in the state and in the controls, and its *norm*, the sum of
the absolute values of its coefficients.

EXAMPLES::

    sage: from sage_conslaw.program.bounds import bounds
    sage: from sage_conslaw.program.builder import Builder
    sage: build = Builder()
    sage: U = build.parameter("U", (2, 3)); V = build.parameter("V", (3, 2))
    sage: product = build.multiply(U, V, "ij", "jk", "ik")
    sage: found = bounds(build.program([product])).values[product]
    sage: found.degree, found.norm
    (2, 3)
"""
from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sage_conslaw.program.instructions import Program


@dataclass(frozen=True)
class Bound:
    r"""
    Bounds for the entries of an array.

    ATTRIBUTES:

    - ``degree``, ``control_degree`` -- of the numerator, in the state and in the controls
    - ``norm`` -- the sum of the absolute values of the coefficients of the numerator
    - ``scale`` -- the integer `L`
    - ``exponents`` -- the `e_j`
    """

    degree: int
    control_degree: int
    norm: int
    scale: int
    exponents: tuple[int, ...]


@dataclass(frozen=True)
class Bounds:
    r"""
    Bounds for all arrays of a program, and for the denominators `D_j`.
    """

    values: tuple[Bound, ...]
    denominators: tuple[Bound, ...]

    def common(self, numbers: list[int]) -> tuple[list[Bound], tuple[int, ...]]:
        r"""
        Return bounds for some arrays over one common denominator, and its exponents.
        """
        chosen = [self.values[k] for k in numbers]
        exponents = _largest([b.exponents for b in chosen])
        scale = math.lcm(*(b.scale for b in chosen)) if chosen else 1
        return [_lifted(b, exponents, scale, self.denominators) for b in chosen], exponents


def _largest(exponents: list[tuple[int, ...]]) -> tuple[int, ...]:
    width = max(map(len, exponents), default=0)
    return tuple(max(e[j] if j < len(e) else 0 for e in exponents) for j in range(width))


def _lifted(bound: Bound, exponents: tuple[int, ...], scale: int,
            denominators: tuple[Bound, ...] | list[Bound]) -> Bound:
    degree, control_degree = bound.degree, bound.control_degree
    norm = bound.norm * (scale // bound.scale)
    for j, e in enumerate(exponents):
        more = e - (bound.exponents[j] if j < len(bound.exponents) else 0)
        if more:
            degree += more * denominators[j].degree
            control_degree += more * denominators[j].control_degree
            norm *= denominators[j].norm**more
    return Bound(degree, control_degree, norm, scale, exponents)


def bounds(program: Program) -> Bounds:
    r"""
    Return bounds for all arrays of a program without batch axes.
    """
    values: list[Bound] = []
    denominators: list[Bound] = []
    for step in program.instructions:
        of = [values[k] for k in step.of]
        if step.op in ("parameter", "function"):
            # the values of a function are variables of their own
            values.append(Bound(1, 0, 1, 1, ()))
        elif step.op == "control":
            values.append(Bound(0, 1, 1, 1, ()))
        elif step.op == "constant":
            scale = math.lcm(*(c.denominator for c in step.detail.ravel()))
            largest = max((abs(c) for c in step.detail.ravel()), default=0)
            values.append(Bound(0, 0, int(largest * scale), scale, ()))
        elif step.op == "add":
            exponents = _largest([b.exponents for b in of])
            scale = math.lcm(*(b.scale for b in of))
            first, second = (_lifted(b, exponents, scale, denominators) for b in of)
            values.append(Bound(max(first.degree, second.degree),
                                max(first.control_degree, second.control_degree),
                                first.norm + second.norm, scale, exponents))
        elif step.op == "multiply":
            values.append(_product(*of, _summed(program, step)))
        elif step.op == "reciprocal":
            values.append(_inverse(of[0], step.size, denominators))
        else:
            values.append(_times(of[0], _multiplicity(program, step)))
    return Bounds(tuple(values), tuple(denominators))


def _summed(program, step) -> int:
    # how many products are added up for one entry
    sizes: dict[str, int] = {}
    for k, letters in zip(step.of, step.detail, strict=False):
        sizes.update(zip(letters, program[k].shape, strict=True))
    return math.prod(n for c, n in sizes.items() if c not in step.detail[2])


def _product(a: Bound, b: Bound, summed: int) -> Bound:
    width = max(len(a.exponents), len(b.exponents))
    exponents = tuple(sum(e[j] for e in (a.exponents, b.exponents) if j < len(e))
                      for j in range(width))
    return Bound(a.degree + b.degree, a.control_degree + b.control_degree,
                 a.norm * b.norm * summed, a.scale * b.scale, exponents)


def _inverse(z: Bound, size: int, denominators: list[Bound]) -> Bound:
    # 1 / z_i is the denominator of z_i times the other numerators, over all numerators
    number = len(denominators)
    others = Bound((size - 1) * z.degree, (size - 1) * z.control_degree,
                   max(z.norm, 1)**(size - 1) * z.scale, 1, ())
    denominators.append(Bound(size * z.degree, size * z.control_degree, max(z.norm, 1)**size,
                              1, ()))
    top = _lifted(others, z.exponents, 1, denominators)
    return Bound(top.degree, top.control_degree, top.norm, 1, (0,) * number + (1,))


def _multiplicity(program, step) -> int:
    if step.op == "sum":
        return math.prod(program[step.of[0]].shape[k] for k in step.detail)
    if step.op == "put" and step.detail.size:
        return int(np.bincount(step.detail.ravel() + 1)[1:].max(initial=0))
    return 1


def _times(a: Bound, number: int) -> Bound:
    return Bound(a.degree, a.control_degree, a.norm * number, a.scale, a.exponents)
