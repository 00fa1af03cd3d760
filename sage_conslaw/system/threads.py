r"""
The threads of NumPy's BLAS

Counting makes many matrix products of moderate size. Two threads for each of them wait for
each other: with another busy process on a machine of two cores, counts in 500 to 4600 variables
took 1.7 to 2.5 times as long with two threads as with one.
"""
from __future__ import annotations

import functools
import logging
from contextlib import nullcontext
from typing import Any

from sage_conslaw.system import limits

logger = logging.getLogger(__name__)


@functools.lru_cache(maxsize=1)
def _controller() -> Any:
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        logger.info("the threads of BLAS are not limited: threadpoolctl is not installed")
        return None
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
    controller = _controller()
    if controller is None or variables > limits.SINGLE_THREAD_VARIABLES:
        return nullcontext()
    return controller.limit(limits=1, user_api="blas")
