"""The checker as one file, run by a Python without anything else."""

import ast
import os
import subprocess
import sys

import pytest

from certificate_refusals import ROOT, changed
from certificate_theorems import examples
from program_certificates import flow_example
from sage_conslaw.certificate.__main__ import main

TOOL = ROOT / "tools" / "build_checker.py"
NAME = "sage_conslaw_check.py"


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    """Return an empty directory but for the checker."""
    directory = tmp_path_factory.mktemp("alone")
    subprocess.run([sys.executable, "-I", str(TOOL), str(directory / NAME)], check=True,
                   capture_output=True, timeout=60)
    assert os.listdir(directory) == [NAME]
    return directory


def run(directory, *arguments):
    return subprocess.run([sys.executable, "-I", "-S", NAME, *arguments], cwd=directory,
                          capture_output=True, text=True, timeout=60, env={})


def write(directory, name, text):
    (directory / name).write_text(text)
    return name


def test_words_and_status_are_those_of_the_package(directory, capsys, monkeypatch):
    import json
    files = [write(directory, "one.json", examples()[0]),
             write(directory, "two.json", flow_example("gated, words")),
             write(directory, "path.json", flow_example("damping, trajectory")),
             write(directory, "bad.json", json.dumps(changed(("laws", 0, 0, 1), "7"))),
             write(directory, "worse.json", json.dumps(changed(("trace", "vectors", 1), [0, 0],
                                                               "linear, trajectory"))),
             write(directory, "none.json", "{}"), "missing.json"]
    monkeypatch.chdir(directory)
    for chosen in (files[:3], files, files[3:4], files[-1:]):
        status = main(["check", *chosen])
        expected = capsys.readouterr()
        done = run(directory, *chosen)
        assert (done.returncode, done.stdout, done.stderr) == (status, expected.out, expected.err)
    assert done.returncode == 1 and run(directory, *files[:3]).returncode == 0


def test_usage(directory):
    done = run(directory)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr == ("error: the following arguments are required: FILE "
                           f"(see: python3 {NAME} --help)\n")
    assert run(directory, "--fast", "x").returncode == 2
    done = run(directory, "--help")
    assert done.returncode == 0 and f"usage: python3 {NAME} [-h] FILE [FILE ...]" in done.stdout


def test_the_file_is_one_for_old_pythons_and_imports_no_other(directory):
    tree = ast.parse((directory / NAME).read_text(), feature_version=(3, 9))
    modules = set()
    for statement in ast.walk(tree):
        if isinstance(statement, ast.Import):
            modules |= {part.name for part in statement.names}
        elif isinstance(statement, ast.ImportFrom):
            modules.add(statement.module)
    assert modules <= {"argparse", "array", "bisect", "collections", "functools", "hashlib",
                       "itertools", "json", "math", "os", "re", "stat", "sys"}


@pytest.mark.parametrize("change, fragment", [
    ("import numpy\n", "imports numpy"),
    ("from sage_conslaw.certificate.reader import shown as text\n", "a name is changed"),
    ("def f():\n    import json\n", "an import inside of something"),
    ("def is_prime(n):\n    return True\n", "is_prime is defined in"),
    ("from sage_conslaw.certificate.checker import check_form\n", "import one another"),
])
def test_what_cannot_be_put_together(change, fragment, tmp_path):
    package = tmp_path / "sage_conslaw" / "certificate"
    package.mkdir(parents=True)
    for path in (ROOT / "sage_conslaw" / "certificate").glob("*.py"):
        (package / path.name).write_text(path.read_text())
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / TOOL.name).write_text(TOOL.read_text())
    with open(package / "names.py", "a") as file:
        file.write("\n\n" + change)
    done = subprocess.run([sys.executable, "-I", str(tmp_path / "tools" / TOOL.name),
                           str(tmp_path / NAME)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and fragment in done.stderr
    assert not (tmp_path / NAME).exists()
