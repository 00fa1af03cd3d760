"""Certificates of version 2 of sizes out of reach: refused in little time and memory."""

import json
import math
import resource
import subprocess
import sys

import pytest

from certificate_refusals import ROOT, refused
from formal_programs import ROLES
from program_certificates import Writer, full_metric, gradient, product
from sage_conslaw.certificate import check_certificate
from sage_conslaw.certificate.names import variable_names

TEXT = "9" * 300


def bomb(program, flow=None, trace=None, laws=(), momentum=False, **changes):
    """Return a certificate that has the form of one, for a program that is too large."""
    blocks = [(step["name"], tuple(step["shape"])) for step in program["instructions"]
              if step["op"] == "parameter"]
    flow = flow or gradient(program)
    if momentum:
        flow.update(kind="momentum", damping="3/t")
    names = variable_names(blocks, "t" if momentum else None, momentum)
    laws = list(laws)
    rank = len(names) - len(laws)
    roles = [step["role"] for step in program["instructions"] if step["op"] == "control"]
    data = {
        "schema": "sage_conslaw.certificate", "version": 2,
        "claim": {"number_of_variables": len(names), "lie_dimension": rank,
                  "number_of_laws": len(laws)},
        "hypotheses": [text for role, text in ROLES.items() if role in roles],
        "program": program, "flow": flow, "variables": names, "prime": 2**31 - 1,
        "point": [k % 97 + 1 for k in range(len(names))],
        "trace": trace or {"kind": "words", "words": [[0]] * rank}, "laws": laws,
    }
    return {**data, **changes}


def along(rank, order=0, samples=1):
    vectors = [[order, c] for c in range(rank)]
    return {"kind": "trajectory", "seed": 1, "samples": samples, "order": order,
            "vectors": vectors}


def powers(times, start="sum"):
    """Return a program of squares of squares, of a sum of two parameters or of one alone."""
    write = Writer()
    u, v = write.parameter("U"), write.parameter("V")
    x = {"sum": lambda: write.add(u, v), "one": lambda: u,
         "number": lambda: write.multiply(u, write.constant([TEXT]), ",->"),
         "many": lambda: write.add(write.add(u, v), write.add(write.control("x", "input"),
                                                              write.control("y", "input")))}
    x = x[start]()
    for _ in range(times):
        x = write.multiply(x, x, ",->")
    return write.program(x)


def doubled(times):
    write = Writer()
    x = write.parameter("U")
    for _ in range(times):
        x = write.add(x, x)
    return write.program(x)


def wide(size, *axes):
    """Return a program whose one parameter is taken again and again, then multiplied outwards."""
    write = Writer()
    u = write.parameter("U")
    x = write.take(u, [0] * size, size)
    y = write.multiply(x, x, "i,j->ij")
    y = write.multiply(y, y, "ij,kl->ijkl") if axes else y
    return write.program(write.sum(y, *(axes or (0, 1))))


def sparse_shape(*shape):
    write = Writer()
    u = write.parameter("U")
    empty = write.parameter("V", *shape)
    letters = "abcdefghijklmnopqrstuvwxyz"[:len(shape)]
    x = write.multiply(empty, empty, f"{letters},{letters}->")
    return write.program(write.add(u, x))


def fractions(times, data=False):
    """Return a continued fraction, each reciprocal inside of the next."""
    write = Writer()
    u, one = write.parameter("U"), write.constant([1])
    x = write.add(u, write.control("x", "input")) if data else u
    for _ in range(times):
        x = write.reciprocal(write.add(write.multiply(x, u, ",->"), one))
    return write.program(x)


def many_reciprocals(size):
    write = Writer()
    u = write.parameter("U", size)
    return write.program(write.sum(write.reciprocal(u), 0))


def network(n, layers, inputs=True):
    """Return the pairing of a linear network with layers of equal widths, and data."""
    write = Writer()
    blocks = [write.parameter(f"U{k}", n, n) for k in range(layers)]
    x = write.control("x", "input", n)
    for block in blocks:
        x = write.multiply(block, x, "ij,j->i")
    return write.program(write.multiply(x, write.control("w", "cotangent", n), "i,i->"))


