r"""
Checks of the arguments that several computations share
"""
import itertools
import operator

import numpy as np

from sage_conslaw.system import limits
from sage_conslaw.system.messages import shown
from sage_conslaw.system.rationals import ExactRational, exact_rational


def checked_probability(probability):
    r"""
    Return a probability strictly between 0 and 1 as an exact rational.

    EXAMPLES::

        sage: from sage_conslaw.system.checks import checked_probability
        sage: checked_probability(99/100)
        99/100
        sage: checked_probability(2)
        Traceback (most recent call last):
        ...
        ValueError: probability: got 2, expected a number strictly between 0 and 1
    """
    accepted = "a number strictly between 0 and 1"
    try:
        if isinstance(probability, (str, bytes, bool, np.bool_)):
            raise TypeError
        if hasattr(probability, "numerator") and hasattr(probability, "denominator"):
            value = exact_rational(probability)
        else:
            value = ExactRational(*float(probability).as_integer_ratio())
    except (TypeError, ValueError, OverflowError):
        raise TypeError(f"probability: got {shown(probability)}, expected {accepted}") from None
    if not 0 < value < 1:
        raise ValueError(f"probability: got {shown(probability)}, expected {accepted}")
    return value


def checked_integer(value, name, accepted="an integer", least=None):
    r"""
    Return an integer of any integer type as an ``int``.

    EXAMPLES::

        sage: from sage_conslaw.system.checks import checked_integer
        sage: checked_integer(-1, "degree", "a non-negative integer", 0)
        Traceback (most recent call last):
        ...
        ValueError: degree: got -1, expected a non-negative integer
    """
    try:
        if isinstance(value, (bool, np.bool_)):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name}: got {shown(value)}, expected {accepted}") from None
    if least is not None and number < least:
        raise ValueError(f"{name}: got {shown(value)}, expected {accepted}")
    return number


def checked_seed(seed):
    r"""
    Return a seed as an ``int``.

    EXAMPLES::

        sage: from sage_conslaw.system.checks import checked_seed
        sage: checked_seed("now")
        Traceback (most recent call last):
        ...
        TypeError: seed: got 'now', expected an integer
    """
    return checked_integer(seed, "seed")


def checked_flag(value, name):
    r"""
    Return a yes or no as a ``bool``; 0 and 1 of any integer type are accepted.

    EXAMPLES::

        sage: from sage_conslaw.system.checks import checked_flag
        sage: checked_flag(1, "bias")
        True
    """
    try:
        number = operator.index(value)
    except TypeError:
        number = int(value) if isinstance(value, np.bool_) else None
    if number not in (0, 1):
        raise TypeError(f"{name}: got {shown(value)}, expected True or False")
    return bool(number)


def bounded_list(values, name, accepted, most=limits.LISTED):
    r"""
    Return the entries of an iterable that may be without end as a list.

    INPUT:

    - ``values`` -- an iterable
    - ``name``, ``accepted`` -- for the message of an error
    - ``most`` -- more entries are refused

    EXAMPLES::

        sage: from sage_conslaw.system.checks import bounded_list
        sage: bounded_list((1, 2), "widths", "integers")
        [1, 2]
        sage: bounded_list(ZZ, "widths", "integers")
        Traceback (most recent call last):
        ...
        ValueError: widths: got Integer Ring with more than 1,000 entries, expected integers
    """
    try:
        entries = list(itertools.islice(iter(values), most + 1))
    except TypeError:
        raise TypeError(f"{name}: got {shown(values)}, expected {accepted}") from None
    if len(entries) > most:
        raise ValueError(f"{name}: got {shown(values)} with more than {most:,} entries, expected "
                         f"{accepted}")
    return entries
