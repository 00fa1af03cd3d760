r"""
Laws in the notation of the papers

Variables are named for people who type: ``U1_2_3`` is the entry of `U_1` in row 2
and column 3, ``dU1_2_3`` its velocity. In print they are `(U_{1})_{2,3}` and
`(\dot U_{1})_{2,3}`.
"""
import re

from sage.misc.latex import latex

# a velocity or not; a letter; then numbers. Of the numbers of U1_2_3 and b1_2 the
# first is the layer; U1_2 is the entry of a matrix U without one.
_PARAMETER = re.compile(r"(d?)([A-Za-z])_?(\d+(?:_\d+)*)")


def variable_in_latex(variable):
    r"""
    Return a variable in the papers' notation.

    EXAMPLES::

        sage: from sage_conslaw.show.latex import variable_in_latex
        sage: R = PolynomialRing(QQ, "U1_2_3, dU1_2_3, V2_1, b1, db1_2, t, x_1")
        sage: [variable_in_latex(x) for x in R.gens()]
        ['(U_{1})_{2,3}',
         '(\\dot U_{1})_{2,3}',
         'V_{2,1}',
         'b_{1}',
         '(\\dot b_{1})_{2}',
         't',
         'x_{1}']
    """
    match = _PARAMETER.fullmatch(str(variable))
    if not match:
        return str(latex(variable))
    dot, letter, numbers = match.groups()
    numbers = numbers.split("_")
    letter = f"\\dot {letter}" if dot else letter
    if len(numbers) == 3 or (len(numbers) == 2 and match[2] == "b"):
        return f"({letter}_{{{numbers[0]}}})_{{{','.join(numbers[1:])}}}"
    return f"{letter}_{{{','.join(numbers)}}}"


def law_in_latex(law):
    r"""
    Return a polynomial in the papers' notation.

    EXAMPLES::

        sage: from sage_conslaw.show.latex import law_in_latex
        sage: R = PolynomialRing(QQ, "U1_1, V1_1")
        sage: u, v = R.gens()
        sage: law_in_latex(v^2 - 2*u + 1/2)
        'V_{1,1}^{2} - 2 U_{1,1} + \\frac{1}{2}'
    """
    names = [variable_in_latex(x) for x in law.parent().gens()]
    text = ""
    for coefficient, monomial in law:
        exponents = monomial.exponents()[0]
        factors = [names[i] if e == 1 else f"{names[i]}^{{{e}}}"
                   for i, e in exponents.sparse_iter()]
        size = abs(coefficient)
        if size != 1 or not factors:
            factors.insert(0, str(latex(size)))
        sign = "-" if coefficient < 0 else "+"
        text += f" {sign} " if text else ("-" if sign == "-" else "")
        text += " ".join(factors)
    return text or "0"
