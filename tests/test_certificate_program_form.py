"""Programs of certificates with one value changed: each is refused, and the place named."""

import pytest

from certificate_refusals import changed, example, refused
from sage_conslaw.certificate import check_certificate

#: the instructions of "every operation": a_, conv1, empty, w, C, take, take, multiply, sum, put,
#: add, multiply, constant, multiply, multiply
NAME = "every operation, words"
STEPS = ("program", "instructions")


def at(number, *keys):
    return STEPS + (number,) + keys


def test_the_instructions_are_those_that_are_meant():
    steps = example(NAME)["program"]["instructions"]
    assert [step["op"] for step in steps] == [
        "parameter", "parameter", "parameter", "control", "control", "take", "take", "multiply",
        "sum", "put", "add", "multiply", "constant", "multiply", "multiply"]


@pytest.mark.parametrize("path, value, fragment", [
    (("program",), None, "program: got None, expected an object"),
    (("program",), {}, "program: the key 'instructions' is missing"),
    (("program", "inputs"), [], "program: the key 'inputs' is unknown"),
    (STEPS, {}, "program.instructions: got an object of 0 entries, expected a list"),
    (STEPS, [], "expected at least 1"),
    (at(5), None, "program.instructions[5]: got None, expected an object"),
    (at(5), {}, "program.instructions[5]: op is None, expected one of parameter, control"),
    (at(5, "op"), "divide", "program.instructions[5]: op is 'divide'"),
    (at(5, "op"), ["take"], "op is a list of 1 entry"),
    (at(5, "op"), "put", "program.instructions[5].index: got a list of 4 entries, expected 2"),
    (at(5, "op"), "sum", "program.instructions[5]: the key 'axes' is missing"),
    (at(5, "extra"), 1, "program.instructions[5]: the key 'extra' is unknown"),
    (at(5, "of"), 0, "program.instructions[5].of: got 0, expected a list"),
    (at(5, "of"), [], "program.instructions[5].of: got a list of 0 entries, expected 1"),
    (at(5, "of"), [0, 1], "program.instructions[5].of: got a list of 2 entries, expected 1"),
    (at(5, "of"), [5], "program.instructions[5].of: got 5, expected a number below 5"),
    (at(5, "of"), [-1], "program.instructions[5].of: got -1"),
    (at(5, "of"), [True], "program.instructions[5].of: got True"),
    (at(5, "of"), ["0"], "program.instructions[5].of: got '0'"),
    (at(0, "of"), [0], "program.instructions[0]: the key 'of' is unknown"),
    # shapes
    (at(0, "shape"), None, "program.instructions[0].shape: got None, expected a list"),
    (at(0, "shape"), [-1], "program.instructions[0].shape: got -1"),
    (at(0, "shape"), [2.0], "program.instructions[0].shape: got 2.0"),
    (at(0, "shape"), [True], "program.instructions[0].shape: got True"),
    (at(0, "shape"), [2**31], "program.instructions[0].shape: got 2147483648"),
    (at(0, "shape"), [1] * 27, "program.instructions[0].shape: got a list of 27 entries"),
    (at(0, "shape"), [1], "program.instructions[5].index: got 1, expected integers from -1 to 0"),
    (at(5, "shape"), [2, 3], "program.instructions[5].index: got a list of 4 entries, expected 6"),
    (at(5, "shape"), [4], "program.instructions[7]: left is 'ij', expected 1 different letter"),
    # names and roles
    (at(0, "name"), "", "program.instructions[0]: name is ''"),
    (at(0, "name"), "a b", "name is 'a b'"),
    (at(0, "name"), "1a", "name is '1a'"),
    (at(0, "name"), "a\n", "name is 'a\\n'"),
    (at(0, "name"), "\u00e4", "name is '\\xe4'"),
    (at(0, "name"), "a" * 65, "at most 64 letters"),
    (at(0, "name"), 5, "name is 5"),
    (at(0, "name"), "conv1", "program.instructions[1]: the name 'conv1' occurs twice"),
    (at(3, "name"), "conv1", "program.instructions[3]: the name 'conv1' occurs twice"),
    (at(4, "name"), "w", "program.instructions[4]: the name 'w' occurs twice"),
    (at(3, "role"), "weight", "program.instructions[3]: role is 'weight', expected one of"),
    (at(3, "role"), "scale", "role is 'scale'"),
    (at(3, "role"), None, "role is None"),
    (at(3, "role"), ["gate"], "role is a list"),
    # constants
    (at(12, "values"), [], "program.instructions[12].values: got a list of 0 entries, expected 4"),
    (at(12, "values", 0), -1, "program.instructions[12].values: a value is -1, expected a text"),
    (at(12, "values", 0), "2/4", "a value is '2/4'"),
    (at(12, "values", 0), "-0", "a value is '-0'"),
    (at(12, "values", 0), "0.5", "a value is '0.5'"),
    (at(12, "values", 0), "1" * 301, "a value is '111"),
    (at(12, "shape"), [4], "right is 'ij', expected 1 different letter"),
    # multiply
    (at(13, "left"), "ij", "program.instructions[13]: left is 'ij', expected 1 different letter"),
    (at(13, "right"), "ii", "program.instructions[13]: right is 'ii', expected 2 different"),
    (at(13, "right"), "i1", "right is 'i1'"),
    (at(13, "right"), "i\u00e4", "right is 'i\\xe4'"),
    (at(13, "right"), None, "right is None"),
    (at(13, "out"), "jj", "out is 'jj', expected at most 26 different letters"),
    (at(13, "out"), "jk", "program.instructions[13]: out has the letter k, which is in neither"),
    (at(13, "out"), "i", "program.instructions[13]: the letter j is in one operand and not in out"),
    (at(13, "left"), "k", "program.instructions[13]: the letter i is in one operand and not"),
    (at(13, "of"), [1, 12], "left is 'i', expected 2 different letters"),
    (at(7, "right"), "jk", "the letter k is in one operand"),
    (at(3, "shape"), [3], "the letter i stands for axes of sizes 2 and 3"),
    # sum, add, take, put
    (at(8, "axes"), [2], "program.instructions[8].axes: got 2, expected a number below 2"),
    (at(8, "axes"), [-1], "program.instructions[8].axes: got -1"),
    (at(8, "axes"), [0, 0], "program.instructions[8].axes: expected them in ascending order"),
    (at(8, "axes"), [1, 0], "ascending"),
    (at(8, "axes"), [0, 1, 1], "program.instructions[8].axes: got a list of 3 entries"),
    (at(8, "axes"), [], "program.instructions[10]: the shapes (2, 2) and (2,) differ"),
    (at(5, "index", 0), 2, "program.instructions[5].index: got 2, expected integers from -1 to 1"),
    (at(5, "index", 0), -2, "program.instructions[5].index: got -2"),
    (at(5, "index", 0), "0", "program.instructions[5].index: got '0'"),
    (at(5, "index", 0), False, "program.instructions[5].index: got False"),
    (at(5, "index"), None, "program.instructions[5].index: got None"),
    (at(9, "index"), [1], "program.instructions[9].index: got a list of 1 entry, expected 2"),
    (at(9, "index", 0), 2, "program.instructions[9].index: got 2, expected integers from -1 to 1"),
    # outputs
    (("program", "outputs"), [], "program.outputs: got a list of 0 entries, expected at least 1"),
    (("program", "outputs"), [14, 14], "program.outputs: expected one output without axes"),
    (("program", "outputs"), [13], "program.outputs: expected one output without axes"),
    (("program", "outputs"), [15], "program.outputs: got 15, expected a number below 15"),
    (("program", "outputs"), [None], "program.outputs: got None"),
    (("program", "outputs"), 14, "program.outputs: got 14, expected a list"),
], ids=lambda value: "".join(f".{key}" for key in value) if type(value) is tuple else "")
def test_tampering(path, value, fragment):
    assert fragment in refused(changed(path, value, NAME))


