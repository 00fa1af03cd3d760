"""Ctrl-C ends a computation at once and leaves every file whole."""

import signal
import time

import pytest

from children import child
from sage_conslaw.certificate import check_certificate


def interrupted(process, after):
    """Wait until a child is ready, send Ctrl-C some seconds later, return what it wrote."""
    try:
        assert process.stdout.readline() == "ready\n", process.stderr.read()
        time.sleep(after)
        process.send_signal(signal.SIGINT)
        return process.communicate(timeout=30)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


COMPUTING = """
import sys
import sage.all
from sage_conslaw import GradientFlow, LinearNetwork, conservation_laws
conservation_laws(GradientFlow(LinearNetwork([2, 2, 2])))
print("ready")
for n in range(20, 40):
    conservation_laws(GradientFlow(LinearNetwork([n, n, n])), degree=2).save(sys.argv[1])
"""

SAVING = """
import sys
import sage.all
from sage_conslaw import GradientFlow, LinearNetwork, conservation_laws
from sage_conslaw.certificate import save_certificate
certificate = conservation_laws(GradientFlow(LinearNetwork([3, 3, 3]))).certificate()
save_certificate(certificate, sys.argv[1])
print("ready")
while True:
    save_certificate(certificate, sys.argv[1])
"""


@pytest.mark.parametrize("after", [0.3])
def test_interrupt_while_computing(tmp_path, after):
    path = tmp_path / "proof.json"
    path.write_text("an older file")
    process = child(COMPUTING, path)
    _, errors = interrupted(process, after)
    assert process.returncode not in (0, None)
    assert errors.rstrip().splitlines()[-1].startswith("KeyboardInterrupt"), errors
    assert [entry.name for entry in tmp_path.iterdir()] == ["proof.json"]
    assert path.read_text() == "an older file"


@pytest.mark.parametrize("after", [0.05])
def test_interrupt_while_saving(tmp_path, after):
    path = tmp_path / "proof.json"
    process = child(SAVING, path)
    _, errors = interrupted(process, after)
    assert process.returncode not in (0, None)
    assert errors.rstrip().splitlines()[-1].startswith("KeyboardInterrupt"), errors
    assert [entry.name for entry in tmp_path.iterdir()] == ["proof.json"]
    assert str(check_certificate(str(path))).startswith("Proved")
