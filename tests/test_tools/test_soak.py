"""A run is watched, and what grows is found."""

import json
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
import soak

from regioncl_mm.benchmarks.soak import run as runs
from regioncl_mm.benchmarks.soak import training as trainings
from regioncl_mm.benchmarks.soak.usage import usage
from regioncl_mm.benchmarks.soak.verdict import LEVELS, Row, judge

MIB = 2**20
linux = pytest.mark.skipif(
    sys.platform != 'linux', reason='/proc is where it looks'
)


def samples(**growth):
    """Ninety seconds, one after another; what grows does so by the second."""
    start = dict.fromkeys(LEVELS, 500)
    start.update(memory=500 * MIB, shared=0, dev_shm=3 * MIB)
    return [
        dict(
            {k: v + growth.get(k, 0) * t for k, v in start.items()},
            seconds=float(t),
            steps=8 * t + growth.get('steps', 0) * t**2,
        )
        for t in range(90)
    ]


def verdicts(found):
    return {row.name: row.is_flat for row in judge(found, warmup=0)}


def test_a_run_that_stays_is_flat():
    rows = judge(samples(), warmup=0)
    assert len(rows) == len(LEVELS) + 1
    assert all(row.is_flat and row.change == 0 for row in rows)
    assert rows[0] == Row('memory, MiB', 500, 500, least=1)
    assert rows[-1] == Row('steps a second', 8, 8)


@pytest.mark.parametrize(
    'growth, grows',
    [
        (dict(memory=0.2 * MIB), 'memory, MiB'),
        (dict(shared=0.1 * MIB), 'shared memory, MiB'),
        (dict(dev_shm=MIB), 'all in /dev/shm, MiB'),
        (dict(descriptors=0.2), 'descriptors'),
        (dict(threads=-0.2), 'threads'),
        (dict(processes=1), 'processes'),
        (dict(steps=-0.01), 'steps a second'),
    ],
)
def test_what_grows_or_shrinks_is_named(growth, grows):
    found = verdicts(samples(**growth))
    assert [name for name, flat in found.items() if not flat] == [grows]


def test_a_little_is_nothing():
    """One per cent, and the bytes of a batch where there were none."""
    assert all(verdicts(samples(memory=0.08 * MIB, shared=1000)).values())


def test_thirds_are_medians_after_the_warmup():
    found = samples()
    for sample in found[:30]:
        sample['memory'] = 100 * MIB
    found[35]['memory'] = 9000 * MIB
    assert judge(found, warmup=30)[0] == Row('memory, MiB', 500, 500, least=1)
    assert not judge(found, warmup=0)[0].is_flat


def test_a_short_run_is_not_judged():
    with pytest.raises(ValueError, match='5 samples after the warm-up'):
        judge(samples(), warmup=85)


CHILD = """
import subprocess, sys, threading
files = [open('/dev/null') for _ in range(20)]
for _ in range(3):
    threading.Thread(target=threading.Event().wait, daemon=True).start()
if sys.argv[1:]:
    child = subprocess.Popen([sys.executable, sys.argv[0]])
print('ready', flush=True)
sys.stdin.read()
"""


@linux
def test_usage_is_that_of_a_process_and_those_it_started(tmp_path):
    script = tmp_path / 'a name) of several words.py'
    script.write_text(CHILD)
    with subprocess.Popen(
        [sys.executable, str(script), 'parent'],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert [process.stdout.readline() for _ in range(2)] == ['ready\n'] * 2
        found = usage(process.pid)
        process.stdin.close()
    assert found['processes'] == 2
    assert found['threads'] == 2 * 4
    # Their own twenty, and what any process has open.
    assert 2 * 23 <= found['descriptors'] < 2 * 40
    assert 2 * MIB < found['memory'] < 200 * MIB
    assert found['shared'] == 0 <= found['dev_shm']


class Stub:
    """A training of a hundred steps a second."""

    def __init__(self, *settings):
        self.settings, self.looks = settings, 0
        self.process = self
        self.pid, self.ended = os.getpid(), False

    @property
    def steps(self):
        self.looks += 1
        return 10 * (self.looks - 1)

    def check(self):
        assert not self.ended

    def end(self):
        self.ended = True


@linux
@pytest.mark.parametrize('grows', [False, True])
def test_the_tool_watches_prints_and_writes(
    grows, tmp_path, monkeypatch, capsys
):
    clock = iter(range(1000))
    watch = SimpleNamespace(
        sleep=lambda _: None, monotonic=lambda: next(clock)
    )
    monkeypatch.setattr(runs, 'time', watch)
    monkeypatch.setattr(runs, 'Training', Stub)
    levels = iter(range(1000))
    monkeypatch.setattr(
        runs,
        'usage',
        lambda pid: {
            **dict.fromkeys(LEVELS, 7),
            'descriptors': 100 + grows * next(levels),
        },
    )
    file = tmp_path / 'soak.json'
    arguments = ['--work-dir', str(tmp_path / 'runs'), '--json', str(file)]
    arguments += ['--minutes', '1', '--warmup', '0.1']
    if grows:
        with pytest.raises(SystemExit) as ended:
            soak.main(arguments)
        assert ended.value.code == 1
    else:
        soak.main(arguments)
    out = capsys.readouterr().out
    assert ('NOT FLAT' in out) == grows and '+0.0%   flat' in out
    found = json.loads(file.read_text())
    flat = {row['name']: row['flat'] for row in found['rows']}
    assert flat.pop('descriptors') is not grows and all(flat.values())
    assert found['settings']['processes'] == '2'
    assert len(found['samples']) > 10


@linux
def test_a_training_that_ends_by_itself_says_why(tmp_path, monkeypatch):
    """Python itself is one that fails."""
    program = tmp_path / 'python'
    program.write_text('#!/bin/sh\necho "no such config"\nexit 1\n')
    program.chmod(0o755)
    python = SimpleNamespace(executable=str(program))
    monkeypatch.setattr(trainings, 'sys', python)
    with pytest.raises(SystemExit, match='before its time:\n *no such config'):
        soak.main(['--work-dir', str(tmp_path / 'run'), '--config', 'no.py'])


@linux
@pytest.mark.long
def test_a_short_soak_of_two_processes(tmp_path):
    """In two minutes no files, threads and processes are added.

    On a busy machine some of the start's are still being closed.
    """
    training = trainings.Training(None, tmp_path, 2, 1, [])
    try:
        found = runs.watch(training, 120, every=5)
    finally:
        training.end()
    rows = {row.name: row for row in judge(found, warmup=30)}
    for name in ('descriptors', 'threads', 'processes', 'shared memory, MiB'):
        assert rows[name].is_flat or rows[name].change < 0, rows[name]
    # torchrun, two that train and two that load for them.
    assert rows['processes'].first >= 5
    assert rows['steps a second'].last > 0
