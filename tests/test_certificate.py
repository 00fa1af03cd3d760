"""Certificates: what is proved, what is refused and why, and that it needs plain Python alone."""

import copy
import json
import os
import pathlib
import pickle
import random
import resource
import subprocess
import sys
import time

import pytest
import sage_conslaw
from hypothesis import given, settings
from hypothesis import strategies as st
from sage.all import GF, QQ, ZZ, Integer, PolynomialRing, is_prime, random_prime

import certificate_theorems
from certificate_theorems import certify, examples, is_theorem
from sage_conslaw import (
    ICNN,
    NMF,
    GradientFlow,
    InverseTime,
    LinearNetwork,
    MomentumFlow,
    ReLUNetwork,
    VectorFields,
    polynomial_laws,
)
from sage_conslaw.certificate import (
    CertificateError,
    algebra,
    build_certificate,
    check_certificate,
    contents,
    models,
    reader,
    save_certificate,
)
from sage_conslaw.certificate.__main__ import main
from sage_conslaw.certificate.brackets import Brackets
from small_cases import MODELS, arbitrary_fields, gradient_flows, momentum_flows

ROOT = pathlib.Path(sage_conslaw.__file__).resolve().parents[1]
sys.path.append(str(ROOT / "benchmarks"))

import fuzz_certificate  # noqa: E402

#: seconds that a refusal may take
SECONDS = 20


def example(number=0):
    """Return one of the valid certificates as a dict; the first is that of linear (2, 2, 2)."""
    return json.loads(examples()[number])


def refused(data):
    """Return why a certificate is refused, after making sure that this is one short line."""
    start = time.perf_counter()
    with pytest.raises(CertificateError) as caught:
        check_certificate(data)
    assert time.perf_counter() - start < SECONDS
    message = str(caught.value)
    assert "\n" not in message and message.isascii() and len(message) < 400
    return message


# What is proved ----------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(len(certificate_theorems.flows())))
def test_all_models_and_flows(number):
    flow, _ = certificate_theorems.flows()[number]
    report = check_certificate(example(number))
    assert report.number_of_variables == flow.number_of_variables
    assert report.lie_dimension + report.number_of_laws == report.number_of_variables
    assert type(flow.model).__name__ in report.model and flow.model._arguments() in report.model
    assert ("momentum" if isinstance(flow, MomentumFlow) else "gradient") in report.model
    assert is_theorem(examples()[number].encode())


def test_fields_without_a_model():
    reports = [check_certificate(example(number)) for number in range(-5, 0)]
    assert [report.number_of_laws for report in reports] == [2, 2, 0, 3, 1]
    assert [report.model for report in reports] == [None] * 5
    assert "no conservation law but constants" in repr(reports[2])
    assert "names no model" in str(reports[0])


def test_the_report_in_words():
    lines = str(check_certificate(example())).split("\n")
    assert lines[0] == (
        "Proved: around a generic point the gradient flow of LinearNetwork([2, 2, 2]), Euclidean "
        "geometry, has exactly 3 independent conservation laws, of which every law is a function.")
    assert "4 fields in 8 variables are those of the model and flow" in lines[1]
    assert "annihilates its 3 laws" in lines[2]
    assert "rank 3" in lines[3] and "rank 5" in lines[4] and "5 + 3 = 8" in lines[5]


def test_any_prime_and_point_do():
    for prime in (101, 65537, 2**61 - 1, 2**64 - 59):
        certificate = example()
        certificate["prime"] = prime
        certificate["point"] = [x % prime for x in certificate["point"]]
        assert check_certificate(certificate).prime == prime


def every_flow():
    cases = gradient_flows(MODELS) + momentum_flows(MODELS)
    return [flow for _, flow, _, _ in cases]


def parsed(flow, changes=()):
    """Return the fields of a flow as a certificate that is well formed and no more."""
    fields = flow.vector_fields()
    size = fields.number_of_variables
    data = build_certificate(fields, 2**31 - 1, [1] * size, [[0]] * size, [], flow)
    data["model"].update(changes)
    return contents.parse(data)


def test_fields_of_all_models_are_built_again():
    for flow in every_flow():
        models.check_model(parsed(flow))


