"""Two processes that wait for each other at every step, on gloo."""

import os
import random
import signal
import time
from itertools import count
from pathlib import Path

import pytest
import torch
from processes import joined, start
from torch import distributed
from torch.multiprocessing import ProcessExitedException

from regioncl_mm.hooks.rank_watch_hook import check_equal_data
from regioncl_mm.ranks import RankWatch, StopAgreement, open_board

ROUNDS = 12


def stop_again_and_again(rank, folder):
    """One rank or both are asked to stop, at any time."""
    draw = random.Random(0)
    with joined(rank, 2, folder):
        lines = []
        for _ in range(ROUNDS):
            asked = {draw.randrange(2): draw.randrange(1, 9)}
            if draw.random() < 0.5:
                asked[draw.randrange(2)] = draw.randrange(1, 9)
            agreement = StopAgreement(open_board(), 0.002)
            for step in count(1):
                if asked.get(rank) == step:
                    agreement.ask('SIGTERM')
                distributed.all_reduce(torch.ones(1))
                time.sleep(draw.random() / 200 * (1 + rank))
                reason = agreement.reached(step)
                if reason:
                    break
            agreement.close()
            lines.append(f'{step} {reason} {step >= min(asked.values())}')
        Path(folder, str(rank)).write_text('\n'.join(lines))


def test_all_stop_after_the_same_step(tmp_path):
    start(stop_again_and_again, tmp_path, 2)
    first, second = ((tmp_path / str(i)).read_text() for i in range(2))
    assert first == second
    lines = first.splitlines()
    assert len(lines) == ROUNDS
    assert all(line.endswith(' SIGTERM True') for line in lines)


def end_before_the_other_stops(rank, folder):
    """Rank 1 has no steps left when rank 0 is asked, and does not block it."""
    with joined(rank, 2, folder):
        agreement = StopAgreement(open_board(), 0.002, patience=20)
        if rank == 1:
            agreement.close()
        distributed.barrier()
        if rank == 0:
            agreement.ask('SIGTERM')
            while agreement.promise > 5:
                time.sleep(0.01)
            assert agreement.reached(1) is None
        distributed.barrier()
        agreement.close()


def test_a_rank_without_steps_keeps_none_from_its_own(tmp_path):
    start(end_before_the_other_stops, tmp_path, 2)


def hang(rank, folder, how):
    with joined(rank, 2, folder):
        out = Path(folder, str(rank))
        watch = RankWatch(open_board(), 1.0, 'Mend it', out.write_text)
        watch.in_steps = True
        for step in range(5):
            watch.moves = 2 * step + 1
            if rank == 1 and step == 2:
                time.sleep(0.5)  # until a note has been written
                how()
            distributed.all_reduce(torch.ones(1))
            watch.moves = 2 * step + 2


def sleep_in_a_step(rank, folder):
    hang(rank, folder, lambda: time.sleep(120))


def be_stopped(rank, folder):
    hang(rank, folder, lambda: os.kill(os.getpid(), signal.SIGSTOP))


@pytest.mark.parametrize(
    'work, words, status',
    [
        (sleep_in_a_step, ('test_two_ranks.py:', '<lambda>', 'wait'), (1, 1)),
        (be_stopped, ('has said nothing for',), (1, -9)),
    ],
)
def test_the_rank_that_hangs_is_named(work, words, status, tmp_path):
    began = time.monotonic()
    with pytest.raises(ProcessExitedException) as ended:
        start(work, tmp_path, 2)
    assert ended.value.exit_code in status
    assert time.monotonic() - began < 60
    # The first to end may have the other ended before that has said so, too;
    # that one may find the board gone, or have nothing in its file yet. Both
    # say the same else, but for how long they have waited.
    gone = (
        'rank 0, which keeps the board of all ranks, does not answer. Mend it'
    )
    texts = [path.read_text() for path in tmp_path.glob('[01]')]
    told = [text for text in texts if text not in ('', gone)]
    assert told
    for said in told:
        assert said.startswith('rank 1 (') and 'rank 0' not in said
        assert ' is in step 3, at ' in said
        assert all(word in said for word in words), said


def validate_alone(rank, folder):
    """Three times as long as a step may take."""
    with joined(rank, 2, folder):
        watch = RankWatch(open_board(), 0.4, 'Mend it', print)
        watch.in_steps = True
        if rank == 0:
            watch.in_steps = False
            time.sleep(1.2)
        distributed.all_reduce(torch.ones(1))
        watch.close()
        Path(folder, str(rank)).touch()


def test_a_rank_that_validates_alone_is_not(tmp_path):
    start(validate_alone, tmp_path, 2)
    assert (tmp_path / '0').exists() and (tmp_path / '1').exists()


def have_unequal_data(rank, folder):
    with joined(rank, 2, folder):
        loader = torch.utils.data.DataLoader(range(8 + rank), batch_size=4)
        with pytest.raises(ValueError) as refused:
            check_equal_data(loader)
        Path(folder, str(rank)).write_text(str(refused.value))
        check_equal_data(torch.utils.data.DataLoader(range(8)))


def test_unequal_data_are_refused_by_name(tmp_path):
    start(have_unequal_data, tmp_path, 2)
    said = (tmp_path / '0').read_text()
    assert (
        'rank 0 has 8 images in 2 batches, rank 1 has 9 images in 3 batches'
    ) in said
    assert (tmp_path / '1').read_text() == said
