"""Seconds and bytes of a step."""

from __future__ import annotations

import gc
import statistics
import time
from typing import TYPE_CHECKING, Callable

import torch
from torch import Tensor
from torch.profiler import ProfilerActivity, profile

if TYPE_CHECKING:
    from .contestants import Contestant


def in_turns(
    calls: dict[str, Callable[[], None]],
    device: str,
    warmup: int,
    repeats: int,
) -> dict[str, list[float]]:
    """Seconds of each call, taken in turns: A B C, A B C and so on."""
    found = {name: [] for name in calls}
    for repeat in range(warmup + repeats):
        for name, call in calls.items():
            start = _now(device)
            call()
            if repeat >= warmup:
                found[name].append(_now(device) - start)
    return found


def _now(device: str) -> float:
    if device.startswith('cuda'):
        torch.cuda.synchronize()
    return time.perf_counter()


def averaged(seconds: list[float], period: int) -> list[float]:
    """Means of so many that follow each other."""
    return [
        statistics.mean(seconds[i : i + period])
        for i in range(0, len(seconds) - period + 1, period)
    ]


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
