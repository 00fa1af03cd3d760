r"""
The trace of a generated Lie algebra, from one random trajectory

Let `F = \sum_i u_i(z) \chi_i` with random power series `u_i`, let `x(z)` be the
solution of `x' = F(x)` from a random point and `J` the Jacobian of `F` along it.
With `L y = y' - J y`, the vectors `(L^k y)(0)` for the fields `y = \chi_i(x(z))`
lie in the trace at the point; for generic `u` they span it, and once the vectors
of one order add nothing, those of later orders add nothing either. No bracket is
expanded: all that is needed are products of Jacobians with vectors.
"""
import logging

import numpy as np

from sage_conslaw.arithmetic.echelon import Echelon
from sage_conslaw.arithmetic.primes import vanishing_chance
from sage_conslaw.system import limits
from sage_conslaw.system.rationals import ExactRational

logger = logging.getLogger(__name__)


class TrajectoryTrial:
    r"""
    The dimension of the trace along one trajectory modulo one prime.

    INPUT:

    - ``system`` -- a system of :mod:`sage_conslaw.counting.program_systems`
    - ``point`` -- the starting point, an array of residues
    - ``prime`` -- the prime of the system
    - ``target`` -- a dimension at which to stop, where it is known that there is no more; the
      number of variables by default

    ATTRIBUTES:

    - ``rank`` -- the dimension found; never too large
    - ``generators`` -- how many of the fields are independent
    - ``depth`` -- the last order that added something
    - ``order`` -- the order at which it stopped, since it added nothing or filled
      the space
    - ``space`` -- the :class:`~sage_conslaw.arithmetic.echelon.Echelon` form of the vectors
    - ``vectors`` -- the basis: pairs (order, number of the assignment of the controls), -1
      for the drift

    EXAMPLES::

        sage: from sage_conslaw import LinearNetwork, MomentumFlow
        sage: from sage_conslaw.arithmetic.primes import PrimeSource
        sage: from sage_conslaw.counting.program_systems import ProgramSystem
        sage: from sage_conslaw.counting.trajectory import TrajectoryTrial
        sage: source = PrimeSource(0); p = source.prime()
        sage: system = ProgramSystem(MomentumFlow(LinearNetwork([2, 2, 2])).programs, p, source)
        sage: trial = TrajectoryTrial(system, source.point(17, p), p)
        sage: trial.rank, trial.generators, trial.depth
        (16, 5, 3)
    """

    def __init__(self, system, point, prime, target=None):
        space = Echelon(system.variables, prime)
        target = space.length if target is None else target
        self.space, self.vectors = space, []
        x, self.order, self.depth = point[None], 0, 0
        while True:
            before = space.rank
            if self.order:
                system.extend_controls(self.order)
                x = _continued(system, x, prime)
            if system.has_drift:
                if space.extend(_derived(system, x, system.drift_field(x), prime)):
                    self.vectors.append((self.order, -1))
            size = 8
            while space.rank < target:
                first = system.drawn
                vectors = _derived(system, x, system.random_fields(x, size), prime)
                taken = space.extend(vectors)
                self.vectors.extend((self.order, first + k) for k in taken)
                if len(taken) < size:
                    break
                fitting = limits.BATCH_RESIDUES // ((self.order + 1) * space.length)
                size = min(2 * size, max(8, fitting), 512)
            logger.info("order %d: dimension %d of %d", self.order, space.rank, space.length)
            if not self.order:
                self.generators = space.rank
            if space.rank > before:
                self.depth = self.order
            if space.rank == before or space.rank >= target:
                break
            self.order += 1
        self.rank = space.rank


def _continued(system, x, prime):
    # one more order of the solution of x' = F(x)
    step = system.drift(x)[-1, 0] * pow(len(x), -1, prime) % prime
    return np.vstack([x, step])


def _derived(system, x, y, prime):
    # (L^k y)(0), where y is known to order k
    while len(y) > 1:
        orders = np.arange(1, len(y)).reshape(-1, 1, 1)
        y = (orders * y[1:] - system.jacobian_product(x, y[:-1])) % prime
    return y[0]


def trajectory_failure_chance(size, variables, generators, order):
    r"""
    Bound the chance that a trial is too small and stops at a given order.

    INPUT:

    - ``size`` -- :class:`~sage_conslaw.counting.sizes.FieldSize` of the fields
    - ``variables`` -- the number of variables
    - ``generators`` -- how many vectors of order 0 were independent
    - ``order`` -- the order `k` at which the trial stopped

    OUTPUT: a rational. Its sum over all orders bounds the chance that a trial is
    too small: it contains the factor `(k + 1)(k + 2)`, whose inverses sum to 1.

    ALGORITHM: A trial that stops at order `k` is right if up to order `k` its ranks
    are the generic ones, for a generic rank that did not grow once never grows
    again. So it is too small only if a minor `\Delta` of generically independent
    vectors of orders up to `k` vanishes.

    For polynomial fields these vectors are polynomials with integer
    coefficients in the point, the derivatives of the controls and the weights of
    the combinations: order 0 has degree `\delta + c`, with `c` the degree of a
    control, and each further order adds `\delta - 1 + c` at most. With `N` the sum
    of the absolute values of the coefficients of all fields, one order multiplies
    this sum for a vector of degree `e` by `(e + \delta) N + e` at most.

    For fields `P / D^e` a vector of order `k` is `A / D^{(k + 1)(e + 1)}` at most. In
    `y' - J y` each term is a derivative of a numerator or of `D`, times a numerator and
    `D` at most `e + 1` times: an order adds `\delta - 1 + d + c` or `(e + 1) d + c` to the
    degree, with `d` that of `D`, and multiplies the norm by `N |D|^{e + 1}` and by the sum
    of all degrees and exponents. Points at which `D` vanishes are drawn again, which at most
    doubles the chance of what can happen at the others.
    """
    if size.roots:
        return ExactRational(1)
    power, rational = size.denominator_power, size.denominator_degree > 0
    bottom = size.denominator_degree
    degree = size.degree + size.control_degree
    all_fields = size.total.bit_length() + size.samples.bit_length()
    height = all_fields
    bottom_height = (power + 1) * size.denominator_norm.bit_length() if rational else 0
    first_degree, first_height = degree, height
    for k in range(order):
        exponents = (k + 2) * (power + 1) * bottom
        height += all_fields + bottom_height + (2 * degree + size.degree
                                                + 2 * exponents).bit_length()
        degree += max(size.degree - 1 + bottom, (power + 1) * bottom, 0) + size.control_degree
    later = variables - generators
    chance = vanishing_chance(generators * first_degree + later * degree,
                              generators * first_height + later * height, size.primes)
    # the values of functions may be powers of what is drawn
    chance *= size.relation_degree
    return chance * (order + 1) * (order + 2) * (2 if rational else 1)
