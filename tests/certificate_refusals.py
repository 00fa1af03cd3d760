"""Small certificates, whole or with a value changed, and why they are refused."""

import json
import pathlib
import time

import pytest

import sage_conslaw
from certificate_theorems import examples
from program_certificates import flow_example
from sage_conslaw.certificate import CertificateError, check_certificate

#: where the package is, for a Python that does not know of it
ROOT = pathlib.Path(sage_conslaw.__file__).resolve().parents[1]

#: seconds that a refusal may take
SECONDS = 20


def example(number=0):
    """
    Return one of the valid certificates as a dict.

    Those of version 1 have numbers, the first is that of linear (2, 2, 2); those of version 2
    have names.
    """
    return json.loads(flow_example(number) if isinstance(number, str) else examples()[number])


def changed(path, value, number=0):
    """Return a certificate in which the value at a path is another one."""
    data = example(number)
    *way, last = path
    inner = data
    for key in way:
        inner = inner[key]
    inner[last] = value(inner[last]) if callable(value) else value
    return data


def refused(data):
    """Return why a certificate is refused, after making sure that this is one short line."""
    start = time.perf_counter()
    with pytest.raises(CertificateError) as caught:
        check_certificate(data)
    assert time.perf_counter() - start < SECONDS
    message = str(caught.value)
    assert "\n" not in message and message.isascii() and len(message) < 400
    return message