def test_a_program_without_parameters():
    data = example("alone, words")
    control = {"op": "control", "name": "x", "shape": [], "role": "input"}
    data["program"] = {"instructions": [control], "outputs": [0]}
    assert refused(data) == "program: it has no parameters"
    data["program"]["instructions"] += [{"op": "parameter", "name": "U", "shape": [3, 0, 2]}]
    assert refused(data) == "program: it has no parameters"


def test_parameters_occur_once():
    # a block is one instruction: a second one would be a second block of the same name
    data = example("alone, words")
    steps = data["program"]["instructions"]
    steps.insert(1, dict(steps[0]))
    assert "program.instructions[1]: the name 'U' occurs twice" in refused(data)


def test_reciprocals_have_one_operand():
    data = example("inverse of data, words")
    place = next(k for k, step in enumerate(data["program"]["instructions"])
                 if step["op"] == "reciprocal")
    data["program"]["instructions"][place]["of"].append(0)
    assert f"program.instructions[{place}].of: got a list of 2 entries" in refused(data)


def test_instructions_without_use_are_read_too():
    data = example("alone, words")
    data["program"]["instructions"].append({"op": "add", "of": [0, 9]})
    assert "program.instructions[4].of: got 9" in refused(data)
    data["program"]["instructions"][-1]["of"] = [0, 1]
    assert check_certificate(data).number_of_laws == 1
