"""Code that runs in a Python of its own."""

import os
import subprocess
import sys


def child(code, *arguments):
    """Start some code in a Python of this Sage."""
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(path for path in sys.path if path))
    return subprocess.Popen([sys.executable, "-u", "-c", code, *map(str, arguments)],
                            env=environment, text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)
