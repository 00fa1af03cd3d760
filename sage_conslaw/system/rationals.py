r"""
Exact rationals, with Sage and without it

A :class:`fractions.Fraction` neither compares with the numbers of Sage nor adds to them, and
shows itself as ``Fraction(1, 2)``. Error bounds and dampings are of a kind of it that does, so
that they can be used in a session of Sage as its own rationals can, where Sage is not loaded
as Python's.
"""
import operator
from fractions import Fraction

from sage_conslaw.system.of_sage import is_element


class ExactRational(Fraction):
    r"""
    A fraction that goes together with the numbers of Sage.

    With Python's numbers it is a :class:`fractions.Fraction`, as are its attributes; with
    a number or a polynomial of Sage it is the element of ``QQ``.

    EXAMPLES::

        sage: from sage_conslaw.system.rationals import ExactRational
        sage: half = ExactRational(int(1), int(2)); half
        1/2
        sage: half == 1/2, half < 2/3, 0.5 >= half, 1 - half, half in QQ
        (True, True, True, 1/2, True)
        sage: x = polygen(QQ); half * x
        1/2*x
        sage: half.numerator, type(half + half) is ExactRational
        (1, True)
        sage: latex(half)
        \frac{1}{2}
    """
    __slots__ = ()

    def __repr__(self):
        return str(self)

    # only Sage asks for these: for formulas, and when it makes integers and reals of its own

    def _latex_(self):
        return _in_sage(self)._latex_()

    def _integer_(self, ring):
        return ring(_in_sage(self))

    def _mpfr_(self, field):
        return field(_in_sage(self))

    # Fraction has one of its own, and a class that compares in another way has to say so
    __hash__ = Fraction.__hash__


def _in_sage(fraction):
    from sage.rings.rational import Rational
    return Rational((fraction.numerator, fraction.denominator))


def _mixed(name):
    # an operator of fractions that lets Sage do it where the other number is of Sage
    of_fractions = getattr(Fraction, name)
    reflected = name.startswith("__r") and name not in ("__round__", "__repr__")
    of_sage = getattr(operator, f"__{name[3:]}" if reflected else name)

    def method(self, other):
        if is_element(other):
            own = _in_sage(self)
            return of_sage(other, own) if reflected else of_sage(own, other)
        result = of_fractions(self, other)
        return ExactRational(result) if type(result) is Fraction else result

    method.__name__ = name
    return method


for _name in ("__eq__", "__lt__", "__le__", "__gt__", "__ge__", "__add__", "__radd__", "__sub__",
              "__rsub__", "__mul__", "__rmul__", "__truediv__", "__rtruediv__", "__pow__",
              "__rpow__"):
    setattr(ExactRational, _name, _mixed(_name))


def exact_rational(value):
    r"""
    Return a rational of any exact kind as an :class:`ExactRational`.

    INPUT:

    - ``value`` -- an integer or rational of Python, NumPy or Sage: whatever has a numerator and
      a denominator, be they attributes or methods

    ERRORS: ``TypeError`` for anything else

    EXAMPLES::

        sage: from fractions import Fraction
        sage: from sage_conslaw.system.rationals import exact_rational
        sage: exact_rational(2/3), exact_rational(Fraction("1/2")), exact_rational(-5)
        (2/3, 1/2, -5)
        sage: exact_rational(0.5)
        Traceback (most recent call last):
        ...
        TypeError: got 0.500000000000000, expected an integer or a rational
    """
    try:
        numerator, denominator = value.numerator, value.denominator
        # numbers of Sage have methods where Python's have attributes
        numerator = numerator() if callable(numerator) else numerator
        denominator = denominator() if callable(denominator) else denominator
        return ExactRational(operator.index(numerator), operator.index(denominator))
    except (AttributeError, TypeError):
        raise TypeError(f"got {value!r}, expected an integer or a rational") from None
