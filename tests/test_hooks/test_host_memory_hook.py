"""A training on the CPU asks for its memory once."""

import resource
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from mmengine.runner import Runner
from torch import nn

from regioncl_mm.hooks import HostMemoryHook, host_memory_hook
from regioncl_mm.utils import host_memory

glibc = pytest.mark.skipif(
    host_memory.platform.libc_ver()[0] != 'glibc', reason='needs glibc'
)


def page_faults():
    """Of ten blocks of 24 MiB, 6,144 pages each, one after the other."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        torch.zeros(6 * 2**20)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def resident():
    """Bytes of this process that are in memory."""
    pages = int(Path('/proc/self/statm').read_text().split()[1])
    return pages * resource.getpagesize()


@glibc
def test_pages_are_asked_for_once():
    hook = HostMemoryHook()
    runner = SimpleNamespace(model=nn.Linear(2, 2))
    hook.before_train(runner)
    assert hook.keeps
    page_faults()
    assert page_faults() < 6144
    before = resident()
    hook.after_train(runner)
    assert before - resident() > 20 * 2**20  # one block is given back


@pytest.mark.parametrize('libc, device', [('', 'cpu'), ('glibc', 'meta')])
def test_elsewhere_nothing_is_done(libc, device, monkeypatch):
    monkeypatch.setattr(
        host_memory.platform, 'libc_ver', lambda: (libc, '2.36')
    )
    monkeypatch.setattr(host_memory.ctypes, 'CDLL', None)
    monkeypatch.setattr(host_memory_hook, 'give_back_freed_memory', None)
    hook = HostMemoryHook()
    runner = SimpleNamespace(model=nn.Linear(2, 2, device=device))
    hook.before_train(runner)
    hook.after_train(runner)


def test_it_is_the_default(quickstart):
    runner = Runner.from_cfg(quickstart)
    assert any(isinstance(hook, HostMemoryHook) for hook in runner.hooks)
