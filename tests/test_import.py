"""Importing the package: what it loads, what it does not start, and what it leaves alone."""

import json
import random
import subprocess
import sys

import numpy as np
import pytest
import sage_conslaw
from sage.all import QQ, ZZ
from sage.misc.randstate import current_randstate
from sage.misc.randstate import seed as sage_seed

PUBLIC = {
    "LinearNetwork", "ReLUNetwork", "NMF", "ICNN", "GradientFlow", "MomentumFlow", "InverseTime",
    "NESTEROV", "VectorFields", "trace_dimension", "polynomial_laws",
}


def in_fresh_process(program):
    """Run a program in a new interpreter and return what it prints, read as JSON."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                          timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_the_import_alone_loads_neither_sage_nor_numpy():
    loaded = in_fresh_process("""
import json, sys
before = set(sys.modules)
import sage_conslaw
print(json.dumps(sorted(set(sys.modules) - before)))
""")
    roots = {name.split(".")[0] for name in loaded}
    assert "sage_conslaw" in roots
    assert not roots & {"sage", "numpy", "scipy", "sympy", "matplotlib", "IPython", "tqdm"}
    assert not any(name.startswith("sage.") for name in loaded)


def test_the_import_on_top_of_sage():
    loaded = in_fresh_process("""
import json, sys
import sage.all
before = set(sys.modules)
import sage_conslaw
print(json.dumps(sorted(set(sys.modules) - before)))
""")
    assert all(name.split(".")[0] == "sage_conslaw" for name in loaded)


USE = """
import json, os, sys
import sage.all
before = set(sys.modules)
import sage_conslaw
from sage_conslaw import *
flow = MomentumFlow(LinearNetwork([1, 2, 1]), damping=NESTEROV)
assert trace_dimension(flow) == 7
assert len(polynomial_laws(flow, 2)) == 2
children = [
    open(f"/proc/{os.getpid()}/task/{task}/children").read().split()
    for task in os.listdir(f"/proc/{os.getpid()}/task")
]
print(json.dumps([
    sorted(set(sys.modules) - before), "sage.interfaces.maxima_lib" in sys.modules,
    [child for some in children for child in some],
]))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="children are read from /proc")
def test_a_whole_computation_starts_no_maxima_and_no_other_process():
    loaded, maxima_lib, children = in_fresh_process(USE)
    assert not maxima_lib
    others = [name for name in loaded if name.split(".")[0] != "sage_conslaw"]
    assert not any(name.startswith(("matplotlib", "sympy", "pytest", "dask")) for name in others)
    assert not any("maxima" in name for name in others)
    assert children == []


def test_each_public_name_can_be_imported_first():
    # without sage.all before it: single modules of Sage cannot always be imported first
    for name in ("VectorFields", "trace_dimension", "polynomial_laws", "GradientFlow", "NMF"):
        program = f"from sage_conslaw import {name}\nprint('1')"
        assert in_fresh_process(program) == 1


def test_public_names():
    assert PUBLIC <= set(sage_conslaw.__all__)
    assert PUBLIC <= set(dir(sage_conslaw))
    for name in sage_conslaw.__all__:
        assert getattr(sage_conslaw, name) is getattr(sage_conslaw, name)
    assert isinstance(sage_conslaw.__version__, str) and sage_conslaw.__version__


def test_modules_of_the_package_do_not_hide_its_names():
    # importing a submodule sets an attribute of the package: none may be named like a function
    program = """
import importlib, json, pkgutil
import sage_conslaw
public = {name: getattr(sage_conslaw, name) for name in sage_conslaw.__all__}
for module in pkgutil.walk_packages(sage_conslaw.__path__, "sage_conslaw."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
print(json.dumps([name for name, value in public.items()
                  if getattr(sage_conslaw, name) is not value]))
"""
    assert in_fresh_process(program) == []


def calls():
    """Return every kind of public computation, as functions without arguments."""
    from sage_conslaw import (
        ICNN, NESTEROV, NMF, GradientFlow, LinearNetwork, MomentumFlow, ReLUNetwork, VectorFields,
        polynomial_laws, trace_dimension,
    )
    flows = [
        GradientFlow(LinearNetwork([2, 2, 2])),
        GradientFlow(ICNN(1, 2, 1, bias=True)),
        MomentumFlow(NMF(1, 2, 1), damping=1),
        MomentumFlow(LinearNetwork([1, 2, 1]), damping=NESTEROV),
        MomentumFlow(ReLUNetwork([1, 2, 1], bias=True), damping=QQ((1, 2)), metric="mirror"),
    ]
    for flow in flows:
        yield flow.vector_fields
        yield lambda flow=flow: trace_dimension(flow, seed=3)
        yield lambda flow=flow: polynomial_laws(flow, 2, seed=3)
        yield lambda flow=flow: VectorFields.from_array(flow.vector_fields().to_array())


def test_no_random_state_is_touched():
    # equal draws after equal seeds, with and without the package at work in between
    def draws():
        return (
            [random.random() for _ in range(3)], np.random.random(3).tolist(),
            [ZZ.random_element(10**9) for _ in range(3)],
            [current_randstate().python_random().random() for _ in range(3)],
            [current_randstate().c_random() for _ in range(3)],
            [int(ZZ.random_element(2**70)) for _ in range(3)],
        )

    kept = random.getstate(), np.random.get_state()
    try:
        for call in [lambda: None, *calls()]:
            random.seed(5)
            np.random.seed(5)
            with sage_seed(5):
                draws()
                states = random.getstate(), np.random.get_state()
                call()
                assert random.getstate() == states[0]
                for found, before in zip(np.random.get_state(), states[1]):
                    assert np.array_equal(found, before)
                after = draws()
            random.seed(5)
            np.random.seed(5)
            with sage_seed(5):
                draws()
                assert draws() == after
    finally:
        random.setstate(kept[0])
        np.random.set_state(kept[1])


def test_no_random_state_is_read():
    # other global seeds, same answers
    from sage_conslaw import GradientFlow, LinearNetwork, polynomial_laws, trace_dimension
    flow = GradientFlow(LinearNetwork([1, 2, 2, 1]))
    seen = []
    kept = random.getstate(), np.random.get_state()
    try:
        for number in (1, 2):
            random.seed(number)
            np.random.seed(number)
            with sage_seed(number):
                dimension, laws = trace_dimension(flow), polynomial_laws(flow, 3)
            seen.append((int(dimension), dimension.primes, list(laws), laws.primes,
                         laws.independent()))
    finally:
        random.setstate(kept[0])
        np.random.set_state(kept[1])
    assert seen[0] == seen[1]


def test_two_processes_give_the_same_results():
    # nothing may depend on the hashes of strings, which differ from process to process
    program = """
import json
import sage.all
from sage_conslaw import *
out = []
for flow in (GradientFlow(LinearNetwork([1, 2, 2, 1])),
             GradientFlow(NMF(2, 2, 2), metric="euclidean"),
             MomentumFlow(LinearNetwork([1, 3, 1]), damping=NESTEROV)):
    laws = polynomial_laws(flow, 3)
    out.append([str(law) for law in laws] + [str(law) for law in laws.independent()])
    out.append([int(p) for p in laws.primes] + [int(p) for p in trace_dimension(flow).primes])
print(json.dumps(out))
"""
    assert in_fresh_process(program) == in_fresh_process(program)
