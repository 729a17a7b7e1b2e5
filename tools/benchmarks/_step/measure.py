"""Seconds and bytes of a step."""

from __future__ import annotations

import gc
import statistics
import time
from typing import Callable

import torch
from torch import Tensor
from torch.profiler import ProfilerActivity, profile

from .contestants import Contestant


def seconds(
    contestants: list[Contestant], views: list[Tensor], warmup: int, steps: int
) -> dict[str, list[float]]:
    """Of each contestant's steps, taken in turns: A B C, A B C and so on."""
    found = {c.role: [] for c in contestants}
    for step in range(warmup + steps):
        for contestant in contestants:
            start = _now(views)
            contestant.step(*views)
            if step >= warmup:
                found[contestant.role].append(_now(views) - start)
    return found


def _now(views: list[Tensor]) -> float:
    if views[0].is_cuda:
        torch.cuda.synchronize()
    return time.perf_counter()


def spread(values: list[float]) -> dict[str, float]:
    """Median, and the quartiles around it."""
    low, middle, high = statistics.quantiles(values, n=4)
    return dict(median=middle, low=low, high=high)


def peak_bytes(contestant: Contestant, views: list[Tensor]) -> int:
    """What torch holds at most during a step: weights, momentum encoder,
    queue, state of the optimizer, gradients, activations."""
    held = _held(contestant)
    return held + peak_of(lambda: contestant.step(*views), views[0].is_cuda)


def peak_of(call: Callable, on_gpu: bool) -> int:
    """Bytes that torch holds at most during a call, beyond those before."""
    gc.collect()
    if on_gpu:
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        call()
        return torch.cuda.max_memory_allocated() - before
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as p:
        call()
    now = peak = 0
    for event in p.profiler.kineto_results.events():
        if event.name() == '[memory]':
            now += event.nbytes()
            peak = max(peak, now)
    return peak


def _held(contestant: Contestant) -> int:
    """Bytes between two steps, without gradients, which each step frees."""
    model, optimizer = contestant.model, contestant.wrapper.optimizer
    optimizer.zero_grad(set_to_none=True)
    state = [
        value
        for of_parameter in optimizer.state.values()
        for value in of_parameter.values()
        if isinstance(value, Tensor)
    ]
    tensors = [*model.parameters(), *model.buffers(), *state]
    return sum(t.numel() * t.element_size() for t in tensors)
