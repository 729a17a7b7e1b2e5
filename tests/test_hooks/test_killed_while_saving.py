"""SIGKILL at any moment: a run goes on from the last whole checkpoint."""

import os
import random
import signal
import time
from multiprocessing import get_context

import pytest
from tiny_run import train_until_killed

from regioncl_mm.checkpoints.newest import find_newest
from regioncl_mm.checkpoints.outline import when_saved
from regioncl_mm.checkpoints.training import load_from_local

OPTIONS = dict(
    ballast=500_000,  # 2 MB, and so most of the time is saving
    max_keep_ckpts=1,
    scores={2 * epoch: epoch for epoch in range(1, 1000)},
    save_best='a/acc',
)


@pytest.mark.parametrize(
    'moments', [3, pytest.param(40, marks=pytest.mark.long)]
)
def test_killed_at_random_moments(moments, tmp_path):
    rng, reached = random.Random(0), 0
    for moment in range(moments):
        reader, writer = get_context('fork').Pipe(duplex=False)
        process = get_context('fork').Process(
            target=train_until_killed,
            args=(tmp_path, writer),
            kwargs=OPTIONS,
        )
        process.start()
        writer.close()
        marked = reader.recv()
        assert marked == reached + 1, 'it began anew, or further back'
        time.sleep(rng.uniform(0, 0.1))
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        try:
            while True:
                marked = reader.recv()
        except EOFError:
            reader.close()
        newest = find_newest(tmp_path).path
        reached = when_saved(newest).epoch
        assert reached >= marked, f'moment {moment}'
        weight = load_from_local(str(newest), 'cpu')['state_dict']['weight']
        assert weight.item() == 2 * reached
    # What was cut short, and what was not yet deleted, of one moment alone.
    assert len(list(tmp_path.glob('*.pth'))) <= 4
    assert len(list(tmp_path.glob('.*.part'))) <= 1
