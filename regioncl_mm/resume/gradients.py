"""Gradients of a window of accumulation that is half filled.

mmengine saves none of them, and only the first process saves; each process
has its own until the last step of a window.
"""

from __future__ import annotations

from functools import wraps
from typing import Any, Callable

from mmengine.dist import gather_object, get_rank, get_world_size
from mmengine.model import is_model_wrapper
from torch import Tensor, nn

from ..optim.wrappers import has_one_optimizer


def gather_before_saving(
    runner, keep: Callable[[list[dict[str, Tensor]]], Any]
) -> None:
    """Let ``runner.save_checkpoint`` collect the gradients of all processes.

    All of them call it, and all but the first return at once.

    Args:
        runner: The runner, from here on with a ``save_checkpoint`` of its own.
        keep: Called with what :func:`gather` returns before one is saved.
    """
    save = runner.save_checkpoint

    @wraps(save)
    def gather_and_save(*args: Any, **options: Any) -> None:
        keep(gather(runner))
        save(*args, **options)

    runner.save_checkpoint = gather_and_save


def gather(runner) -> list[dict[str, Tensor]]:
    """The gradients of each process, on the host.

    Returns:
        By parameters' names, one dict a process; empty at the end of a
        window, and in processes other than the first.
    """
    if not filled_steps(runner.optim_wrapper):
        return []
    own = {
        name: parameter.grad.cpu()
        for name, parameter in _model(runner).named_parameters()
        if parameter.grad is not None
    }
    return gather_object(own) or []


def put_back(runner, saved: list[dict[str, Tensor]]) -> None:
    """Give this process's parameters the gradients that it had."""
    own = saved[get_rank()]
    for name, parameter in _model(runner).named_parameters():
        if name in own:
            parameter.grad = own[name].to(parameter.device, copy=True)


def can_be_put_back(saved: list[dict[str, Tensor]]) -> bool:
    """Whether as many processes run as saved gradients."""
    return len(saved) == get_world_size()


def filled_steps(optim_wrapper: Any) -> int:
    """How many steps of a window have been accumulated, 0 at its end."""
    if not has_one_optimizer(optim_wrapper):
        return 0
    done = optim_wrapper.inner_count
    if done == optim_wrapper._max_counts:  # the run's last update
        return 0
    return done % optim_wrapper._accumulative_counts


def _model(runner) -> nn.Module:
    model = runner.model
    return model.module if is_model_wrapper(model) else model
