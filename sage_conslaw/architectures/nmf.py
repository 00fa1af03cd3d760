r"""
Non-negative matrix factorisation
"""
from sage_conslaw.architectures.base import Model, checked_size
from sage_conslaw.system.messages import shown


class NMF(Model):
    r"""
    The factorisation `\phi(\theta) = U V^T` with mirror geometry on `U` and `V`.

    INPUT:

    - ``n``, ``r``, ``m`` -- positive integers: `U` is `n \times r`, `V` is `m \times r`

    REFERENCES: arXiv 2405.12888, Section 4.2.1.

    EXAMPLES::

        sage: from sage_conslaw import NMF
        sage: NMF(2, 1, 1).variable_names()
        ('U1_1', 'U2_1', 'V1_1')

    TESTS::

        sage: NMF(2, -1, 1)
        Traceback (most recent call last):
        ...
        ValueError: r: got -1, expected a positive integer
    """
    links = ((0, False), (1, True))
    mirror_blocks = ("U", "V")

    def __init__(self, n, r, m):
        self.n = checked_size(n, "n")
        self.r = checked_size(r, "r")
        self.m = checked_size(m, "m")
        self._set_blocks([("U", (self.n, self.r)), ("V", (self.m, self.r))],
                         f"n, r, m: {shown(self.n)}, {shown(self.r)}, {shown(self.m)}")

    def _arguments(self):
        return f"{self.n}, {self.r}, {self.m}"
