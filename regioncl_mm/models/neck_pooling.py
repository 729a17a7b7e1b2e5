"""Whether a neck begins by averaging, as regions are averaged."""

from __future__ import annotations

from types import CodeType
from typing import Any, Iterator

from torch import Tensor, nn

TOLERANCE = 1e-3  # of the largest number; float32 is nearer by far
JOINT = {'encode_with_regions', 'predict_with_regions'}


def projects_jointly(algorithm: type) -> bool:
    """Whether an algorithm projects whole images in one batch with regions.

    That is asked of the class that has its loss: a method of it names the
    function that does so. It is known of algorithms of one's own, too, but
    for those that give the function another name.
    """
    for cls in algorithm.__mro__:
        if 'loss' not in vars(cls):
            continue
        codes = (getattr(x, '__code__', None) for x in vars(cls).values())
        names = {name for code in codes if code for name in names_in(code)}
        if names & JOINT:
            return True
        if 'super' not in names:
            break
    return False


def names_in(code: CodeType) -> Iterator[str]:
    """What a function names, the functions and loops within it included."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from names_in(constant)


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
