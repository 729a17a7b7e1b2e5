"""The quickstart as a command: what it runs, keeps, stops and says."""

import json
import os
import signal
import sys
import threading
import time

import pytest
import quickstart  # noqa: E402
from conftest import make_fashion_mnist
from test_tools.test_train import REPO, run
from test_tools.test_transfer_command import checkpoint, toy  # noqa: F401

from regioncl_mm.cli.quickstart import launch, runs, transfer  # noqa: E402

SMALL = (
    '--cfg-options',
    'train_cfg.max_epochs=1',
    'train_dataloader.batch_size=32',
    'default_hooks.logger.interval=1',
)
FIGURES = ('knn20', 'knn100')


@pytest.fixture
def data(tmp_path):
    (tmp_path / 'data').mkdir()
    return make_fashion_mnist(tmp_path / 'data', 128, 32)


@pytest.fixture
def call(tmp_path, data, monkeypatch):
    """Calls the command in this process, without its picture of regions and
    with a stand-in for its transfer."""
    monkeypatch.setattr(launch, 'run_tool', lambda *args, **kwargs: None)
    monkeypatch.setattr(
        quickstart, 'transfer', lambda run, out: dict(of=str(run))
    )
    monkeypatch.setenv('DATA_ROOT', str(data))
    monkeypatch.setenv('LOCAL_RANK', '0')

    def call(*arguments):
        arguments = ('quickstart.py', '--work-dir', tmp_path, *arguments)
        monkeypatch.setattr(sys, 'argv', [*map(str, arguments)])
        quickstart.main()

    return call


def test_compares_both_methods_and_says_what_it_wrote(data, tmp_path):
    out = tmp_path / 'out'
    said = run(
        *(sys.executable, REPO / 'tools' / 'quickstart.py'),
        *('--work-dir', out, '--seed', 3, '--no-transfer', *SMALL),
        cwd=tmp_path,
        DATA_ROOT=str(data),
    )
    summary = json.loads((out / 'summary.json').read_text())
    assert summary.keys() == {'knn20', 'knn100', 'seconds_per_epoch'}
    for figure in FIGURES:
        assert summary[figure].keys() == {'random', 'moco_v2', 'regioncl_m'}
        for value in summary[figure].values():
            assert f'{value:.2f}' in said
    assert min(summary['seconds_per_epoch'].values()) > 0
    for name in ('regions.png', 'knn_by_epoch.png'):
        assert (out / name).read_bytes().startswith(b'\x89PNG')
    for method in ('moco_v2', 'regioncl_m'):
        assert list((out / method).glob('epoch_1.pth'))
        (log,) = (out / method).glob('*/*.log')
        assert 'numpy_random_seed: 3' in log.read_text()


def test_it_ends_with_a_segmentation(
    toy,  # noqa: F811
    checkpoint,  # noqa: F811
    tmp_path,
    monkeypatch,
    capsys,
):
    config = tmp_path / 'upernet.py'
    config.write_text(
        f"_base_ = '{transfer.CONFIG}'\ntrain_cfg = dict(max_iters=2)\n"
    )
    monkeypatch.setattr(transfer, 'CONFIG', config)
    monkeypatch.setenv('TOY_DATA_ROOT', toy['TOY_DATA_ROOT'])
    work_dir = tmp_path / 'regioncl_m'
    work_dir.mkdir()
    (work_dir / 'last_checkpoint').write_text(str(checkpoint))
    run = runs.Run('regioncl_m', 'RegionCL-M', 0, config, work_dir, ())
    found = transfer.transfer(run, tmp_path)
    assert (found['metric'], found['verified']) == ('mIoU', '96/96')
    for figures in (found['before'], found['after']):
        assert figures.keys() == {'random', 'regioncl_m'}
    said = capsys.readouterr().out
    assert '$ python tools/transfer_all.py' in said
    for value in found['after'].values():
        assert f'-> {value:.3g}' in said


