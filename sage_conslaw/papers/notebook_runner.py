r"""
Execute the notebooks in the Sage kernel

The command ``nbconvert`` runs each notebook in the kernel named ``sagemath`` of the Sage
that is running, with this package on its path, and the outputs are written into it. A
notebook that fails is left as it was.

EXAMPLES::

    sage: from sage_conslaw.papers.notebook_runner import find_notebooks
    sage: find_notebooks("no-such-directory")
    []
"""
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import sage_conslaw
from sage_conslaw.system import limits
from sage_conslaw.system.files import write_whole

# What only tells of the machine or of the moment is left out: the times of the cells and the
# version of the kernel.
_COMMAND = [
    sys.executable, "-m", "nbconvert", "--to=notebook", "--execute", "--log-level=ERROR",
    "--ExecutePreprocessor.kernel_name=sagemath",
    f"--ExecutePreprocessor.timeout={limits.CELL_SECONDS}",
    "--ExecutePreprocessor.record_timing=False",
    "--ClearMetadataPreprocessor.enabled=True",
    "--ClearMetadataPreprocessor.clear_cell_metadata=False",
    "--ClearMetadataPreprocessor.preserve_nb_metadata_mask="
    "{('kernelspec',), ('language_info', 'name')}"]

# Where the traceback of nbconvert ends and its error begins, which tells of the cell.
_ERROR = re.compile(r"^(?:nbclient|jupyter_client)\.[\w.]+: .*", re.MULTILINE | re.DOTALL)


class NotebookError(RuntimeError):
    r"""
    A notebook could not be executed to its end.
    """


def find_notebooks(directory: Any) -> list[Path]:
    r"""
    Return the notebooks of a directory.

    INPUT:

    - ``directory`` -- path

    OUTPUT: a sorted list of paths
    """
    return sorted(Path(directory).glob("*.ipynb"))


def execute(path: Any) -> bytes:
    r"""
    Execute a notebook in the Sage kernel.

    INPUT:

    - ``path`` -- path of the notebook; the file is not changed

    OUTPUT: the content of the executed notebook. Needs nbconvert. A cell that fails raises a
    :class:`NotebookError` that shows it.
    """
    # the kernel is another process, which has to find this package too
    home = str(Path(sage_conslaw.__file__).resolve().parents[1])
    paths = [home, *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    with tempfile.TemporaryDirectory() as directory:
        done = subprocess.run([*_COMMAND, f"--output-dir={directory}", os.fspath(path)],
                              env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, errors="replace")
        if done.returncode:
            error = _ERROR.search(done.stderr)
            raise NotebookError((error.group() if error else done.stderr).strip())
        return Path(directory, Path(path).name).read_bytes()


def execute_all(directory: Any, write: bool = True) -> int:
    r"""
    Execute all notebooks of a directory and say how each went.

    INPUT:

    - ``directory`` -- path

    - ``write`` -- boolean (default: ``True``); whether to write the outputs into
      the notebooks

    OUTPUT: 0 if every notebook ran through, 1 otherwise
    """
    paths = find_notebooks(directory)
    if not paths:
        print(f"error: there is no notebook in {directory}", file=sys.stderr)
        return 1
    failed = 0
    for path in paths:
        start = time.perf_counter()
        print(f"{path}: ", end="", flush=True)
        try:
            content = execute(path)
        except NotebookError as problem:
            print("FAILED", flush=True)
            print(f"error: {path}: {problem}", file=sys.stderr)
            failed += 1
            continue
        if write:
            write_whole({str(path): content})
        print(f"executed{' and written' if write else ''} "
              f"({time.perf_counter() - start:.0f} s)", flush=True)
    print(f"{len(paths) - failed} of {len(paths)} notebooks ran through")
    return 1 if failed else 0
