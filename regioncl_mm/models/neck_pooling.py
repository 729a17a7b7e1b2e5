"""Whether a neck begins by averaging, as regions are averaged."""

from __future__ import annotations

import inspect
from typing import Any

from torch import Tensor, nn

from .region_branch import encode_with_regions, predict_with_regions

TOLERANCE = 1e-3  # of the largest number; float32 is nearer by far


def projects_jointly(algorithm: type) -> bool:
    """Whether an algorithm projects whole images in one batch with regions.

    That is asked of its file: it imports the function that does it. So it is
    known of algorithms of one's own, too.
    """
    joint = (encode_with_regions, predict_with_regions)
    return any(
        getattr(inspect.getmodule(cls), function.__name__, None) is function
        for cls in algorithm.__mro__
        for function in joint
    )


def average_of(features: Any) -> Tensor | None:
    """What a neck gets for whole images in one batch with regions.

    Args:
        features: What the backbone returns, a tuple.

    Returns:
        (N, C, 1, 1); None if the last item is neither map nor vectors.
    """
    last = features[-1]
    if last.dim() == 4:
        return last.mean((2, 3), keepdim=True)
    return last[..., None, None] if last.dim() == 2 else None


def check_pooling(neck: nn.Module, average: Tensor, projected: Any) -> None:
    """Find that a neck makes the same of averages as of feature maps.

    Args:
        neck: In evaluation mode.
        average: As :func:`average_of` has it.
        projected: What the neck makes of what the backbone returns.

    Raises:
        ValueError: If it makes something else of them.
    """
    reason = (
        'regions are averaged over their cells, and whole images with them, '
        'so that `model.neck` must begin by averaging the last feature map '
        '(`GlobalAveragePooling`, or `with_avg_pool=True`); this one does '
        'something else with whole images'
    )
    try:
        found = neck((average,))[0]
    except Exception as error:  # of whatever layer
        line = str(error).strip().partition('\n')[0] or type(error).__name__
        raise ValueError(f'{reason} ({line})') from error
    expected = projected[0]
    if found.shape != expected.shape:
        raise ValueError(reason)
    if (found - expected).abs().max() > TOLERANCE * expected.abs().max():
        raise ValueError(reason)
