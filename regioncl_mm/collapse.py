"""What collapsed embeddings look like in numbers."""

from __future__ import annotations

import math
from typing import NamedTuple

from mmpretrain.models.selfsup import BYOL, DenseCL, SimSiam
from torch import nn

from .models import MoBY

# Of spread embeddings, whose share is 1. It is sqrt(1 - cosine) for the mean
# cosine of two images' embeddings: below, that is above 0.99.
LEAST_SPREAD = 0.1


class Constant(NamedTuple):
    """``loss_instance`` if all images have the same embedding."""

    values: tuple[float, ...]
    tolerance: float  # how near is as good as equal

    def __str__(self) -> str:
        return ' or '.join(f'{value:.4f}' for value in self.values)


def loss_if_constant(model: nn.Module) -> Constant | None:
    """The instance loss of a model whose embeddings are all the same.

    With a queue of K negatives that is log(K + 1) a side, all of them being
    as similar as the positive. Without negatives it is the lowest value that
    similarities allow, or that of similarities of 0 where a batch norm has
    made zeros of what was constant.

    Returns:
        None where it depends on the batch or on a schedule.
    """
    if hasattr(model, 'queue_len') and not isinstance(model, DenseCL):
        sides = 2 if isinstance(model, MoBY) else 1
        chance = sides * math.log(model.queue_len + 1)
        return Constant((chance,), 0.01 * chance)
    if isinstance(model, SimSiam):
        return Constant((-1.0, 0.0), 0.001)
    if isinstance(model, BYOL):
        return Constant((-4.0, 0.0), 0.004)
    return None


def looks_collapsed(
    spread: float, loss: float | None, constant: Constant | None
) -> bool:
    """Whether a step's numbers are those of a collapse.

    Args:
        spread: The standard deviation of an embedding's components over the
            batch, times the root of their number: 1 if spread, 0 if constant.
        loss: The instance loss, where it is known.
        constant: What :func:`loss_if_constant` says of it.
    """
    if spread < LEAST_SPREAD:
        return True
    if loss is None or constant is None:
        return False
    return any(
        abs(loss - value) < constant.tolerance for value in constant.values
    )
