"""Mutants of certificates: what the checker still accepts is true."""

import json
import sys

import pytest

import sage_conslaw
from certificate_refusals import ROOT, SECONDS, example
from program_theorems import is_theorem
from sage_conslaw.certificate import CertificateError, check_certificate

sys.path.append(str(ROOT / "benchmarks"))

import fuzz_certificate  # noqa: E402


@pytest.mark.parametrize("number", [0, 4, 8, -4, "gated, words", "decay, trajectory",
                                    "inverse of data, trajectory"])
def test_every_value_of_a_certificate(number):
    # each is replaced, taken away, put under another name; what is still accepted is true
    text = json.dumps(example(number))
    accepted = 0
    for place in range(len(fuzz_certificate.nodes(json.loads(text)))):
        for value in ("delete", "rename", None, 0, 5, "2", "0", [], [[]], {}, True, 0.5):
            data = json.loads(text)
            container, key = fuzz_certificate.nodes(data)[place]
            old = container[key]
            if value == "delete":
                del container[key]
            elif value == "rename":
                if not isinstance(key, str):
                    continue
                container["x" + key] = container.pop(key)
            else:
                if type(old) is type(value) and old == value:
                    continue
                container[key] = value
            changed_text = json.dumps(data)
            try:
                check_certificate(json.loads(changed_text))
            except CertificateError as problem:
                assert not is_theorem(changed_text.encode()), problem
            else:
                accepted += 1
                assert is_theorem(changed_text.encode()), changed_text
    # another point, a law scaled or with another constant: these are true
    assert accepted > 0


@pytest.mark.parametrize("version", [1, 2])
def test_mutants(version):
    counts, ways, slowest, findings = fuzz_certificate.fuzz(3000, 20240501, version=version)
    assert findings == []
    assert counts["accepted"] > 50 and counts["refused"] > 2000
    assert counts["not read a second time"] < 30
    assert len(ways) > 60 and slowest < SECONDS


@pytest.mark.parametrize("broken, replacement", [
    ("algebra.Laws.check", lambda self: None),
    ("algebra.Independence.check", lambda self, vectors: list(vectors)),
    ("algebra.is_prime", lambda n: True),
    ("checker.check_model", lambda certificate: None),
])
def test_mutants_find_a_checker_that_does_not_check(broken, replacement, monkeypatch):
    module, *names = broken.split(".")
    owner = getattr(sage_conslaw.certificate, module)
    for name in names[:-1]:
        owner = getattr(owner, name)
    monkeypatch.setattr(owner, names[-1], replacement)
    findings = fuzz_certificate.fuzz(1200, seed=1, until=("false accept",))[3]
    assert any(what == "false accept" for what, _ in findings)


@pytest.mark.parametrize("broken, replacement", [
    ("algebra.Laws.check", lambda self: None),
    ("algebra.Independence.check", lambda self, vectors: list(vectors)),
    ("version2._check_variables", lambda value, names: None),
    ("version2._further", lambda value, needed: []),
    ("expansion.Expansion._drift", lambda self: {}),
    ("expansion.Expansion._times_metric", lambda self, gradient: {
        self._flow.offset + i + self._flow.momentum * self._flow.parameters: p
        for i, p in gradient.items()}),
    ("flow._measure", lambda rates: (1, 1)),
])
def test_mutants_of_programs_find_a_checker_that_does_not_check(broken, replacement, monkeypatch):
    module, *names = broken.split(".")
    owner = getattr(sage_conslaw.certificate, module)
    for name in names[:-1]:
        owner = getattr(owner, name)
    monkeypatch.setattr(owner, names[-1], replacement)
    # fields that are wrong make theorems of none, and take others for none
    wrong = ("false accept", "false refusal")
    findings = fuzz_certificate.fuzz(1500, 1, version=2, until=wrong)[3]
    assert any(what.startswith(wrong) for what, _ in findings)
