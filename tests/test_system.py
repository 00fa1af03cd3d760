"""The package ``sage_conslaw.system``: what its import loads and starts, and its names."""

import os
import subprocess
import sys

import pytest

import sage_conslaw.system

pytestmark = pytest.mark.usefixtures("handlers_of_sage", "nothing_left_behind")


def output_of(code):
    """Run some code in a Python of this Sage and return what it prints."""
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(path for path in sys.path if path))
    done = subprocess.run([sys.executable, "-c", code], env=environment, text=True, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_import_is_cheap_and_reading_starts_nothing():
    out = output_of("import sys, sage_conslaw.system as system\n"
                    "heap = system.maxima_heap()\n"
                    "print(heap, any(name.startswith('sage.') for name in sys.modules))\n"
                    "import sage.all\n"
                    "print(system.maxima_heap())\n"
                    "from sage.interfaces.maxima import maxima\n"
                    "print(maxima.is_running(), 'sage.interfaces.maxima_lib' in sys.modules)\n")
    idle = "Heap limits of Maxima: process not running; embedded not running"
    assert out.splitlines() == [idle + " False", idle, "False False"]


def test_public_names():
    assert set(dir(sage_conslaw.system)) >= {"maxima_heap", "parallel_map", "WorkerError"}
    with pytest.raises(AttributeError, match="no attribute 'maxima_stack'"):
        sage_conslaw.system.maxima_stack  # noqa: B018
