r"""
Write the checker of certificates as one file, which needs nothing but Python.

    python3 tools/build_checker.py [PATH]

The modules of ``sage_conslaw/certificate``, but for those that write certificates, are put one
after the other as they are; only what they import of one another is left out, and what they import
of Python's own library comes first. By default the file is ``build/sage_conslaw_check.py``. It is
used as ``python3 sage_conslaw_check.py FILE [FILE ...]``, in Python 3.9 or later.
"""

import argparse
import ast
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "sage_conslaw.certificate"
MODULES = ROOT.joinpath(*PACKAGE.split("."))
#: what writes certificates, and what gathers the names of the package
LEFT_OUT = ("__init__", "writer", "flow_writer")
NAME = "sage_conslaw_check.py"

HEAD = '''#!/usr/bin/env python3
# Verify certificates: python3 {name} FILE [FILE ...]
#
# Built by tools/build_checker.py of sage_conslaw from its folder {folder}.
# Edit the modules there, not this file.
'''
TAIL = '''

if __name__ == "__main__":
    sys.exit(main(single_file="{name}"))
'''


class Module:
    r"""
    The source of a module, taken apart.

    ATTRIBUTES:

    - ``own`` -- names of the modules of the package that it imports
    - ``imports`` -- its other imports, as source
    - ``text`` -- everything else
    - ``names`` -- what it defines
    """

    def __init__(self, name):
        source = (MODULES / f"{name}.py").read_text(encoding="utf-8")
        lines, tree = source.splitlines(), ast.parse(source)
        self.name, self.own, self.imports, self.names = name, set(), set(), set()
        dropped = set()
        for statement in tree.body:
            if isinstance(statement, (ast.Import, ast.ImportFrom)):
                self._read_import(statement)
            elif isinstance(statement, ast.If) and "__name__" in ast.dump(statement.test):
                pass
            else:
                self._read_names(statement)
                continue
            dropped.update(range(statement.lineno - 1, statement.end_lineno))
        for inner in ast.walk(tree):
            if isinstance(inner, (ast.Import, ast.ImportFrom)) and inner not in tree.body:
                raise SystemExit(f"{name}.py, line {inner.lineno}: an import inside of something")
        self.text = "\n".join(line for k, line in enumerate(lines) if k not in dropped).strip()

    def _read_import(self, statement):
        if isinstance(statement, ast.ImportFrom) and statement.module.startswith(PACKAGE + "."):
            if any(part.asname for part in statement.names):
                raise SystemExit(f"{self.name}.py, line {statement.lineno}: a name is changed")
            self.own.add(statement.module[len(PACKAGE) + 1:])
            return
        modules = [part.name for part in statement.names]
        if isinstance(statement, ast.ImportFrom):
            modules = [statement.module]
        for module in modules:
            if module.partition(".")[0] not in sys.stdlib_module_names:
                raise SystemExit(f"{self.name}.py, line {statement.lineno}: imports {module}")
        self.imports.add(ast.unparse(statement))

    def _read_names(self, statement):
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            self.names.add(statement.name)
        for inner in ast.walk(statement) if isinstance(statement, ast.Assign) else ():
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                self.names.add(inner.id)


def ordered(modules):
    r"""
    Return modules in an order in which each comes after those that it imports.
    """
    found, left = [], sorted(modules, key=lambda module: module.name)
    while left:
        known = {module.name for module in found}
        ready = [module for module in left if module.own <= known]
        if not ready:
            raise SystemExit(f"modules that import one another: {', '.join(m.name for m in left)}")
        found.append(ready[0])
        left.remove(ready[0])
    return found


def built():
    r"""
    Return the text of the file.
    """
    modules = ordered([Module(path.stem) for path in MODULES.glob("*.py")
                       if path.stem not in LEFT_OUT])
    owner = {}
    for line in set().union(*(module.imports for module in modules)):
        for part in ast.parse(line).body[0].names:
            owner[part.asname or part.name] = "Python's library"
    for module in modules:
        for name in sorted(module.names):
            if name in owner:
                raise SystemExit(f"{name} is defined in {module.name}.py and in {owner[name]}")
            owner[name] = f"{module.name}.py"
    docstring = (MODULES / "__init__.py").read_text(encoding="utf-8").split('"""')[1]
    parts = [HEAD.format(name=NAME, folder=MODULES.relative_to(ROOT)) + f'r"""{docstring}"""',
             "\n".join(sorted(set().union(*(module.imports for module in modules))))]
    for module in modules:
        parts.append(f"\n# {'-' * 20} {module.name}.py {'-' * (70 - len(module.name))}\n\n"
                     + module.text)
    return "\n".join(parts) + TAIL.format(name=NAME)


def main():
    r"""
    Run as the command line says.
    """
    parser = argparse.ArgumentParser(description="Write the checker of certificates as one file.")
    parser.add_argument("path", nargs="?", type=Path, default=ROOT / "build" / NAME,
                        help=f"default: build/{NAME}")
    path = parser.parse_args().path
    text = built()
    ast.parse(text, feature_version=(3, 9))
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".part")
    draft.write_text(text, encoding="utf-8")
    draft.chmod(0o755)
    os.replace(draft, path)
    print(path)


if __name__ == "__main__":
    main()
