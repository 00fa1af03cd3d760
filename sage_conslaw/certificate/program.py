r"""
Programs from a file, checked for their form

A *program* is a list of instructions, each of which makes one array of rational functions from
arrays made before; a network, or rather the pairing of its outputs with the gradient of a loss,
is one, and so is a metric. All arrays are row-major, and ``of`` numbers the instructions from 0.

==============  ===================================  ============================================
``op``          further entries                      value
==============  ===================================  ============================================
``parameter``   ``name``, ``shape``                  a block of variables of the state
``control``     ``name``, ``shape``, ``role``        a free array: every entry takes every value
``constant``    ``shape``, ``values``                rational numbers, texts such as ``"-1/2"``
``add``         ``of``: two of one shape             the sum, entry by entry
``multiply``    ``of``: two; ``left``, ``right``,    sum of products over all letters that are
                ``out``: a letter for each axis      not in ``out``
``take``        ``of``: one; ``shape``, ``index``    entry `e` is entry ``index[e]`` of the
                                                     operand, or zero where that is -1
``put``         ``of``: one; ``shape``, ``index``    entry `e` of the operand is added to entry
                                                     ``index[e]``, or dropped where that is -1
``sum``         ``of``: one; ``axes``, ascending     the sum over these axes
``reciprocal``  ``of``: one                          the inverse of every entry
==============  ===================================  ============================================

The letters of ``left`` are all different, and so are those of ``right`` and of ``out``. Each
letter of ``left`` or ``right`` is in the other one or in ``out``; each of ``out`` is in ``left``
or ``right``; equal letters stand for axes of equal size.

After the form is checked, only four kinds are left: what is given, sums of entries of operands
(``add``, ``take``, ``put``, ``sum``), sums of products of them (``multiply``), and inverses. A
sum is a list of *routes*, from an entry of an operand to an entry of the result; a sum of products
is a list of triples, two entries to be multiplied and one that the product is added to.
"""
import itertools
import math
import re
from array import array

from sage_conslaw.certificate.form import NAME, check_keys, check_list, read_number
from sage_conslaw.certificate.reader import CertificateError, shown

#: Bounds of what is accepted: instructions, axes of an array, entries of all arrays together,
#: and products in all instructions together.
MAX_INSTRUCTIONS = 20_000
MAX_AXES = 26
MAX_ENTRIES = 2_000_000
MAX_PROGRAM_PRODUCTS = 2_000_000

#: What a control may stand for, and what then is to be assumed.
HYPOTHESES = {
    "cotangent": "the gradient of the loss in the outputs takes every value",
    "input": "the inputs take every value",
    "gate": "the gates are free: every entry takes every value, whatever the parameters and the "
            "inputs",
    "restricted": "the restricted parameters take every value: the laws are those in the other "
                  "parameters alone",
}

GIVEN, LINEAR, BILINEAR, INVERSE = "given", "linear", "bilinear", "inverse"
_ENTRIES = {
    "parameter": ("name", "shape"), "control": ("name", "shape", "role"),
    "constant": ("shape", "values"), "add": ("of",), "multiply": ("of", "left", "right", "out"),
    "take": ("of", "shape", "index"), "put": ("of", "shape", "index"), "sum": ("of", "axes"),
    "reciprocal": ("of",),
}
_KINDS = {"add": LINEAR, "take": LINEAR, "put": LINEAR, "sum": LINEAR, "multiply": BILINEAR,
          "reciprocal": INVERSE}
_LETTERS = re.compile(r"[A-Za-z]*", re.ASCII)


class Instruction:
    r"""
    One array of a program.

    ATTRIBUTES:

    - ``op``, ``kind`` -- the operation, and which of the four kinds it is of
    - ``shape``, ``size`` -- of the array
    - ``of`` -- numbers of the operands
    - ``name``, ``role`` -- of a parameter and of a control
    - ``values`` -- of a constant, pairs (numerator, denominator)
    - ``routes`` -- of a linear instruction, for each operand a pair of arrays of numbers of
      entries: from where, and to where; of a bilinear one three arrays
    """
    __slots__ = ("op", "kind", "shape", "size", "of", "name", "role", "values", "routes")


class Program:
    r"""
    A program whose form has been checked.

    ATTRIBUTES:

    - ``instructions`` -- list of :class:`Instruction`
    - ``outputs`` -- list of numbers of instructions
    - ``depends`` -- for each instruction whether it depends on a parameter
    """
    __slots__ = ("instructions", "outputs", "depends")

    def having(self, op):
        r"""
        Return the numbers of the instructions of one operation.
        """
        return [k for k, step in enumerate(self.instructions) if step.op == op]

    def blocks(self):
        r"""
        Return the names and the shapes of the parameters.
        """
        return [(self.instructions[k].name, self.instructions[k].shape)
                for k in self.having("parameter")]

    def hypotheses(self):
        r"""
        Return what the program's controls are to be assumed, as texts.
        """
        roles = {self.instructions[k].role for k in self.having("control")}
        return [text for role, text in HYPOTHESES.items() if role in roles]

    def denominators(self):
        r"""
        Yield the number of each constant that is not integral, and the denominators in it.
        """
        for k in self.having("constant"):
            found = {denominator for _, denominator in self.instructions[k].values} - {1}
            if found:
                yield k, found


