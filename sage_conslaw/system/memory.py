r"""
What does not fit into memory

What is known to be too large is refused before it is begun; where an allocation fails
nevertheless, the error says what it was for.
"""
import os
from contextlib import contextmanager


class TooLarge(ValueError):
    r"""
    What was given leads to something larger than is tried.
    """


def physical_memory():
    r"""
    Return the bytes of memory of this machine, or ``None`` where the system does not tell.

    EXAMPLES::

        sage: from sage_conslaw.system.memory import physical_memory
        sage: physical_memory() > 2^20
        True
    """
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def check_memory(needed, what):
    r"""
    Refuse what takes more memory than this machine has.

    INPUT:

    - ``needed`` -- how many bytes it takes
    - ``what`` -- the argument, what was given and what takes the memory, in words

    EXAMPLES::

        sage: from sage_conslaw.system.memory import check_memory
        sage: check_memory(2^20, "degree: got 2, whose system")
        sage: check_memory(10^18, "degree: got 9, whose system")
        Traceback (most recent call last):
        ...
        MemoryError: degree: got 9, whose system takes about 1000000000.0 GB; this machine has ...
    """
    available = physical_memory()
    if available is not None and needed > available:
        raise MemoryError(f"{what} takes about {needed / 1e9:.1f} GB; this machine has "
                          f"{available / 1e9:.1f} GB")


@contextmanager
def memory_for(what):
    r"""
    Say what there was not enough memory for, should an allocation fail.

    INPUT:

    - ``what`` -- the argument, and what the memory was for, in words

    EXAMPLES::

        sage: from sage_conslaw.system.memory import memory_for
        sage: with memory_for("degree: got 9, whose laws"):
        ....:     raise MemoryError("Unable to allocate 1 TiB")
        Traceback (most recent call last):
        ...
        MemoryError: degree: got 9, whose laws do not fit into memory (Unable to allocate 1 TiB)
    """
    try:
        yield
    except MemoryError as problem:
        # errors of subclasses, and those said here before, name their argument already
        if str(problem).startswith(what.split(":")[0] + ":"):
            raise
        detail = f" ({problem})" if str(problem) else ""
        raise MemoryError(f"{what} do not fit into memory{detail}") from None
