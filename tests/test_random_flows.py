"""Random flows: two engines and the checker's rules of its own agree on small networks."""

import inspect
import json
import random
from fractions import Fraction

import numpy as np
import pytest

from sage_conslaw import (
    GradientFlow,
    InverseTime,
    MomentumFlow,
    Network,
    Power,
    conservation_laws,
    trace_dimension,
)
from sage_conslaw.certificate import check_certificate
from sage_conslaw.functions import relu


def three(u, v, w):
    return u * v * w, u + v


SCALARS = {"u": (), "v": (), "w": ()}
NETWORKS = [
    Network(lambda u, v: u * v, {"u": (), "v": ()}),
    Network(lambda U, V: U * V, {"U": (2,), "V": (2,)}),
    Network(lambda U, V: U @ V, {"U": (2, 1), "V": (1, 2)}),
    Network(lambda x, U, V: U / (x + V), {"U": (2,), "V": (2,)}, {"x": (2,)}),
    Network(lambda x, U, V: U * x / (1 + V * V + x * x), {"U": (), "V": ()}, {"x": ()}),
    Network(lambda x, U, V, b: U @ relu(V @ x + b), {"U": (1, 1), "V": (1, 2), "b": (1,)},
            {"x": (2,)}),
    Network(three, SCALARS),
    Network(three, SCALARS).restrict(["u", "v"]),
    Network(three, SCALARS).freeze(["w"], {"w": Fraction(3, 2)}),
    Network(lambda u, v, w: u * v / (1 + w * w), SCALARS).restrict(["u", "v"]),
    Network(lambda U, V: U @ V, {"U": (1, 2), "V": (2, 1)}).tie({"V": "U.T"}),
]


def function_of(names, kind):
    """Return a metric as a function of the blocks with these names."""
    def metric(**blocks):
        flat = np.concatenate([array.reshape(-1) for array in blocks.values()])
        if kind == "positive":
            return np.eye(len(flat), dtype=int) + np.outer(flat, flat)
        if kind == "singular":
            return np.outer(np.ones(len(flat), dtype=int), flat)
        total = flat[0] * flat[0] + 2
        return {name: 1 / total + array * array for name, array in blocks.items()}

    metric.__signature__ = inspect.Signature(
        [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY) for name in names])
    return metric


def random_flow(seed):
    """Return a flow of a small network with a random metric, damping and decay."""
    rng = random.Random(seed)
    network = rng.choice(NETWORKS)
    names = list(network.parameters)
    some = rng.sample(names, rng.randint(1, len(names)))
    momentum = rng.random() < 0.3
    words = ["mirror", "burg", Power(-1), Power(-2)]
    roots = [Power(k) for k in ("1/2", "-1/2", "3/2", "1/3")]
    metric = rng.choice([
        None, "mirror", "natural", Power(3), {name: rng.choice(words) for name in some},
        {name: rng.choice(words if momentum else roots) for name in some},
        *(function_of(names, kind) for kind in ("positive", "singular", "diagonal"))])
    decay = rng.choice([None, None, None, None, 1, "1/3", {names[0]: 2}, {
        name: Fraction(rng.randint(1, 3), rng.randint(1, 3)) for name in names}])
    if not momentum:
        return GradientFlow(network, metric=metric, decay=decay)
    damping = rng.choice([0, 1, "1/2", InverseTime(3), InverseTime("3/2")])
    return MomentumFlow(network, damping, metric=metric, decay=decay)


@pytest.mark.parametrize("seed", range(60))
def test_engines_and_the_checker_agree(seed):
    flow = random_flow(seed)
    dimension = int(trace_dimension(flow, engine="trajectory"))
    assert dimension == int(trace_dimension(flow.vector_fields(), engine="brackets"))
    result = conservation_laws(flow, 2)
    assert result.upper_bound == flow.number_of_variables - dimension
    if result.is_proved:
        certificate = json.loads(json.dumps(result.certificate()))
        assert certificate["claim"]["number_of_laws"] == result.lower_bound
        check_certificate(certificate)


def test_most_random_flows_are_proved_and_some_have_laws():
    results = [conservation_laws(random_flow(seed), 2) for seed in range(60)]
    assert sum(result.is_proved for result in results) > 30
    assert sum(result.lower_bound > 0 for result in results) > 10
