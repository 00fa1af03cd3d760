r"""
What was given, in a message about it
"""
import math
import operator

from sage_conslaw.system.rationals import exact_rational


def counted(number, noun):
    r"""
    Return a number of things in words.

    EXAMPLES::

        sage: from sage_conslaw.system.messages import counted
        sage: counted(1, "law"), counted(2, "law")
        ('1 law', '2 laws')
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"


def shown_chance(bound):
    r"""
    Return a bound of a probability, rounded upwards to two digits.

    INPUT:

    - ``bound`` -- a rational

    EXAMPLES::

        sage: from sage_conslaw.system.messages import shown_chance
        sage: shown_chance(1/3), shown_chance(101/10^5), shown_chance(1/10^400)
        ('3.4e-01', '1.1e-03', '1.0e-400')
    """
    power, bound = 0, exact_rational(bound)
    if bound and bound < 1:
        # a power of ten that is not above 1 / bound, by the numbers of binary digits; the
        # steps that are left follow
        bits = bound.denominator.bit_length() - bound.numerator.bit_length() - 1
        power = max(int(bits * math.log10(2)) - 1, 0)
        bound *= 10**power
        while bound < 1:
            bound, power = 10 * bound, power + 1
    digits = math.ceil(10 * bound)
    if digits == 100:
        digits, power = 10, power - 1
    return f"{digits // 10}.{digits % 10}e{-power:+03d}"


def shown(value, width=80):
    r"""
    Return the repr of anything on one line, shortened, for an error message.

    EXAMPLES::

        sage: from sage_conslaw.system.messages import shown
        sage: shown([1, 2])
        '[1, 2]'
        sage: shown(10^5000)
        'an integer of 16610 bits'
        sage: len(shown([10] * 1000))
        80
    """
    try:
        # integers of thousands of digits say nothing, and Python refuses to write them
        # NumPy's truth values warn when they are taken for integers
        bits = 0 if type(value).__name__ == "bool_" else operator.index(value).bit_length()
    except Exception:  # no integer
        bits = 0
    if bits > 200:
        return f"{'a negative' if value < 0 else 'an'} integer of {bits} bits"
    try:
        text = " ".join(repr(value).split())
    except Exception as error:  # the repr is anyone's code, and this is an error message
        return f"<{type(value).__name__} without a repr: {type(error).__name__}>"
    return text if len(text) <= width else text[:width - 3] + "..."
