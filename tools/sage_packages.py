"""Put the Python packages that an existing Sage lacks into a directory of their own.

    sage -python tools/sage_packages.py SAGE run|test DIRECTORY

Run by ``tools/run.sh`` with the Python of the Sage to complete; that Sage is not touched. What the
package needs to run, or also to test, is read from ``setup.py``. Distributions that Sage has are
pinned to what they are and never installed again: Sage is compiled for its own NumPy.

For ``test``, the directory also gets a Jupyter kernel "sagemath" that starts this very Sage.
"""

import ast
import importlib.metadata
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

SETUP = Path(__file__).resolve().parent.parent / "setup.py"

# The versions that pip understands in a constraint (PEP 440, without its rarer spellings).
PLAIN_VERSION = re.compile(
    r"[0-9]+(\.[0-9]+)*((a|b|rc)[0-9]+)?(\.post[0-9]+)?(\.dev[0-9]+)?(\+[a-z0-9.]+)?")


def fail(message):
    """End with one line that says what failed."""
    sys.exit(f"set-up failed: {message}")


def read_requirements(level):
    """Return the names that ``setup.py`` lists for ``level``, "run" or "test"."""
    literals = {}
    for statement in ast.parse(SETUP.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Assign):
            name = statement.targets[0].id
            if name in ("INSTALL_REQUIRES", "EXTRAS_REQUIRE"):
                literals[name] = ast.literal_eval(statement.value)
    extra = literals["EXTRAS_REQUIRE"]["test"] if level == "test" else []
    return literals["INSTALL_REQUIRES"] + extra


def installed_versions():
    """Return the version of each distribution that this Python sees, by name."""
    versions = {}
    for distribution in importlib.metadata.distributions():
        name = distribution.metadata["Name"]
        if name:
            # The first on sys.path is the one that is imported.
            versions.setdefault(re.sub(r"[-_.]+", "-", name).lower(), distribution.version)
    return versions


def run_pip(*arguments):
    """Run pip, and return whether it succeeded; its own messages go to the terminal."""
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    environment = {**os.environ, "PIP_ROOT_USER_ACTION": "ignore"}
    return subprocess.run(command + list(arguments), env=environment).returncode == 0


def install(missing, versions, directory):
    """Install ``missing``, with all it needs that is not there yet, into ``directory``."""
    names = ", ".join(missing)
    if "pip" not in versions:
        fail(f"the Python of this Sage has no pip to install {names} with; install "
             "Debian's package python3-pip (apt install python3-pip)")
    with tempfile.TemporaryDirectory() as scratch:
        constraints = Path(scratch, "constraints.txt")
        constraints.write_text("".join(
            f"{name}=={version}\n" for name, version in sorted(versions.items())
            if PLAIN_VERSION.fullmatch(version)), encoding="utf-8")
        report = Path(scratch, "report.json")
        if not run_pip("install", "--dry-run", "--report", str(report),
                       "--constraint", str(constraints), *missing):
            fail(f"pip found no way to install {names} beside what this Sage has (see above)")
        items = json.loads(report.read_text(encoding="utf-8"))["install"]
    pinned = sorted(f"{item['metadata']['name']}=={item['metadata']['version']}" for item in items)
    print(f"Installing with pip in {directory}: {' '.join(pinned)}", file=sys.stderr)
    if not run_pip("install", "--no-deps", "--target", str(directory), *pinned):
        fail(f"pip could not install {names} (see above)")


def check(required, directory):
    """Check that all that is required is found, and that NumPy and SciPy are still Sage's."""
    code = ("import importlib.util, json, sys\n"
            "import numpy, scipy\n"
            "find = importlib.util.find_spec\n"
            "print(json.dumps({name: getattr(find(name), 'origin', None)"
            " for name in sys.argv[1:]}))")
    result = subprocess.run(
        [sys.executable, "-c", code, *required], stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(directory)})
    if result.returncode:
        fail("NumPy or SciPy cannot be imported (see above)")
    for name, origin in json.loads(result.stdout).items():
        if origin is None:
            fail(f"{name} cannot be imported")
        if name in ("numpy", "scipy") and directory in Path(origin).parents:
            fail(f"{name} would hide the one that Sage is compiled for")


def write_kernel(sage, directory):
    """Write a Jupyter kernel "sagemath" that starts ``sage``."""
    folder = directory / "share" / "jupyter" / "kernels" / "sagemath"
    folder.mkdir(parents=True)
    specification = {
        "argv": [sage, "-python", "-m", "sage.repl.ipython_kernel", "-f", "{connection_file}"],
        "display_name": "SageMath",
        "language": "sage",
    }
    (folder / "kernel.json").write_text(json.dumps(specification, indent=1), encoding="utf-8")


def main(sage, level, directory):
    """Set up ``directory`` for the Sage ``sage``."""
    if sys.version_info < (3, 11):
        fail(f"the Python of {sage} is {sys.version.split()[0]}, but 3.11 or later is needed")
    # As an exception, the signal that ends this ends pip first.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    directory = Path(directory).resolve()
    required = read_requirements(level)
    versions = installed_versions()
    missing = [name for name in required if name not in versions]
    if missing:
        print(f"{sage} lacks {', '.join(missing)}", file=sys.stderr)
        install(missing, versions, directory)
    check(required, directory)
    if level == "test":
        write_kernel(sage, directory)


if __name__ == "__main__":
    main(*sys.argv[1:])
