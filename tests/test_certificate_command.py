"""The checker's command line, in a Python without Sage and NumPy."""

import json
import os
import subprocess
import sys

import pytest

from certificate_refusals import ROOT, changed
from certificate_theorems import examples
from sage_conslaw.certificate.__main__ import main

PLAIN = """
import runpy, sys
sys.path.insert(0, sys.argv.pop(1))
for name in ("sage", "numpy", "scipy"):
    try:
        __import__(name)
    except ImportError:
        continue
    raise SystemExit(f"{name} is there")
status = "none"
try:
    runpy.run_module("sage_conslaw.certificate", run_name="__main__", alter_sys=True)
except SystemExit as end:
    status = end.code
others = {name.partition(".")[0] for name in sys.modules} - set(sys.stdlib_module_names)
print("others:", sorted(others - {"__main__", "__mp_main__"}))
sys.exit(status)
"""


def plain(*arguments):
    """Run the command in a Python that sees the package and nothing else beside its own library."""
    return subprocess.run([sys.executable, "-I", "-S", "-c", PLAIN, str(ROOT), *arguments],
                          capture_output=True, text=True, timeout=60)


def test_command_in_plain_python(tmp_path):
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(examples()[0])
    bad.write_text(json.dumps(changed(("laws", 0, 0, 1), "7")))
    done = plain("check", str(good))
    assert done.returncode == 0, done.stderr
    assert f"{good}: Proved: around a generic point the gradient flow of Linear" in done.stdout
    assert "others: ['sage_conslaw']" in done.stdout and done.stderr == ""
    done = plain("check", str(bad), str(good), str(tmp_path / "missing"))
    assert done.returncode == 1
    assert "Proved" in done.stdout and "others: ['sage_conslaw']" in done.stdout
    assert done.stderr.split("\n") == [
        f"{bad}: refused: laws[0] is no law: fields[0] does not annihilate it",
        f"{tmp_path / 'missing'}: refused: cannot be read: No such file or directory", ""]


def test_modules_that_the_checker_imports():
    done = subprocess.run(
        [sys.executable, "-c", "import sys; import sage_conslaw.certificate; print([name for name "
         "in sys.modules if name.partition('.')[0] in ('sage', 'numpy', 'scipy')])"],
        capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize("arguments", [[], ["check"], ["verify", "x"], ["check", "--fast", "x"],
                                       ["x.json"]], ids=str)
def test_usage_errors(arguments, capsys):
    assert main(arguments) == 2
    output, errors = capsys.readouterr()
    assert output == "" and errors.startswith("error: ") and errors.count("\n") == 1


def test_names_of_files_are_printed_with_care(tmp_path, capsys):
    assert main(["check", str(tmp_path / "\x1b[2J\n\u00fc")]) == 1
    errors = capsys.readouterr().err
    assert errors.count("\n") == 1 and "\\x1b[2J\\n\\xfc" in errors and errors.isascii()


def test_interrupts_and_closed_pipes(tmp_path, monkeypatch, capsys):
    def interrupted(path):
        raise KeyboardInterrupt

    monkeypatch.setattr("sage_conslaw.certificate.__main__.check_certificate", interrupted)
    assert main(["check", "x"]) == 130
    assert "interrupted" in capsys.readouterr().err
    path = tmp_path / "good.json"
    path.write_text(examples()[0])
    command = [sys.executable, "-m", "sage_conslaw.certificate", "check"] + [str(path)] * 300
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               env={**os.environ, "PYTHONPATH": str(ROOT)})
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(60) != 0
    assert b"Traceback" not in process.stderr.read()
