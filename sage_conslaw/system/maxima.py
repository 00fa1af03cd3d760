r"""
The heap limits of the two Maximas of Sage

Sage has two Maximas. One is a separate process, ``sage.interfaces.maxima.maxima``,
which Sage talks to through a terminal. The other, ``sage.interfaces.maxima_lib``,
does Sage's calculus; it runs inside Sage's own process, in the Lisp
``sage.libs.ecl``. Each has a heap limit of its own, and a limit set on one leaves
the other as it was.

A Maxima that reaches its limit stops the computation with "Memory limit reached"
and lives on; its Lisp then raises the limit by about a megabyte, so that it has the
room to clean up. Without any limit, a Maxima that gets no more memory ends at once,
and the embedded one takes Sage with it.
"""
import logging
import re
import sys
from dataclasses import dataclass
from fractions import Fraction
from typing import Optional

from sage_conslaw.system import limits
from sage_conslaw.system.messages import shown

logger = logging.getLogger(__name__)


_ACCEPTED = ("a whole number of bytes, or a text like '100G' or '1.5 GiB' "
             "(k, M, G, T: powers of 1000; Ki, Mi, Gi, Ti: powers of 1024)")

_POWERS = "kmgt"

_GET_LIMIT = "(ext:get-limit 'ext:heap-size)"
_SET_LIMIT = "(ext:set-limit 'ext:heap-size {})"
# What the garbage collector holds now, by a call into its library; 0 where Lisp cannot tell.
_HEAP_SIZE = ('(or (ignore-errors (si:call-cfun (si:find-foreign-symbol "GC_get_heap_size" '
              ':default :pointer-void 0) :unsigned-long nil nil)) 0)')


def parse_bytes(limit):
    r"""
    Return a number of bytes, given as an integer or as text, as an ``int``.

    INPUT:

    - ``limit`` -- an integer of any type (of Python, Sage or NumPy), or a text: a
      decimal number, then optionally a unit. The units are ``k``, ``M``, ``G``, ``T``
      (powers of 1000) and ``Ki``, ``Mi``, ``Gi``, ``Ti`` (powers of 1024), each with
      or without a final ``B``; spaces and capital letters make no difference.

    OUTPUT: an ``int``, rounded down to a whole byte.

    The standards of measurement have G for `10^9` and Gi for `2^{30}`; so had
    the published notebooks, where a heap of "100G" was 100000000000 bytes.

    EXAMPLES::

        sage: from sage_conslaw.system.maxima import parse_bytes
        sage: parse_bytes('100G')
        100000000000
        sage: parse_bytes('1.5 GiB') == 3 * 2^29
        True
        sage: parse_bytes(10^9), parse_bytes('512 mb')
        (1000000000, 512000000)

    TESTS::

        sage: parse_bytes('abc')
        Traceback (most recent call last):
        ...
        ValueError: limit: got 'abc', expected a whole number of bytes, or a text like ...
        sage: parse_bytes(1.5)
        Traceback (most recent call last):
        ...
        TypeError: limit: got 1.5..., expected a whole number of bytes, or a text like ...
    """
    if isinstance(limit, str):
        match = re.fullmatch(r"\s*([0-9]{1,30}(?:\.[0-9]{1,30})?)\s*(?:([kmgt])(i?))?b?\s*",
                             limit, re.IGNORECASE)
        if match is None:
            raise ValueError(f"limit: got {shown(limit)}, expected {_ACCEPTED}")
        number, prefix, binary = match.groups()
        base = 1024 if binary else 1000
        power = _POWERS.index(prefix.lower()) + 1 if prefix else 0
        return int(Fraction(number) * base**power)
    from sage_conslaw.system.checks import checked_integer
    return checked_integer(limit, "limit", _ACCEPTED)


def _checked_limit(limit):
    number = parse_bytes(limit)
    if number <= 0:
        raise ValueError(f"limit: got {shown(limit)}, expected a positive number of bytes")
    if not limits.SMALLEST_HEAP <= number <= limits.LARGEST_HEAP:
        raise ValueError(f"limit: got {shown(limit)}, expected at least "
                         f"{format_bytes(limits.SMALLEST_HEAP)}, which Maxima needs to load, and "
                         f"at most {format_bytes(limits.LARGEST_HEAP)}, which a process can "
                         "address")
    return number


def format_bytes(number):
    r"""
    Return a number of bytes as text, exactly, in the largest unit that divides it.

    EXAMPLES::

        sage: from sage_conslaw.system.maxima import format_bytes
        sage: [format_bytes(n) for n in (2^32, 10^11, 1001)]
        ['4 GiB', '100 GB', '1001 bytes']
    """
    for power in range(len(_POWERS), 0, -1):
        for base, suffix in ((1024, "iB"), (1000, "B")):
            if number and number % base**power == 0:
                prefix = _POWERS[power - 1]
                prefix = prefix if (power, base) == (1, 1000) else prefix.upper()
                return f"{number // base**power} {prefix}{suffix}"
    return f"{number} bytes"


