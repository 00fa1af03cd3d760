r"""
What was given, in a message about it
"""
import operator


def counted(number, noun):
    r"""
    Return a number of things in words.

    EXAMPLES::

        sage: from sage_conslaw.messages import counted
        sage: counted(1, "law"), counted(2, "law")
        ('1 law', '2 laws')
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"


def shown(value, width=80):
    r"""
    Return the repr of anything on one line, shortened, for an error message.

    EXAMPLES::

        sage: from sage_conslaw.messages import shown
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
