r"""
The experiments of the papers, replayed in exact arithmetic

A paper is a module of this package that holds a ``PAPER``; ``PAPERS`` lists
them.  The cases are data files, with their source, and the claims are checked
against computed numbers alone.

EXAMPLES::

    sage: from sage_conslaw.papers import reproduce
    sage: reproduce("icml2024", "published", only=["relu_momentum"])
    icml2024: 1 experiment, 20 cases, all proved: every claim holds
"""
from sage_conslaw.papers.runner import PAPERS, load_paper, reproduce

__all__ = ["PAPERS", "load_paper", "reproduce"]
