"""Certificates of version 2: what they prove, and what is said."""

import json
import pickle
import random
import re

import pytest
from sage.all import QQ

import program_certificates
import program_theorems
from certificate_refusals import changed, example, refused
from program_certificates import Writer, certify, gradient, metric, momentum, product
from sage_conslaw.certificate import FlowReport, check_certificate


@pytest.mark.parametrize("name", program_certificates.names())
def test_all_programs_and_flows(name):
    data = example(name)
    report = check_certificate(data)
    assert type(report) is FlowReport
    assert report.number_of_variables == len(data["variables"])
    assert report.lie_dimension + report.number_of_laws == report.number_of_variables
    assert (report.longest_word is None) == ("trajectory" in name)
    assert report.number_of_fields is None or report.number_of_laws or "words" in name
    assert program_theorems.proves(data)


def test_the_report_in_words():
    lines = str(check_certificate(example("linear, trajectory"))).split("\n  ")
    assert lines[0] == (
        "Proved: around a generic point the gradient flow of the network in the certificate, with "
        "parameters U, V and Euclidean geometry, has exactly 3 independent conservation laws, of "
        "which every law is a function.")
    assert lines[1:] == [
        "The network is the program in the certificate: 5 instructions, of the parameters "
        "U (2, 2), V (2, 2), with the free arrays w (2, 2) (cotangent).",
        "It is supposed that the gradient of the loss in the outputs takes every value.",
        "Its 4 fields in 8 variables were expanded from its programs.",
        "Over the rationals every field annihilates its 3 laws identically.",
        "Modulo 2147483647 the gradients of its laws have rank 3 at its point.",
        "Modulo 2147483647 its 5 vectors of orders up to 1 along its trajectory, computed from its "
        "programs, have rank 5 at its point.",
        "As 5 + 3 = 8, there is no further law, and the Lie algebra of the fields has dimension 5 "
        "around a generic point."]


@pytest.mark.parametrize("name, fragments", [
    ("gated, words", ["It is supposed that the inputs take every value.", "gate1 (2,) (gate)",
                      "It is supposed that the gates are free: every entry takes every value"]),
    ("every operation, words", ["the restricted parameters take every value: the laws are those in "
                                "the other parameters alone"]),
    ("inverse metric, words", ["'all parameters are positive'", "the metric of the certificate on "
                               "U, V"]),
    ("mirror momentum, words", ["damping 3/t", "mirror geometry on U,", "The state is the time t, "
                                "the parameters and their velocities."]),
    ("root of time, words", ["damping 1/2/t", "The state is r with t = r^2, the parameters"]),
    ("damping, words", ["damping 2 of", "The state is s = exp(2 t), the parameters and their"]),
    ("no damping, words", ["damping 0 of", "The state is the time t"]),
    ("decay, words", ["gradient flow with decay 1/2 on U, 1/3 on V1 of the network",
                      "The state is s = exp(1/6 t), the parameters."]),
    ("damping and decay, words", ["momentum flow with damping 1/2 and decay 3 on U of"]),
    ("alone, words", ["with the free arrays none."]),
    ("matrix, words", ["the metric of the certificate on U, V"]),
])
def test_what_a_report_says(name, fragments):
    text = str(check_certificate(example(name)))
    for fragment in fragments:
        assert fragment in text
    assert text.isascii()


def test_proofs_without_laws_expand_nothing(monkeypatch):
    def expanded(*_):
        raise AssertionError("expanded")

    monkeypatch.setattr("sage_conslaw.certificate.checker.Expansion", expanded)
    assert check_certificate(example("decay, trajectory")).number_of_fields is None
    with pytest.raises(AssertionError):
        check_certificate(example("linear, trajectory"))
    with pytest.raises(AssertionError):
        check_certificate(example("decay, words"))


def test_names_of_many_blocks_are_counted():
    write = Writer()
    blocks = [write.parameter(f"W{k}") for k in range(12)]
    total = blocks[0]
    for block in blocks[1:]:
        total = write.multiply(total, block, ",->")
    program = write.program(total)
    text = str(check_certificate(certify(program, gradient(program), 2)))
    assert "with parameters W0, W1, W2, W3, W4, W5, W6, 5 more and" in text


@pytest.mark.parametrize("prime", [3, 5, 101, 2**61 - 1, 2**64 - 59])
def test_any_prime_does(prime):
    accepted = 0
    for name in ("linear", "inverse time", "inverse of data", "damping"):
        for kind in ("words", "trajectory"):
            data = example(f"{name}, {kind}")
            data["prime"], data["point"] = prime, [x % prime for x in data["point"]]
            try:
                true = program_theorems.proves(data)
            except program_theorems.Malformed:
                true = False
            if true:
                assert check_certificate(data).prime == prime
                accepted += 1
            else:
                refused(data)
    # at small primes ranks are easily too small
    assert accepted == 8 or prime < 10


def test_laws_that_are_none():
    data = example("linear, trajectory")
    data["laws"][0][0][1] = "7"
    assert "laws[0] is no law: fields[0] does not annihilate it" in refused(data)
    data = example("damping, words")
    data["laws"][0].append([[0], "1"])
    assert "laws[0] is no law: fields[0]" in refused(data)


def test_the_damping_of_laws():
    # what is a law for one damping, decay or metric is none for another one
    data = example("damping, words")
    data["flow"]["damping"] = "3"
    # s = exp(3 t) times angular momentum: true as well, in another variable of the same name
    assert check_certificate(data).number_of_laws == 2
    data = example("rotations, words")
    data["flow"]["damping"] = "2/t"
    assert "is no law" in refused(data)
    data = example("equal decay, words")
    for rates in (["1/2", "1/3"], ["1/2", "-1/2"]):
        data["flow"]["decay"] = [list(pair) for pair in zip(["U", "V1"], rates)]
        assert "is no law" in refused(data)
    # the same common measure, and so the same state: s^2 (U^2 - V^2) for every rate of both
    data["flow"]["decay"] = [["U", "3"], ["V1", "3"]]
    assert check_certificate(data).number_of_laws == 1
    data = example("mirror, words")
    data["flow"]["metric"] = metric(data["program"], ["U"])
    assert "laws[0] is no law" in refused(data)