def parse_program(value, where):
    r"""
    Check the form of a program and return it as a :class:`Program`.

    EXAMPLES::

        sage: from sage_conslaw.certificate.program import parse_program
        sage: data = {"instructions": [
        ....:     {"op": "parameter", "name": "U", "shape": [int(2)]},
        ....:     {"op": "multiply", "of": [int(0), int(0)], "left": "a", "right": "a",
        ....:      "out": ""}], "outputs": [int(1)]}
        sage: program = parse_program(data, "program")
        sage: program.instructions[1].kind, [list(r) for r in program.instructions[1].routes]
        ('bilinear', [[0, 1], [0, 1], [0, 0]])
        sage: data["instructions"][1]["left"] = "ab"
        sage: parse_program(data, "program")
        Traceback (most recent call last):
        ...
        sage_conslaw.certificate.reader.CertificateError: program.instructions[1]: left is 'ab',
        expected 1 different letter
    """
    check_keys(value, ("instructions", "outputs"), where)
    steps = check_list(value["instructions"], f"{where}.instructions", least=1,
                       most=MAX_INSTRUCTIONS)
    program = Program()
    program.instructions = found = []
    names, room = set(), [MAX_ENTRIES, MAX_PROGRAM_PRODUCTS]
    for k, entry in enumerate(steps):
        place = f"{where}.instructions[{k}]"
        step = _instruction(entry, found, room, place)
        if step.name is not None:
            if step.name in names:
                raise CertificateError(f"{place}: the name {step.name!r} occurs twice")
            names.add(step.name)
        found.append(step)
    program.depends = []
    for step in found:
        program.depends.append(step.op == "parameter" or any(program.depends[k] for k in step.of))
    program.outputs = check_list(value["outputs"], f"{where}.outputs", least=1,
                                 most=MAX_INSTRUCTIONS)
    for k in program.outputs:
        _check_number(k, len(found), f"{where}.outputs")
    return program


def _instruction(entry, before, room, where):
    if not isinstance(entry, dict):
        raise CertificateError(f"{where}: got {shown(entry)}, expected an object")
    op = entry.get("op")
    if type(op) is not str or op not in _ENTRIES:
        raise CertificateError(f"{where}: op is {shown(op)}, expected one of {', '.join(_ENTRIES)}")
    check_keys(entry, ("op",) + _ENTRIES[op], where)
    step = Instruction()
    step.op, step.kind = op, _KINDS.get(op, GIVEN)
    step.name = step.role = step.values = step.routes = None
    operands = {"add": 2, "multiply": 2}.get(op, 0 if step.kind == GIVEN else 1)
    step.of = tuple(check_list(entry["of"], f"{where}.of", exactly=operands)) if operands else ()
    for k in step.of:
        _check_number(k, len(before), f"{where}.of")
    shapes = [before[k].shape for k in step.of]
    if op == "multiply":
        step.shape, sizes = _sizes_of_letters(entry, shapes, where)
        _take_room(room, 1, sizes.values(), where)
    elif op == "sum":
        axes = check_list(entry["axes"], f"{where}.axes", most=len(shapes[0]))
        for axis in axes:
            _check_number(axis, len(shapes[0]), f"{where}.axes")
        if any(a >= b for a, b in zip(axes, axes[1:])):
            raise CertificateError(f"{where}.axes: expected them in ascending order")
        step.shape = tuple(n for k, n in enumerate(shapes[0]) if k not in axes)
    elif "shape" in entry:
        step.shape = _shape(entry["shape"], f"{where}.shape")
    else:
        step.shape = shapes[0]
        if op == "add" and shapes[0] != shapes[1]:
            raise CertificateError(f"{where}: the shapes {shapes[0]} and {shapes[1]} differ")
    step.size = _take_room(room, 0, step.shape, where)
    if op == "multiply":
        step.routes = _products(entry, shapes, step.shape, sizes)
    elif step.kind == LINEAR:
        step.routes = _routes(entry, step, shapes[0], where)
    elif step.kind == GIVEN:
        _read_given(entry, step, where)
    return step


def _check_number(k, bound, where):
    if type(k) is not int or not 0 <= k < bound:
        raise CertificateError(f"{where}: got {shown(k)}, expected a number below {bound}")


