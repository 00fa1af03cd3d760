r"""
Exact arithmetic on arrays: modulo a prime, in series, on terms

================================================  =============================================
:mod:`~sage_conslaw.arithmetic.primes`            random primes and points, chances of failure
:mod:`~sage_conslaw.arithmetic.arrays`            sums and products of arrays of residues
:mod:`~sage_conslaw.arithmetic.series`            products of truncated power series
:mod:`~sage_conslaw.arithmetic.echelon`           elimination: rank, pivots, kernel
:mod:`~sage_conslaw.arithmetic.monomials`         monomials as rows of factors
:mod:`~sage_conslaw.arithmetic.term_table`        polynomial vector fields as tables of terms
================================================  =============================================
"""
