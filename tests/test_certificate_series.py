"""The checker's power series, its packed residues, and vectors along a trajectory."""

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sage.all import GF, PowerSeriesRing

import jets
import program_theorems
from certificate_refusals import example
from formal_programs import cells_of
from sage_conslaw.certificate import algebra, brackets, checker, packing, series, stream
from sage_conslaw.certificate.contents import Certificate, Polynomials
from sage_conslaw.certificate.expansion import Expansion
from sage_conslaw.certificate.trajectory import Trajectory
from sage_conslaw.certificate.version2 import parse_flow_certificate

PRIMES = [2, 3, 5, 7, 11, 13, 101, 2**31 - 1, 2**61 - 1, 2**64 - 59]


@given(prime=st.sampled_from(PRIMES), slots=st.integers(1, 9), products=st.integers(1, 10**6),
       seed=st.integers(0, 2**32))
@settings(max_examples=200)
def test_batches_hold_what_they_promise(prime, slots, products, seed):
    generator = random.Random(seed)
    batch = packing.Batch(prime, slots, products)
    for _ in range(5):
        # the largest sums that a slot has to hold, and smaller ones
        most = products * (prime - 1) * (2 * prime - 1)
        numbers = [generator.choice([most, most - 1, 0, prime, prime - 1, 2 * prime - 1,
                                     generator.randrange(most + 1)]) for _ in range(slots)]
        packed = sum(x << 8 * batch.width * k for k, x in enumerate(numbers))
        reduced = batch.reduce(packed)
        assert batch.unpack(reduced) == [x % prime for x in numbers]
        inside = [reduced >> 8 * batch.width * k & (1 << 8 * batch.width) - 1
                  for k in range(slots)]
        assert all(x < 2 * prime for x in inside)
    residues = [x % prime for x in numbers]
    assert batch.unpack(batch.pack(residues)) == residues
    assert batch.unpack(batch.pack(residues[:1], slots - 1)) == [0] * (slots - 1) + residues[:1]


@given(prime=st.sampled_from(PRIMES), orders=st.integers(1, 6), seed=st.integers(0, 2**32))
@settings(max_examples=100)
def test_products_and_inverses_of_series(prime, orders, seed):
    generator = random.Random(seed)
    ring = PowerSeriesRing(GF(prime), "z", default_prec=orders)
    a, b = ([generator.randrange(prime) for _ in range(generator.randrange(1, orders + 2))]
            for _ in range(2))
    total = [1] * orders
    series.add_product(total, a, b)
    expected = (ring(a) * ring(b)).padded_list(orders)
    assert [x % prime for x in total] == [(1 + int(c)) % prime for c in expected]
    found = series.inverse(a, orders, prime)
    if a[0] == 0:
        assert found is None
    else:
        assert found == [int(c) for c in (1 / ring(a)).padded_list(orders)]
    assert series.inverse([], orders, prime) is None


@pytest.mark.parametrize("name", ["linear", "decay", "equal decay", "no damping", "damping",
                                  "every operation", "mirror"])
def test_vectors_are_sums_of_brackets(name):
    # F = F_0 + F_1 z: (L y)(0) = [F_0, y], and (L^2 y)(0) = [F_0, [F_0, y]] + [F_1, y]
    certificate = parse_flow_certificate(example(f"{name}, trajectory"))
    prime, choice, flow = certificate.prime, certificate.trajectory, certificate.flow
    choice.samples, choice.order = 2, 2
    columns = [-1, 0, 1] if flow.has_drift else [0, 1]
    choice.vectors = [(k, c) for c in columns for k in range(3)]
    fields = Expansion(certificate, algebra.Work()).fields()
    found = program_theorems.reading(json.dumps([example(f"{name}, trajectory")[key]
                                                 for key in ("program", "flow")]))
    keys = control_monomials(found)
    assert len(keys) == len(fields) - flow.has_drift

    def combined(drift, assignments):
        # a combination of the fields: a multiple of the drift, and values of the controls
        total = {}
        for place, field in enumerate(fields):
            number = drift
            if place >= flow.has_drift:
                number = sum(value(keys[place - flow.has_drift], u, prime) for u in assignments)
            for key, (a, b) in field.terms.items():
                total[key] = (total.get(key, 0) + a * pow(b, -1, prime) * number) % prime
        return Polynomials({key: (c, 1) for key, c in total.items() if c}, 1)

    def drawn(label):
        sizes = [certificate.program.instructions[k].size
                 for k in certificate.program.having("control")]
        return [stream.residues(choice.seed, prime, f"{label} control {j}", size)
                for j, size in enumerate(sizes)]

    # the data fields are linear in the controls only if their monomials are of degree one
    along = [[drawn(f"sample {s} order {k}") for s in range(2)] for k in range(2)]
    scale = [stream.residues(choice.seed, prime, f"drift {k}", 1)[0] for k in range(2)]
    words = Certificate()
    words.point, words.prime = certificate.point, prime
    words.fields = [combined(scale[0], along[0])]
    first = dict(combined(scale[1], []).terms)
    for s in range(2):
        # the derivative by z of the monomials along the series of the controls
        for place, key in enumerate(keys):
            number = slope(key, along[0][s], along[1][s], prime)
            for entry, (a, b) in fields[place + flow.has_drift].terms.items():
                old = first.get(entry, (0, 1))[0]
                first[entry] = (old + a * pow(b, -1, prime) * number) % prime, 1
    words.fields.append(Polynomials({key: c for key, c in first.items() if c[0]}, 1))
    for c in columns:
        words.fields.append(combined(int(c < 0), [] if c < 0 else [drawn(f"vector {c}")]))
    words.words = [word for y in range(2, 2 + len(columns))
                   for word in ([y], [0, y], [0, 0, y], [1, y])]
    values = list(brackets.Brackets(words, algebra.Work()).values())
    expected = []
    for k in range(0, len(values), 4):
        y, first_order, second, other = values[k:k + 4]
        expected += [y, first_order, [(a + b) % prime for a, b in zip(second, other)]]
    assert list(Trajectory(certificate, algebra.Work()).values()) == expected


