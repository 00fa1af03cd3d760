"""Cells that use the published names as the notebook does, in a Sage session of their own."""

import json
import os
import pathlib
import subprocess
import sys
import textwrap

import pytest

import sage_conslaw

ROOT = pathlib.Path(sage_conslaw.__file__).parent.parent

# Cells that call as the notebook does: the environment variable, the heap of Maxima, NumPy's
# global random stream that the cases are drawn from, positional arguments.

HEAD = """
import os
import json
import numpy as np
os.environ["SAGE_NUM_THREADS"] = '64'
from sage_conslaw.published import *
assert sage.parallel.ncpus.ncpus() == 64
maxima._eval_line(":lisp (ext:set-limit 'ext:heap-size 8000000000)", wait_for_prompt=False)
seen = []
def sizes(number, above):
    drawn = np.empty(number, dtype=int)
    for place in range(number):
        drawn[place] = np.random.randint(1, above)
    return list(drawn)
"""

# name: (what a cell draws for a case, what it then calls and claims)
CELLS = {
    "linear_momentum": ("""
        widths = sizes(np.random.randint(2, 4) + 1, 4)
        tau = np.random.randint(0, 1)
        """, """
        D, fields = vector_fields_for_q_layer_LNN_momentum(widths, tau)
        laws = D - dim_trace_lie_algebra(fields, verbose=0)
        assert laws == solve(2 + tau, fields)
        """),
    "relu_momentum": ("""
        widths = sizes(np.random.randint(2, 4) + 1, 4)
        tau = np.random.randint(0, 1)
        bias = True if np.random.random() < 0.5 else False
        """, """
        D, fields = vector_fields_ReLU_q_layers_momentum(widths, bias, tau)
        assert D - dim_trace_lie_algebra(fields, verbose=0) == 0
        """),
    "nmf_gradient": ("""
        widths = sizes(3, 8)
        """, """
        D, fields = NMF(widths[0], widths[1], widths[2])
        laws = D - dim_trace_lie_algebra(fields, verbose=0)
        assert laws == solve(2, fields, False, True)
        """),
    "nmf_momentum": ("""
        widths = sizes(3, 6)
        tau = np.random.randint(0, 1)
        """, """
        D, fields = NMF_momentum(widths[0], widths[1], widths[2], tau)
        assert D - dim_trace_lie_algebra(fields, verbose=0) == 0
        """),
    "icnn_gradient": ("""
        widths = sizes(3, 6)
        bias = True if np.random.random() < 0.5 else False
        """, """
        D, fields = ICNN(widths[0], widths[1], widths[2], bias)
        laws = D - dim_trace_lie_algebra(fields, verbose=0)
        assert laws == solve(2, fields, False, True)
        """),
    "icnn_momentum": ("""
        widths = sizes(3, 6)
        bias = True if np.random.random() < 0.5 else False
        tau = np.random.randint(0, 1)
        """, """
        D, fields = ICNN_momentum(widths[0], widths[1], widths[2], tau, bias)
        assert D - dim_trace_lie_algebra(fields, verbose=0) == 0
        """),
}

CASES = 10


def loop(name, label, *parts):
    """Return the lines of a cell that draws its cases and notes their widths under a label."""
    body = "".join(textwrap.indent(textwrap.dedent(part), "    ") for part in parts)
    return ["np.random.seed(0)", f"for i in range({CASES}):", body,
            f"    seen.append([{name!r}, {label!r}, [int(n) for n in widths]])"]


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    """Run all cells in one Sage session and return the cases they saw."""
    folder = tmp_path_factory.mktemp("session")
    lines = [HEAD]
    for name, (draw, call) in CELLS.items():
        lines += loop(name, "drawn only", draw) + loop(name, "computed", draw, call)
    lines.append("print('SEEN', json.dumps(seen))")
    (folder / "cells.sage").write_text("\n".join(lines) + "\n")
    run = "\n".join([
        "from sage.all_cmdline import *",
        "from sage.repl.preparse import preparse_file",
        f"with open({str(folder / 'cells.sage')!r}) as file:",
        "    text = file.read()",
        "exec(compile(preparse_file(text), 'cells.sage', 'exec'))",
    ])
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run([sys.executable, "-c", run], cwd=folder, capture_output=True, text=True,
                          timeout=300, env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)})
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.split("SEEN", 1)[1])


@pytest.mark.parametrize("name", CELLS)
def test_cells_run_unchanged_and_leave_their_random_stream_alone(session, name):
    computed, drawn = ([row[2] for row in session if row[:2] == [name, label]]
                       for label in ("computed", "drawn only"))
    assert len(computed) == CASES and computed == drawn
