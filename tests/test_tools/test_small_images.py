"""Trainings on small images, timed in turns."""

import io
import json
import os
import subprocess
import sys
from argparse import Namespace
from types import SimpleNamespace

import pytest
import torch
from conftest import REPO

from regioncl_mm.benchmarks.small_images import (
    contestants,
    plain,
    run,
    trainee,
)
from regioncl_mm.benchmarks.small_images.contestants import (
    CONFIGS,
    REGIONS,
    Contestant,
    export,
    find,
)
from regioncl_mm.benchmarks.small_images.process import Process

# Answers with a second a step, and says first what it has been given.
ECHO = """
import sys
sys.stderr.write(' '.join(sys.argv[1:]))
print('ready', flush=True)
for line in sys.stdin:
    if line.strip() == '9':
        sys.exit('out of breath')
    print(float(line), flush=True)
"""


class Enough(Exception):
    """Two steps have been taken."""


@pytest.fixture
def two_steps(monkeypatch):
    """Has trainings end after two steps."""
    count = []

    class Turns:
        def after_step(self):
            count.append(1)
            if len(count) == 2:
                raise Enough

    monkeypatch.setattr(trainee, 'Turns', Turns)
    monkeypatch.setattr(plain, 'Turns', Turns)
    monkeypatch.setenv('OMP_NUM_THREADS', str(torch.get_num_threads()))
    return count


@pytest.fixture
def changes(tmp_path, monkeypatch):
    monkeypatch.delenv('DATA_ROOT', raising=False)
    args = Namespace(batch=8, turns=2, steps=1, channels=8)
    found = run.settings(args, tmp_path)
    return {**found, 'work_dir': str(tmp_path / 'work_dir')}


@pytest.mark.parametrize('method', CONFIGS)
def test_ours_is_a_whole_training(method, changes, two_steps):
    if method == 'M':
        changes.update(REGIONS)
    with pytest.raises(Enough):
        trainee.main(str(REPO / CONFIGS[method]), json.dumps(changes))
    assert len(two_steps) == 2


@pytest.mark.parametrize(
    'kind, method', [('plain', 'M'), ('plain', 'off'), ('lightly', 'off')]
)
def test_peers_train_on_the_same(kind, method, changes, two_steps):
    if kind == 'lightly':
        pytest.importorskip('lightly.loss')
        pytest.importorskip('lightly.transforms')
    with pytest.raises(Enough):
        plain.main(kind, str(REPO / CONFIGS[method]), json.dumps(changes))
    assert len(two_steps) == 2


def test_plain_views_are_crops_flips_and_brightness():
    torch.manual_seed(0)
    batch = torch.linspace(0, 0.5, 8).expand(500, 1, 8, 8)
    views = plain.plain_view(batch)
    assert views.shape == batch.shape and 0 <= views.min() < views.max() <= 1
    falls = (views[:, 0, 0, 0] > views[:, 0, 0, -1]).float().mean()
    assert 0.4 < falls < 0.6
    # Levels rise by 0.5 / 7 a pixel, less in a crop, times the brightness.
    rises = (views[..., -1] - views[..., 0]).abs().mean()
    assert 0.2 < rises < 0.45


def test_turns_are_told_and_timed(monkeypatch):
    told = io.StringIO('2\n1\n')
    said = io.StringIO()
    times = iter([10.0, 13.0, 20.0, 21.5, 30.0])

    def stop(status):
        raise SystemExit(status)

    # Names of that module alone: pytest itself reads the clock and moves
    # descriptors, before these are taken back.
    system = SimpleNamespace(
        dup=lambda _: None,
        dup2=lambda *_: None,
        fdopen=lambda *_, **__: said,
        _exit=stop,
    )
    clock = SimpleNamespace(perf_counter=lambda: next(times))
    monkeypatch.setattr(trainee, 'os', system)
    monkeypatch.setattr(trainee, 'sys', SimpleNamespace(stdin=told))
    monkeypatch.setattr(trainee, 'time', clock)
    turns = trainee.Turns()
    for _ in range(3):
        turns.after_step()
    with pytest.raises(SystemExit):
        turns.after_step()
    assert said.getvalue() == 'ready\n7.0\n8.5\n'


