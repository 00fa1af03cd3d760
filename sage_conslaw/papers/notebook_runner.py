r"""
Execute the notebooks in the Sage kernel

Nbclient runs each notebook in the kernel named ``sagemath`` of the Sage that is
running, with this package on its path, and the outputs are written into it.  A
notebook that fails is left as it was.

EXAMPLES::

    sage: from sage_conslaw.papers.notebook_runner import find_notebooks
    sage: find_notebooks("no-such-directory")
    []
"""
import logging
import os
from pathlib import Path
import sys
import time

import sage_conslaw
from sage_conslaw.system.files import write_whole

logger = logging.getLogger(__name__)

#: The longest that one cell may take, in seconds.
TIMEOUT = 300


def find_notebooks(directory):
    r"""
    Return the notebooks of a directory.

    INPUT:

    - ``directory`` -- path

    OUTPUT: a sorted list of paths
    """
    return sorted(Path(directory).glob("*.ipynb"))


def execute(path):
    r"""
    Execute a notebook in the Sage kernel.

    INPUT:

    - ``path`` -- path of the notebook; the file is not changed

    OUTPUT:

    The executed notebook.  What only tells of the machine or of the moment is left
    out: the times of the cells and the version of the kernel.

    Needs nbclient and nbformat.  A cell that fails raises
    ``nbclient.exceptions.CellExecutionError``.
    """
    import nbclient
    import nbformat
    notebook = nbformat.read(path, as_version=4)
    client = nbclient.NotebookClient(
        notebook, timeout=TIMEOUT, kernel_name="sagemath", record_timing=False,
        # Some kernels warn at each start of how they listen and of their debugger.
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(Path(path).parent)}})
    client.execute(env=_environment())
    notebook.metadata = nbformat.from_dict({
        "kernelspec": {"display_name": "SageMath", "language": "sage", "name": "sagemath"},
        "language_info": {"name": "python"}})
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    return notebook


def _environment():
    # The kernel is another process, which has to find this package too.
    home = str(Path(sage_conslaw.__file__).resolve().parents[1])
    paths = [home] + [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep)
                      if path and path != home]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths),
            "PYDEVD_DISABLE_FILE_VALIDATION": "1"}


def execute_all(directory, write=True):
    r"""
    Execute all notebooks of a directory and say how each went.

    INPUT:

    - ``directory`` -- path

    - ``write`` -- boolean (default: ``True``); whether to write the outputs into
      the notebooks

    OUTPUT: 0 if every notebook ran through, 1 otherwise
    """
    import nbformat
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
    from jupyter_client.kernelspec import NoSuchKernel

    paths = find_notebooks(directory)
    if not paths:
        print(f"error: there is no notebook in {directory}", file=sys.stderr)
        return 1
    failed = []
    for path in paths:
        start = time.perf_counter()
        print(f"{path}: ", end="", flush=True)
        try:
            notebook = execute(path)
        except NoSuchKernel:
            print("not executed")
            print("error: this Sage has no Jupyter kernel named sagemath", file=sys.stderr)
            return 1
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as problem:
            print("FAILED", flush=True)
            print(f"error: {path}: {problem}", file=sys.stderr)
            failed.append(path)
            continue
        if write:
            write_whole({str(path): (nbformat.writes(notebook) + "\n").encode()})
        print(f"executed{' and written' if write else ''} "
              f"({time.perf_counter() - start:.0f} s)", flush=True)
    print(f"{len(paths) - len(failed)} of {len(paths)} notebooks ran through")
    return 1 if failed else 0
