"""Every Python example of README and CONTRIBUTING prints what is said there; commands run."""

import ast
import os
from pathlib import Path
import re
import shlex
import subprocess
import sys

import pytest

from sage_conslaw import cli

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```\n+```text\n(.*?)```", README + CONTRIBUTING, re.DOTALL)
TYPED = [line.split("  #")[0].strip() for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
         for line in block.splitlines()]
# those within a sentence, which may be broken over two lines
NAMED = [" ".join(command.split()) for command in re.findall(r"`(make\s[^`]*)`",
                                                             README + CONTRIBUTING)]
MADE = [command for command in TYPED + NAMED if command.startswith("make ")]


def test_every_python_example_has_its_output():
    assert len(EXAMPLES) == (README + CONTRIBUTING).count("```python") >= 9


def python(directory, *arguments):
    """Run this Python in a directory, with this package on its path."""
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, timeout=120, cwd=directory,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))})


@pytest.mark.parametrize("code, output", EXAMPLES)
def test_example_prints_what_the_readme_says(code, output, tmp_path):
    file = tmp_path / "example.py"
    file.write_text(code, encoding="utf-8")
    result = python(tmp_path, str(file))
    assert result.stderr == ""
    assert result.stdout == output


def test_the_proof_is_checked_by_the_command_that_the_readme_gives(tmp_path):
    (code,) = [code for code, _ in EXAMPLES if "proof.json" in code]
    assert python(tmp_path, "-c", code).returncode == 0
    (command,) = [command for command in TYPED if command.startswith("python3 ")]
    result = python(tmp_path, *shlex.split(command)[1:])
    assert result.returncode == 0
    assert "exactly 3 independent conservation laws" in result.stdout
    (tmp_path / "proof.json").write_text("{}", encoding="utf-8")
    result = python(tmp_path, *shlex.split(command)[1:])
    assert result.returncode == 1 and "refused" in result.stderr


@pytest.mark.parametrize("command", MADE)
def test_make_knows_what_is_typed(command):
    # said and not done: some of these install a Sage
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    words = shlex.split(command)
    done = subprocess.run([words[0], "--dry-run", *words[1:]], cwd=ROOT, env=environment,
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


@pytest.mark.parametrize("command", [c for c in MADE if "reproduce ARGS=" in c])
def test_arguments_of_reproduce(command, tmp_path):
    (given,) = [word.removeprefix("ARGS=") for word in shlex.split(command) if "ARGS=" in word]
    arguments = cli._parser().parse_args(["reproduce", *shlex.split(given)])
    if command in TYPED:
        result = python(tmp_path, "-m", "sage_conslaw.cli", "reproduce", *shlex.split(given))
        assert result.returncode == 0, result.stderr
        assert arguments.only[0] in result.stdout and list((tmp_path / "results").iterdir())


def test_every_command_is_one_that_is_tested():
    tree = ast.parse((ROOT / "setup.py").read_text(encoding="utf-8"))
    (extras,) = [ast.literal_eval(statement.value) for statement in tree.body
                 if isinstance(statement, ast.Assign)
                 and statement.targets[0].id == "EXTRAS_REQUIRE"]
    for command in TYPED:
        match = re.fullmatch(r"pip install '?\.(?:\[(\w+)\])?'?", command)
        assert command.startswith(("make ", "python3 ")) or match, command
        assert not match or not match[1] or match[1] in extras, command


def test_every_file_that_the_readme_names_is_there():
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    for target in targets:
        if not target.startswith("http"):
            assert (ROOT / target).exists(), target
