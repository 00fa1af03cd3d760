r"""
A proof as a certificate, and as a file

A flow is certified with its program: the checker derives the fields anew, by rules of its
own. Fields that are given by their terms are certified as they are.
"""
from __future__ import annotations

import contextlib
import os
import tempfile
from typing import Any

from sage_conslaw.arithmetic.term_table import BracketTooLarge, TermTable
from sage_conslaw.certificate import (
    CertificateError,
    build_certificate,
    build_flow_certificate,
    save_certificate,
)
from sage_conslaw.certificate.checker import check_form
from sage_conslaw.certificate.contents import check_variables
from sage_conslaw.counting.brackets import Words
from sage_conslaw.flows.flow import Flow
from sage_conslaw.laws.law import Law
from sage_conslaw.laws.basis import table_of_laws
from sage_conslaw.laws.sampled import has_functions
from sage_conslaw.system import limits
from sage_conslaw.system.memory import TooLarge
from sage_conslaw.system.messages import shown
from sage_conslaw.verdict.traces import trajectory_trace, word_trace


def certificate_of(problem: Any, laws: tuple[Law, ...], dimension: int, seed: int,
                   words: Words | None = None) -> dict[str, Any]:
    r"""
    Return the certificate of a number of laws that is proved.

    INPUT:

    - ``problem`` -- a flow or vector fields
    - ``laws`` -- as many independent laws as there are
    - ``dimension`` -- the dimension of the trace of the Lie algebra
    - ``seed`` -- an integer
    - ``words`` -- what was found when the dimension was counted from the same seed, if it is known

    ERRORS: ``ValueError`` where the proof does not fit into a certificate.

    EXAMPLES::

        sage: from sage_conslaw import GradientFlow, NMF, conservation_laws
        sage: from sage_conslaw.verdict.proofs import certificate_of
        sage: result = conservation_laws(GradientFlow(NMF(1, 1, 1)))
        sage: certificate_of(result.problem, result.laws, 1, 0)["claim"]
        {'lie_dimension': 1, 'number_of_laws': 1, 'number_of_variables': 2}
    """
    table = table_of_laws(laws, problem.number_of_variables)
    if has_functions(problem):
        raise ValueError("the proof does not fit into a certificate: the network has functions "
                         "that are not rational, which certificates do not have")
    try:
        check_variables(list(problem.variable_names()))
        certificate = (_of_flow(problem, laws, table, dimension, seed, words)
                       if isinstance(problem, Flow)
                       else _of_fields(problem, laws, table, dimension, seed, words))
    except (BracketTooLarge, CertificateError, TooLarge) as reason:
        raise ValueError(f"the proof does not fit into a certificate: {reason}") from None
    return certificate


# What no one would accept is not given to anyone: the form of each is checked here.

def _of_fields(fields: Any, laws: tuple[Law, ...], table: TermTable, dimension: int,
               seed: int, found: Words | None) -> dict[str, Any]:
    prime, point, words = word_trace(fields, table, len(laws), dimension, seed, limits.WORD_TERMS,
                                     found)
    certificate = build_certificate(fields, prime, point, words, laws)
    check_form(certificate)
    return certificate


def _of_flow(flow: Flow, laws: tuple[Law, ...], table: TermTable, dimension: int,
             seed: int, found: Words | None) -> dict[str, Any]:
    try:
        fields = flow.vector_fields()
        if len(fields.terms) > limits.WORD_FIELD_TERMS:
            raise TooLarge("the fields have many terms")
        prime, point, words = word_trace(fields, table, len(laws), dimension, seed,
                                         limits.FLOW_WORD_TERMS, found)
        trace: dict[str, Any] = {"kind": "words", "words": [list(word) for word in words]}
        certificate = _flow_certificate(flow, laws, prime, point, trace)
        check_form(certificate)
        return certificate
    except (BracketTooLarge, TooLarge, CertificateError):
        # brackets, or their words, are too large: values along a trajectory are not
        prime, point, trace = trajectory_trace(flow.programs, table, len(laws), dimension, seed)
        certificate = _flow_certificate(flow, laws, prime, point, trace)
        check_form(certificate)
        return certificate


def _flow_certificate(flow: Flow, laws: tuple[Law, ...], prime: int, point: list[int],
                      trace: dict[str, Any]) -> dict[str, Any]:
    return build_flow_certificate(
        flow.network.pairing.to_json(), flow.to_json(), list(flow.variable_names()), prime, point,
        trace, [law.terms for law in laws], flow.further_hypotheses())


def save_to(path: Any, make: Any) -> None:
    r"""
    Write a certificate to a file, whole or not at all.

    INPUT:

    - ``path`` -- the name of the file
    - ``make`` -- function without arguments that returns the certificate

    ERRORS: those of ``make``; ``TypeError`` or ``OSError`` for a path that cannot be written
    to, before anything is computed.
    """
    accepted = "the path of a file in a directory that can be written to"
    try:
        path = os.fsdecode(path)
    except TypeError:
        raise TypeError(f"path: got {shown(path)}, expected {accepted}") from None
    directory = os.path.dirname(path) or os.curdir
    try:
        if not os.path.basename(path) or os.path.isdir(path):
            raise IsADirectoryError
        with contextlib.suppress(FileNotFoundError):
            os.lstat(path)  # refuses names that are too long
        with tempfile.TemporaryFile(dir=directory):
            pass
    except (OSError, ValueError):
        raise OSError(f"path: got {shown(path)}, expected {accepted}") from None
    save_certificate(make(), path)