def control_monomials(found):
    """Return the monomials in the controls of the data fields, as lists of (control, entry)."""
    controls = [(k, step) for k, step in enumerate(found.steps) if step["op"] == "control"]
    order = [k for k, step in controls if step["role"] == "cotangent"]
    order += [k for k, step in controls[::-1] if step["role"] != "cotangent"]
    entries = []
    for k in order:
        number = [j for j, _ in controls].index(k)
        size = len(cells_of(found.steps[k]["shape"]))
        entries += [(number, i) for i in range(size)]
    assert found.fields
    D, formal = found.D, found.formal
    keys = set()
    for entry in found.data:
        for exponents in entry.dict():
            inner = list(exponents)[D:D + formal.controls]
            keys.add(tuple(k for k, e in enumerate(inner) for _ in range(int(e))))
    return [[entries[k] for k in key] for key in sorted(keys, key=lambda key: (len(key), key))]


def value(key, controls, prime):
    result = 1
    for j, i in key:
        result = result * controls[j][i] % prime
    return result


def slope(key, start, step, prime):
    result = 0
    for place, (j, i) in enumerate(key):
        result += step[j][i] * value(key[:place] + key[place + 1:], start, prime)
    return result % prime


def test_batches_of_any_size_give_the_same(monkeypatch):
    certificate = parse_flow_certificate(example("rotations, trajectory"))
    certificate.trajectory.vectors = [[k, c] for k in range(4) for c in (-1, 0, 2, 5)]
    certificate.trajectory.order = 3
    expected = list(Trajectory(certificate, algebra.Work()).values())
    for slots in (1, 2, 3):
        monkeypatch.setattr("sage_conslaw.certificate.trajectory.MAX_SLOTS", slots)
        assert list(Trajectory(certificate, algebra.Work()).values()) == expected
    monkeypatch.setattr("sage_conslaw.certificate.trajectory.MAX_BATCH_BYTES", 1)
    assert list(Trajectory(certificate, algebra.Work()).values()) == expected


def test_vectors_do_not_depend_on_what_else_is_asked_for():
    certificate = parse_flow_certificate(example("inverse metric momentum, trajectory"))
    checker._check_rationals(certificate)
    choice = certificate.trajectory
    choice.vectors = [[k, c] for k in range(4) for c in range(-1, 3)]
    choice.order = 3
    rows = dict(zip(map(tuple, choice.vectors), Trajectory(certificate, algebra.Work()).values()))
    for vector, row in rows.items():
        choice.vectors, choice.order = [vector], vector[0]
        assert list(Trajectory(certificate, algebra.Work()).values()) == [row]


@pytest.mark.parametrize("prime", PRIMES)
def test_streams_of_residues(prime):
    for seed, label in [(0, "drift 0"), (2**64 - 1, "sample 3 order 5 control 0")]:
        found = stream.residues(seed, prime, label, 50)
        assert found == jets.stream(seed, prime, label, 50)
        assert found[:7] == stream.residues(seed, prime, label, 7)
        assert all(0 <= x < prime for x in found)
    assert stream.residues(0, prime, "x", 0) == []
    many = stream.residues(1, prime, "x", 4000)
    if prime < 20:
        # all residues are as frequent, but for what chance allows
        assert all(abs(many.count(x) - 4000 / prime) < 5 * (4000 / prime)**0.5
                   for x in range(prime))
