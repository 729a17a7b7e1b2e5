"""Seconds and bytes of a step."""

from __future__ import annotations

import gc
import os
import statistics
import time
from typing import Callable, Mapping, Sequence

import torch
from torch.profiler import ProfilerActivity, profile


def default_device() -> str:
    """``cuda`` if there is a GPU, else ``cpu``."""
    return 'cuda' if torch.cuda.is_available() else 'cpu'


def in_turns(
    calls: Mapping[str, Callable[[], object]],
    device: str,
    warmup: int,
    repeats: int,
) -> dict[str, list[float]]:
    """Time calls in turns: A B C, A B C and so on.

    Args:
        calls: What is timed, by name.
        device: Where it runs; a GPU is waited for.
        warmup: Turns that are not counted.
        repeats: Turns that are.

    Returns:
        The seconds of each call, by name.
    """
    found: dict[str, list[float]] = {name: [] for name in calls}
    for repeat in range(warmup + repeats):
        for name, call in calls.items():
            start = now(device)
            call()
            if repeat >= warmup:
                found[name].append(now(device) - start)
    return found


def now(device: str) -> float:
    """Seconds of a clock, when a GPU has done all that it was given."""
    if device.startswith('cuda'):
        torch.cuda.synchronize()
    return time.perf_counter()


def spread(values: Sequence[float]) -> dict[str, float]:
    """The median, and the quartiles around it as ``low`` and ``high``."""
    low, middle, high = statistics.quantiles(values, n=4)
    return dict(median=middle, low=low, high=high)


def peak_of(call: Callable[[], object], on_gpu: bool) -> int:
    """The bytes that torch holds at most during a call, beyond those that it
    held before."""
    # torch's profiler, which counts memory, announces its stages otherwise.
    os.environ.setdefault('KINETO_LOG_LEVEL', '5')
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
