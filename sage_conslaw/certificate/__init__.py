r"""
Certificates: the proof of a number of conservation laws as a file anyone can check

A certificate is a JSON file. It holds `d` polynomial vector fields
`\chi_1, \dots, \chi_d` in `D` variables with rational coefficients, `L` polynomials
`h_1, \dots, h_L`, and `r` *words*, where a word `(i_1, \dots, i_k)` stands for the Lie
bracket `[\chi_{i_1}, [\chi_{i_2}, [\dots, \chi_{i_k}]]]`, with `[f, g] = J_g f - J_f g`.
The checker verifies, in exact arithmetic,

1. `\langle \nabla h_j, \chi_i \rangle = 0` identically over `\QQ`, for all `i` and `j`;
2. the gradients of `h_1, \dots, h_L` at a point are linearly independent modulo a prime
   `p` that divides no denominator;
3. the values of the `r` brackets at that point are linearly independent modulo `p`;
4. `r + L = D`.

**Theorem.** Then around every point off a proper algebraic subset of `\RR^D` the fields
have exactly `L` independent conservation laws: `h_1, \dots, h_L` are independent there,
and every continuously differentiable law is a function of them. The Lie algebra that
the fields generate has dimension `r` at such points.

*Proof.* Let `x_0` be an integer point that reduces to the given one. As `p` divides no
denominator, all values at `x_0` are rationals that can be reduced modulo `p`, and what is
found modulo `p` are these reductions. Some minor of size `L` of the gradients is nonzero
modulo `p`, hence nonzero at `x_0`, hence no zero polynomial; so is some minor of size `r`
of the brackets. Let `x` be off the zeros of both. If a law `h` is constant along the
flows of `f` and `g`, then along that of `[f, g]`: the flow `\psi_t` of `g` preserves `h`, so
`dh` annihilates the field `(\psi_t)_* f` for all `t`, and its derivative at `t = 0`, which is
`[f, g]` up to sign. So `\nabla h(x)` is orthogonal to all brackets at `x`, a space of dimension
`r` at least; for `h_1, \dots, h_L` this leaves `D - L = r` for its dimension, and for any law
`h` it puts `\nabla h` into the span of `\nabla h_1, \dots, \nabla h_L` on a neighbourhood of `x`.
There the common level sets of the `h_j` are submanifolds, connected if the neighbourhood is
well chosen, along which `h` has derivative zero: `h` is a function of `h_1, \dots, h_L`.

Nothing in this depends on luck: the prime and the point may come from anywhere.

If the file names a model and a flow, the checker builds their fields from their
formulas and compares; otherwise the theorem is about the fields in the file.

**The file** is a JSON object with exactly these entries:

==============  =================================================================
``schema``      ``"sage_conslaw.certificate"``
``version``     ``1``
``claim``       ``{"number_of_variables": D, "lie_dimension": r, "number_of_laws": L}``
``model``       ``null``, or an object with the entries of the next table
``variables``   the `D` names of the variables
``fields``      a list of fields; a field is a list of terms
                ``[component, monomial, coefficient]``
``prime``       `p`, below `2^{64}`
``point``       `D` integers from 0 to `p - 1`
``words``       `r` lists of indices of fields
``laws``        `L` laws; a law is a list of terms ``[monomial, coefficient]``
==============  =================================================================

Variables, components and fields are counted from 0. A monomial is the list of its
variables in ascending order, each repeated as often as its exponent says: ``[0, 0, 3]``
is `x_0^2 x_3` and ``[]`` is 1. A coefficient is a text such as ``"-3"`` or ``"5/2"``, in
lowest terms and not zero.

A file is refused if it has more than 32 MiB, 4096 variables, degrees above 64, or integers
of more than 300 digits; if the common denominator of a field or a law has more than 1000
bits; and if checking it would take more than some minutes, which is found out at once.

================  ===============================================================
``flow``          ``"GradientFlow"`` or ``"MomentumFlow"``
``architecture``  ``"LinearNetwork"``, ``"ReLUNetwork"``, ``"NMF"`` or ``"ICNN"``
``widths``        the widths; the three sizes `n, r, m` of NMF and ICNN
``bias``          ``true`` or ``false`` for ReLU networks and ICNN, else ``null``
``damping``       ``null`` for a gradient flow; for a momentum flow a text such as
                  ``"0"``, ``"1/2"`` for a constant, ``"3/t"`` for `3/t`
``mirror``        names of the blocks of parameters with mirror geometry
================  ===============================================================

=========================================  ======================================
:mod:`sage_conslaw.certificate.reader`     reads a file, trusting nothing in it
:mod:`sage_conslaw.certificate.contents`   checks the form of what is in it
:mod:`sage_conslaw.certificate.models`     the fields of the models, from formulas
:mod:`sage_conslaw.certificate.algebra`    primes, laws, independence
:mod:`sage_conslaw.certificate.brackets`   values of brackets
:mod:`sage_conslaw.certificate.checker`    the four points above, and what they prove
:mod:`sage_conslaw.certificate.writer`    writes certificates
=========================================  ======================================

The checker needs the standard library alone, in Python 3.9 or later, and shares no code
with what finds laws and dimensions. From the command line::

    python3 -m sage_conslaw.certificate check FILE [FILE ...]

EXAMPLES::

    sage: from sage_conslaw import VectorFields
    sage: from sage_conslaw.certificate import build_certificate, check_certificate
    sage: R.<x, y, z> = ZZ[]
    sage: fields = VectorFields([[y*z, x*z, x*y]])
    sage: certificate = build_certificate(fields, 101, [1, 2, 3], [[0]],
    ....:                                 [x^2 - y^2, x^2 - z^2])
    sage: print(check_certificate(certificate))
    Proved: around a generic point the fields of the certificate have exactly 2 independent
    conservation laws, of which every law is a function.
    ...
"""
from sage_conslaw.certificate.checker import check_certificate
from sage_conslaw.certificate.reader import CertificateError
from sage_conslaw.certificate.report import FlowReport, Report
from sage_conslaw.certificate.writer import build_certificate, save_certificate

__all__ = ["CertificateError", "Report", "build_certificate", "check_certificate",
           "save_certificate"]
