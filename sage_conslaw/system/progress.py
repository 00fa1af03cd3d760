r"""
Progress bars, by tqdm where it is installed
"""
from __future__ import annotations

import logging
from typing import Any

logger = logging.getLogger(__name__)


class _Silent:
    # a bar that shows nothing

    def __enter__(self) -> _Silent:
        return self

    def __exit__(self, *_: Any) -> None:
        pass

    def update(self, *_: Any) -> None:
        pass

    def set_description(self, *_: Any) -> None:
        pass


def progress_bar(total: int, description: str, wanted: bool) -> Any:
    r"""
    Return a progress bar for a ``with`` statement; it shows itself in a terminal only.

    INPUT:

    - ``total`` -- the number of steps
    - ``description`` -- what is done first
    - ``wanted`` -- whether to show it at all

    EXAMPLES::

        sage: from sage_conslaw.system.progress import progress_bar
        sage: with progress_bar(2, "counting", False) as bar:
        ....:     bar.update()
        ....:     bar.set_description("searching")
    """
    if not wanted:
        return _Silent()
    try:
        from tqdm import tqdm
    except ImportError:
        logger.info("no progress bar: tqdm is not installed")
        return _Silent()
    return tqdm(total=total, desc=description, disable=None, leave=False)
