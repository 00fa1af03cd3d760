r"""
Flows of programs: their state, and their field without data

The state of a flow with parameters `\theta` in `R^n` is

=======================================  ==========================  ==================
flow                                     variables                   their number `D`
=======================================  ==========================  ==================
gradient flow                            `\theta`                    `n`
gradient flow with decay                 `s = e^{g t}`, `\theta`     `n + 1`
momentum flow, damping `\tau > 0`        `s = e^{\tau t}`,           `2 n + 1`
                                         `\theta`, `v`
momentum flow, damping 0                 the time `t`, `\theta`,     `2 n + 1`
                                         `v`
momentum flow, damping `c/t`, `c = p/q`  `r = t^{1/q}`, `\theta`,    `2 n + 1`
                                         `v`; for `q = 1` it is
                                         `t` and called so
=======================================  ==========================  ==================

A parameter may *decay* with a rate `\lambda`, all those of one block with the same; `g` is the
largest rational number of which all rates are integer multiples. With a loss `E` and a metric
`M` the flows are

.. MATH::

    \theta' = - M(\theta) \nabla E - \lambda \theta \quad\text{and}\quad
    \theta'' = - \tau \theta' - \lambda \theta - M(\tau \theta + \theta') \nabla E.

Without the loss there is left the *drift*: nothing for a gradient flow without decay, `(g s,
-\lambda \theta)` for one with decay, and `(h, v, -\tau v - \lambda \theta)` for a momentum flow,
where `h` is `\tau s` for a constant `\tau \ne 0`, and `\tfrac1q r r^{-q}` for `c/t` with `q > 1`,
and otherwise 1. The loss adds `(M \nabla E)`, `(0, M \nabla E)` or `(0, 0, M \nabla E)`.

A metric is a program with the parameters of the network, in the same order, and no controls. If
its form is ``"diagonal"`` it has an output of the same shape for each of them, else one output with
`n` rows and columns for all of them.
"""
import math

from sage_conslaw.certificate.form import (
    MAX_DEGREE,
    check_keys,
    check_list,
    read_damping,
    read_number,
)
from sage_conslaw.certificate.names import variable_names
from sage_conslaw.certificate.program import parse_program
from sage_conslaw.certificate.reader import CertificateError, shown


class Flow:
    r"""
    A flow whose form has been checked.

    ATTRIBUTES:

    - ``momentum`` -- whether it is a momentum flow
    - ``damping`` -- its text, and ``rate``, a pair, with ``inverse_time``: whether the damping
      is the rate divided by the time
    - ``root`` -- the `q` with `t = r^q`, 1 if the time is a variable itself
    - ``decay`` -- dictionary from the name of a block to its rate, a pair
    - ``rates`` -- the rate of each parameter, ``None`` where there is none
    - ``measure`` -- the number `g` as a pair, ``None`` without decay
    - ``form``, ``metric`` -- of the metric, and its program
    - ``parameters``, ``size`` -- the numbers `n` and `D`
    - ``offset`` -- the variable that the first parameter is: 0, or 1 after a time
    - ``has_drift`` -- whether there is a drift
    - ``names`` -- the names of the variables
    """
    __slots__ = ("momentum", "damping", "rate", "inverse_time", "root", "decay", "rates", "measure",
                 "form", "metric", "parameters", "size", "offset", "has_drift", "names", "blocks")

    def metric_of(self, block):
        r"""
        Return what the metric is on a block: ``"euclidean"``, ``"mirror"`` or ``"other"``.

        EXAMPLES::

            sage: from sage_conslaw.certificate.flow import parse_flow
            sage: from sage_conslaw.certificate.program import parse_program
            sage: U = {"op": "parameter", "name": "U", "shape": []}
            sage: one = {"op": "constant", "shape": [], "values": ["1"]}
            sage: program = parse_program({"instructions": [U], "outputs": [int(0)]}, "program")
            sage: for k in range(2):
            ....:     metric = {"instructions": [U, one], "outputs": [int(k)]}
            ....:     print(parse_flow({"kind": "gradient", "damping": None, "decay": [], "metric":
            ....:         {"form": "diagonal", "program": metric}}, program).metric_of("U"))
            mirror
            euclidean
        """
        if self.form == "diagonal":
            place = [name for name, _ in self.blocks].index(block)
            step = self.metric.instructions[self.metric.outputs[place]]
            if step.op == "parameter" and step.name == block:
                return "mirror"
            if step.op == "constant" and all(value == (1, 1) for value in step.values):
                return "euclidean"
        return "other"