def with_controls(size):
    write = Writer()
    u, x = write.parameter("U"), write.control("x", "input", size)
    return write.program(write.multiply(u, write.sum(x, 0), ",->"))


def metric_of_size(n):
    program = product(n, 1, 1)
    write = Writer()
    write.parameter("U", n, 1), write.parameter("V", 1, 1)
    big = write.take(write.constant(["1"]), [0], 1, 1)
    flow = gradient(program, {"form": "matrix", "program": write.program(big)})
    return bomb(program, flow)


def full(n):
    program = product(n, 1, 1)
    return bomb(program, gradient(program, full_metric(program)), along(n + 1, 9, 4000))


SQUARE = [[[0, 0], "1"]]
BOMBS = {
    "parameters": (lambda: bomb(with_parameters(4097)), "it has 4097 parameters"),
    "variables": (lambda: bomb(with_parameters(2048), momentum=True), "the flow has 4097"),
    "many more parameters": (lambda: {**bomb(with_parameters(1)), "program": with_parameters(
        2_000_001)}, "too many entries|2000000"),
    "instructions": (lambda: bomb(doubled(20_000)), "expected at most 20000"),
    "entries of an outer product": (lambda: bomb(wide(1000, 0, 1, 2, 3)), "too many products"),
    "products": (lambda: bomb(wide(1500)), "too many products"),
    "axes of an array without entries": (
        lambda: bomb(sparse_shape(0, *[2_000_000] * 25), trace={"kind": "words", "words": []},
                     laws=[SQUARE]), "is no law"),
    "degree": (lambda: bomb(powers(60, "one")), "degree"),
    "degree along a trajectory": (lambda: bomb(powers(19_000, "one"), trace=along(2, 9, 4000)),
                                  "too much work"),
    "binomials": (lambda: bomb(powers(60)), "degree|too much work"),
    "many terms": (lambda: bomb(powers(60, "many")), "too many terms|too much work|degree"),
    "terms for laws": (lambda: bomb(powers(7, "many"), trace=along(1), laws=[SQUARE]),
                       "too many terms|too much work"),
    "long coefficients": (lambda: bomb(powers(6, "number")), "coefficients of more than"),
    "fractions": (lambda: bomb(fractions(900)), "degree|too much work|too many terms|bits"),
    "fractions of data": (lambda: bomb(fractions(300, True)), "degree|too much work|terms|bits"),
    "fractions along a trajectory": (
        lambda: bomb(fractions(4000), trace=along(1, 60, 4000)), "too much work"),
    "many reciprocals": (lambda: bomb(many_reciprocals(4000), trace=along(3999),
                                      laws=[SQUARE]), "degree|too much work|too many terms"),
    "fields": (lambda: bomb(network(4, 12), trace=along(191), laws=[SQUARE]),
               "too many terms|too much work"),
    "controls": (lambda: bomb(with_controls(1_900_000), trace=along(1, 64, 4096)),
                 "too many entries|too much work|depends"),
    "controls of many vectors": (
        lambda: bomb(many_and_controls(4000, 400_000), trace=along(4000)), "too much work"),
    "controls of many samples": (lambda: bomb(with_controls(1000), trace=along(1, 64, 4096)),
                                 "too much work"),
    "samples": (lambda: bomb(network(8, 3), trace=along(192, 5, 4096)), "too much work"),
    "orders": (lambda: bomb(network(12, 6), trace=along(864, 64)), "too much work"),
    "order of a small one": (lambda: bomb(product(1, 1, 1), trace=along(2, 64, 4096)),
                             "too much work"),
    "elimination": (lambda: bomb(with_parameters(4096), trace=along(4096)), "too much work"),
    "metric": (lambda: metric_of_size(50), "expected [51, 51]"),
    "full metric": (lambda: full(60), "too much work"),
    "a root of the time": (lambda: root(64), "degree 65"),
    "a smaller root of the time": (lambda: root(63), None),
    "a root that is none": (lambda: root(10**200), "denominators of at most 64"),
    "long rates": (lambda: long_rates(9), "common denominator"),
    "deep values": (lambda: bomb(product(1, 1, 1), trace=deep(900)), "trace"),
    "deep program": (lambda: {**bomb(product(1, 1, 1)), "program": deep(900)}, "program"),
    "deep instruction": (lambda: {**bomb(product(1, 1, 1)), "program": {
        "instructions": [deep(900)], "outputs": [0]}}, "program.instructions[0]"),
}