def test_two_seeds_side_by_side(call, tmp_path, capsys):
    call('--seeds', 2, '--jobs', 2, *SMALL)
    said = capsys.readouterr().out
    assert '4 runs, 2 at a time with one thread each' in said
    assert '[4/4]' in said
    assert 'with 2 runs side by side, one thread each' in said
    summary = json.loads((tmp_path / 'summary.json').read_text())
    assert summary['transfer'] == dict(of='RegionCL-M, seed 0')
    for figure in FIGURES:
        assert summary[figure].keys() == {'random', 'moco_v2', 'regioncl_m'}
        pair = summary['pairs']['regioncl_m'][figure]
        for part in pair.values():
            assert part['values'].keys() == {'0', '1'}
    assert 'MoCo v2, RegionCL-M' in (tmp_path / 'summary.md').read_text()
    for seed in (0, 1):
        folder = tmp_path / 'regioncl_m' / f'seed{seed}'
        (log,) = folder.glob('*/*.log')
        assert f'numpy_random_seed: {seed}' in log.read_text()
        assert 'Epoch(train)' in (folder / 'output.txt').read_text()
    # What tools/train.py leaves is what --resume looks for.
    for one in runs.plan(runs.PAIRS[:1], (0, 1), tmp_path, SMALL[1:], True):
        assert runs.is_finished(one)
        assert not runs.is_finished(one._replace(seed=2))
        assert not runs.is_finished(one._replace(cfg_options=SMALL[1:-1]))


# Stands in for tools/train.py: logs at once what a training would.
TRAINER = """
import json, os, sys, time
from pathlib import Path

here = Path(__file__).parent
work_dir = Path(sys.argv[sys.argv.index('--work-dir') + 1])
seed = int(sys.argv[sys.argv.index('--cfg-options') + 1].split('=')[1])
name = f'{work_dir.parent.name}/{work_dir.name}'
assert os.environ['OMP_NUM_THREADS'] == '1'
(here / 'started').open('a').write(f'{os.getpid()} {name}\\n')
if (here / 'slow').exists():
    time.sleep(600)
print('about to train')
if name == 'regioncl_d/seed1' and (here / 'broken').exists():
    sys.exit('ValueError: broken')
logs = work_dir / str(time.time_ns()) / 'vis_data'
logs.mkdir(parents=True)
(logs / 'config.py').write_text(f'''
train_cfg = dict(max_epochs=2)
randomness = dict(seed={seed})
launcher = 'none'
work_dir = 'elsewhere'
''')
with (logs / 'scalars.json').open('w') as out:
    for step in (0, 2):
        line = dict(knn20=60 + step + seed, knn100=50 + step, step=step)
        print(json.dumps(line), file=out)
        line = dict(time=1, epoch=1, iter=10)
        print(json.dumps(line), file=out)
"""


@pytest.fixture
def stand_in(call, tmp_path, monkeypatch):
    """Calls the command with the stand-in and configs of its own."""
    (tmp_path / 'train.py').write_text(TRAINER)
    for method in runs.LABELS:
        name = method.replace('_v', 'v').replace('_', '-')
        config = tmp_path / f'{name}_tiny.py'
        config.write_text('train_cfg = dict(max_epochs=2)')
    monkeypatch.setattr(runs, 'CONFIGS', tmp_path)
    monkeypatch.setattr(launch, 'TRAIN', str(tmp_path / 'train.py'))
    return call


