"""The house: rooms import in one direction, modules are short, Sage waits to be asked for."""

import ast
import re
import sys
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parents[1]
ROOT = HOME / "sage_conslaw"
#: each room may import those before it, in the order of the table in CONTRIBUTING.md
ROOMS = ["_version", *re.findall(r"^\| `(\w+)` \|", (HOME / "CONTRIBUTING.md").read_text(
    encoding="utf-8"), re.MULTILINE), "__main__"]
#: rooms that may take public names from the package itself, which come from all others
DOORS = {"published", "papers", "cli", "__main__"}
#: modules that load Sage when they are imported
OF_SAGE = {"system/parallel/workers.py", "flows/sage_entries.py", "flows/sage_polynomials.py",
           "published/__init__.py", "published/arrays.py", "published/comparisons.py",
           "published/fields.py", "published/generic_polynomial.py"}
#: modules that load Sage when what they do is asked for
ASKED_FOR = {"papers/runner.py", "system/maxima.py", "system/parallel/tasks.py",
             "system/rationals.py"}
MODULES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py"))


def imported(module, at_import=False):
    """Yield the names of what a module imports, anywhere or when it is imported itself."""
    tree = ast.parse((ROOT / module).read_text(encoding="utf-8"))
    inside = {id(node) for function in ast.walk(tree)
              if isinstance(function, (ast.FunctionDef, ast.Lambda))
              for node in ast.walk(function)} if at_import else set()
    for node in ast.walk(tree):
        if id(node) in inside:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module}: a relative import"
            yield node.module


def room_of(module):
    """Return the room that a module, given by its path, is in."""
    return module.split("/")[0].removesuffix(".py")


def test_every_room_is_in_the_list():
    assert sorted(ROOMS) == sorted({room_of(m) for m in MODULES} - {"__init__"})


@pytest.mark.parametrize("module", [m for m in MODULES if m != "__init__.py"])
def test_rooms_import_those_above_them(module):
    own = room_of(module)
    for name in imported(module):
        parts = name.split(".")
        assert name != "sage_conslaw" or own in DOORS, f"{module} imports the package itself"
        if parts[0] == "sage_conslaw" and len(parts) > 1 and parts[1] != own:
            assert own != "certificate", f"{module} stands apart, and imports {name}"
            assert ROOMS.index(parts[1]) < ROOMS.index(own), f"{module} imports {name}"


@pytest.mark.parametrize("module", MODULES)
def test_no_module_is_long(module):
    assert len((ROOT / module).read_text(encoding="utf-8").splitlines()) <= 400
    assert "util" not in module


@pytest.mark.parametrize("module", [m for m in MODULES if room_of(m) == "certificate"])
def test_the_checker_needs_the_standard_library_alone(module):
    for name in imported(module):
        top = name.split(".")[0]
        assert top == "sage_conslaw" or top in sys.stdlib_module_names, f"{module} imports {name}"


@pytest.mark.parametrize("module", MODULES)
def test_other_frameworks_are_loaded_where_a_module_of_theirs_is_read(module):
    at_import, ever = ({name.split(".")[0] for name in imported(module, at_import)}
                       & {"torch", "jax"} for at_import in (True, False))
    assert not at_import
    assert not ever or room_of(module) == "frontends"


def test_networks_know_front_ends_by_their_names():
    from sage_conslaw.networks.network import FRONT_ENDS
    for name in FRONT_ENDS.values():
        assert name.replace(".", "/").removeprefix("sage_conslaw/") + ".py" in MODULES
        assert name.split(".")[1] == "frontends"


@pytest.mark.parametrize("module", MODULES)
def test_sage_is_loaded_where_it_is_asked_for(module):
    at_import, ever = ("sage" in {name.split(".")[0] for name in imported(module, at_import)}
                       for at_import in (True, False))
    assert at_import == (module in OF_SAGE)
    assert ever == (module in OF_SAGE | ASKED_FOR)


def test_imports_have_no_circles():
    arrows = {module: {path for name in imported(module) if name.startswith("sage_conslaw.")
                       for path in (name.removeprefix("sage_conslaw.").replace(".", "/") + ".py",)
                       if path in MODULES and path != module} for module in MODULES}
    left = dict(arrows)
    while True:
        free = [module for module, targets in left.items() if not targets & set(left)]
        if not free:
            break
        for module in free:
            del left[module]
    assert not left
