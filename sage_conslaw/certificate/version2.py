r"""
The contents of a certificate of version 2, checked for their form
"""
from sage_conslaw.certificate.contents import check_word, read_law
from sage_conslaw.certificate.flow import parse_flow
from sage_conslaw.certificate.form import (
    MAX_VARIABLES,
    check_integer,
    check_keys,
    check_list,
    check_schema,
    read_claim,
    read_point,
)
from sage_conslaw.certificate.program import HYPOTHESES, parse_program
from sage_conslaw.certificate.reader import CertificateError, shown

KEYS = ("schema", "version", "claim", "hypotheses", "program", "flow", "variables", "prime",
        "point", "trace", "laws")
_WORDS_KEYS = ("kind", "words")
_TRAJECTORY_KEYS = ("kind", "seed", "samples", "order", "vectors")

#: Bounds of a trajectory: its order, its samples, and the number of a constant assignment.
MAX_ORDER = 64
MAX_SAMPLES = 4096
MAX_ASSIGNMENT = 2**31 - 1
#: Hypotheses that a file may add to those the program needs, and their length.
MAX_FURTHER = 16
MAX_TEXT = 300


class FlowCertificate:
    r"""
    The contents of a certificate of version 2: well formed, and nothing proved yet.

    ATTRIBUTES:

    - ``variables``, ``prime``, ``point``, ``laws``, ``lie_dimension`` -- as in version 1
    - ``program``, ``flow`` -- a :class:`Program <sage_conslaw.certificate.program.Program>` and a
      :class:`Flow <sage_conslaw.certificate.flow.Flow>`
    - ``hypotheses`` -- list of texts: what is to be assumed of the controls
    - ``further`` -- list of texts: what the file assumes besides
    - ``words`` -- list of words, or ``None``
    - ``trajectory`` -- a :class:`TrajectoryChoice`, or ``None``
    - ``fields`` -- ``None``, and the fields once they are expanded
    """
    __slots__ = ("variables", "prime", "point", "laws", "lie_dimension", "program", "flow",
                 "hypotheses", "further", "words", "trajectory", "fields")


class TrajectoryChoice:
    r"""
    Which trajectory, and which vectors along it.
    """
    __slots__ = ("seed", "samples", "order", "vectors")


def parse_flow_certificate(data):
    r"""
    Check the form of a certificate of version 2, and return it as a :class:`FlowCertificate`.

    EXAMPLES::

        sage: from sage_conslaw.certificate.version2 import parse_flow_certificate
        sage: parse_flow_certificate({"schema": "sage_conslaw.certificate", "version": int(2)})
        Traceback (most recent call last):
        ...
        sage_conslaw.certificate.reader.CertificateError: the key 'claim' is missing
    """
    check_keys(data, KEYS, "")
    check_schema(data)
    result = FlowCertificate()
    result.fields = None
    result.program = _pairing(data["program"])
    result.flow = parse_flow(data["flow"], result.program)
    result.variables = result.flow.names
    size = len(result.variables)
    _check_variables(data["variables"], result.variables)
    result.prime, result.point = read_point(data, size)
    result.words = result.trajectory = None
    kind = data["trace"].get("kind") if isinstance(data["trace"], dict) else None
    if type(kind) is str and kind == "trajectory":
        result.trajectory = choice = _trajectory(data["trace"], size, result.flow.has_drift)
        count, what = len(choice.vectors), "vectors"
    else:
        result.words = words = _words(data["trace"], size)
        count, what = len(words), "words"
    laws = check_list(data["laws"], "laws", most=size)
    result.laws = [read_law(law, size, f"laws[{i}]") for i, law in enumerate(laws)]
    result.lie_dimension = read_claim(data["claim"], size, count, what, len(laws))
    result.hypotheses = result.program.hypotheses()
    result.further = _further(data["hypotheses"], result.hypotheses)
    return result


def _pairing(value):
    program = parse_program(value, "program")
    if len(program.outputs) != 1 or program.instructions[program.outputs[0]].shape != ():
        raise CertificateError("program.outputs: expected one output without axes")
    size = sum(program.instructions[k].size for k in program.having("parameter"))
    if not size:
        raise CertificateError("program: it has no parameters")
    # a momentum flow has the velocities and the time besides
    if size > MAX_VARIABLES:
        raise CertificateError(f"program: it has {size} parameters, accepted are at most "
                               f"{MAX_VARIABLES}")
    return program


def _check_variables(value, names):
    if len(names) > MAX_VARIABLES:
        raise CertificateError(f"variables: the flow has {len(names)}, accepted are at most "
                               f"{MAX_VARIABLES}")
    check_list(value, "variables", exactly=len(names))
    for i, (got, name) in enumerate(zip(value, names)):
        if type(got) is not str or got != name:
            raise CertificateError(f"variables[{i}]: got {shown(got)} where the flow has {name}")


def _words(value, size):
    check_keys(value, _WORDS_KEYS, "trace")
    if type(value["kind"]) is not str or value["kind"] != "words":
        raise CertificateError(f"trace: kind is {shown(value['kind'])}, expected 'words' or "
                               "'trajectory'")
    words = check_list(value["words"], "trace.words", most=size)
    for i, word in enumerate(words):
        # how many fields there are is known when they are expanded
        check_word(word, None, size, f"trace.words[{i}]")
    return words


def _trajectory(value, size, has_drift):
    check_keys(value, _TRAJECTORY_KEYS, "trace")
    choice = TrajectoryChoice()
    choice.seed = check_integer(value["seed"], 0, "trace: seed", most=2**64 - 1)
    choice.samples = check_integer(value["samples"], 1, "trace: samples", most=MAX_SAMPLES)
    choice.order = check_integer(value["order"], 0, "trace: order", most=MAX_ORDER)
    choice.vectors = check_list(value["vectors"], "trace.vectors", most=size)
    highest = 0
    for i, vector in enumerate(choice.vectors):
        where = f"trace.vectors[{i}]"
        if type(vector) is not list or len(vector) != 2:
            raise CertificateError(f"{where}: got {shown(vector)}, expected a list of an order and "
                                   "the number of an assignment")
        check_integer(vector[0], 0, where, most=choice.order)
        check_integer(vector[1], -1 if has_drift else 0, where, most=MAX_ASSIGNMENT)
        highest = max(highest, vector[0])
    if choice.order != highest:
        raise CertificateError(f"trace: order is {choice.order}, but {highest} is the highest of "
                               "the vectors")
    return choice


def _further(value, needed):
    check_list(value, "hypotheses", most=len(HYPOTHESES) + MAX_FURTHER)
    for i, text in enumerate(value):
        if (type(text) is not str or not 0 < len(text) <= MAX_TEXT or not text.isascii()
                or not text.isprintable()):
            raise CertificateError(f"hypotheses[{i}]: got {shown(text)}, expected a printable "
                                   f"ASCII text of at most {MAX_TEXT} characters")
    for text in needed:
        if text not in value:
            raise CertificateError(f"hypotheses: the program needs {shown(text)}, which is left "
                                   "out")
    if value[:len(needed)] != needed:
        raise CertificateError("hypotheses: those that the program needs have to come first, in "
                               "the order of their roles")
    further = value[len(needed):]
    for text in further:
        if text in HYPOTHESES.values():
            raise CertificateError(f"hypotheses: {shown(text)} is there twice, or about controls "
                                   "that the program does not have")
    return further