def test_unused_parameters_are_conserved():
    data = example("unused, trajectory")
    assert data["variables"] == ["U1", "U2", "V1_1", "V1_2", "t", "c"]
    assert [[[4], "1"]] in data["laws"] and [[[5], "1"]] in data["laws"]
    # without velocity they are none: t' = v, c' = v'
    program = data["program"]
    flow = momentum(program)
    with pytest.raises(program_theorems.Malformed):
        # the block t beside the time t
        program_theorems.reading(json.dumps([program, flow]))
    data["flow"] = flow
    assert "two of them would be called t" in refused(data)


def test_a_metric_of_zeros_moves_nothing():
    program = product(1, 1, 1)
    write = Writer()
    write.parameter("U", 1, 1), write.parameter("V", 1, 1)
    zero = write.constant([0], 1, 1)
    flow = gradient(program, {"form": "diagonal", "program": write.program(zero, zero)})
    report = check_certificate(certify(program, flow, 1))
    assert report.number_of_laws == 2 and report.lie_dimension == 0
    assert "0 fields" in str(report) and "metric of the certificate on U, V" in str(report)
    # with one of rank one there is one law more than with the other
    one = write.constant([1], 1, 1)
    flow["metric"]["program"] = write.program(zero, one)
    report = check_certificate(certify(program, flow, 1, "trajectory"))
    assert report.number_of_laws == 1


def test_prime_that_divides_a_constant():
    for kind, fragment in (("words", "divides a denominator in fields"),
                           ("trajectory", "divides a denominator in program.instructions")):
        data = example(f"every operation, {kind}")
        data["prime"], data["point"] = 3, [x % 3 for x in data["point"]]
        assert fragment in refused(data)
        data = example(f"decay, {kind}")
        data["prime"], data["point"] = 3, [x % 3 for x in data["point"]]
        fragment = fragment.replace("program.instructions", "flow")
        assert fragment in refused(data)
    data = example("root of time, trajectory")
    data["prime"], data["point"] = 2, [1, 0, 1, 0, 1]
    assert "prime: 2 divides a denominator in flow" in refused(data) or "order" in refused(data)
    data = example("linear, words")
    data["laws"][0] = [[m, str(QQ(c) / 101)] for m, c in data["laws"][0]]
    data["prime"], data["point"] = 101, [x % 101 for x in data["point"]]
    assert "prime: 101 divides a denominator in laws[0]" in refused(data)


def test_reciprocals_that_are_not_defined_at_the_point():
    data = example("inverse time, trajectory")
    data["point"][0] = 0
    assert refused(data) == "point[0]: the time is zero modulo the prime"
    data = example("inverse metric, trajectory")
    data["point"][1] = 0
    assert re.fullmatch(r"flow.metric.program.instructions\[\d\]: the inverse of what is zero at "
                        "the point modulo the prime", refused(data))
    # expanded fields have no denominators any more: there it is as good as any point
    data = example("inverse metric, words")
    data["point"][1] = 0
    report = check_certificate(data)
    assert report.number_of_laws == 1 and program_theorems.proves(data)


def test_reciprocals_of_zero():
    def quotient_by(write, u, v):
        # what u - u and u r - 1, with r the inverse of u, are made of
        one, minus = write.constant([1]), write.constant([-1])
        return {
            "0": write.constant([0]),
            "u - u": write.add(u, write.multiply(u, minus, ",->")),
            "u / u - 1": write.add(write.multiply(u, write.reciprocal(u), ",->"),
                                   write.constant([-1])),
            "u / u - u v / (u v)": write.add(
                write.multiply(u, write.reciprocal(u), ",->"),
                write.multiply(write.multiply(write.multiply(u, v, ",->"), minus, ",->"),
                               write.reciprocal(write.multiply(u, v, ",->")), ",->")),
            "1": one}

    for name in ("0", "u - u", "u / u - 1", "u / u - u v / (u v)", "1"):
        for used in (True, False):
            write = Writer()
            u, v = write.parameter("U"), write.parameter("V")
            r = write.reciprocal(quotient_by(write, u, v)[name])
            value = write.multiply(u, v, ",->")
            program = write.program(write.multiply(value, r, ",->") if used else value)
            data = example("alone, words")
            data["laws"] = [[[[0, 0], "1"], [[1, 1], "-1"]]]
            data["program"] = program
            if name == "1":
                assert check_certificate(data).number_of_laws == 1
            else:
                assert "the inverse of" in refused(data)
            data["trace"] = example("alone, trajectory")["trace"]
            if name != "1":
                assert "the inverse of" in refused(data)


def test_reports_can_be_sent():
    report = pickle.loads(pickle.dumps(check_certificate(example("gated, words"))))
    assert report.number_of_laws == 2 and len(report.hypotheses) == 3


def test_order_of_laws_and_vectors_does_not_matter():
    generator = random.Random(3)
    for name in ("linear, trajectory", "damping, words"):
        data = example(name)
        generator.shuffle(data["laws"])
        generator.shuffle(data["trace"].get("words", data["trace"].get("vectors")))
        assert check_certificate(data).number_of_laws == len(data["laws"])
    assert "depends" in refused(changed(("trace", "vectors", 1), [0, 0], "linear, trajectory"))
