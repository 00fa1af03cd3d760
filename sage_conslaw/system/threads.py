r"""
The threads of NumPy's BLAS

Counting makes many matrix products of moderate size. Two threads for each of them wait for
each other: with another busy process on a machine of two cores, counts in 500 to 4600 variables
took 1.7 to 2.5 times as long with two threads as with one.
"""
from __future__ import annotations

import functools
from typing import Any

#: Beyond so many variables products are large enough to share them.
MAX_SINGLE = 6000


@functools.lru_cache(maxsize=1)
def _controller() -> Any:
    from threadpoolctl import ThreadpoolController
    return ThreadpoolController()


def threads_for(variables: int) -> Any:
    r"""
    Return a context in which NumPy's BLAS has one thread, unless matrices are large.

    INPUT:

    - ``variables`` -- the number of columns of the matrices

    EXAMPLES::

        sage: from sage_conslaw.system.threads import threads_for
        sage: with threads_for(100):
        ....:     pass
    """
    return _controller().limit(limits=1 if variables <= MAX_SINGLE else None, user_api="blas")
