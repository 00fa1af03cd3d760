r"""
What a certificate proves
"""
import os

from sage_conslaw.certificate.algebra import Independence, Laws, Work, check_prime
from sage_conslaw.certificate.brackets import Brackets
from sage_conslaw.certificate.contents import parse
from sage_conslaw.certificate.models import check_model
from sage_conslaw.certificate.reader import CertificateError, read


class Report:
    r"""
    A theorem that a certificate proved.

    Its ``repr`` is one sentence; printed, it says how each part was proved.

    ATTRIBUTES:

    - ``number_of_variables``, ``lie_dimension``, ``number_of_laws`` -- the numbers
      `D = r + L`, `r` and `L`
    - ``number_of_fields`` -- how many fields there are
    - ``model`` -- what the fields are, in words; ``None`` if the certificate names no model
    - ``prime`` -- the prime of the two ranks
    - ``longest_word`` -- the number of fields in the longest bracket, 0 if there is none

    EXAMPLES::

        sage: from sage_conslaw import VectorFields
        sage: from sage_conslaw.certificate import build_certificate, check_certificate
        sage: R.<x, y> = ZZ[]
        sage: report = check_certificate(build_certificate(
        ....:     VectorFields([[y, -x]]), 101, [1, 2], [[0]], [x^2 + y^2]))
        sage: report.number_of_laws, report.lie_dimension, report.model
        (1, 1, None)
        sage: print(report)
        Proved: around a generic point the fields of the certificate have exactly 1 independent
        conservation law, of which every law is a function.
          The certificate names no model: this is about its 1 field in 2 variables.
          Over the rationals every field annihilates its 1 law identically.
          Modulo 101 the gradients of its laws have rank 1 at its point.
          Modulo 101 the values of its 1 bracket of up to 1 field have rank 1 at its point.
          As 1 + 1 = 2, there is no further law, and the Lie algebra of the fields has
          dimension 1 around a generic point.
    """
    def __init__(self, certificate):
        self.number_of_variables = len(certificate.variables)
        self.lie_dimension = certificate.lie_dimension
        self.number_of_laws = len(certificate.laws)
        self.number_of_fields = len(certificate.fields)
        self.model = None if certificate.model is None else described(certificate.model)
        self.prime = certificate.prime
        self.longest_word = max(map(len, certificate.words), default=0)

    def __repr__(self):
        subject = f"{self.model} has" if self.model else "the fields of the certificate have"
        laws = "no conservation law but constants"
        if self.number_of_laws:
            laws = (f"exactly {_count(self.number_of_laws, 'independent conservation law')}, of "
                    "which every law is a function")
        return f"Proved: around a generic point {subject} {laws}."

    def __str__(self):
        r, laws, size = self.lie_dimension, self.number_of_laws, self.number_of_variables
        about = f"{_count(self.number_of_fields, 'field')} in {_count(size, 'variable')}"
        lines = [repr(self), f"The certificate names no model: this is about its {about}."
                 if self.model is None else
                 f"Its {about} are those of the model and flow, built again from their formulas."]
        if laws:
            lines += [f"Over the rationals every field annihilates its {_count(laws, 'law')} "
                      "identically.",
                      f"Modulo {self.prime} the gradients of its laws have rank {laws} at its "
                      "point."]
        if r:
            lines.append(f"Modulo {self.prime} the values of its {_count(r, 'bracket')} of up to "
                         f"{_count(self.longest_word, 'field')} have rank {r} at its point.")
        lines.append(f"As {r} + {laws} = {size}, there is no further law, and the Lie algebra of "
                     f"the fields has dimension {r} around a generic point.")
        return "\n  ".join(lines)


def check_certificate(data_or_path):
    r"""
    Verify a certificate and return the theorem that it proves.

    INPUT:

    - ``data_or_path`` -- the path of a file, or what its JSON stands for as a ``dict``

    OUTPUT: a :class:`Report`. If there is anything wrong a :class:`CertificateError
    <sage_conslaw.certificate.reader.CertificateError>` says what; it is a ``ValueError``.

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
        certificate = parse(data_or_path if isinstance(data_or_path, dict) else read(data_or_path))
        return _verify(certificate)
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
    certificate = parse(data)
    check_prime(certificate)
    _planned(certificate)


def _planned(certificate):
    # the parts to be checked. All work is planned first, so that what is too much is
    # refused at once.
    size, prime, work = len(certificate.variables), certificate.prime, Work()
    laws, brackets = Laws(certificate, work), Brackets(certificate, work)
    of_gradients = Independence(len(certificate.laws), size, prime, work,
                                "the gradient of laws[{}]".format)
    of_values = Independence(len(certificate.words), size, prime, work,
                             "the value of words[{}]".format)
    return laws, of_gradients, brackets, of_values


def _verify(certificate):
    check_prime(certificate)
    if certificate.model is not None:
        check_model(certificate)
    laws, of_gradients, brackets, of_values = _planned(certificate)
    laws.check()
    of_gradients.check(laws.gradients())
    of_values.check(brackets.values())
    return Report(certificate)


def described(model):
    r"""
    Return a model and its flow in words.
    """
    widths = ", ".join(map(str, model.widths))
    arguments = widths if model.architecture in ("NMF", "ICNN") else f"[{widths}]"
    if model.bias is not None:
        arguments += f", bias={model.bias}"
    if model.flow == "GradientFlow":
        flow = "the gradient flow"
    else:
        flow = f"the momentum flow with damping {model.damping}"
    geometry = f"mirror geometry on {', '.join(model.mirror)}" if model.mirror else (
        "Euclidean geometry")
    return f"{flow} of {model.architecture}({arguments}), {geometry},"


def _count(number, noun):
    return f"{number} {noun}{'' if number == 1 else 's'}"
