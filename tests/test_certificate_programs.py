"""The checker's programs against a slow second reading: random ones, and wrong rules of its own."""

import itertools
import json
import random

import numpy as np
import pytest
from sage.all import QQ

import program_theorems
from certificate_refusals import example, refused
from program_certificates import metric
from random_programs import random_cases
from sage_conslaw import (
    ICNN,
    NESTEROV,
    NMF,
    GradientFlow,
    InverseTime,
    LinearNetwork,
    MomentumFlow,
    Network,
    Power,
    ReLUNetwork,
    conservation_laws,
)
from sage_conslaw.certificate import (
    CertificateError,
    algebra,
    check_certificate,
    checker,
    expansion,
    models,
    motion,
    packing,
    polynomials,
    series,
    trajectory,
    version2,
)
from sage_conslaw.certificate.contents import Model
from sage_conslaw.certificate.flow import parse_flow
from sage_conslaw.certificate.program import parse_program
from sage_conslaw.counting.trajectory import _continued, _derived
from sage_conslaw.verdict.traces import StatedSystem

PRIMES = [2**31 - 1, 2**61 - 1, 101, 7, 5]


def parsed(program, flow, prime=101, point=None, trace=None):
    """Return a certificate that has a program and a flow, and little else."""
    found = version2.FlowCertificate()
    found.program = parse_program(program, "program")
    found.flow = parse_flow(flow, found.program)
    found.variables, found.prime, found.point = found.flow.names, prime, point
    found.laws, found.words, found.fields = [], None, None
    choice = found.trajectory = version2.TrajectoryChoice()
    choice.seed, choice.samples, choice.order, choice.vectors = trace or (0, 1, 0, [])
    return found


def expanded(certificate):
    """Return the checker's fields as dictionaries, None where it refuses to have any."""
    try:
        fields = expansion.Expansion(certificate, algebra.Work()).fields()
    except CertificateError:
        return None
    return [{key: QQ(c) for key, c in field.terms.items()} for field in fields]


def read(found):
    """Return the fields of the second reading in the same form."""
    try:
        fields = found.fields
    except program_theorems.Malformed:
        return None
    return [{(component, tuple(i for i, e in enumerate(exponents) for _ in range(int(e)))): c
             for component, entry in enumerate(field) for exponents, c in entry.dict().items()}
            for field in fields]


def vectors(certificate):
    """Return the checker's vectors along a trajectory, None where it refuses."""
    try:
        checker._check_rationals(certificate)
        return list(trajectory.Trajectory(certificate, algebra.Work()).values())
    except CertificateError:
        return None


def read_vectors(found, *arguments):
    try:
        return found.vectors(*arguments)
    except (program_theorems.Malformed, ZeroDivisionError):
        return None


def random_trace(generator, found):
    """Return a seed, a number of samples, an order, and some vectors."""
    order = generator.randrange(4)
    chosen = sorted({(generator.randrange(order + 1),
                      generator.randrange(-1 if found.drifting else 0, 3)) for _ in range(5)})
    return generator.randrange(100), generator.randrange(1, 3), max(k for k, _ in chosen), chosen


def compared(number, seed, reciprocals=True):
    """Yield for random programs the checker's fields and vectors, each beside those expected."""
    generator = random.Random(seed)
    for program, flow in itertools.islice(random_cases(generator, reciprocals), number):
        found = program_theorems.reading(json.dumps([program, flow]))
        prime = generator.choice(PRIMES)
        point = [generator.randrange(prime) for _ in range(found.D)]
        trace = random_trace(generator, found)
        certificate = parsed(program, flow, prime, point, trace)
        assert certificate.variables == found.names
        assert certificate.program.hypotheses() == found.hypotheses()
        yield (expanded(certificate), read(found), vectors(certificate),
               read_vectors(found, prime, point, *trace))


def test_random_programs():
    fields_found = vectors_found = 0
    for fields, fields_read, rows, rows_read in compared(250, 1):
        assert fields == fields_read
        assert rows == rows_read
        fields_found += bool(fields)
        vectors_found += bool(rows and any(map(any, rows)))
    assert fields_found > 150 and vectors_found > 150


def adjoint_of_the_first(step, totals, values, adjoint):
    (left, _), (_, b) = totals, values
    for i, j, o in zip(*step.routes):
        if left is not None:
            series.add_product(left[i], b[j], adjoint[o])


def change_of_the_second(step, totals, values, changes):
    for i, j, o in zip(*step.routes):
        if changes[1] is not None:
            series.add_product(totals[o], values[0][i], changes[1][j])


