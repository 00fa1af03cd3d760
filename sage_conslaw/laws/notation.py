r"""
Polynomials in plain text, as Sage writes them, and in LaTeX, as the papers do

Variables are named for people who type: ``U1_2_3`` is the entry of `U_1` in row 2
and column 3, ``dU1_2_3`` its velocity. In print they are `(U_{1})_{2,3}` and
`(\dot U_{1})_{2,3}`.

A polynomial is given by its terms, pairs of a monomial and a coefficient; a monomial is the
sorted tuple of the indices of its factors, `x_1 x_3^2` being ``(1, 3, 3)``.
"""
from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any

from sage_conslaw.system.rationals import exact_rational

# a velocity or not; a letter; then numbers. Of the numbers of U1_2_3 and b1_2 the
# first is the layer; U1_2 is the entry of a matrix U without one.
_PARAMETER = re.compile(r"(d?)([A-Za-z])_?(\d+(?:_\d+)*)")
# a word, and what may follow it: numbers and words after underscores
_WORD = re.compile(r"([A-Za-z]+)_?((?:[A-Za-z0-9]+(?:_[A-Za-z0-9]+)*)?)")
_GREEK = frozenset(
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau "
    "upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi "
    "Omega".split())


def order(monomial: Sequence[int]) -> tuple[int, tuple[int, ...]]:
    r"""
    Return the key by which the terms of a polynomial are sorted, the leading one first.

    It is the order ``degrevlex``, Sage's own of multivariate rings.

    EXAMPLES::

        sage: from sage_conslaw.laws.notation import order
        sage: sorted([(2,), (0, 2), (1, 1), (), (0, 1)], key=order)
        [(0, 1), (1, 1), (0, 2), (2,), ()]
        sage: R.<x, y, z> = ZZ[]
        sage: z + x*z + y^2 + 1 + x*y
        x*y + y^2 + x*z + z + 1
    """
    return -len(monomial), tuple(reversed(monomial))


def in_text(names: Sequence[str], terms: Iterable[tuple[Sequence[int], Any]]) -> str:
    r"""
    Return a polynomial as Sage writes it.

    INPUT:

    - ``names`` -- the names of the variables
    - ``terms`` -- its terms

    EXAMPLES::

        sage: from fractions import Fraction
        sage: from sage_conslaw.laws.notation import in_text
        sage: in_text(["x", "y"], [((0, 0), -1), ((0, 1), Fraction("3/2")), ((), 1)])
        '-x^2 + 3/2*x*y + 1'
    """
    return _joined(terms, lambda variable, power: f"{names[variable]}^{power}"
                   if power > 1 else names[variable], str, "*")


def in_latex(names: Sequence[str], terms: Iterable[tuple[Sequence[int], Any]]) -> str:
    r"""
    Return a polynomial in the papers' notation.

    EXAMPLES::

        sage: from fractions import Fraction
        sage: from sage_conslaw.laws.notation import in_latex
        sage: in_latex(["U1_1", "V1_1"], [((1, 1), 1), ((0,), -2), ((), Fraction("1/2"))])
        'V_{1,1}^{2} - 2 U_{1,1} + \\frac{1}{2}'
    """
    symbols: dict[int, str] = {}

    def power_in_latex(variable: int, power: int) -> str:
        if variable not in symbols:
            symbols[variable] = variable_in_latex(names[variable])
        return symbols[variable] + (f"^{{{power}}}" if power > 1 else "")

    return _joined(terms, power_in_latex, _number_in_latex, " ")


def aligned(laws: Iterable[Any]) -> str:
    r"""
    Return a formula of LaTeX with a law a line.

    INPUT:

    - ``laws`` -- each with a ``_latex_``

    EXAMPLES::

        sage: from sage_conslaw.laws.law import Law
        sage: from sage_conslaw.laws.notation import aligned
        sage: print(aligned([Law(["U1_2"], [((0, 0), 1)])]))
        \begin{aligned}
        & U_{1,2}^{2}
        \end{aligned}
    """
    # a blank line would be an error in a formula
    lines = " \\\\\n".join(f"& {law._latex_()}" for law in laws)
    return "\\begin{aligned}\n" + (lines + "\n" if lines else "") + "\\end{aligned}"


def _joined(terms: Iterable[tuple[Sequence[int], Any]], power: Callable[[int, int], str],
            number: Callable[[Any], str], times: str) -> str:
    # terms one after the other, with their signs between them
    text = ""
    for monomial, coefficient in terms:
        factors = [power(variable, len(list(same))) for variable, same in groupby(monomial)]
        size = abs(coefficient)
        if size != 1 or not factors:
            factors.insert(0, number(size))
        if text:
            text += " - " if coefficient < 0 else " + "
        elif coefficient < 0:
            text = "-"
        text += times.join(factors)
    return text or "0"


def _number_in_latex(size: Any) -> str:
    size = exact_rational(size)
    if size.denominator == 1:
        return str(size)
    return f"\\frac{{{size.numerator}}}{{{size.denominator}}}"


def variable_in_latex(variable: Any) -> str:
    r"""
    Return a variable in the papers' notation.

    INPUT:

    - ``variable`` -- its name, or what has it as its text

    EXAMPLES::

        sage: from sage_conslaw.laws.notation import variable_in_latex
        sage: R = PolynomialRing(QQ, "U1_2_3, dU1_2_3, V2_1, b1, db1_2, t, x_1, alpha, conv1_2")
        sage: [variable_in_latex(x) for x in R.gens()]
        ['(U_{1})_{2,3}',
         '(\\dot U_{1})_{2,3}',
         'V_{2,1}',
         'b_{1}',
         '(\\dot b_{1})_{2}',
         't',
         'x_{1}',
         '\\alpha',
         '\\mathit{conv}_{1,2}']
    """
    name = str(variable)
    match = _PARAMETER.fullmatch(name)
    if match:
        dot, letter, digits = match.groups()
        numbers = digits.split("_")
        letter = f"\\dot {letter}" if dot else letter
        if len(numbers) == 3 or (len(numbers) == 2 and match[2] == "b"):
            return f"({letter}_{{{numbers[0]}}})_{{{','.join(numbers[1:])}}}"
        return f"{letter}_{{{','.join(numbers)}}}"
    match = _WORD.fullmatch(name)
    if not match:
        # no name of a variable of Sage; in print it is what it is
        return "\\mathtt{" + name.replace("_", "\\_") + "}"
    word, indices = match.groups()
    symbol = _word_in_latex(word)
    if not indices:
        return symbol
    return symbol + "_{" + ",".join(map(_word_in_latex, indices.split("_"))) + "}"


def _word_in_latex(word: str) -> str:
    if word in _GREEK:
        return f"\\{word}"
    return word if len(word) == 1 or word.isdigit() else f"\\mathit{{{word}}}"
