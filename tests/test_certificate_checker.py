"""What the checker of certificates proves, and what it does not."""

import pickle

import pytest
from sage.all import QQ, PolynomialRing

import certificate_theorems
from certificate_refusals import example, refused
from certificate_theorems import examples, is_theorem
from sage_conslaw import MomentumFlow, VectorFields
from sage_conslaw.certificate import CertificateError, build_certificate, check_certificate


@pytest.mark.parametrize("number", range(len(certificate_theorems.flows())))
def test_all_models_and_flows(number):
    flow, _ = certificate_theorems.flows()[number]
    report = check_certificate(example(number))
    assert report.number_of_variables == flow.number_of_variables
    assert report.lie_dimension + report.number_of_laws == report.number_of_variables
    # under 5/2/t the time is a root, for which version 1 has no formulas
    assert (report.model is None) == ("5/2" in repr(flow))
    if report.model:
        assert repr(flow.model).replace(", bias=False", "") in report.model.replace(
            ", bias=False", "")
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


@pytest.mark.parametrize("wrong", [None, 5, 1.5, [], object()], ids=repr)
def test_neither_path_nor_data(wrong):
    with pytest.raises(TypeError, match="data_or_path"):
        check_certificate(wrong)


def test_out_of_memory_is_a_refusal(monkeypatch):
    def no_memory(data):
        raise MemoryError

    monkeypatch.setattr("sage_conslaw.certificate.checker.parse", no_memory)
    assert refused(example()) == "there is not enough memory to check it"


def test_reports_and_refusals_can_be_sent():
    report = pickle.loads(pickle.dumps(check_certificate(example())))
    assert report.number_of_laws == 3
    assert str(pickle.loads(pickle.dumps(CertificateError("x")))) == "x"
    assert issubclass(CertificateError, ValueError)