def first_routes_only(step, totals, adjoint):
    sources, targets = step.routes[0]
    for i, o in zip(sources, targets):
        if totals[0] is not None:
            series._add(totals[0][i], adjoint[o])


def derivatives_of_first_powers(self, polynomial):
    return {x: polynomials.Polynomial({m[:-1]: c for m, c in polynomial.terms.items()
                                       if m and m[-1] == x}, polynomial.denominator)
            for x in {m[-1] for m in polynomial.terms if m}}


def left_out_instead_of_cleared(self, field, k):
    return {component: polynomials.Polynomial(
        {tuple(x for x in m if x != self._name(k)): c for m, c in p.terms.items()},
        p.denominator) for component, p in field.items()}


@pytest.mark.parametrize("owner, name, wrong", [
    # adjoints: of sums, of products, of inverses
    (series.LinearRule, "adjoint", staticmethod(lambda step, totals, adjoint: None)),
    (series.LinearRule, "adjoint", staticmethod(first_routes_only)),
    (series.BilinearRule, "adjoint", staticmethod(adjoint_of_the_first)),
    (series.InverseRule, "slope", staticmethod(
        lambda value, orders, prime: [x * x % prime for x in (value + [0] * orders)[:orders]])),
    (series.InverseRule, "slope", staticmethod(lambda value, orders, prime: [prime - 1])),
    # changes of values and of adjoints
    (series.BilinearRule, "change", staticmethod(change_of_the_second)),
    (series.BilinearRule, "adjoint_change", staticmethod(
        lambda step, totals, changes, adjoint: None)),
    (series.InverseRule, "bend", staticmethod(
        lambda value, adjoint, orders, prime: [0] * orders)),
    # arithmetic of series
    (series, "inverse", lambda z, orders, prime: None if not z or not z[0] else [
        pow(z[0], -1, prime)] + [0] * (orders - 1)),
    (packing.Batch, "reduce", lambda self, x: x & self._after_first),
    # the flow and its Jacobian
    (motion.Motion, "_minus", lambda self, a: a),
    (motion.Motion, "_rows", lambda self, values: [[]] * self._flow.parameters),
    # expansion
    (polynomials.Algebra, "derivatives", derivatives_of_first_powers),
    (expansion.Expansion, "_cleared", left_out_instead_of_cleared),
], ids=lambda value: value if isinstance(value, str) else "")
def test_a_wrong_rule_is_noticed(owner, name, wrong, monkeypatch):
    # by the programs of the test above
    monkeypatch.setattr(owner, name, wrong)
    assert any(fields != fields_read or rows != rows_read
               for fields, fields_read, rows, rows_read in compared(250, 1))


@pytest.mark.parametrize("architecture, widths, mirror", [
    ("LinearNetwork", [2, 2, 2], []), ("NMF", [2, 2, 2], ["U", "V"])])
def test_fields_of_the_models_of_version_1(architecture, widths, mirror):
    # these have one control for each entry of phi, in the same order
    model = Model()
    model.flow, model.architecture, model.widths = "GradientFlow", architecture, widths
    model.bias, model.mirror, model.rate, model.inverse_time = None, mirror, None, False
    blocks = models.parameter_blocks(model)
    program = example("linear, words")["program"]
    for step, (name, _) in zip(program["instructions"], blocks):
        step["name"] = name
    if architecture == "NMF":
        # V is transposed there
        program["instructions"][3].update(right="kj")
    flow = {"kind": "gradient", "damping": None, "decay": [], "metric": metric(program, mirror)}
    assert expanded(parsed(program, flow)) == [
        {key: QQ(c) for key, c in field.items()}
        for field in models.vector_fields(model, blocks, 8)]


@pytest.mark.parametrize("flow", [
    GradientFlow(LinearNetwork([2, 1, 2])), GradientFlow(ReLUNetwork([1, 2, 1], bias=True)),
    GradientFlow(NMF(1, 2, 1)), MomentumFlow(ICNN(1, 1, 2, bias=True), 3),
    MomentumFlow(ReLUNetwork([1, 1, 1]), "3/2"), MomentumFlow(NMF(1, 1, 1), "0.5", decay=1),
], ids=repr)
def test_programs_of_the_package(flow):
    # the package's own programs and its expanded fields, in its order of them
    certificate = parsed(flow.network.pairing.to_json(), flow.to_json())
    assert certificate.variables == list(flow.variable_names())
    fields = flow.vector_fields()
    table, found = fields.terms, [{} for _ in range(len(fields))]
    for field, component, factors, c in zip(table.field.tolist(), table.component.tolist(),
                                            table.factors.tolist(), table.coefficients.tolist()):
        key = component, tuple(x for x in factors if x < table.variables)
        found[field][key] = QQ((int(c), int(fields.denominators[field])))
    assert expanded(certificate) == found


