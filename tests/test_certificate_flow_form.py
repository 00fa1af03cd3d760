"""Flows, traces and hypotheses of certificates with one value changed: each is refused."""

import pytest

from certificate_refusals import changed, example, refused
from program_certificates import full_metric
from sage_conslaw.certificate import check_certificate
from sage_conslaw.certificate.program import HYPOTHESES

METRIC = ("flow", "metric", "program")
LINEAR, GATED, WORDS = "linear, trajectory", "gated, words", "linear, words"
DECAY, DAMPED = "decay, trajectory", "damping, words"


@pytest.mark.parametrize("name, path, value, fragment", [
    (LINEAR, ("schema",), "sage", "schema: got 'sage'"),
    (LINEAR, ("version",), 1, "the key 'model' is missing"),
    (LINEAR, ("version",), 3, "version: got 3, expected 1 or 2"),
    (LINEAR, ("version",), "2", "version: got '2', expected 1 or 2"),
    (LINEAR, ("version",), True, "version: got True"),
    (LINEAR, ("extra",), 1, "the key 'extra' is unknown"),
    (LINEAR, ("claim", "lie_dimension"), 4, "lie_dimension is 4, but there are 5 vectors"),
    (WORDS, ("claim", "lie_dimension"), 4, "lie_dimension is 4, but there are 5 words"),
    (LINEAR, ("claim", "number_of_laws"), 2, "number_of_laws is 2, but there are 3 laws"),
    (LINEAR, ("claim", "number_of_variables"), 9, "is 9, but there are 8 variables"),
    (LINEAR, ("variables",), None, "variables: got None"),
    (LINEAR, ("variables",), lambda v: v[:-1], "variables: got a list of 7 entries, expected 8"),
    (LINEAR, ("variables", 0), "U1_2", "variables[0]: got 'U1_2' where the flow has U1_1"),
    (LINEAR, ("variables", 0), 5, "variables[0]: got 5 where the flow has U1_1"),
    (LINEAR, ("variables",), lambda v: v[4:] + v[:4], "variables[0]: got 'V1_1' where"),
    (LINEAR, ("prime",), 2**31, "prime: 2147483648 is not a prime"),
    (LINEAR, ("prime",), 2**64 + 13, "below 2^64"),
    (LINEAR, ("point", 3), -1, "point[3]: got -1"),
    (LINEAR, ("point",), [], "point: got a list of 0 entries, expected 8"),
    (LINEAR, ("point",), [0] * 8, "the gradient of laws[0] depends"),
    # laws
    (LINEAR, ("laws", 1), [], "laws[1] is constant"),
    (LINEAR, ("laws", 1), [[[], "1"]], "laws[1] is constant"),
    (LINEAR, ("laws", 1, 0, 0), [8], "laws[1]: a monomial has the entry 8"),
    (LINEAR, ("laws", 2), [[[0], "1"]], "laws[2] is no law"),
    (LINEAR, ("laws",), lambda v: v[:-1], "number_of_laws is 3, but there are 2"),
    (LINEAR, ("laws", 0), lambda v: v + v[:1], "laws[0]: a monomial occurs twice"),
    # the flow
    (LINEAR, ("flow",), "gradient", "flow: got 'gradient', expected an object"),
    (LINEAR, ("flow", "kind"), "Gradient", "flow: kind is 'Gradient'"),
    (LINEAR, ("flow", "kind"), ["gradient"], "flow: kind is a list"),
    (LINEAR, ("flow", "kind"), "momentum", "flow: damping is None, expected a text such as"),
    (LINEAR, ("flow", "damping"), "0", "flow: damping is '0', expected null for 'gradient'"),
    (DAMPED, ("flow", "damping"), None, "flow: damping is None"),
    (DAMPED, ("flow", "damping"), "-1", "flow: damping is '-1'"),
    (DAMPED, ("flow", "damping"), "2/2", "flow: damping is '2/2'"),
    (DAMPED, ("flow", "damping"), "0/t", "flow: damping is '0/t'"),
    (DAMPED, ("flow", "damping"), 2, "flow: damping is 2"),
    (DAMPED, ("flow", "damping"), "0", "variables[0]: got 's' where the flow has t"),
    (DAMPED, ("flow", "damping"), "2/t", "variables[0]: got 's' where the flow has t"),
    (DAMPED, ("flow", "damping"), "3/2/t", "variables[0]: got 's' where the flow has r"),
    (DAMPED, ("flow", "damping"), "1/65/t", "accepted are denominators of at most 64"),
    (DAMPED, ("flow", "kind"), "gradient", "flow: damping is '2', expected null"),
    (LINEAR, ("flow", "decay"), None, "flow: decay: got None"),
    (LINEAR, ("flow", "decay"), [["U", "1"]], "variables: got a list of 8 entries, expected 9"),
    (DECAY, ("flow", "decay"), [["V1", "1"], ["U", "1"]], "flow: decay is not in the order"),
    (DECAY, ("flow", "decay"), [["U", "1"], ["U", "1"]], "or names one twice"),
    (DECAY, ("flow", "decay"), [["U", "1"]] * 3, "flow: decay: got a list of 3 entries"),
    (DECAY, ("flow", "decay", 0), ["U"], "flow: decay has the entry a list of 1 entry"),
    (DECAY, ("flow", "decay", 0), "U1", "flow: decay has the entry 'U1'"),
    (DECAY, ("flow", "decay", 0, 0), "W", "flow: decay names the block 'W'"),
    (DECAY, ("flow", "decay", 0, 0), ["U"], "flow: decay names the block a list"),
    (DECAY, ("flow", "decay", 0, 1), "0", "flow: decay: a rate is '0'"),
    (DECAY, ("flow", "decay", 0, 1), 1, "flow: decay: a rate is 1"),
    (DECAY, ("flow", "decay"), [], "variables: got a list of 3 entries, expected 2"),
    # the metric
    (LINEAR, ("flow", "metric"), None, "flow.metric: got None, expected an object"),
    (LINEAR, ("flow", "metric", "form"), "matrix", "program.outputs: got 2 of them, expected 1"),
    (LINEAR, ("flow", "metric", "form"), "full", "flow.metric: form is 'full'"),
    (LINEAR, METRIC, {}, "flow.metric.program: the key 'instructions' is missing"),
    (LINEAR, METRIC + ("instructions", 0, "name"), "W", "its parameters are not those of the"),
    (LINEAR, METRIC + ("instructions", 0, "shape"), [4], "its parameters are not those"),
    (LINEAR, METRIC + ("instructions",), lambda v: [v[1], v[0]] + v[2:], "in the same order"),
    (LINEAR, METRIC + ("instructions", 0), {"op": "control", "name": "U", "shape": [2, 2],
                                            "role": "input"}, "its parameters are not those"),
    (LINEAR, METRIC + ("instructions", 3), {"op": "control", "name": "x", "shape": [2, 2],
                                            "role": "input"}, "a metric has no controls"),
    (LINEAR, METRIC + ("outputs",), [2], "program.outputs: got 1 of them, expected 2"),
    (LINEAR, METRIC + ("outputs",), [2, None], "flow.metric.program.outputs: got None"),
    (LINEAR, METRIC + ("instructions", 2), {"op": "sum", "of": [0], "axes": [0]},
     "an output has the shape [2], expected [2, 2]"),
    # words
    (WORDS, ("trace",), [], "trace: got a list of 0 entries, expected an object"),
    (WORDS, ("trace", "kind"), "brackets", "trace: kind is 'brackets'"),
    (WORDS, ("trace", "kind"), ["words"], "trace: kind is a list"),
    (WORDS, ("trace", "kind"), "trajectory", "trace: the key 'seed' is missing"),
    (WORDS, ("trace", "seed"), 1, "trace: the key 'seed' is unknown"),
    (WORDS, ("trace", "words"), {}, "trace.words: got an object"),
    (WORDS, ("trace", "words"), lambda v: v + [[0]] * 4, "trace.words: got a list of 9 entries"),
    (WORDS, ("trace", "words", 0), [], "trace.words[0]: got a list of 0 entries"),
    (WORDS, ("trace", "words", 0), [4], "trace.words[0]: got 4, expected the index of a field, "
                                        "from 0 to 3"),
    (WORDS, ("trace", "words", 0), [-1], "trace.words[0]: got -1"),
    (WORDS, ("trace", "words", 0), [True], "trace.words[0]: got True"),
    (WORDS, ("trace", "words", 0), [0] * 30, "too many to be evaluated"),
    (WORDS, ("trace", "words", 4), [0, 0], "the value of words[4] depends on those before it"),
    (WORDS, ("trace", "words"), lambda v: v[:-1], "lie_dimension is 5, but there are 4 words"),
    # trajectories
    (LINEAR, ("trace", "kind"), "words", "trace: the key 'words' is missing"),
    (LINEAR, ("trace", "seed"), -1, "trace: seed: got -1"),
    (LINEAR, ("trace", "seed"), 2**64, "trace: seed: got 18446744073709551616, expected at most"),
    (LINEAR, ("trace", "seed"), None, "trace: seed: got None"),
    (LINEAR, ("trace", "seed"), True, "trace: seed: got True"),
    (LINEAR, ("trace", "samples"), 0, "trace: samples: got 0"),
    (LINEAR, ("trace", "samples"), 4097, "trace: samples: got 4097, expected at most 4096"),
    (LINEAR, ("trace", "order"), -1, "trace: order: got -1"),
    (LINEAR, ("trace", "order"), 65, "trace: order: got 65, expected at most 64"),
    (LINEAR, ("trace", "order"), 2, "trace: order is 2, but 1 is the highest of the vectors"),
    (LINEAR, ("trace", "order"), 0, "trace.vectors[4]: got 1, expected at most 0"),
    (LINEAR, ("trace", "vectors"), 5, "trace.vectors: got 5"),
    (LINEAR, ("trace", "vectors", 1), [0], "trace.vectors[1]: got a list of 1 entry"),
    (LINEAR, ("trace", "vectors", 1), 0, "trace.vectors[1]: got 0"),
    (LINEAR, ("trace", "vectors", 1), [0, -1], "trace.vectors[1]: got -1, expected an integer of "
                                               "at least 0"),
    (LINEAR, ("trace", "vectors", 1), [0, 2**31], "trace.vectors[1]: got 2147483648"),
    (LINEAR, ("trace", "vectors", 1), [-1, 0], "trace.vectors[1]: got -1"),
    (LINEAR, ("trace", "vectors", 1), [False, 1], "trace.vectors[1]: got False"),
    (LINEAR, ("trace", "vectors", 1), [0, 0], "the value of trace.vectors[1] depends on those"),
    (LINEAR, ("trace", "vectors", 4), [1, 4], None),
    (DECAY, ("trace", "vectors", 0), [0, -2], "trace.vectors[0]: got -2"),
    # hypotheses
    (LINEAR, ("hypotheses",), None, "hypotheses: got None"),
    (LINEAR, ("hypotheses",), [], "hypotheses: the program needs 'the gradient of the loss"),
    (LINEAR, ("hypotheses", 0), "x", "hypotheses: the program needs"),
    (LINEAR, ("hypotheses", 0), 5, "hypotheses[0]: got 5"),
    (GATED, ("hypotheses",), lambda v: v[:-1], "hypotheses: the program needs 'the gates are free"),
    (GATED, ("hypotheses",), lambda v: v[:1] + v[2:], "hypotheses: the program needs 'the inputs"),
    (GATED, ("hypotheses",), lambda v: v[::-1], "come first, in the order of their roles"),
    (GATED, ("hypotheses",), lambda v: ["more"] + v, "come first"),
    (GATED, ("hypotheses",), lambda v: v + v[:1], "is there twice"),
    (LINEAR, ("hypotheses",), lambda v: v + [HYPOTHESES["gate"]], "about controls that the"),
    (LINEAR, ("hypotheses",), lambda v: v + ["a\nb"], "hypotheses[1]: got 'a\\nb'"),
    (LINEAR, ("hypotheses",), lambda v: v + ["\u00e4"], "hypotheses[1]: got '\\xe4'"),
    (LINEAR, ("hypotheses",), lambda v: v + [""], "hypotheses[1]: got ''"),
    (LINEAR, ("hypotheses",), lambda v: v + ["a" * 301], "hypotheses[1]: got 'aaa"),
    (LINEAR, ("hypotheses",), lambda v: v + ["a"] * 20, "hypotheses: got a list of 21 entries"),
    (LINEAR, ("hypotheses",), lambda v: v + ["a", "b"], None),
], ids=lambda value: "".join(f".{key}" for key in value) if type(value) is tuple else "")
def test_tampering(name, path, value, fragment):
    data = changed(path, value, name)
    if fragment is None:
        assert check_certificate(data)
    else:
        assert fragment in refused(data)


