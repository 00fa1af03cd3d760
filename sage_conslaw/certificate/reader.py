r"""
Reading a file without trusting it

Whatever is wrong with a file, its size, its encoding or its JSON, ends in a
:class:`CertificateError` that says what.
"""
import json
import os
import stat

#: Files with more bytes, or whose JSON has more values, are refused.
MAX_BYTES = 32 * 2**20
MAX_VALUES = 6_000_000
#: A text without these marks has one value; each mark can add one.
VALUE_MARKS = (",", "[", "{", ":")


class CertificateError(ValueError):
    r"""
    A certificate is refused; the message says why, in one line.
    """


def read(path):
    r"""
    Read a file into the values of its JSON.

    Links are followed; what is no ordinary file in the end (a directory, a device, a pipe)
    is refused without waiting for it.

    EXAMPLES::

        sage: from sage_conslaw.certificate.reader import read
        sage: read("/dev/null")
        Traceback (most recent call last):
        ...
        sage_conslaw.certificate.reader.CertificateError: not an ordinary file
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise CertificateError("not an ordinary file")
        # what is at the path may have been exchanged meanwhile, for a pipe without a writer
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)
                             | getattr(os, "O_BINARY", 0))
        with open(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise CertificateError("not an ordinary file")
            content = file.read(MAX_BYTES + 1)
    except OSError as problem:
        raise CertificateError(f"cannot be read: {problem.strerror or problem}") from None
    except CertificateError:
        raise
    except ValueError as problem:
        raise CertificateError(f"cannot be read: {problem}") from None
    return loads(content)


def loads(content):
    r"""
    Return the values of a JSON text given as bytes.

    EXAMPLES::

        sage: from sage_conslaw.certificate.reader import loads
        sage: loads(b'{"a": 1, "a": 2}')
        Traceback (most recent call last):
        ...
        sage_conslaw.certificate.reader.CertificateError: the key 'a' occurs twice in one object
    """
    if len(content) > MAX_BYTES:
        raise CertificateError(f"larger than {MAX_BYTES:,} bytes")
    if not content.strip():
        raise CertificateError("the file is empty")
    if sum(content.count(mark.encode()) for mark in VALUE_MARKS) > MAX_VALUES:
        raise CertificateError(f"the JSON has more than {MAX_VALUES:,} values")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise CertificateError(f"not UTF-8 at byte {problem.start}") from None
    del content
    try:
        return json.loads(text, object_pairs_hook=_object, parse_int=_integer,
                          parse_float=_no_float, parse_constant=_no_float)
    except CertificateError:
        raise
    except ValueError as problem:
        raise CertificateError(f"not JSON: {problem}") from None
    except RecursionError:
        raise CertificateError("the JSON is nested too deeply") from None


def _object(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        seen = set()
        for key, _ in pairs:
            if key in seen:
                raise CertificateError(f"the key {shown(key)} occurs twice in one object")
            seen.add(key)
    return found


def _integer(text):
    if len(text) > 20:
        raise CertificateError(f"an integer of {len(text)} characters; no entry has more than 20")
    if text == "-0":
        raise CertificateError("the number -0, where an integer is expected")
    return int(text)


def _no_float(text):
    raise CertificateError(f"the number {shown(text)}, where only integers are accepted")


def shown(value):
    r"""
    Return a short ASCII text of any value from a file, fit for a message of one line.

    EXAMPLES::

        sage: from sage_conslaw.certificate.reader import shown
        sage: print(shown(["a"]), shown(chr(27) + "[2J"), shown("x" * 100))
        a list of 1 entry '\x1b[2J' 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...
    """
    if isinstance(value, (list, dict)):
        entries = "1 entry" if len(value) == 1 else f"{len(value)} entries"
        return f"{'a list' if isinstance(value, list) else 'an object'} of {entries}"
    if type(value) is int and value.bit_length() > 128:
        return f"an integer of {value.bit_length()} bits"
    if isinstance(value, str):
        value = value[:100]
    elif value is not None and type(value) not in (bool, int, float):
        return f"a value of type {ascii(type(value).__name__)}"
    text = ascii(value)
    return text if len(text) <= 41 else text[:38] + "..."