@pytest.mark.parametrize("function, inputs", [
    (lambda x, U, V: U / (x + V), {"x": ()}),
    (lambda x, U, V: U / (1 + x / (1 + V * x / 2)), {"x": ()}),
    (lambda x, U, V: U * x / (1 + V * V / 3) + V / (x - U), {"x": ()}),
    (lambda U, V: U / (V / 2 - 1 / U), None),
], ids=range(4))
def test_denominators_of_the_package(function, inputs):
    # fields that are multiplied by what they were divided by, here and there up to numbers
    network = Network(function, {"U": (), "V": ()}, inputs=inputs)
    for flow in (GradientFlow(network), GradientFlow(network, metric={"U": Power(-1)}, decay=2),
                 MomentumFlow(network, NESTEROV)):
        certificate = parsed(network.pairing.to_json(), flow.to_json())
        fields = flow.vector_fields()
        table, found = fields.terms, [{} for _ in range(len(fields))]
        for field, component, factors, c in zip(table.field.tolist(), table.component.tolist(),
                                                table.factors.tolist(),
                                                table.coefficients.tolist()):
            key = component, tuple(x for x in factors if x < table.variables)
            found[field][key] = QQ(int(c))
        assert list(map(normal, expanded(certificate))) == list(map(normal, found))
        result = conservation_laws(flow)
        if result.is_proved:
            report = check_certificate(json.loads(json.dumps(result.certificate())))
            assert report.number_of_laws == len(result.laws)


def normal(field):
    """Return the terms of a field over the coefficient of the first of them."""
    return {key: c / field[min(field)] for key, c in field.items()}


@pytest.mark.parametrize("flow", [
    GradientFlow(LinearNetwork([2, 2, 2])), GradientFlow(ReLUNetwork([2, 2, 1], bias=True)),
    GradientFlow(NMF(2, 1, 2), decay={"U": "1/2", "V": 1}),
    MomentumFlow(ICNN(1, 2, 2, bias=True), 3), MomentumFlow(ReLUNetwork([1, 2, 1]), NESTEROV),
    MomentumFlow(NMF(1, 1, 2), NESTEROV, decay="0.5"), MomentumFlow(NMF(1, 1, 2), InverseTime(0.5)),
    MomentumFlow(Network(lambda x, U, V: U * x / (V * x + 2), {"U": (), "V": ()}, {"x": ()}), 1),
    GradientFlow(LinearNetwork([1, 2, 1]), metric=lambda U1, U2: {
        "U1": 1 / (1 + U1 * U1), "U2": U2 * U1.T}),
], ids=repr)
def test_trajectories_of_the_package(flow):
    # the package's own vectors along the trajectory that a seed stands for
    prime, seed, count, order = 2**31 - 1, 11, 3, 2
    size = flow.number_of_variables
    point = np.array([5 * k * k + 3 * k + 2 for k in range(size)], dtype=np.int64)
    system, x = StatedSystem(flow.programs, prime, seed), point[None]
    chosen, rows = [], []
    for k in range(order + 1):
        if k:
            system.extend_controls(k)
            x = _continued(system, x, prime)
        if system.has_drift:
            chosen.append((k, -1))
            rows += _derived(system, x, system.drift_field(x), prime).tolist()
        chosen += [(k, system.drawn + c) for c in range(count)]
        rows += _derived(system, x, system.random_fields(x, count), prime).tolist()
    certificate = parsed(flow.network.pairing.to_json(), flow.to_json(), prime, point.tolist(),
                         (seed, flow.programs.samples, order, chosen))
    assert vectors(certificate) == rows


@pytest.mark.parametrize("seed", [0, -5, 2**70 + 3])
def test_proofs_along_trajectories_have_certificates(seed, monkeypatch):
    monkeypatch.setattr("sage_conslaw.system.limits.WORD_FIELD_TERMS", 0)
    result = conservation_laws(MomentumFlow(LinearNetwork([1, 2, 1]), 1), seed=seed)
    data = json.loads(json.dumps(result.certificate()))
    assert data["trace"]["kind"] == "trajectory"
    assert check_certificate(data).number_of_laws == len(result.laws) == 2


def test_vectors_of_order_zero_are_values_of_fields():
    data = example("linear, trajectory")
    data["trace"]["vectors"] = [[0, c] for c in range(5)]
    data["trace"]["order"] = 0
    assert "the value of trace.vectors[4] depends on those before it" in refused(data)
