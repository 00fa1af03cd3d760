r"""
What gradient and momentum flows share: a model, a metric, named variables
"""
import numpy as np

from sage_conslaw.architectures.base import Model
from sage_conslaw.system.memory import TooLarge
from sage_conslaw.system.messages import shown

#: Expanded fields with more terms, or more variables than Sage's polynomial
#: rings hold, are refused.
MAX_TERMS = 2_000_000
MAX_VARIABLES = 32_000


class Flow:
    r"""
    What gradient and momentum flows share: a model, a metric, named variables.
    """

    def __init__(self, model, metric):
        if not isinstance(model, Model):
            raise TypeError(f"model: got {shown(model)}, expected a model such as "
                            "LinearNetwork([3, 2, 3])")
        self.model = model
        self.metric = self._mirror_blocks(metric)

    def _mirror_blocks(self, metric):
        # the names of the blocks on which the metric is diag(theta)
        names = [name for name, _ in self.model.blocks]
        accepted = f"None, 'euclidean', 'mirror', or names of blocks among {', '.join(names)}"
        if metric is None:
            return tuple(self.model.mirror_blocks)
        if isinstance(metric, str):
            if metric not in ("euclidean", "mirror"):
                raise ValueError(f"metric: got {shown(metric)}, expected {accepted}")
            return tuple(names) if metric == "mirror" else ()
        try:
            chosen = set(metric)
        except TypeError:
            raise TypeError(f"metric: got {shown(metric)}, expected {accepted}") from None
        if not chosen <= set(names):
            raise ValueError(f"metric: got {shown(metric)}, expected {accepted}")
        return tuple(name for name in names if name in chosen)

    def __eq__(self, other):
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self):
        return hash(repr(self))

    def ring(self):
        r"""
        Return the polynomial ring of the state, its variables named as the parameters.

        EXAMPLES::

            sage: from sage_conslaw import MomentumFlow, NMF
            sage: MomentumFlow(NMF(1, 1, 1), damping=2).ring()
            Multivariate Polynomial Ring in s, U1_1, V1_1, dU1_1, dV1_1 over Integer Ring
        """
        self._check_size()
        from sage_conslaw.flows.sage_polynomials import polynomial_ring
        return polynomial_ring(self.variable_names(), rational=self.denominator() != 1)

    def denominator(self):
        r"""
        Return the least positive integer that makes the coefficients of the fields integers.
        """
        return 1

    def _check_size(self):
        terms = self.model.number_of_terms()
        if terms > MAX_TERMS or self.number_of_variables > MAX_VARIABLES:
            raise TooLarge(
                f"model: the fields of {self.model!r} have {self.number_of_variables:,} variables "
                f"and {terms:,} terms; expanded are at most {MAX_VARIABLES:,} variables and "
                f"{MAX_TERMS:,} terms")

    def mirrored(self):
        r"""
        Return for each parameter whether the geometry is mirror on it.

        EXAMPLES::

            sage: from sage_conslaw import GradientFlow, ICNN
            sage: GradientFlow(ICNN(1, 1, 2)).mirrored()
            [True, False, False]
        """
        flags = []
        for name, shape in self.model.blocks:
            flags.extend([name in self.metric] * int(np.prod(shape)))
        return flags

    def _gradient_terms(self):
        # the terms of the gradients of the entries of phi: entry, parameter by which
        # it is derived, and the other factors
        parts = []
        for entry, paths in self.model.paths():
            for k in range(paths.shape[1]):
                parts.append((entry, paths[:, k], np.delete(paths, k, axis=1)))
        width = max(part[2].shape[1] for part in parts)
        filled = [np.pad(part[2], ((0, 0), (0, width - part[2].shape[1])),
                         constant_values=self.model.number_of_parameters) for part in parts]
        return (np.concatenate([part[0] for part in parts]),
                np.concatenate([part[1] for part in parts]), np.vstack(filled))
