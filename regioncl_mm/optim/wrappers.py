"""Wrappers of one optimizer, and of several."""

from __future__ import annotations

from typing import Any

from mmengine.optim import OptimWrapper, OptimWrapperDict
from torch.optim import Optimizer


def has_one_optimizer(wrapper: Any) -> bool:
    """Whether a run has one optimizer, whose steps are the run's.

    mmengine's ``OptimWrapperDict`` is an ``OptimWrapper``, too, but has
    neither its count of steps nor an optimizer.
    """
    return isinstance(wrapper, OptimWrapper) and not isinstance(
        wrapper, OptimWrapperDict
    )


def optimizers_of(wrapper: OptimWrapper) -> dict[str, Optimizer]:
    """The optimizers of a run by their names; one alone has none (``''``)."""
    if isinstance(wrapper, OptimWrapperDict):
        return {name: one.optimizer for name, one in wrapper.items()}
    return {'': wrapper.optimizer}


def first_wrapper(wrapper: OptimWrapper) -> OptimWrapper:
    """The wrapper of one optimizer, or the first of several."""
    if isinstance(wrapper, OptimWrapperDict):
        return next(wrapper.values())
    return wrapper
