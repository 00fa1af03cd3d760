r"""
The polynomial conservation laws up to a degree

==============================================  ===============================================
:mod:`~sage_conslaw.laws.polynomial`            all laws up to a degree: the search
:mod:`~sage_conslaw.laws.basis`                 its result, and which laws are independent
:mod:`~sage_conslaw.laws.sampled`               laws of other networks, from values
:mod:`~sage_conslaw.laws.law`                   a law: a polynomial that needs no Sage
:mod:`~sage_conslaw.laws.evaluation`            its values at arrays, blocks and numbers
:mod:`~sage_conslaw.laws.notation`              polynomials in text and in LaTeX
:mod:`~sage_conslaw.laws.ansatz`                the linear system of an ansatz of monomials
:mod:`~sage_conslaw.laws.exact_kernel`          the integer kernel of such a system
:mod:`~sage_conslaw.laws.lattice`               short vectors of a lattice
==============================================  ===============================================
"""
