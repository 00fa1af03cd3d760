r"""
All conservation laws of a flow: how many there are, which are found, whether any is missing

==================================================  ===========================================
:mod:`~sage_conslaw.verdict.conservation`           counts and searches, step by step
:mod:`~sage_conslaw.verdict.result`                 the result, and its certificate
==================================================  ===========================================
"""
