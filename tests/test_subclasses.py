"""Subclasses: what would be ignored is refused, and copies are the network that they copy."""

import copy
import pickle
from fractions import Fraction

import numpy as np
import pytest

from sage_conslaw import GradientFlow, LinearNetwork, MomentumFlow, Network, conservation_laws
from sage_conslaw.architectures.base import Architecture

IGNORED = {
    Network: ("program", "gates", "pairing", "blocks", "restrict", "hypotheses",
              "parameters", "inputs", "variable_names", "__call__", "__matmul__"),
    LinearNetwork: ("phi", "program", "parameters", "__call__", "set_up"),
    GradientFlow: ("vector_fields", "programs", "_programs", "network", "decay", "metric"),
    MomentumFlow: ("damping", "rate", "time_degree", "_programs"),
}


@pytest.mark.parametrize("base, name", [(base, name) for base, names in IGNORED.items()
                                        for name in names])
def test_what_would_be_ignored_is_refused(base, name):
    def method(self, *arguments):
        return None

    mixin = type("Mixin", (), {name: method})
    with pytest.raises(TypeError, match=f"^{name}: it is overridden in Mine, but laws are those"):
        type("Mine", (base,), {name: method})
    with pytest.raises(TypeError, match=f"^{name}: it is overridden in Mixin, but laws are those"):
        type("Mine", (mixin, base), {})
    between = type("Between", (base,), {"more": method})
    with pytest.raises(TypeError, match=f"^{name}: it is overridden in Mine, but laws are those"):
        type("Mine", (between,), {name: method})


def test_what_comes_after_the_package_overrides_nothing():
    mixin = type("Mixin", (), {"phi": None, "blocks": None, "more": 3})
    mine = type("Mine", (LinearNetwork, mixin), {})([2, 1])
    assert mine.more == 3 and mine.blocks == LinearNetwork([2, 1]).blocks
    assert conservation_laws(GradientFlow(mine)).is_proved


class Skipping(Architecture):
    """Two linear layers, with or without a way around the second one."""

    sizes = ("n", "skip")

    def __init__(self, n, skip=False):
        self.n, self.skip = n, skip
        self.set_up((lambda x, A, B: A @ (B @ x) + A @ x) if skip else
                    (lambda x, A, B: A @ (B @ x)), {"A": (n, n), "B": (n, n)}, {"x": (n,)}, "n:")


def test_copies_of_an_architecture_are_the_same_network():
    skipping = Skipping(2, True)
    assert skipping != Skipping(2)
    assert repr(skipping) == "Skipping(n=2, skip=True)"
    law = conservation_laws(GradientFlow(skipping)).laws
    for same in (copy.copy(skipping), copy.deepcopy(skipping),
                 pickle.loads(pickle.dumps(skipping))):
        assert same == skipping and hash(same) == hash(skipping)
        assert conservation_laws(GradientFlow(same)).laws == law
    assert conservation_laws(GradientFlow(Skipping(2))).laws != law


def test_equal_names_do_not_make_equal_networks():
    class Silent(Skipping):
        def arguments(self):
            return str(self.n)

    assert repr(Silent(2, True)) == repr(Silent(2)) and Silent(2, True) != Silent(2)


def test_sizes_are_all_arguments():
    for sizes in ((), ("n",), ("n", "skip", "more")):
        with pytest.raises(TypeError, match=r"^sizes: got .* in Mine, expected the names of all "
                                            r"arguments of __init__, \('n', 'skip'\)$"):
            type("Mine", (Architecture,), {"sizes": sizes, "__init__": Skipping.__init__})

    class Forgetful(Architecture):
        sizes = ("n",)

        def __init__(self, n):
            self.set_up(lambda A: A, {"A": (n,)}, {}, "n:")

    with pytest.raises(TypeError, match="^n: it is an argument of Forgetful, but self.n is not"):
        Forgetful(2)


def test_copies_of_a_network_keep_its_function():
    network = Network(lambda U, V: U * V, {"U": (2,), "V": (2,)})
    for same in (copy.copy(network), copy.deepcopy(network)):
        assert same(U=np.array([2, 3]), V=np.array([5, 7])).tolist() == [10, 21]
        assert same.restrict("U") == network.restrict("U")


def test_shapes_are_not_changed_from_outside():
    network = Network(lambda x, U: U * x, {"U": (2,)}, {"x": (2,)})
    for shapes in (network.parameters, network.inputs):
        with pytest.raises(TypeError):
            shapes["W"] = (2,)
    assert pickle.loads(pickle.dumps(network)).parameters == {"U": (2,)}


def test_constants_that_are_drawn_are_generic():
    network = Network(lambda x, U, V: U @ V @ x, {"U": (1, 2), "V": (2, 2)}, {"x": (2,)})
    for seed in range(100):
        assert conservation_laws(GradientFlow(network.freeze("V", seed=seed))).upper_bound == 0
    singular = network.freeze("V", {"V": [[-8, 7], [8, -7]]})
    law, = conservation_laws(GradientFlow(singular)).laws
    assert law.gradient_at([1, 1]).tolist() in ([1, 1], [Fraction(1), Fraction(1)])


def test_compositions_keep_the_geometry_of_both():
    nmf = type("Positive", (Network,), {"mirror_blocks": ("A",)})
    inner = nmf(lambda x, A: A * x, {"A": (1,)}, {"x": (1,)})
    outer = Network(lambda y, B: B * y, {"B": (1,)}, {"y": (1,)})
    assert (outer @ inner).mirror_blocks == ("A",)
    assert "metric=('A',)" in repr(GradientFlow(outer @ inner))