def with_parameters(size):
    write = Writer()
    return write.program(write.sum(write.parameter("U", size), 0))


def many_and_controls(size, controls):
    write = Writer()
    total = write.sum(write.parameter("U", size), 0)
    x = write.sum(write.control("x", "input", controls), 0)
    return write.program(write.multiply(total, x, ",->"))


def root(q):
    program = product(1, 1, 1)
    data = bomb(program, momentum=True)
    data["flow"]["damping"] = f"1/{q}/t"
    data["variables"][0] = "r"
    return data


def long_rates(count):
    write = Writer()
    blocks = [write.parameter(f"W{k}") for k in range(count)]
    program = write.program(write.multiply(blocks[0], blocks[1], ",->"))
    rates = [(f"W{k}", f"1/{10**290 + k}") for k in range(count)]
    data = bomb(program, gradient(program, decay=rates))
    data["variables"].insert(0, "s"), data["point"].append(5)
    data["trace"]["words"].append([0])
    data["claim"].update(number_of_variables=count + 1, lie_dimension=count + 1)
    return data


def deep(levels):
    value = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("name", BOMBS)
def test_bombs(name):
    build, fragments = BOMBS[name]
    message = refused(build())
    # None: not too large, but wrong
    assert any(fragment in message for fragment in (fragments or "depends|is no law").split("|")), (
        message)


def test_arrays_without_entries_are_nothing():
    for shape in ([0] + [2_000_000] * 25, [2_000_000] * 25 + [0]):
        for trace in (None, along(1)):
            report = check_certificate(bomb(sparse_shape(*shape), trace=trace))
            assert report.number_of_variables == 1 and report.number_of_laws == 0


def test_what_is_large_and_true():
    # coefficients of 19,000 bits; many samples; a product of many layers of width one
    assert check_certificate(bomb(doubled(19_000))).number_of_laws == 0
    assert check_certificate(bomb(network(1, 1), trace=along(1, 0, 4096))).number_of_laws == 0
    data = bomb(network(1, 40), trace=along(40, 0))
    assert "the value of trace.vectors[1] depends" in refused(data)


CHECK_ALL = """
import json, sys
sys.path.insert(0, sys.argv[1])
from sage_conslaw.certificate import CertificateError, check_certificate
for path in sys.argv[2:]:
    try:
        check_certificate(path)
        print("accepted")
    except CertificateError as problem:
        print("refused", problem)
"""


def test_memory_is_bounded(tmp_path):
    # those that take most of it, in a process with a gigabyte and a half
    paths = []
    for name in ("many terms", "terms for laws", "fields", "many reciprocals", "products",
                 "axes of an array without entries", "controls", "controls of many samples",
                 "fractions", "elimination"):
        paths.append(tmp_path / f"{len(paths)}.json")
        paths[-1].write_text(json.dumps(BOMBS[name][0]()))
    largest = Writer()
    u = largest.parameter("U")
    x = largest.take(u, [0] * 1_400_000, 1_400_000)
    paths.append(tmp_path / "wide.json")
    paths[-1].write_text(json.dumps(bomb(largest.program(largest.sum(x, 0)))))
    assert math.isclose(paths[-1].stat().st_size, 4_200_000, rel_tol=0.1)
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", CHECK_ALL, str(ROOT), *map(str, paths)],
        capture_output=True, text=True, timeout=200,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (3 * 2**29, 3 * 2**29)))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.split("\n")
    assert all(line.startswith("refused") for line in lines[:10])
    assert "memory" not in done.stdout
