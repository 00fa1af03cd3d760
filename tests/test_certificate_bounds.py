"""Certificates of sizes out of reach: refused in little time and memory."""

import json
import random
import resource
import subprocess
import sys

import pytest

from certificate_refusals import ROOT, refused


def bomb(size=2, fields=None, words=None, laws=(), prime=2**31 - 1, **changes):
    """Return a certificate that has the form of one, for sizes that are too large."""
    laws = list(laws)
    words = [[0]] * (size - len(laws)) if words is None else words
    data = {
        "schema": "sage_conslaw.certificate", "version": 1,
        "claim": {"number_of_variables": size, "lie_dimension": len(words),
                  "number_of_laws": len(laws)},
        "model": None, "variables": [f"x{i}" for i in range(size)],
        "fields": [[[0, [], "1"]]] if fields is None else fields, "prime": prime,
        "point": [1] * size, "words": words, "laws": laws,
    }
    return {**data, **changes}


def many_terms(number, size, degree):
    """Return different monomials, as many as asked for, which have to be few of all there are."""
    generator = random.Random(0)
    found = set()
    while len(found) < number:
        found.add(tuple(sorted(generator.randrange(size) for _ in range(degree))))
    return [list(monomial) for monomial in found]


def model_of(architecture, widths, **changes):
    return {"flow": "GradientFlow", "architecture": architecture, "widths": widths,
            "bias": False if architecture in ("ReLUNetwork", "ICNN") else None, "damping": None,
            "mirror": [], **changes}


BOMBS = {
    "variables": (lambda: bomb(4097), "variables: got a list of 4097 entries"),
    "elimination": (lambda: bomb(4096), "words[4095] depends|too much work"),
    "elimination of gradients": (
        lambda: bomb(4096, laws=[[[[0], "1"]]] * 4096, fields=[[]]), "too much work"),
    "long words": (
        lambda: bomb(16, fields=[[[0, [0, 1, 2], "1"], [1, [2, 3], "1"]]],
                     words=[[0] * 16] * 16), "too much work"),
    "words that are too long": (lambda: bomb(16, words=[[0] * 18] * 16), "too many"),
    "a word as long as the file": (lambda: bomb(2, words=[[0] * 10**6] * 2), "too many"),
    "many long words in large fields": (
        lambda: bomb(100, words=[[0, 0, 0, 0, 0]] * 100, fields=[
            [[0, monomial, "1"] for monomial in many_terms(20_000, 100, 5)]]), "too much work"),
    "laws and fields": (
        lambda: bomb(300, words=[], fields=[[[0, m, "1"] for m in many_terms(3000, 300, 3)]] * 9,
                     laws=[[[[0] + m, "1"] for m in many_terms(2000, 300, 3)]] * 300),
        "too much work"),
    "one law and one field": (
        lambda: bomb(2, words=[[0]], fields=[[[0, [0] * i + [1] * j, "1"] for i in range(32)
                                              for j in range(32)]],
                     laws=[[[[0] * i + [1] * j, "1"] for i in range(1, 33) for j in range(32)]]),
        "too many products"),
    "long terms": (
        lambda: bomb(1000, words=[[0]] * 999,
                     laws=[[[m, "1"] for m in many_terms(6000, 1000, 64)]]), "too long terms"),
    "large rationals": (
        lambda: bomb(2, words=[[0]], laws=[[[[0] * (i + 1), f"1/{10**290 + i}"]
                                            for i in range(60)]]), "common denominator"),
    "paths": (lambda: bomb(4 * 62, model=model_of("LinearNetwork", [2] * 63), variables=[
        f"U{l}_{i}_{j}" for l in range(1, 63) for i in (1, 2) for j in (1, 2)],
        fields=[[[0, [], "1"]]] * 4), "its fields have"),
    "widths": (lambda: bomb(model=model_of("LinearNetwork", [4096] * 64)), "model: it has"),
    "too many widths": (lambda: bomb(model=model_of("ReLUNetwork", [1] * 65)), "widths"),
    "entries of phi": (lambda: bomb(4 * 62, model=model_of("ReLUNetwork", [2] * 63), variables=[
        f"U{l}_{i}_{j}" for l in range(1, 63) for i in (1, 2) for j in (1, 2)]), "fields"),
    "a large prime": (lambda: bomb(prime=10**4000 + 1), "below 2^64"),
    "deep values": (lambda: bomb(laws=[deep(900)]), "laws[0]"),
    "deep model": (lambda: bomb(model=deep(900)), "model"),
}


def deep(levels):
    value = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("name", BOMBS)
def test_bombs(name):
    build, fragments = BOMBS[name]
    message = refused(build())
    assert any(fragment in message for fragment in fragments.split("|")), message


CHECK_ALL = """
import json, sys, time
sys.path.insert(0, sys.argv[1])
from sage_conslaw.certificate import CertificateError, check_certificate
for path in sys.argv[2:]:
    start = time.perf_counter()
    try:
        check_certificate(path)
        print("accepted")
    except CertificateError as problem:
        print("refused", problem)
"""


def test_memory_is_bounded(tmp_path):
    # what a file at the limits of the reader takes, in a process with one gigabyte and a half
    terms = b",".join(b'[%d,[],"%d"]' % (i % 4000, 10**9 + i) for i in range(5000))
    texts = [
        b"[" + b"[]," * 2_900_000 + b"[]]",
        b"[" + b'"ab",' * 5_900_000 + b"1]",
        b"[" + b"{}," * 2_900_000 + b"1]",
        b'{"a": "' + b"\\u00e9" * 5_000_000 + b'"}',
        json.dumps({**bomb(4000), "fields": 0}).encode().replace(
            b'"fields": 0', b'"fields": [' + b",".join([b"[" + terms + b"]"] * 230) + b"]"),
    ]
    paths = []
    for number, text in enumerate(texts):
        paths.append(tmp_path / f"{number}.json")
        paths[-1].write_bytes(text)
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", CHECK_ALL, str(ROOT), *map(str, paths)],
        capture_output=True, text=True, timeout=120,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (3 * 2**29, 3 * 2**29)))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.split("\n")
    assert all(line.startswith("refused") for line in lines[:5])
    assert "memory" not in done.stdout
