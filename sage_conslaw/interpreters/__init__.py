r"""
What programs are run in: one number system a module

=====================  ====================================================================
``base``               the protocol, and the loop that all interpreters share
``modular_series``     truncated power series modulo a prime, in batches
``term_tables``        sparse polynomials as arrays of terms
``ring_elements``      elements of any ring, of Sage or of Python
``floats``             float64
=====================  ====================================================================

Interpreters know nothing of differentiation: gradients and tangents are programs.
"""
