"""Signals that ask a program to end are taken note of, and no more."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import contextmanager
from typing import Any, Callable, Iterator, Sequence

from mmengine.config import Config

# A terminal and a launcher may both deliver what was typed once.
SAME_SIGNAL_SECONDS = 1.0
# What tells a run to end, and how it ends then.
SIGNALS = ('SIGTERM', 'SIGUSR1', 'SIGINT')
EXIT_STATUS = 85


class SignalListener:
    """Calls a function at the first signal; the same one again ends all.

    It then means what it did before, as does a SIGINT after any other.

    Only Python's main thread can have handlers; elsewhere nothing is done.

    Args:
        names: The signals', such as ``SIGTERM``.
        heard: Is given the first one's name.
    """

    def __init__(
        self, names: Sequence[str], heard: Callable[[str], Any]
    ) -> None:
        self.heard = heard
        self.pid = os.getpid()
        self.first: int | None = None
        self.heard_at = 0.0
        self.before: dict[signal.Signals, Any] = {}
        if threading.current_thread() is threading.main_thread():
            for number in [signal.Signals[name] for name in names]:
                self.before[number] = signal.getsignal(number)
                signal.signal(number, self._handle)

    def close(self) -> None:
        """Signals mean what they did before."""
        for number, handler in self.before.items():
            signal.signal(number, handler)
        self.before.clear()

    def _handle(self, number: int, frame: Any) -> None:
        # Processes that this one forked have the handler, too. They end when
        # it does, or when it ends them.
        if os.getpid() != self.pid:
            if number == signal.SIGTERM:
                signal.signal(number, signal.SIG_DFL)
                signal.raise_signal(number)
            return
        now = time.monotonic()
        if self.first is None:
            self.first, self.heard_at = number, now
            self.heard(signal.Signals(number).name)
        elif (
            number in (self.first, signal.SIGINT)
            and now - self.heard_at > SAME_SIGNAL_SECONDS
        ):
            self.close()
            if signal.getsignal(number) == signal.SIG_IGN:
                # As a shell has it for what runs in the background.
                raise KeyboardInterrupt
            signal.raise_signal(number)


@contextmanager
def ended_by_signals(cfg: Config) -> Iterator[None]:
    """Within it a run that is told to end does so with its own status.

    It is for what is no training: while steps are made, PreemptionHook
    listens, and has a checkpoint saved. A run without that hook ends as any
    program does.

    Args:
        cfg: The run's.

    Raises:
        SystemExit: At one of the hook's signals.
    """
    hook = (cfg.get('default_hooks') or {}).get('preemption')
    if not hook:
        yield
        return

    def end(name: str) -> None:
        rank = os.environ.get('RANK', os.environ.get('SLURM_PROCID', '0'))
        status = hook.get('exit_status', EXIT_STATUS)
        if rank == '0':
            print(
                f'{name}: ended without saving; --resume '
                f'goes on (exit status {status})',
                flush=True,
            )
        raise SystemExit(status)

    listener = SignalListener(hook.get('signals', SIGNALS), end)
    try:
        yield
    finally:
        listener.close()


def outlive_sigterm(init: Callable[[int], Any] | None, worker_id: int) -> None:
    """Have a data loader's worker end by its parent's SIGTERM alone.

    Where a scheduler sends it to all processes of a job, a worker's end would
    be an error of the training before that can save. It ends with it.

    Args:
        init: The loader's own ``worker_init_fn``.
        worker_id: Which worker this is.
    """

    def wait() -> None:
        while signal.sigwaitinfo({signal.SIGTERM}).si_pid != os.getppid():
            pass
        os._exit(0)

    if hasattr(signal, 'sigwaitinfo'):  # not on macOS
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        threading.Thread(target=wait, daemon=True).start()
    if init is not None:
        init(worker_id)


@contextmanager
def signal_handlers_restored() -> Iterator[None]:
    """Signals mean afterwards what they did before, whatever is raised."""
    handlers = {x: signal.getsignal(x) for x in signal.valid_signals()}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            if signal.getsignal(number) is not handler:
                signal.signal(number, handler)
