r"""
Operations of ATen that move entries

They are not written again: PyTorch carries an operation out once, on the places of the entries,
and the places that come out are one gather. Places are whole numbers in floats, for some
operations take no others; 0 is the place of the zero that padding and triangles put in.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from sage_conslaw.frontends.masks import gathered
from sage_conslaw.frontends.operands import changed

#: Operations whose results are entries of their arguments, or zero.
MOVING = frozenset("""
    _reshape_alias _to_copy _unsafe_view alias as_strided broadcast_to cat channel_shuffle chunk
    clone concat constant_pad_nd contiguous copy detach diag diag_embed diagonal
    diagonal_copy embedding expand expand_copy flatten flip fliplr flipud gather hstack im2col
    index index_copy index_put index_select lift_fresh lift_fresh_copy masked_fill masked_select
    mH mT movedim moveaxis narrow permute permute_copy pixel_shuffle pixel_unshuffle
    reflection_pad1d reflection_pad2d reflection_pad3d repeat repeat_interleave replication_pad1d
    replication_pad2d replication_pad3d reshape roll rot90 scatter select select_copy
    select_scatter slice slice_copy slice_scatter split split_copy split_with_sizes
    split_with_sizes_copy squeeze squeeze_copy stack swapaxes t take tile transpose
    transpose_copy tril triu unbind unflatten unfold unfold_copy unsqueeze unsqueeze_copy
    upsample_nearest1d upsample_nearest2d upsample_nearest3d view view_as view_copy vstack where
    """.split())

#: Which arguments of an operation are numbers that are put into the result.
FILLS = {"constant_pad_nd": (2,), "masked_fill": (2,), "scatter": (3,), "where": (1, 2)}

#: Which arguments say what is moved, and where to: integers, and booleans.
INDICES = {"embedding": (1,), "gather": (2,), "index": (1,), "index_copy": (2,),
           "index_put": (1,), "index_select": (2,), "masked_fill": (1,), "masked_select": (1,),
           "repeat_interleave": (1,), "scatter": (2,), "take": (1,), "where": (0,)}

#: Options that say how a tensor is stored.
_STORAGE = ("dtype", "layout", "device", "pin_memory", "memory_format", "non_blocking")


def places(target: Callable, arguments: Any, options: dict[str, Any],
           sizes: list[tuple[int, ...]], is_source: Callable[[Any], int | None]) -> Any:
    r"""
    Return where the entries of a result come from: arrays of places, -1 for zero.

    INPUT:

    - ``target`` -- an operation of ATen
    - ``arguments``, ``options`` -- its arguments, tensors of integers among them
    - ``sizes`` -- the shapes of what entries are taken from, one behind the other
    - ``is_source`` -- function that returns which of these an argument is, or ``None``
    """
    import torch

    starts = np.cumsum([1] + [int(np.prod(shape)) for shape in sizes])

    def of_places(x: Any) -> Any:
        source = is_source(x)
        if source is None:
            return x
        shape, start = sizes[source], starts[source]
        count = int(np.prod(shape))
        index = torch.arange(start, start + count, dtype=torch.float64).reshape(shape)
        # numbers stay numbers
        return index if hasattr(x, "shape") else float(start)

    kept = {name: changed(x, of_places) for name, x in options.items() if name not in _STORAGE}
    with torch.no_grad():
        found = target(*changed(arguments, of_places), **kept)
    return changed(found, lambda x: x.numpy().astype(np.int64) - 1)


def gathered_from(index: np.ndarray, *arrays: Any) -> Any:
    r"""
    Return entries of arrays, as :func:`~sage_conslaw.frontends.masks.gathered` does.
    """
    return gathered(list(arrays), index)