@dataclass(frozen=True)
class HeapLimit:
    r"""
    The heap limit of one Maxima, before and after a call of :func:`maxima_heap`.

    ATTRIBUTES:

    - ``running`` -- whether this Maxima runs
    - ``before``, ``after`` -- in bytes; ``None`` where it does not run or has no limit.
      For a Maxima that the call started, ``before`` is what it started with.

    EXAMPLES::

        sage: from sage_conslaw.system import HeapLimit
        sage: HeapLimit(True, int(2^32), int(10^11))
        4 GiB -> 100 GB
        sage: HeapLimit(True, None, None), HeapLimit(False)
        (no limit, not running)
    """

    running: bool
    before: Optional[int] = None
    after: Optional[int] = None

    def __repr__(self):
        if not self.running:
            return "not running"
        before, after = ("no limit" if value is None else format_bytes(value)
                         for value in (self.before, self.after))
        return after if before == after else f"{before} -> {after}"


@dataclass(frozen=True)
class MaximaHeap:
    r"""
    The heap limits of both Maximas, ``process`` and ``embedded``.

    EXAMPLES::

        sage: from sage_conslaw.system import HeapLimit, MaximaHeap
        sage: MaximaHeap(process=HeapLimit(False), embedded=HeapLimit(True, None, int(10^11)))
        Heap limits of Maxima: process not running; embedded no limit -> 100 GB
    """

    process: HeapLimit
    embedded: HeapLimit

    def __repr__(self):
        return f"Heap limits of Maxima: process {self.process!r}; embedded {self.embedded!r}"


class _Process:
    """The Maxima that runs as a process."""

    name = "process"

    @staticmethod
    def running():
        module = sys.modules.get("sage.interfaces.maxima")
        return module is not None and module.maxima.is_running()

    @staticmethod
    def evaluate(lisp):
        import sage.all  # noqa: F401  single modules of Sage cannot always be imported first
        from sage.interfaces.maxima import maxima
        if not maxima.is_running():
            # Sage waits for ever if the first line is not a plain one.
            maxima.eval("0")
        text = lisp.replace("\\", "\\\\").replace('"', '\\"')
        # As a Maxima expression, not as a ':lisp' line: of such a line Sage's interface
        # cannot tell where the answer ends, nor whether it was an error.
        return maxima.eval(f'block(?eval(?read\\-from\\-string("{text}")))').strip()

    @staticmethod
    def quit():
        from sage.interfaces.maxima import maxima
        maxima.quit()


class _Embedded:
    """The Lisp in which Sage's calculus has its Maxima."""

    name = "embedded"

    @staticmethod
    def running():
        return "sage.libs.ecl" in sys.modules

    @staticmethod
    def evaluate(lisp):
        import sage.all  # noqa: F401  single modules of Sage cannot always be imported first
        from sage.libs.ecl import ecl_eval
        return str(ecl_eval(lisp))


def _ask(side, lisp):
    """Return the integer that a Lisp expression gives in one of the Maximas."""
    answer = side.evaluate(lisp)
    if not re.fullmatch("[0-9]+", answer):
        raise RuntimeError(f"the {side.name} Maxima answered {answer[:200]!r} to {lisp}, "
                           "not a number")
    return int(answer)


def _start(side):
    """Start one of the Maximas and return the name of its Lisp, like ``'ECL'``."""
    try:
        return side.evaluate("(lisp-implementation-type)").strip('"')
    except (ImportError, RuntimeError, TypeError, OSError) as error:
        # Sage reports a command that is not there as one of these, by version
        raise RuntimeError(f"Sage could not start its {side.name} Maxima, perhaps because it is "
                           f"not installed: {error}") from error


def _limit(side, lisp_name):
    """Return the limit in bytes, 0 for none."""
    if lisp_name == "SBCL":
        return _ask(side, "(sb-ext:dynamic-space-size)")
    if lisp_name == "ECL":
        return _ask(side, _GET_LIMIT)
    raise RuntimeError(f"the {side.name} Maxima is built on {lisp_name}, whose heap limit can be "
                       "neither read nor set from outside; nothing was changed")


def _set_limit(side, number):
    """Set a limit, 0 for none, and check by reading it back."""
    side.evaluate(_SET_LIMIT.format(number))
    found = _ask(side, _GET_LIMIT)
    if found != number:
        raise RuntimeError(f"the {side.name} Maxima has a heap limit of {found} bytes "
                           f"after it was set to {number}")
    logger.info("heap limit of the %s Maxima set to %s bytes", side.name, number)


