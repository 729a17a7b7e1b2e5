"""torchrun that passes signals on to the ranks, and their status to its own.

torchrun grants the ranks 30 seconds at a SIGTERM, then kills them, and ends
with status 1; at a SIGUSR1 it dies and leaves them running. Here both, and
SIGINT, are passed on, the ranks take the time that they need to save, and the
program ends with their status. It takes the arguments of
``torch.distributed.run``.
"""

from __future__ import annotations

import os
import signal
import sys

from torch.distributed.elastic.multiprocessing import (
    PContext,
    RunProcsResult,
)
from torch.distributed.elastic.multiprocessing.errors import record
from torch.distributed.run import parse_args, run

SIGNALS = (signal.SIGTERM, signal.SIGUSR1, signal.SIGINT)
PREEMPTED = 85  # the status of PreemptionHook


def follow_ranks() -> None:
    """Have the ranks get this program's signals, and end it when they save.

    torchrun would take their status for a failure, and start them anew.
    """
    start, wait = PContext.start, PContext.wait

    def start_and_listen(ranks: PContext) -> None:
        start(ranks)  # sets handlers of its own
        for number in SIGNALS:
            signal.signal(number, lambda n, _: end_with_ranks(ranks, n))

    def wait_and_look(ranks: PContext, *args: float) -> RunProcsResult | None:
        result = wait(ranks, *args)
        failures = result.failures.values() if result else ()
        statuses = {x.exitcode for x in failures}
        # All ranks have saved before the first ends; those that still clean
        # up when it has ended get a SIGTERM from torchrun.
        if PREEMPTED in statuses <= {PREEMPTED, -signal.SIGTERM}:
            sys.exit(PREEMPTED)
        return result

    PContext.start, PContext.wait = start_and_listen, wait_and_look


def end_with_ranks(ranks: PContext, number: int) -> None:
    """Pass a signal on, and wait for the ranks: torchrun would start anew.

    A further signal interrupts the wait and is passed on, too.

    Raises:
        SystemExit: With the ranks' status.
    """
    running = [pid for pid in ranks.pids().values() if runs(pid)]
    for pid in running:
        os.kill(pid, number)
    statuses = [status_of(pid) for pid in running] or [128 + number]
    failed = [x for x in statuses if x not in (0, PREEMPTED)]
    sys.exit(max(failed or statuses))


def runs(pid: int) -> bool:
    """Whether a rank has not ended yet."""
    try:
        return not os.waitid(
            os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG
        )
    except ChildProcessError:  # torchrun has taken note of its end
        return False


def status_of(pid: int) -> int:
    """A rank's status when it has ended, as a shell has it.

    It is left for torchrun to take note of.
    """
    ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert ended is not None
    killed = ended.si_code != os.CLD_EXITED
    return ended.si_status + (128 if killed else 0)


@record
def main() -> None:
    follow_ranks()
    run(parse_args(None))


if __name__ == '__main__':
    main()