def parse_flow(value, program):
    r"""
    Check the form of a flow of a program, and return it as a :class:`Flow`.

    EXAMPLES::

        sage: from sage_conslaw.certificate.flow import parse_flow
        sage: from sage_conslaw.certificate.program import parse_program
        sage: U = {"op": "parameter", "name": "U", "shape": [int(2)]}
        sage: ones = {"op": "constant", "shape": [int(2)], "values": ["1", "1"]}
        sage: program = {"instructions": [U, {"op": "sum", "of": [int(0)], "axes": [int(0)]}],
        ....:            "outputs": [int(1)]}
        sage: metric = {"instructions": [U, ones], "outputs": [int(1)]}
        sage: flow = parse_flow({"kind": "momentum", "damping": "3/t", "decay": [], "metric": {
        ....:     "form": "diagonal", "program": metric}}, parse_program(program, "program"))
        sage: flow.names, flow.rate, flow.inverse_time
        (['t', 'U1', 'U2', 'dU1', 'dU2'], (3, 1), True)
    """
    check_keys(value, ("kind", "damping", "decay", "metric"), "flow")
    flow = Flow()
    if type(value["kind"]) is not str or value["kind"] not in ("gradient", "momentum"):
        raise CertificateError(f"flow: kind is {shown(value['kind'])}, expected 'gradient' or "
                               "'momentum'")
    flow.momentum = value["kind"] == "momentum"
    flow.damping, flow.rate, flow.inverse_time, flow.root = value["damping"], None, False, 1
    if flow.momentum:
        flow.rate, flow.inverse_time = read_damping(flow.damping, "flow: damping", "'momentum'")
        if flow.inverse_time:
            flow.root = flow.rate[1]
            if flow.root > MAX_DEGREE:
                raise CertificateError(f"flow: damping is {shown(flow.damping)}, accepted are "
                                       f"denominators of at most {MAX_DEGREE}")
    elif flow.damping is not None:
        raise CertificateError(f"flow: damping is {shown(flow.damping)}, expected null for "
                               "'gradient'")
    flow.blocks = blocks = program.blocks()
    sizes = [math.prod(shape) for _, shape in blocks]
    flow.parameters = sum(sizes)
    flow.decay = _decay(value["decay"], [name for name, _ in blocks])
    flow.rates = [flow.decay.get(name) for (name, _), size in zip(blocks, sizes)
                  for _ in range(size)]
    flow.measure = _measure(flow.decay.values())
    flow.form, flow.metric = _metric(value["metric"], blocks, flow.parameters)
    flow.has_drift = flow.momentum or bool(flow.decay)
    time = "s" if flow.has_drift else None
    if flow.momentum and (flow.inverse_time or flow.rate[0] == 0):
        time = "t" if flow.root == 1 else "r"
    flow.names = variable_names(blocks, time, flow.momentum)
    flow.offset, flow.size = int(time is not None), len(flow.names)
    return flow


def _decay(value, known):
    found, before = {}, -1
    for entry in check_list(value, "flow: decay", most=len(known)):
        if type(entry) is not list or len(entry) != 2:
            raise CertificateError(f"flow: decay has the entry {shown(entry)}, expected a list of "
                                   "a block and a rate")
        name, rate = entry
        if type(name) is not str or name not in known:
            raise CertificateError(f"flow: decay names the block {shown(name)}, which the program "
                                   "does not have")
        if known.index(name) <= before:
            raise CertificateError("flow: decay is not in the order of the blocks, or names one "
                                   "twice")
        before = known.index(name)
        found[name] = read_number(rate, "flow: decay", "a rate")
    return found


def _measure(rates):
    # the greatest common divisor of rational numbers in lowest terms
    numerator, denominator = 0, 1
    for above, below in rates:
        numerator = math.gcd(numerator, above)
        denominator = denominator * below // math.gcd(denominator, below)
    return (numerator, denominator) if numerator else None


def _metric(value, blocks, parameters):
    check_keys(value, ("form", "program"), "flow.metric")
    form = value["form"]
    if type(form) is not str or form not in ("diagonal", "matrix"):
        raise CertificateError(f"flow.metric: form is {shown(form)}, expected 'diagonal' or "
                               "'matrix'")
    where = "flow.metric.program"
    program = parse_program(value["program"], where)
    if program.blocks() != blocks:
        raise CertificateError(f"{where}: its parameters are not those of the program, in the same "
                               "order")
    if program.having("control"):
        raise CertificateError(f"{where}: a metric has no controls")
    expected = [shape for _, shape in blocks]
    if form == "matrix":
        expected = [(parameters, parameters)]
    shapes = [program.instructions[k].shape for k in program.outputs]
    if len(shapes) != len(expected):
        raise CertificateError(f"{where}.outputs: got {len(shapes)} of them, expected "
                               f"{len(expected)}")
    for got, needed in zip(shapes, expected):
        if got != needed:
            raise CertificateError(f"{where}.outputs: an output has the shape {list(got)}, "
                                   f"expected {list(needed)}")
    return form, program