def test_other_parts_of_a_model_are_other_fields():
    flow = MomentumFlow(ICNN(2, 2, 3, bias=True), InverseTime(QQ((5, 2))), metric=("U", "b"))
    models.check_model(parsed(flow))
    for changes, fragment in [
        ({"damping": "5/2"}, "variables: got t where the model has s"),
        ({"damping": "0"}, "fields[0]"), ({"damping": "3/t"}, "fields[0]"),
        ({"mirror": []}, "fields[1]"), ({"mirror": ["U"]}, "fields[1]"),
        ({"mirror": ["U", "V"]}, "fields[1]"), ({"mirror": ["b", "U"]}, "order"),
        ({"mirror": ["U", "U"]}, "order"), ({"mirror": ["W"]}, "U, V, b"),
        ({"bias": False}, "variables"), ({"bias": None}, "true or false"),
        ({"widths": [2, 3, 2]}, "variables"), ({"widths": [2, 2]}, "expected 3"),
        ({"widths": [2, 2, 4]}, "variables"), ({"widths": [3, 2, 2]}, "variables: got V1_1"),
        ({"flow": "GradientFlow"}, "expected null"),
        ({"flow": "GradientFlow", "damping": None}, "variables"),
        ({"architecture": "NMF"}, "bias"), ({"architecture": "NMF", "bias": None}, "variables"),
        ({"architecture": "ReLUNetwork"}, "variables"), ({"architecture": "RNN"}, "expected one"),
    ]:
        with pytest.raises(CertificateError) as caught:
            models.check_model(parsed(flow, changes))
        assert fragment in str(caught.value), changes


def test_fields_in_another_order_are_not_those_of_the_model():
    certificate = example()
    certificate["fields"].reverse()
    assert "fields[0] is not the field of the model" in refused(certificate)
    certificate["model"] = None
    assert "no law" not in str(check_certificate(certificate))


# The parts of the proof --------------------------------------------------------------------------


@given(fields=arbitrary_fields(), seed=st.integers(0, 2**32))
@settings(max_examples=60)
def test_values_of_brackets(fields, seed):
    generator = random.Random(seed)
    prime = generator.choice([101, 65537, 2**31 - 1, 2**61 - 1])
    ring = fields[0][0].parent().change_ring(QQ)
    fields = [[ring(p) for p in field] for field in fields]
    size = ring.ngens()
    point = [generator.randrange(prime) for _ in range(size)]
    words = [[generator.randrange(len(fields)) for _ in range(length)]
             for length in [1, 2, 3, 4, 5][:size]]
    words += [[0]] * (size - len(words))
    certificate = contents.parse(build_certificate(
        VectorFields(fields), prime, point, words, []))
    residues = GF(prime)
    for word, found in zip(words, Brackets(certificate, algebra.Work()).values()):
        expected = fields[word[-1]]
        for i in reversed(word[:-1]):
            expected = certificate_theorems.lie_bracket(fields[i], expected)
        assert found == [int(p.change_ring(residues)(*map(residues, point))) for p in expected]


def test_brackets_of_many_fields():
    # seven of them, each of degree two, in a field that needs all products of the symbols
    ring = PolynomialRing(QQ, 3, "x")
    x, y, z = ring.gens()
    fields = [[y * z + 1, x * y, x**2 / 3], [z**2, x + y, x * z - 2]]
    words = [[0, 1, 0, 1, 1, 0, 1], [1, 1, 1, 1, 1, 1, 0], [1, 0, 0, 1, 0, 1]]
    certificate = contents.parse(build_certificate(VectorFields(fields), 10007, [3, 5, 7], words,
                                                   []))
    for word, found in zip(words, Brackets(certificate, algebra.Work()).values()):
        expected = fields[word[-1]]
        for i in reversed(word[:-1]):
            expected = certificate_theorems.lie_bracket(fields[i], expected)
        assert found == [int(p.change_ring(GF(10007))(3, 5, 7)) for p in expected]


