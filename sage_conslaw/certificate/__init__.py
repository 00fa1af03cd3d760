r"""
Certificates: the proof of a number of conservation laws as a file anyone can check

A certificate is a JSON file. In the simplest case it holds `d` polynomial vector fields
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

There are two versions of certificates. One of version 1 holds the fields themselves; if it names
a model and a flow, the checker builds their fields from their formulas and compares, otherwise
the theorem is about the fields in the file. One of version 2 holds the *program* of a network,
from which the checker makes the fields by its own rules of differentiation; the theorem is about
the flow of this network.

**Version 2.** A program computes a rational function `p(\theta, u)` of the parameters and of free
arrays, the *controls*: a network's output `g(\theta, x)`, paired with the gradient `w` of a loss,
with `x`, `w` and the gates of the network as controls. The data fields are `M \nabla_\theta p`
for all values of the controls (:mod:`sage_conslaw.certificate.flow` has the flows, their states
and their drifts). Fields are rational functions of the state, and a function `h` is a law if
`\nabla h` annihilates all of them wherever they are defined. The checker verifies

1. that no reciprocal in the programs is that of zero;
2. if there are laws, that they are annihilated by the fields, which are expanded into polynomials
   and multiplied by functions that are not zero (:mod:`sage_conslaw.certificate.expansion`);
3. that the gradients of the laws are independent, as in version 1;
4. that `r` vectors are independent modulo `p`: values of brackets of the expanded fields, or
   vectors along a *trajectory* (:mod:`sage_conslaw.certificate.trajectory`), for which nothing
   is expanded;
5. that `r + L = D`.

**Theorem.** Then the flow has exactly `L` independent conservation laws around every point off a
proper algebraic subset of `\RR^D`, and every continuously differentiable law is a function of
them.

*Proof.* As the entries of `u` take all real values, `h` is a law of all `M \nabla_\theta p(\cdot,
u)` if and only if it is one of the coefficients of the monomials in `u`, once denominators that
depend on `u` are cleared: an identity in `u` that holds where these are not zero holds
everywhere. Multiplied by functions of the state that are not the zero function, fields have the
same laws around generic points. So the laws of the expanded fields are those of the flow, and
with words the theorem is that of version 1. Along a trajectory, let the coefficients of the
controls, the prime's residues, be read as integers, and let `x_0` be an integer point that
reduces to the given one. No denominator of the programs' constants and rates is divisible by `p`,
no reciprocal at the point reduces to that of zero, and `p > K`; so the coefficients of `x(z)` up
to `z^K` and the vectors are rationals that can be reduced modulo `p`, and what the checker
computes are their reductions. They are rational functions of `x_0`, and some minor of size `r` of
them is not the zero function. At every `x_0` where they are defined the vectors are orthogonal to
the gradients of all laws: let `\psi_z` be the map that takes `x_0` to `x(z)`, for the now fixed
controls. A law `h` is constant along trajectories, `h \circ \psi_z = h`, so `\nabla h(x(z)) =
\nabla h(x_0) \, D\psi_z^{-1}` as rows, and with `\nabla h(x(z)) \, y(z) = 0` the vector `Y(z) =
D\psi_z^{-1} y(z)` is orthogonal to `\nabla h(x_0)`, and so are its derivatives by `z`. As `Y' =
D\psi_z^{-1} (y' - J y)`, the `k`-th of them at 0 is `(L^k y)(0)`. The rest is as for version 1.

The *hypotheses* are what has to be assumed of a network for the controls to take all values; they
are part of what is proved, and the checker finds them by itself from the roles of the controls. A
metric is what its program says: nothing is assumed of it, and it may be singular. Parameters that
the program does not use are variables too, and laws.

**The file of version 1** is a JSON object with exactly these entries:

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

================  ===============================================================
``flow``          ``"GradientFlow"`` or ``"MomentumFlow"``
``architecture``  ``"LinearNetwork"``, ``"ReLUNetwork"``, ``"NMF"`` or ``"ICNN"``
``widths``        the widths; the three sizes `n, r, m` of NMF and ICNN
``bias``          ``true`` or ``false`` for ReLU networks and ICNN, else ``null``
``damping``       ``null`` for a gradient flow; for a momentum flow a text such as
                  ``"0"``, ``"1/2"`` for a constant, ``"3/t"`` for `3/t`
``mirror``        names of the blocks of parameters with mirror geometry
================  ===============================================================

Variables, components and fields are counted from 0. A monomial is the list of its
variables in ascending order, each repeated as often as its exponent says: ``[0, 0, 3]``
is `x_0^2 x_3` and ``[]`` is 1. A coefficient is a text such as ``"-3"`` or ``"5/2"``, in
lowest terms and not zero.

**The file of version 2** is a JSON object with exactly these entries:

==============  =================================================================
``schema``      ``"sage_conslaw.certificate"``
``version``     ``2``
``claim``       as in version 1; ``lie_dimension`` is the number of words or vectors
``hypotheses``  texts: first those of the table below that the controls need, in its
                order, then what the file assumes besides, at most 16
``program``     `p`: ``{"instructions": [...], "outputs": [k]}``, see
                :mod:`sage_conslaw.certificate.program`; one output without axes
``flow``        an object with the entries of the next table
``variables``   the names of the variables: the time, if it is one, the parameters, block
                by block, row-major, and the velocities; see
                :mod:`sage_conslaw.certificate.names`
``prime``       `p`, below `2^{64}`
``point``       `D` integers from 0 to `p - 1`
``trace``       an object with the entries of one of the two tables after the next
``laws``        as in version 1
==============  =================================================================

================  ===============================================================
``kind``          ``"gradient"`` or ``"momentum"``
``damping``       ``null`` for ``"gradient"``; else a text as in version 1
``decay``         list of ``[block, rate]`` for the blocks that decay, in the order of
                  the program; a rate is a text such as ``"1/2"``
``metric``        ``{"form": "diagonal", "program": P}``: an output for each block, of its
                  shape; or ``{"form": "matrix", "program": P}``: one output `n \times n`. `P` has
                  the parameters of the program, in their order, and no controls
================  ===============================================================

================  ===============================================================
``kind``          ``"words"``
``words``         `r` lists of numbers of fields, in the order of
                  :mod:`sage_conslaw.certificate.expansion`
================  ===============================================================

================  ===============================================================
``kind``          ``"trajectory"``
``seed``          an integer below `2^{64}`: what the controls are made from, see
                  :mod:`sage_conslaw.certificate.stream`
``samples``       how many samples of the controls are added up
``order``         `K`, the highest order of a vector, at most 64
``vectors``       `r` pairs ``[k, c]`` for `(L^k y)(0)`: `y` is the drift for `c = -1`, else
                  the data field of the constant value number `c` of the controls
================  ===============================================================

==================  =============================================================
role of a control   hypothesis
==================  =============================================================
``"cotangent"``     the gradient of the loss in the outputs takes every value
``"input"``         the inputs take every value
``"gate"``          the gates are free: every entry takes every value, whatever the
                    parameters and the inputs
``"restricted"``    the restricted parameters take every value: the laws are those in
                    the other parameters alone
==================  =============================================================

A file is refused if it has more than 32 MiB, 4096 variables, degrees above 64, or integers of
more than 300 digits; if the common denominator of a field or a law has more than 1000 bits; and
if checking it would take more than some minutes. That is found out at once, but for the size of
what is expanded from a program, which shows within seconds.

===========================================  ======================================
:mod:`sage_conslaw.certificate.reader`       reads a file, trusting nothing in it
:mod:`sage_conslaw.certificate.form`         checks the form of values
:mod:`sage_conslaw.certificate.contents`     checks the form of what is in version 1
:mod:`sage_conslaw.certificate.version2`     checks the form of what is in version 2
:mod:`sage_conslaw.certificate.program`      programs, and the hypotheses they need
:mod:`sage_conslaw.certificate.flow`         flows of programs
:mod:`sage_conslaw.certificate.names`        names of variables
:mod:`sage_conslaw.certificate.models`       the fields of the models, from formulas
:mod:`sage_conslaw.certificate.polynomials`  sums, products and derivatives over `\QQ`
:mod:`sage_conslaw.certificate.expansion`    the fields of flows, from their programs
:mod:`sage_conslaw.certificate.algebra`      primes, laws, independence
:mod:`sage_conslaw.certificate.brackets`     values of brackets
:mod:`sage_conslaw.certificate.stream`       residues that a seed stands for
:mod:`sage_conslaw.certificate.packing`      many residues in one long integer
:mod:`sage_conslaw.certificate.series`       programs in power series, and their gradients
:mod:`sage_conslaw.certificate.motion`       fields along a series of states
:mod:`sage_conslaw.certificate.trajectory`   vectors along a trajectory
:mod:`sage_conslaw.certificate.checker`      the points above
:mod:`sage_conslaw.certificate.report`       what they prove, in words
:mod:`sage_conslaw.certificate.writer`       writes certificates
:mod:`sage_conslaw.certificate.flow_writer`  builds those of version 2
===========================================  ======================================

The checker needs the standard library alone, in Python 3.9 or later, and imports nothing of
what finds laws and dimensions. From the command line::

    python3 -m sage_conslaw.certificate check FILE [FILE ...]

``make checker`` builds one file that does the same anywhere, without the package::

    python3 sage_conslaw_check.py FILE [FILE ...]

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
from sage_conslaw.certificate.flow_writer import build_flow_certificate
from sage_conslaw.certificate.reader import CertificateError
from sage_conslaw.certificate.report import FlowReport, Report
from sage_conslaw.certificate.writer import build_certificate, save_certificate

__all__ = ["CertificateError", "FlowReport", "Report", "build_certificate",
           "build_flow_certificate", "check_certificate", "save_certificate"]