def test_values_that_no_file_can_hold():
    for value in ({1, 2}, b"1", (1, 2), 1j, float("nan"), object()):
        for path in [("trace",), ("program",), ("flow",), ("hypotheses",), ("variables",),
                     ("trace", "kind"), ("flow", "kind"), ("program", "instructions", 0, "op")]:
            refused(changed(path, value, LINEAR))


def test_the_order_of_a_trajectory_and_the_prime():
    data = example("no damping, trajectory")
    assert data["trace"]["order"] == 3
    data["prime"], data["point"] = 3, [1, 1, 1, 1, 1]
    assert refused(data) == "trace: order is 3, expected less than the prime"


def test_names_of_two_variables():
    data = example("unused, words")
    for program in (data["program"], data["flow"]["metric"]["program"]):
        # the entries of U are U1 and U2
        program["instructions"][2]["name"] = "U1"
    assert refused(data) == ("variables: two of them would be called U1; the blocks have to get "
                             "other names")


def test_the_matrix_of_a_metric():
    data = example("matrix, words")
    assert data["flow"]["metric"] == full_metric(data["program"])
    metric = data["flow"]["metric"]["program"]
    metric["outputs"] *= 2
    assert "flow.metric.program.outputs: got 2 of them, expected 1" in refused(data)
    metric["outputs"] = [0]
    assert "an output has the shape [2, 1], expected [3, 3]" in refused(data)