def test_a_process_waits_for_its_turn(tmp_path, monkeypatch):
    one = Contestant('one', 'M', tmp_path, ['-c', ECHO], dict(b=2))
    process = Process(one, dict(a=1), tmp_path / 'own', threads=1)
    try:
        assert process.steps(3) == 3
        given = process.errors.read_text()
        settings = json.loads(given[given.index('{') :])
        assert settings.pop('work_dir') == str(tmp_path / 'own/work_dir')
        assert settings == dict(a=1, b=2, **REGIONS)
        with pytest.raises(ValueError, match=r'one \(M\) .*out of breath'):
            process.steps(9)
    finally:
        process.end()
    assert process.process.returncode is not None


def test_an_earlier_version_is_as_it_was(tmp_path):
    repository, folder = tmp_path / 'repository', tmp_path / 'folder'
    repository.mkdir()
    folder.mkdir()

    def git(*arguments):
        who = '-c user.name=a -c user.email=a@b'.split()
        subprocess.run(
            ['git', '-C', repository, *who, *arguments],
            check=True,
            capture_output=True,
        )

    git('init')
    (repository / 'file').write_text('before')
    git('add', 'file')
    git('commit', '-m', 'one')
    (repository / 'file').write_text('after')
    export(repository, 'HEAD', folder)
    assert (folder / 'file').read_text() == 'before'
    with pytest.raises(ValueError, match='no commit 0123.*--commit none'):
        export(repository, '0123', folder)


def test_who_takes_part(tmp_path, monkeypatch):
    monkeypatch.setattr(contestants, 'export', lambda *_: None)
    monkeypatch.setattr(contestants, 'has_lightly', lambda: True)
    found = find('3d121bd', tmp_path, 'bfloat16')
    assert [(x.method, x.name) for x in found] == [
        ('M', '3d121bd'),
        ('M', 'ours'),
        ('M', 'plain'),
        ('off', '3d121bd'),
        ('off', 'ours'),
        ('off', 'plain'),
        ('off', 'lightly'),
    ]
    trees = {x.name: x.tree for x in found}
    assert trees.pop('3d121bd') == tmp_path and set(trees.values()) == {REPO}
    precise = {x.name for x in found if x.changes}
    assert precise == {'ours'}
    monkeypatch.setattr(contestants, 'has_lightly', lambda: False)
    names = {x.name for x in find(None, tmp_path, 'float32')}
    assert names == {'ours', 'plain'}


def test_ratios_by_hand(capsys):
    args = SimpleNamespace(batch=100, precision='float32')
    seconds = {
        ('M', 'old'): [2.0, 4.0, 3.0],
        ('M', 'ours'): [1.0, 1.0, 2.0],
        ('off', 'ours'): [0.5, 0.5, 0.5],
        ('off', 'lightly'): [1.0, 1.0, 1.5],
    }
    found = run.table(seconds, args, 'old')
    assert found['contestants']['M ours']['samples_per_s'] == 100
    assert found['ratios']['M: ours / old']['median'] == 2
    assert found['ratios']['off: ours / lightly']['median'] == 2
    assert set(found['ratios']) == {'M: ours / old', 'off: ours / lightly'}
    assert (
        'M: ours / old = 2.00 (1.50-4.00), aim 2.0' in capsys.readouterr().out
    )


def test_the_tool_starts_them_all(tmp_path, monkeypatch, capsys):
    """With processes that only answer."""
    from tool_calls import main_of

    monkeypatch.setattr(
        run,
        'find',
        lambda *_: [
            Contestant('ours', 'M', tmp_path, ['-c', ECHO]),
            Contestant('plain', 'M', tmp_path, ['-c', ECHO]),
        ],
    )
    monkeypatch.setenv('DATA_ROOT', str(tmp_path))
    file = tmp_path / 'figures.json'
    main_of('benchmarks/small_images.py')(
        ['--turns', '2', '--json', str(file)]
    )
    assert json.loads(file.read_text())['ratios']['M: ours / plain'] == dict(
        median=1, low=1, high=1
    )
    assert 'M: ours / plain = 1.00' in capsys.readouterr().out
    assert sys.executable and os.environ['DATA_ROOT'] == str(tmp_path)
