"""The checker's values of iterated brackets against expanded brackets."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from sage.all import GF, QQ, PolynomialRing

import certificate_theorems
from sage_conslaw import VectorFields
from sage_conslaw.certificate import algebra, build_certificate, contents
from sage_conslaw.certificate.brackets import Brackets
from small_cases import arbitrary_fields


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