def _shape(value, where):
    check_list(value, where, most=MAX_AXES)
    for n in value:
        if type(n) is not int or not 0 <= n <= MAX_ENTRIES:
            raise CertificateError(f"{where}: got {shown(n)}, expected an integer from 0 to "
                                   f"{MAX_ENTRIES}")
    return tuple(value)


def _take_room(room, kind, sizes, where):
    # the product of sizes, which is taken from what is left of entries or of products
    size = math.prod(sizes)
    room[kind] -= size
    if room[kind] < 0:
        raise CertificateError(f"{where}: too many {('entries', 'products')[kind]}; accepted are "
                               f"{(MAX_ENTRIES, MAX_PROGRAM_PRODUCTS)[kind]:,} in a program")
    return size


def _sizes_of_letters(entry, shapes, where):
    sizes = {}
    for key, shape in (("left", shapes[0]), ("right", shapes[1]), ("out", None)):
        text, axes = entry[key], MAX_AXES if shape is None else len(shape)
        if (type(text) is not str or len(text) > axes or not _LETTERS.fullmatch(text)
                or len(set(text)) != len(text) or shape is not None and len(text) != axes):
            number = f"at most {axes}" if shape is None else axes
            raise CertificateError(f"{where}: {key} is {shown(text)}, expected {number} different "
                                   f"letter{'' if axes == 1 else 's'}")
        for letter, size in zip(text, shape or ()):
            if sizes.setdefault(letter, size) != size:
                raise CertificateError(f"{where}: the letter {letter} stands for axes of sizes "
                                       f"{sizes[letter]} and {size}")
    left, right, out = (set(entry[key]) for key in ("left", "right", "out"))
    if out - left - right:
        raise CertificateError(f"{where}: out has the letter {min(out - left - right)}, which is "
                               "in neither operand")
    if (left ^ right) - out:
        raise CertificateError(f"{where}: the letter {min((left ^ right) - out)} is in one operand "
                               "and not in out")
    return tuple(sizes[letter] for letter in entry["out"]), sizes


def _strides(shape):
    return [math.prod(shape[k + 1:]) for k in range(len(shape))]


def _products(entry, shapes, shape, sizes):
    # all triples; the letters of the result come first, so that what is added to one entry
    # stands together
    if 0 in sizes.values():
        return array("l"), array("l"), array("l")
    letters = entry["out"] + "".join(sorted(set(sizes) - set(entry["out"])))
    found = []
    for text, axes in ((entry["left"], shapes[0]), (entry["right"], shapes[1]),
                       (entry["out"], shape)):
        places = [0]
        stride = dict(zip(text, _strides(axes)))
        for letter in letters:
            step = stride.get(letter, 0)
            places = [place + step * i for place in places for i in range(sizes[letter])]
        found.append(array("l", places))
    return tuple(found)


def _routes(entry, step, shape, where):
    size, op = math.prod(shape), step.op
    if op == "add":
        every = array("l", range(size))
        return (every, every), (every, every)
    if op == "sum":
        if size == 0:
            return ((array("l"), array("l")),)
        kept, strides = [], iter(_strides(step.shape))
        for k in range(len(shape)):
            kept.append(0 if k in entry["axes"] else next(strides))
        index = (sum(map(int.__mul__, place, kept))
                 for place in itertools.product(*map(range, shape)))
        return ((array("l", range(size)), array("l", index)),)
    # the index of take runs over the result and points into the operand; put is its adjoint
    running, bound = (step.size, size) if op == "take" else (size, step.size)
    index = check_list(entry["index"], f"{where}.index", exactly=running)
    for i in index:
        if type(i) is not int or not -1 <= i < bound:
            raise CertificateError(f"{where}.index: got {shown(i)}, expected integers from -1 to "
                                   f"{bound - 1}")
    pairs = [(i, e) if op == "take" else (e, i) for e, i in enumerate(index) if i >= 0]
    return ((array("l", [i for i, _ in pairs]), array("l", [e for _, e in pairs])),)


def _read_given(entry, step, where):
    if step.op == "constant":
        check_list(entry["values"], f"{where}.values", exactly=step.size)
        step.values = [(0, 1) if text == "0" else read_number(text, f"{where}.values", "a value")
                       for text in entry["values"]]
        return
    step.name = entry["name"]
    if type(step.name) is not str or not NAME.fullmatch(step.name):
        raise CertificateError(f"{where}: name is {shown(step.name)}, expected at most 64 letters, "
                               "digits and underscores")
    if step.op == "control":
        step.role = entry["role"]
        if type(step.role) is not str or step.role not in HYPOTHESES:
            raise CertificateError(f"{where}: role is {shown(step.role)}, expected one of "
                                   f"{', '.join(HYPOTHESES)}")