def test_a_failing_run_leaves_the_others_and_is_repeated(
    stand_in, tmp_path, capsys
):
    (tmp_path / 'broken').touch()
    with pytest.raises(SystemExit, match='1 of 20 runs failed'):
        stand_in('--all', '--seeds', 2, '--jobs', 3)
    said = capsys.readouterr().out
    output = tmp_path / 'regioncl_d' / 'seed1' / 'output.txt'
    assert 'RegionCL-D, seed 1: FAILED' in said
    assert f'    ValueError: broken\n    whole output: {output}\n' in said
    assert 'about to train\n' in output.read_text()
    assert 'RegionCL-D, seed 0: 20-NN 62.0, 100-NN 52.0, ' in said
    assert '[20/20]' in said
    summary = json.loads((tmp_path / 'summary.json').read_text())
    assert summary['failed'] == [dict(method='regioncl_d', seed=1)]
    assert summary['seeds'] == [0, 1] and summary['jobs'] == 3
    assert summary['pairs'].keys() == {pair[1] for pair in runs.PAIRS}
    assert summary['knn20'].keys() == runs.LABELS.keys()
    table = (tmp_path / 'summary.md').read_text()
    assert '| 62.5 ± 0.7 | 62.0 (1) | +0.0 (1) |' in table
    assert 'Failed: RegionCL-D, seed 1.' in table

    (tmp_path / 'broken').unlink()
    (tmp_path / 'started').unlink()
    stand_in('--all', '--seeds', 2, '--resume')
    (started,) = (tmp_path / 'started').read_text().splitlines()
    assert started.endswith(' regioncl_d/seed1')
    assert '(1)' not in (tmp_path / 'summary.md').read_text()

    stand_in('--seeds', 2)
    assert len((tmp_path / 'started').read_text().splitlines()) == 5


def test_stopping_stops_the_trainings(stand_in, tmp_path):
    (tmp_path / 'slow').touch()
    started = tmp_path / 'started'

    def interrupt_when_both_run():
        while not started.exists() or started.read_text().count('\n') < 2:
            time.sleep(0.1)
        time.sleep(0.5)  # until the command waits for them
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt_when_both_run, daemon=True).start()
    with pytest.raises(SystemExit, match='--resume keeps the runs'):
        stand_in('--seeds', 2, '--jobs', 2)
    for line in started.read_text().splitlines():
        with pytest.raises(ProcessLookupError):
            os.kill(int(line.split()[0]), 0)


def test_only_whole_runs_of_the_same_config_are_kept(stand_in, tmp_path):
    stand_in('--seeds', 2)
    one = runs.plan(runs.PAIRS[:1], [1], tmp_path, [], True)[0]
    assert runs.is_finished(one)
    for change in (
        dict(seed=0),
        dict(cfg_options=('train_cfg.val_interval=1',)),
        dict(cfg_options=('train_cfg.max_epochs=1',)),
        dict(cfg_options=('train_cfg.max_epochs.typo=1',)),
        dict(work_dir=tmp_path / 'nothing'),
    ):
        assert not runs.is_finished(one._replace(**change))
    lines = one.scalars_file.read_text()
    one.scalars_file.write_text(lines[: lines.rindex('{"knn20')])
    assert not runs.is_finished(one)
    one.scalars_file.write_text(lines[:-20])  # cut off within a line
    assert not runs.is_finished(one)
    one.scalars_file.write_text(lines)
    assert runs.is_finished(one)
    one.config.write_text('train_cfg = dict(max_epochs=2, val_interval=3)')
    assert not runs.is_finished(one)


def test_a_config_is_found_whatever_its_epochs(tmp_path, monkeypatch):
    assert runs.find_config('regioncl_m').name.startswith('regioncl-m_resnet')
    monkeypatch.setattr(runs, 'CONFIGS', tmp_path)
    with pytest.raises(ValueError, match=r'one config mocov3_\*.py .* has 0'):
        runs.find_config('moco_v3')
    for epochs in (4, 6):
        (tmp_path / f'mocov3_tiny-{epochs}e.py').touch()
    with pytest.raises(ValueError, match=r'has 2\n  mocov3_tiny-4e.py\n'):
        runs.find_config('moco_v3')


@pytest.mark.parametrize(
    'arguments, message',
    [
        (['--jobs', '2'], '--jobs needs --all'),
        (['--seeds', '0'], 'must be 1 or more'),
        (['--cfg-options', 'randomness.seed=1'], 'use --seed instead'),
    ],
)
def test_arguments_that_make_no_sense(arguments, message, monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', ['quickstart.py', *arguments])
    with pytest.raises(SystemExit):
        quickstart.parse_args(quickstart.__doc__)
    assert message in capsys.readouterr().err
