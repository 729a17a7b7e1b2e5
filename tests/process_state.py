"""What one test could leave behind in the process for the next."""

import os
import sys
from contextlib import contextmanager

import torch
from mmengine.logging import MessageHub
from tool_calls import managers
from torch import distributed

from regioncl_mm.utils.signals import signal_handlers_restored


@contextmanager
def process_as_it_was():
    """Afterwards the process is as before.

    mmengine's globals, the environment, the number of threads and the
    handlers of signals are put back.

    Raises:
        AssertionError: If something is left that has to be ended by what has
            begun it: processes that are joined, a folder that was changed to,
            figures that were drawn.
    """
    folder, environment = os.getcwd(), dict(os.environ)
    threads = torch.get_num_threads()
    # Of each kind mmengine takes the newest for the current one: the run that
    # a test has made would be the next test's, too.
    instances = {cls: dict(cls._instance_dict) for cls in managers()}
    hubs = MessageHub._instance_dict.values()
    told = [(hub, dict(hub.runtime_info)) for hub in hubs]
    figures = _figures()
    # A run that an error ended still listens.
    with signal_handlers_restored():
        yield
    for cls in managers():
        cls._instance_dict.clear()
        cls._instance_dict.update(instances.get(cls, {}))
    for hub, before in told:
        hub.runtime_info.clear()
        hub.update_info_dict(before)
    torch.set_num_threads(threads)
    _put_back(environment)
    left = []
    if distributed.is_initialized():
        distributed.destroy_process_group()
        left.append('torch.distributed is still initialised')
    if os.getcwd() != folder:
        left.append(f'the current folder is still {os.getcwd()}')
        os.chdir(folder)
    if _figures() != figures:
        left.append("matplotlib's figures are still open")
        sys.modules['matplotlib.pyplot'].close('all')
    assert not left, ' and '.join(left)


def _figures():
    """The numbers of the figures that matplotlib holds."""
    pyplot = sys.modules.get('matplotlib.pyplot')
    return pyplot.get_fignums() if pyplot else []


def _put_back(environment):
    """Set the environment's variables as they were, but for pytest's own."""
    before, now = (
        {k: v for k, v in variables.items() if not k.startswith('PYTEST')}
        for variables in (environment, os.environ)
    )
    for name in now.keys() - before.keys():
        del os.environ[name]
    os.environ.update(before)
