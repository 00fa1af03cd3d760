r"""
Checking certificates
"""
import os

from sage_conslaw.certificate.algebra import (
    Independence,
    Laws,
    Work,
    check_denominators,
    check_prime,
)
from sage_conslaw.certificate.brackets import Brackets
from sage_conslaw.certificate.contents import check_word, parse
from sage_conslaw.certificate.expansion import Expansion
from sage_conslaw.certificate.form import check_version
from sage_conslaw.certificate.models import check_model
from sage_conslaw.certificate.reader import CertificateError, read
from sage_conslaw.certificate.report import FlowReport, Report
from sage_conslaw.certificate.trajectory import Trajectory
from sage_conslaw.certificate.version2 import FlowCertificate, parse_flow_certificate


def check_certificate(data_or_path):
    r"""
    Verify a certificate and return the theorem that it proves.

    INPUT:

    - ``data_or_path`` -- the path of a file, or what its JSON stands for as a ``dict``

    OUTPUT: a :class:`Report <sage_conslaw.certificate.report.Report>`, for version 2 a
    :class:`FlowReport <sage_conslaw.certificate.report.FlowReport>`. If there is anything wrong
    a :class:`CertificateError <sage_conslaw.certificate.reader.CertificateError>` says what; it
    is a ``ValueError``.

    ALGORITHM: See :mod:`sage_conslaw.certificate` for the theorem and its proof. Laws are
    checked in integers. The gradients and the brackets are evaluated at the point modulo the
    prime, without expanding the brackets.

    EXAMPLES::

        sage: from sage_conslaw import GradientFlow, NMF, polynomial_laws
        sage: from sage_conslaw.certificate import build_certificate, check_certificate
        sage: flow = GradientFlow(NMF(1, 1, 2))
        sage: certificate = build_certificate(flow.vector_fields(), 101, [1, 2, 3], [[0], [1]],
        ....:                                 polynomial_laws(flow, 1), flow)
        sage: check_certificate(certificate)
        Proved: around a generic point the gradient flow of NMF(1, 1, 2), mirror geometry on U, V,
        has exactly 1 independent conservation law, of which every law is a function.

    TESTS::

        sage: certificate["words"][1] = certificate["words"][0]
        sage: check_certificate(certificate)
        Traceback (most recent call last):
        ...
        sage_conslaw.certificate.reader.CertificateError: the value of words[1] depends on those
        before it, at the point modulo the prime
        sage: check_certificate(5)
        Traceback (most recent call last):
        ...
        TypeError: data_or_path: got 5, expected the path of a certificate or a dict
    """
    if not isinstance(data_or_path, (dict, str, bytes, os.PathLike)):
        raise TypeError(f"data_or_path: got {data_or_path!r}, expected the path of a certificate "
                        "or a dict")
    try:
        data = data_or_path if isinstance(data_or_path, dict) else read(data_or_path)
        return _verify(_parsed(data))
    except MemoryError:
        raise CertificateError("there is not enough memory to check it") from None


def check_form(data):
    r"""
    Refuse a certificate for its form, its sizes or its prime; nothing is verified.

    INPUT:

    - ``data`` -- what the JSON of a certificate stands for, as a ``dict``

    EXAMPLES::

        sage: from sage_conslaw import VectorFields
        sage: from sage_conslaw.certificate import build_certificate
        sage: from sage_conslaw.certificate.checker import check_form
        sage: R.<x, y> = QQ[]
        sage: check_form(build_certificate(VectorFields([[y/101, x]]), 101, [1, 2], [[0]],
        ....:                              [x^2 + y^2]))
        Traceback (most recent call last):
        ...
        sage_conslaw.certificate.reader.CertificateError: prime: 101 divides a denominator in
        fields[0]
    """
    certificate = _parsed(data)
    check_prime(certificate)
    _planned(certificate)


def _parsed(data):
    if isinstance(data, dict) and "version" in data and check_version(data["version"]) == 2:
        return parse_flow_certificate(data)
    return parse(data)


def _planned(certificate):
    # the parts to be checked. All work is planned first, so that what is too much is
    # refused at once; only what an expansion takes shows while it is done.
    size, prime, work = len(certificate.variables), certificate.prime, Work()
    trace = None
    if isinstance(certificate, FlowCertificate):
        trace = _prepared(certificate, work)
    laws = Laws(certificate, work)
    of_gradients = Independence(len(certificate.laws), size, prime, work,
                                "the gradient of laws[{}]".format)
    if trace is None:
        trace = Brackets(certificate, work)
        what = "the value of words[{}]"
    else:
        what = "the value of trace.vectors[{}]"
    of_values = Independence(certificate.lie_dimension, size, prime, work, what.format)
    return laws, of_gradients, trace, of_values


def _prepared(certificate, work):
    # the fields of a flow expanded where they are needed, and its trajectory if it has one
    trajectory = None
    if certificate.trajectory is not None:
        _check_rationals(certificate)
        trajectory = Trajectory(certificate, work)
    if certificate.laws or trajectory is None:
        certificate.fields = Expansion(certificate, work).fields()
    if trajectory is None:
        check_denominators(certificate.fields, certificate.prime, "fields")
        for i, word in enumerate(certificate.words):
            check_word(word, len(certificate.fields), len(certificate.variables),
                       f"trace.words[{i}]")
    return trajectory


def _check_rationals(certificate):
    # what a trajectory modulo the prime is computed from
    prime, flow = certificate.prime, certificate.flow
    rationals = [flow.rate, flow.measure, *flow.decay.values()]
    if any(rational and rational[1] % prime == 0 for rational in rationals):
        raise CertificateError(f"prime: {prime} divides a denominator in flow")
    for program, where in ((certificate.program, "program"), (flow.metric, "flow.metric.program")):
        for k, denominators in program.denominators():
            if any(denominator % prime == 0 for denominator in denominators):
                raise CertificateError(f"prime: {prime} divides a denominator in "
                                       f"{where}.instructions[{k}]")


def _verify(certificate):
    check_prime(certificate)
    version1 = not isinstance(certificate, FlowCertificate)
    if version1 and certificate.model is not None:
        check_model(certificate)
    laws, of_gradients, trace, of_values = _planned(certificate)
    laws.check()
    of_gradients.check(laws.gradients())
    of_values.check(trace.values())
    return Report(certificate) if version1 else FlowReport(certificate)
