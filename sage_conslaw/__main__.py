r"""
Run the command line: ``sage -python -m sage_conslaw``
"""
from sage_conslaw.cli import run

run()