def _check_settable(side, lisp_name, before, number):
    """Raise an error if this Maxima cannot take the limit."""
    if lisp_name == "SBCL":
        if before == number:
            return
        mebibytes = -(-number // 2**20)
        raise RuntimeError(
            f"the {side.name} Maxima is built on SBCL, whose heap is fixed when it starts, here "
            f"at {format_bytes(before)}: nothing was changed. Start Maxima with "
            f"-X '--dynamic-space-size {mebibytes}' (for Sage, in the environment variable MAXIMA)")
    used = _ask(side, _HEAP_SIZE)
    if number < used:
        raise ValueError(f"limit: got {format_bytes(number)}, expected at least {used} bytes, "
                         f"which the {side.name} Maxima holds already: nothing was changed")


def maxima_heap(limit=None):
    r"""
    Read or set the heap limit of both Maximas, the process and the embedded one.

    INPUT:

    - ``limit`` -- ``None`` (default) to read only, or the limit to set: a number of
      bytes, as an integer of any type or as text like ``'100G'``, ``'512M'`` or
      ``'1.5 GiB'``. G is `10^9`, Gi is `2^{30}`; see :func:`parse_bytes`. At least
      64 MiB, at least what each Maxima holds already, and at most 128 TiB.

    OUTPUT: a :class:`MaximaHeap`, with the limits before and after, read back from both.

    Reading starts nothing: a Maxima that does not run is reported as such.
    Setting starts the Maxima process, which takes a second or two, and the Lisp of the
    embedded Maxima, which takes some milliseconds; Maxima itself is loaded into that
    Lisp at the first computation that needs it, and keeps the limit.

    Both get the limit or neither: what is wrong with the limit is found before anything
    is changed, and if the second Maxima refuses, the first gets its old limit back.

    A limit that is nonsense raises a ``TypeError`` or ``ValueError``. A Maxima that is
    missing, or whose Lisp has a heap of fixed size, raises a ``RuntimeError``.

    A limit lasts as long as its process. After ``maxima.quit()``, a crash or in
    a worker of :func:`~sage_conslaw.system.parallel_map`, the next Maxima process starts
    with its own default: none on SageMath 9.5, 4 GiB on passagemath 10.8. A worker's
    embedded Maxima has the limit of the session that it was forked from.

    EXAMPLES::

        sage: from sage_conslaw.system import maxima_heap
        sage: heap = maxima_heap('100G')
        sage: heap.process.after, heap.embedded.after
        (100000000000, 100000000000)
        sage: maxima_heap()
        Heap limits of Maxima: process 100 GB; embedded 100 GB
        sage: maxima_heap('1.5 GiB')
        Heap limits of Maxima: process 100 GB -> 1536 MiB; embedded 100 GB -> 1536 MiB

    TESTS::

        sage: maxima_heap(0)
        Traceback (most recent call last):
        ...
        ValueError: limit: got 0, expected a positive number of bytes
        sage: maxima_heap(1000)
        Traceback (most recent call last):
        ...
        ValueError: limit: got 1000, expected at least 64 MiB, which Maxima needs to load, ...
        sage: maxima_heap(True)
        Traceback (most recent call last):
        ...
        TypeError: limit: got True, expected a whole number of bytes, or a text like ...
        sage: maxima_heap()
        Heap limits of Maxima: process 1536 MiB; embedded 1536 MiB
        sage: maxima.quit()
    """
    process, embedded = _Process, _Embedded
    if limit is None:
        return MaximaHeap(*(_read(side) for side in (process, embedded)))
    number = _checked_limit(limit)
    was_running = process.running()
    before = {}
    try:
        lisps = {side: _start(side) for side in (embedded, process)}
        for side, lisp_name in lisps.items():
            before[side] = _limit(side, lisp_name)
            _check_settable(side, lisp_name, before[side], number)
        _set_both([side for side in (process, embedded) if lisps[side] == "ECL"], before, number)
    except BaseException:
        if not was_running and process.running():
            process.quit()
        raise
    return MaximaHeap(*(HeapLimit(True, before[side] or None, number)
                        for side in (process, embedded)))


def _read(side):
    if not side.running():
        return HeapLimit(False)
    limit = _limit(side, _start(side)) or None
    return HeapLimit(True, limit, limit)


def _set_both(sides, before, number):
    done = []
    try:
        for side in sides:
            done.append(side)
            _set_limit(side, number)
    except BaseException:
        for side in done:
            try:
                _set_limit(side, before[side])
            except (RuntimeError, TypeError, OSError) as problem:
                logger.warning("the %s Maxima did not get its old heap limit of %s bytes "
                               "back: %s", side.name, before[side], problem)
        raise