@pytest.mark.parametrize("prime", [2, 3, 101, 2**31 - 1, 2**64 - 59])
def test_independence(prime):
    generator = random.Random(prime)
    for _ in range(60):
        size = generator.randrange(1, 9)
        number = generator.randrange(size + 2)
        rows = [[generator.choice([0, 1, generator.randrange(prime)]) for _ in range(size)]
                for _ in range(number)]
        if number > 1 and generator.randrange(2):
            rows[-1] = [(a + 3 * b) % prime for a, b in zip(rows[0], rows[number // 2])]
        rank = sage_rank(rows, size, prime)
        test = algebra.Independence(number, size, prime, algebra.Work(), "row {}".format)
        if rank == number:
            test.check(rows)
        else:
            first = next(k for k in range(number) if sage_rank(rows[:k + 1], size, prime) <= k)
            with pytest.raises(CertificateError, match=f"^row {first} depends"):
                test.check(rows)


def sage_rank(rows, size, prime):
    from sage.all import matrix
    return matrix(GF(prime), len(rows), size, rows).rank()


def test_primes():
    assert [n for n in range(-3, 10000) if algebra.is_prime(n)] == [
        n for n in range(10000) if is_prime(n)]
    # Carmichael numbers and the least pseudoprimes to the first 4, ..., 11 prime bases
    for n in [561, 1105, 41041, 3215031751, 2152302898747, 3474749660383, 341550071728321,
              3825123056546413051, (2**31 - 1)**2, (2**32 - 5) * (2**32 - 17)]:
        assert not algebra.is_prime(n)
    generator = random.Random(1)
    for n in [generator.randrange(2**64) for _ in range(300)] + [2**64 - 59, 2**61 - 1]:
        assert algebra.is_prime(n) == is_prime(Integer(n))
    for bits in (20, 40, 63):
        assert algebra.is_prime(int(random_prime(2**bits, lbound=2**(bits - 1))))


def test_laws_with_large_rationals():
    ring = PolynomialRing(QQ, "x, y")
    x, y = ring.gens()
    big = 10**120 + 7
    fields = VectorFields([[y / big, -big * x]])
    law = x**2 * big + y**2 / big
    assert check_certificate(certify(fields, [law])).number_of_laws == 1
    for wrong in (law + x / big, law * big + y, x**2 * (big + 1) + y**2 / big):
        assert "laws[0] is no law" in refused(certify(fields, [wrong]))


def test_laws_of_high_degree():
    ring = PolynomialRing(ZZ, "x, y, z")
    x, y, z = ring.gens()
    fields = VectorFields([[y, -x, 0]])
    laws = [(x**2 + y**2)**9 * z**5, (x**2 + y**2) * z**30]
    assert check_certificate(certify(fields, laws)).number_of_laws == 2
    laws[1] += x**2 * z**30
    assert "laws[1] is no law" in refused(certify(fields, laws))


# Tampering ---------------------------------------------------------------------------------------


def changed(path, value, number=0):
    """Return a certificate in which the value at a path is another one."""
    data = example(number)
    *way, last = path
    inner = data
    for key in way:
        inner = inner[key]
    inner[last] = value(inner[last]) if callable(value) else value
    return data


@pytest.mark.parametrize("path, value, fragment", [
    (("schema",), "sage", "schema: got 'sage', expected 'sage_conslaw.certificate'"),
    (("schema",), None, "schema"),
    (("version",), 2, "version: got 2, expected 1"),
    (("version",), True, "version: got True"),
    (("version",), "1", "version: got '1'"),
    (("claim",), [], "claim: got a list of 0 entries"),
    (("claim", "number_of_variables"), 9, "claim: number_of_variables is 9, but there are 8"),
    (("claim", "lie_dimension"), 4, "claim: lie_dimension is 4, but there are 5 words"),
    (("claim", "number_of_laws"), 4, "claim: number_of_laws is 4, but there are 3 laws"),
    (("claim", "number_of_laws"), 3.0, "claim: number_of_laws"),
    (("claim", "number_of_laws"), -3, "claim: number_of_laws"),
    (("model",), [], "model: got a list"),
    (("model", "flow"), "Flow", "flow is 'Flow'"),
    (("model", "architecture"), ["NMF"], "architecture is a list of 1 entry"),
    (("model", "widths"), [2, 3, 1], "model: it has 9 variables"),
    (("model", "widths"), [4, 1, 4], "variables: got U1_1_2 where the model has U1_2_1"),
    (("model", "widths"), [1, 4, 1], "variables: got U1_2_1 where the model has U1_1_3"),
    (("model", "widths"), [], "widths"),
    (("model", "widths", 0), 0, "widths"),
    (("model", "widths", 0), 10**19, "widths"),
    (("model", "widths", 0), True, "widths"),
    (("model", "bias"), False, "bias"),
    (("model", "damping"), "0", "damping"),
    (("model", "mirror"), ["U1"], "fields[0] is not the field of the model"),
    (("model", "mirror"), [["U1"]], "mirror"),
    (("variables",), {}, "variables: got an object"),
    (("variables",), [], "variables"),
    (("variables", 0), "U1_2_2", "variables: a name occurs twice"),
    (("variables", 0), "x", "variables: got x where the model has U1_1_1"),
    (("variables", 0), "x y", "variables[0]"),
    (("variables", 0), "x\n", "variables[0]"),
    (("variables", 0), "\u00fc", "variables[0]"),
    (("variables", 0), "x" * 65, "variables[0]"),
    (("variables", 0), 1, "variables[0]: got 1"),
    (("variables",), lambda v: v[:-1], "fields[1]: a monomial has the entry 7"),
    (("fields",), [], "fields: got a list of 0 entries"),
    (("fields", 0), None, "fields[0]: got None"),
    (("fields",), lambda v: v[:-1], "words[3]: got 3, expected the index of a field, from 0 to 2"),
    (("fields",), lambda v: v + v[:1], "model: it has 4 fields, but there are 5 fields"),
    (("fields", 0), [], "model: its fields have 16 terms at least, but the fields have 12"),
    (("fields", 2, 0), [0, [4]], "fields[2]: a term is a list of 2 entries"),
    (("fields", 2, 0, 0), 8, "fields[2]: a component is 8"),
    (("fields", 2, 0, 0), -1, "fields[2]: a component is -1"),
    (("fields", 2, 0, 0), 0, "fields[2] is not the field of the model"),
    (("fields", 2, 0, 1), [5], "fields[2] is not the field of the model"),
    (("fields", 2, 0, 1), [4, 4], "fields[2] is not the field of the model"),
    (("fields", 2, 0, 1), [8], "fields[2]: a monomial has the entry 8"),
    (("fields", 2, 0, 1), [5, 4], "ascending order"),
    (("fields", 2, 0, 1), [-1], "fields[2]: a monomial has the entry -1"),
    (("fields", 2, 0, 1), [True], "fields[2]: a monomial has the entry True"),
    (("fields", 2, 0, 1), "4", "fields[2]: a monomial is '4'"),
    (("fields", 2, 0, 1), [4] * 65, "degree 65"),
    (("fields", 2, 0, 2), "2", "fields[2] is not the field of the model"),
    (("fields", 2, 0, 2), "-1", "fields[2] is not the field of the model"),
    (("fields", 2, 0, 2), "0", "fields[2]: a coefficient is '0'"),
    (("fields", 2, 0, 2), "1/0", "fields[2]: a coefficient is '1/0'"),
    (("fields", 2, 0, 2), 1, "fields[2]: a coefficient is 1"),
    (("fields", 2, 0, 2), "2/2", "lowest terms"),
    (("fields", 2, 0, 2), "1/1", "lowest terms"),
    (("fields", 2, 0, 2), "+1", "a coefficient is '+1'"),
    (("fields", 2, 0, 2), "01", "a coefficient is '01'"),
    (("fields", 2, 0, 2), "1_0", "a coefficient is '1_0'"),
    (("fields", 2, 0, 2), "1\n", "a coefficient is '1\\n'"),
    (("fields", 2, 0, 2), " 1", "a coefficient is ' 1'"),
    (("fields", 2, 0, 2), "\u0661", "a coefficient is '\\u0661'"),
    (("fields", 2, 0, 2), "9" * 301, "300 digits"),
    (("fields", 2, 0, 2), "1/" + "9" * 301, "300 digits"),
    (("fields", 2), lambda v: v + v[:1], "fields[2]: a term occurs twice"),
    (("prime",), 2**31, "prime: 2147483648 is not a prime"),
    (("prime",), 1, "prime: got 1"),
    (("prime",), -7, "prime: got -7"),
    (("prime",), 2**64 + 13, "below 2^64"),
    (("prime",), 10**5000, "below 2^64"),
    (("prime",), "2147483647", "prime"),
    (("prime",), 3, "point[0]"),
    (("point",), [], "point: got a list of 0 entries, expected 8"),
    (("point",), [0] * 8, "the gradient of laws[0] depends"),
    (("point", 3), -1, "point[3]: got -1"),
    (("point", 3), 2**31 - 1, "point[3]: got 2147483647"),
    (("point", 3), "5", "point[3]: got '5'"),
    (("words",), lambda v: v[:-1], "claim: lie_dimension is 5, but there are 4 words"),
    (("words",), lambda v: v + [[0]] * 5, "words: got a list of 10 entries, expected at most 8"),
    (("words", 1), [0], "the value of words[1] depends on those before it"),
    (("words", 4), [0, 0], "the value of words[4] depends on those before it"),
    (("words", 4), [0, 1, 3, 2, 0, 1, 2], "words[4] depends"),
    (("words", 4), [], "words[4]"),
    (("words", 4), [4], "words[4]: got 4, expected the index of a field, from 0 to 3"),
    (("words", 4), [-1], "words[4]: got -1"),
    (("words", 4), [False], "words[4]: got False"),
    (("words", 4), [0] * 30, "words[4]: got a list of 30 entries, too many"),
    (("laws",), lambda v: v[:-1], "claim: number_of_laws is 3, but there are 2 laws"),
    (("laws", 1), lambda v: v[:-1], "laws[1] is no law: fields[1] does not annihilate it"),
    (("laws", 1), [[[0], "1"]], "laws[1] is no law"),
    (("laws", 1), [], "laws[1] is constant"),
    (("laws", 1), [[[], "3"]], "laws[1] is constant"),
    (("laws", 1, 0, 1), "2", "laws[1] is no law"),
    (("laws", 1, 0, 1), lambda c: c.lstrip("-") if "-" in c else "-" + c, "laws[1] is no law"),
    (("laws", 1, 0, 1), None, "laws[1]: a coefficient is None"),
    (("laws", 1, 0, 0), [0, 0, 0], "laws[1] is no law"),
    (("laws", 1, 0, 0), [0], "laws[1] is no law"),
    (("laws", 1, 0, 0), [8], "laws[1]: a monomial has the entry 8"),
    (("laws", 1, 0), [[0]], "laws[1]: a term is a list of 1 entry"),
    (("laws", 1), lambda v: v + v[:1], "laws[1]: a monomial occurs twice"),
    (("laws", 1), {}, "laws[1]: got an object of 0 entries"),
], ids=lambda value: "".join(f".{key}" for key in value) if type(value) is tuple else "")
def test_tampering(path, value, fragment):
    message = refused(changed(path, value))
    assert fragment in message


def test_laws_that_depend_on_one_another():
    data = example()
    first, second, third = data["laws"]
    data["laws"] = [first, second, first]
    assert "the gradient of laws[2] depends on those before it" in refused(data)
    ring = PolynomialRing(QQ, "x, y")
    x, y = ring.gens()
    h = x**2 + y**2
    two = certify(VectorFields([[ring(0)] * 2]), [h, h**2 + 3])
    assert "the gradient of laws[1] depends on those before it" in refused(two)


def test_what_would_follow_from_too_few_words():
    # one bracket and one law are enough for the sum, but the fields are no chain of one
    ring = PolynomialRing(QQ, "x, y, z")
    x, y, z = ring.gens()
    fields = VectorFields([[1, 0, y], [0, 1, 0]])
    data = build_certificate(fields, 101, [1, 2, 3], [[0], [1]], [z - x])
    assert "laws[0] is no law" in refused(data)
    data = build_certificate(fields, 101, [1, 2, 3], [[0], [1], [0, 1]], [])
    assert check_certificate(data).number_of_laws == 0


def test_denominators_that_the_prime_divides():
    ring = PolynomialRing(QQ, "x, y")
    x, y = ring.gens()
    fields = VectorFields([[y / 101, -x / 101]])
    for laws, prime, fragment in [([x**2 + y**2], 101, "divides a denominator in fields[0]"),
                                  ([x**2 / 7 + y**2 / 7], 7, "divides a denominator in laws[0]")]:
        data = build_certificate(fields, prime, [1, 2], [[0]], laws)
        assert fragment in refused(data)
        data["prime"] = 103
        assert check_certificate(data).number_of_laws == 1


@pytest.mark.parametrize("number", [0, 4, 8, -4])
def test_every_value_of_a_certificate(number):
    # each is replaced, taken away, put under another name; what is still accepted is true
    text = examples()[number]
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


# Hostile files -----------------------------------------------------------------------------------


def of_text(text, tmp_path):
    path = tmp_path / "hostile.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return refused(str(path))


@pytest.mark.parametrize("text, fragment", [
    (b"", "empty"),
    (b" \n\t ", "empty"),
    (b"[]", "got a list of 0 entries, expected an object"),
    (b"null", "got None, expected an object"),
    (b"1", "expected an object"),
    (b'"x"', "expected an object"),
    (b"{}", "the key 'schema' is missing"),
    (b"[" * 2_000_000, "nested too deeply"),
    (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
    (b'{"a":' * 100_000, "nested too deeply"),
    (b'{"schema": 1, "schema": 1}', "the key 'schema' occurs twice"),
    (b'{"claim": {"a": 1, "a": 1}}', "the key 'a' occurs twice"),
    (b'{"a": NaN}', "the number 'NaN'"),
    (b'{"a": Infinity}', "the number 'Infinity'"),
    (b'{"a": -Infinity}', "the number '-Infinity'"),
    (b'{"a": 1.0}', "the number '1.0', where only integers are accepted"),
    (b'{"a": 1e5}', "the number '1e5'"),
    (b'{"a": 1E400}', "the number '1E400'"),
    (b'{"a": -0}', "the number -0"),
    (b'{"a": ' + b"9" * 10_000_000 + b"}", "an integer of 10000000 characters"),
    (b'{"a": -' + b"9" * 5_000 + b"}", "an integer of 5001 characters"),
    (b'{"a": 0.' + b"9" * 1_000_000 + b"}", "only integers"),
    (b'{"' + b"a" * 1_000_000 + b'": 1}', "the key 'schema' is missing"),
    (b'{"a": "\xff"}', "not UTF-8 at byte 7"),
    (b"\xef\xbb\xbf{}", "BOM"),
    ('{"a": 1}'.encode("utf-16"), "not UTF-8 at byte 0"),
    ("{}".encode("utf-16-le"), "not JSON"),
    (b"\x00" * 100, "not JSON"),
    (b'{"a": 1}{}', "not JSON: Extra data"),
    (b'{"a": 1,}', "not JSON"),
    (b"{'a': 1}", "not JSON"),
    (b'{"a": 01}', "not JSON"),
    (b'{"a": "', "not JSON"),
    (b'{"a": "\n"}', "not JSON"),
    (b"__import__('os').abort()", "not JSON"),
    (b"{}" * 1_000_000, "not JSON: Extra data"),
    (b"[" + b"[]," * 2_900_000 + b"[]]", "expected an object"),
    (b"[" + b"[]," * 4_000_000 + b"[]]", "the JSON has more than 6,000,000 values"),
    (b"[" + b"1," * 8_000_000 + b"1]", "the JSON has more than 6,000,000 values"),
    (b" " * (reader.MAX_BYTES + 1), "larger than"),
], ids=lambda value: repr(value[:20]) if isinstance(value, bytes) else None)
def test_hostile_texts(text, fragment, tmp_path):
    assert fragment in of_text(text, tmp_path)


def test_text_of_a_certificate_with_odd_strings(tmp_path):
    text = examples()[0]
    for old, new, fragment in [
        ('"U1_1_1"', '"\\ud800"', "variables[0]"),
        ('"U1_1_1"', '"\\u0000"', "variables[0]"),
        ('"U1_1_1"', '"\\u001b[2J"', "variables[0]"),
        ('"schema"', '"sch\\u0065ma"', None),
        ('"prime"', '"prime\\u0000"', "the key 'prime' is missing"),
        ('"model"', '"extra": 1, "model"', "the key 'extra' is unknown"),
        ('"model"', '"\\u001b\\n": 1, "model"', "the key '\\x1b\\n' is unknown"),
        ('"prime"', '"prime": 2, "prime"', "the key 'prime' occurs twice"),
    ]:
        path = tmp_path / "odd.json"
        path.write_text(text.replace(old, new, 1))
        if fragment is None:
            check_certificate(path)
        else:
            assert fragment in refused(path)


def test_what_is_no_file(tmp_path):
    assert refused(str(tmp_path)) == "not an ordinary file"
    assert refused("/dev/zero") == "not an ordinary file"
    assert "No such file" in refused(str(tmp_path / "missing"))
    assert "Not a directory" in refused(str(ROOT / "setup.py" / "x"))
    assert "cannot be read" in refused("x" * 10_000)
    assert "cannot be read" in refused("a\0b")
    os.mkfifo(tmp_path / "pipe")
    assert refused(tmp_path / "pipe") == "not an ordinary file"
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert "cannot be read" in refused(tmp_path / "loop")
    (tmp_path / "zero").symlink_to("/dev/zero")
    assert refused(tmp_path / "zero") == "not an ordinary file"
    # it takes no place on the disk
    with open(tmp_path / "huge", "wb") as file:
        file.truncate(10**11)
    assert "larger than" in refused(tmp_path / "huge")
    (tmp_path / "link").symlink_to(tmp_path / "proof")
    (tmp_path / "proof").write_text(examples()[0])
    assert check_certificate(tmp_path / "link").number_of_laws == 3


@pytest.mark.parametrize("wrong", [None, 5, 1.5, [], object()], ids=repr)
def test_neither_path_nor_data(wrong):
    with pytest.raises(TypeError, match="data_or_path"):
        check_certificate(wrong)


def test_values_that_no_file_can_hold():
    for value in ({1, 2}, b"1", (1, 2), 1j, float("nan")):
        assert "prime: got" in refused(changed(("prime",), value))
    data = example()
    data["fields"] = tuple(data["fields"])
    assert "fields: got a value of type 'tuple', expected a list" in refused(data)


def test_out_of_memory_is_a_refusal(monkeypatch):
    def no_memory(data):
        raise MemoryError

    monkeypatch.setattr("sage_conslaw.certificate.checker.parse", no_memory)
    assert refused(example()) == "there is not enough memory to check it"


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


# The command line, in a Python without Sage and NumPy --------------------------------------------

PLAIN = """
import runpy, sys
sys.path.insert(0, sys.argv.pop(1))
for name in ("sage", "numpy", "scipy"):
    try:
        __import__(name)
    except ImportError:
        continue
    raise SystemExit(f"{name} is there")
status = "none"
try:
    runpy.run_module("sage_conslaw.certificate", run_name="__main__", alter_sys=True)
except SystemExit as end:
    status = end.code
others = {name.partition(".")[0] for name in sys.modules} - set(sys.stdlib_module_names)
print("others:", sorted(others - {"__main__", "__mp_main__"}))
sys.exit(status)
"""


def plain(*arguments):
    """Run the command in a Python that sees the package and nothing else beside its own library."""
    return subprocess.run([sys.executable, "-I", "-S", "-c", PLAIN, str(ROOT), *arguments],
                          capture_output=True, text=True, timeout=60)


def test_command_in_plain_python(tmp_path):
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(examples()[0])
    bad.write_text(json.dumps(changed(("laws", 0, 0, 1), "7")))
    done = plain("check", str(good))
    assert done.returncode == 0, done.stderr
    assert f"{good}: Proved: around a generic point the gradient flow of Linear" in done.stdout
    assert "others: ['sage_conslaw']" in done.stdout and done.stderr == ""
    done = plain("check", str(bad), str(good), str(tmp_path / "missing"))
    assert done.returncode == 1
    assert "Proved" in done.stdout and "others: ['sage_conslaw']" in done.stdout
    assert done.stderr.split("\n") == [
        f"{bad}: refused: laws[0] is no law: fields[0] does not annihilate it",
        f"{tmp_path / 'missing'}: refused: cannot be read: No such file or directory", ""]


def test_modules_that_the_checker_imports():
    done = subprocess.run(
        [sys.executable, "-c", "import sys; import sage_conslaw.certificate; print([name for name "
         "in sys.modules if name.partition('.')[0] in ('sage', 'numpy', 'scipy')])"],
        capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize("arguments", [[], ["check"], ["verify", "x"], ["check", "--fast", "x"],
                                       ["x.json"]], ids=str)
def test_usage_errors(arguments, capsys):
    assert main(arguments) == 2
    output, errors = capsys.readouterr()
    assert output == "" and errors.startswith("error: ") and errors.count("\n") == 1


def test_names_of_files_are_printed_with_care(tmp_path, capsys):
    assert main(["check", str(tmp_path / "\x1b[2J\n\u00fc")]) == 1
    errors = capsys.readouterr().err
    assert errors.count("\n") == 1 and "\\x1b[2J\\n\\xfc" in errors and errors.isascii()


def test_interrupts_and_closed_pipes(tmp_path, monkeypatch, capsys):
    def interrupted(path):
        raise KeyboardInterrupt

    monkeypatch.setattr("sage_conslaw.certificate.__main__.check_certificate", interrupted)
    assert main(["check", "x"]) == 130
    assert "interrupted" in capsys.readouterr().err
    path = tmp_path / "good.json"
    path.write_text(examples()[0])
    command = [sys.executable, "-m", "sage_conslaw.certificate", "check"] + [str(path)] * 300
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               env={**os.environ, "PYTHONPATH": str(ROOT)})
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(60) != 0
    assert b"Traceback" not in process.stderr.read()


# Writing -----------------------------------------------------------------------------------------


def test_save_and_check(tmp_path):
    path = tmp_path / "proof.json"
    save_certificate(example(), path)
    assert json.loads(path.read_text()) == example()
    assert [name.name for name in tmp_path.iterdir()] == ["proof.json"]
    assert repr(check_certificate(path)) == repr(check_certificate(example()))
    save_certificate(example(4), str(path))
    assert json.loads(path.read_text()) == example(4)


def test_saving_with_the_permissions_of_ordinary_files(tmp_path):
    (tmp_path / "other").write_text("")
    save_certificate(example(), tmp_path / "proof.json")
    assert (tmp_path / "proof.json").stat().st_mode == (tmp_path / "other").stat().st_mode


@pytest.mark.parametrize("step", ["os.fsync", "os.replace", "json.dumps"])
def test_an_interrupted_save_leaves_the_old_file(step, tmp_path, monkeypatch):
    path = tmp_path / "proof.json"
    save_certificate(example(), path)

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(f"sage_conslaw.certificate.builder.{step}", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save_certificate(example(4), path)
    monkeypatch.undo()
    assert [name.name for name in tmp_path.iterdir()] == ["proof.json"]
    assert check_certificate(path).number_of_variables == 8


def test_saving_where_it_cannot_be(tmp_path):
    with pytest.raises(FileNotFoundError):
        save_certificate(example(), tmp_path / "missing" / "proof.json")
    with pytest.raises(TypeError):
        save_certificate(example(), 5)


def test_build_names_what_is_wrong():
    flow = GradientFlow(NMF(1, 1, 2))
    fields, laws = flow.vector_fields(), polynomial_laws(flow, 1)
    with pytest.raises(ValueError, match="words, laws: got 1 word and 1 law in 3 variables"):
        build_certificate(fields, 101, [1, 2, 3], [[0]], laws)
    with pytest.raises(ValueError, match="point: got 2 numbers, expected 3"):
        build_certificate(fields, 101, [1, 2], [[0], [1]], laws)
    other = PolynomialRing(ZZ, "x, y, z").gen(0)
    with pytest.raises(ValueError, match="laws: got a polynomial of"):
        build_certificate(fields, 101, [1, 2, 3], [[0], [1]], [other])


def test_build_takes_numbers_of_all_kinds():
    import numpy as np
    flow = GradientFlow(NMF(1, 1, 2))
    data = build_certificate(flow.vector_fields(), Integer(101), np.array([1, 2, 304]),
                             ((np.int64(0),), [Integer(1)]), list(polynomial_laws(flow, 1)), flow)
    assert check_certificate(json.loads(json.dumps(data))).number_of_laws == 1
    assert data["point"] == [1, 2, 1] and data["model"]["mirror"] == ["U", "V"]


def test_flows_of_someone_else_have_no_name():
    class GradientFlow(sage_conslaw.GradientFlow):
        pass

    flow = GradientFlow(ReLUNetwork([2, 1]))
    data = build_certificate(flow.vector_fields(), 101, [1, 2], [[0], [1]], [], flow)
    assert data["model"] is None


def test_building_does_not_share_with_what_it_is_given():
    words, point = [[0], [1]], [1, 2]
    flow = GradientFlow(LinearNetwork([2, 1]))
    data = build_certificate(flow.vector_fields(), 101, point, words, [], flow)
    before = copy.deepcopy(data)
    words[0].append(1), point.append(1)
    assert data == before and check_certificate(data)
    assert data == before


def test_reports_and_refusals_can_be_sent():
    report = pickle.loads(pickle.dumps(check_certificate(example())))
    assert report.number_of_laws == 3
    assert str(pickle.loads(pickle.dumps(CertificateError("x")))) == "x"
    assert issubclass(CertificateError, ValueError)


# Fuzzing -----------------------------------------------------------------------------------------


def test_mutants():
    counts, ways, slowest, findings = fuzz_certificate.fuzz(3000, seed=20240501)
    assert findings == []
    assert counts["accepted"] > 50 and counts["refused"] > 2000
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
    findings = fuzz_certificate.fuzz(1200, seed=1)[3]
    assert any(what == "false accept" for what, _ in findings)
