r"""
Whether something is of Sage, asked without loading Sage

Where Sage is not loaded nothing is an element, a vector or a matrix of it.
"""
from __future__ import annotations

import importlib.util
import sys
from typing import Any


def _is_a(value: Any, name: str) -> bool:
    structure = sys.modules.get("sage.structure.element")
    return structure is not None and isinstance(value, getattr(structure, name))


def is_element(value: Any) -> bool:
    r"""
    Return whether a value is an element of some parent of Sage: a number, a polynomial, ...

    EXAMPLES::

        sage: from sage_conslaw.system.of_sage import is_element
        sage: is_element(1), is_element(polygen(QQ)), is_element(int(1))
        (True, True, False)
    """
    return _is_a(value, "Element")


def is_vector(value: Any) -> bool:
    r"""
    Return whether a value is a vector of Sage.

    EXAMPLES::

        sage: from sage_conslaw.system.of_sage import is_vector
        sage: is_vector(vector(QQ, [1, 2])), is_vector([1, 2])
        (True, False)
    """
    return _is_a(value, "Vector")


def is_matrix(value: Any) -> bool:
    r"""
    Return whether a value is a matrix of Sage.

    EXAMPLES::

        sage: from sage_conslaw.system.of_sage import is_matrix
        sage: is_matrix(matrix(QQ, [[1, 2]])), is_matrix([[1, 2]])
        (True, False)
    """
    return _is_a(value, "Matrix")


def sage_is_there() -> bool:
    r"""
    Return whether Sage can be imported.

    EXAMPLES::

        sage: from sage_conslaw.system.of_sage import sage_is_there
        sage: sage_is_there()
        True
    """
    try:
        return importlib.util.find_spec("sage") is not None
    except ImportError:
        return False
