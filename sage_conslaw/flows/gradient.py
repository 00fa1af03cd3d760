r"""
The gradient flow of a model
"""
import numpy as np

from sage_conslaw.arithmetic.term_table import TermTable
from sage_conslaw.flows.flow import Flow
from sage_conslaw.flows.vector_fields import VectorFields


class GradientFlow(Flow):
    r"""
    The gradient flow `\theta' = -M(\theta) \nabla E(\theta)` of a model.

    INPUT:

    - ``model`` -- a model
    - ``metric`` -- ``None`` for the model's own geometry; ``"euclidean"`` for
      `M = 1`; ``"mirror"`` for `M = \mathrm{diag}(\theta)`; or names of blocks of
      parameters, on which the geometry then is mirror

    REFERENCES: arXiv 2307.00144, Section 2; arXiv 2405.12888, Sections 2 and 4.2.

    EXAMPLES::

        sage: from sage_conslaw import GradientFlow, ICNN
        sage: GradientFlow(ICNN(1, 1, 1)).vector_fields()[0]
        (U1_1*V1_1, U1_1)
        sage: GradientFlow(ICNN(1, 1, 1), metric="euclidean").vector_fields()[0]
        (V1_1, U1_1)

    TESTS::

        sage: GradientFlow(ICNN(1, 1, 1), metric="riemannian")
        Traceback (most recent call last):
        ...
        ValueError: metric: got 'riemannian', expected None, 'euclidean', 'mirror', or names ...
    """

    def __init__(self, model, metric=None):
        super().__init__(model, metric)

    def __repr__(self):
        return f"GradientFlow({self.model!r}, metric={self.metric or 'euclidean'!r})"

    @property
    def number_of_variables(self):
        r"""
        The number `D = n` of variables.
        """
        return self.model.number_of_parameters

    def variable_names(self):
        r"""
        Return the names of the state's variables.
        """
        return self.model.variable_names()

    def time_degree(self):
        r"""
        Return ``None``: the state has no time.

        EXAMPLES::

            sage: from sage_conslaw import GradientFlow, NMF
            sage: GradientFlow(NMF(1, 1, 1)).time_degree() is None
            True
        """
        return None

    def size(self):
        r"""
        Return bounds for the degree of the fields and for the sum of the absolute
        values of all their coefficients, denominators cleared.

        EXAMPLES::

            sage: from sage_conslaw import GradientFlow, NMF
            sage: GradientFlow(NMF(2, 2, 1)).size()
            (2, 8)
        """
        return len(self.model.links) - 1 + bool(self.metric), self.model.number_of_terms()

    def vector_fields(self):
        r"""
        Return the fields `M \nabla\phi_i`, one for each entry of `\phi`.
        """
        self._check_size()
        n = self.model.number_of_parameters
        field, component, factors = self._gradient_terms()
        if self.metric:
            mirrored = np.array(self.mirrored())[component]
            factors = np.column_stack([factors, np.where(mirrored, component, n)])
        table = TermTable(n, field, component, np.sort(factors, axis=1),
                          np.ones(len(field), dtype=object))
        return VectorFields.from_terms(self.variable_names(), table)
