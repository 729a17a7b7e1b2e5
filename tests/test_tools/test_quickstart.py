"""The quickstart as a command: what it runs, keeps, stops and says."""

import json
import os
import signal
import threading
import time

import pytest
import torch
from conftest import REPO, make_fashion_mnist
from tool_calls import ProgramInThisProcess, call, main_of

from regioncl_mm import methods
from regioncl_mm.cli import programs
from regioncl_mm.cli.quickstart import launch, run, runs, transfer
from regioncl_mm.cli.quickstart.finished import is_finished
from regioncl_mm.methods import Method

SMALL = (
    '--cfg-options',
    'train_cfg.max_epochs=1',
    'train_dataloader.batch_size=32',
    'default_hooks.logger.interval=1',
)
FIGURES = ('knn20', 'knn100', 'knn20_canvas', 'knn20_paste')
METHODS = {'random', 'moco_v2', 'moco_v2_equal_time', 'regioncl_m'}


@pytest.fixture
def data(tmp_path, monkeypatch):
    (tmp_path / 'data').mkdir()
    root = make_fashion_mnist(tmp_path / 'data', 128, 32)
    monkeypatch.setenv('DATA_ROOT', str(root))


@pytest.fixture
def in_this_process(monkeypatch):
    """The tools that it starts run at once, in this process."""
    monkeypatch.setattr(programs, 'Popen', ProgramInThisProcess)


@pytest.fixture
def command(tmp_path, data, monkeypatch):
    """Calls the command without its picture of regions and with a stand-in
    for its transfer."""
    monkeypatch.setattr(run, 'draw_regions', lambda method, out: None)
    monkeypatch.setattr(
        run, 'transfer_seeds', lambda runs, out: dict(of=str(runs[0][1]))
    )
    monkeypatch.setattr(run, 'add_transfer', lambda found, out: None)
    main = main_of('quickstart.py')

    def command(*arguments, **kwargs):
        return call(main, '--work-dir', tmp_path, *arguments, **kwargs)

    return command


def test_compares_both_methods_and_says_what_it_wrote(
    data, in_this_process, tmp_path
):
    said = call(
        main_of('quickstart.py'),
        '--seed',
        3,
        '--no-transfer',
        *SMALL,
        cwd=tmp_path,
    )
    out = tmp_path / 'work_dirs' / 'quickstart'
    summary = json.loads((out / 'summary.json').read_text())
    assert summary.keys() == {*FIGURES, 'epochs', 'seconds_per_epoch'}
    assert summary['epochs']['regioncl_m'] == 1
    assert summary['epochs']['moco_v2_equal_time'] >= 1
    for figure in FIGURES:
        assert summary[figure].keys() == METHODS
        for value in summary[figure].values():
            assert f'{value:.2f}' in said
    assert min(summary['seconds_per_epoch'].values()) > 0
    for name in ('regions.png', 'knn_by_epoch.png'):
        assert (out / name).read_bytes().startswith(b'\x89PNG')
    for method in ('moco_v2', 'regioncl_m'):
        assert list((out / method).glob('epoch_1.pth'))
        (log,) = (out / method).glob('*/*.log')
        assert 'numpy_random_seed: 3' in log.read_text()
    assert f'What was written to {out}:' in said
    assert said.count('  Epoch(train) [1][4/4]') in (2, 3)
    assert 'At equal epochs RegionCL-M is ' in said
    assert 'At equal time RegionCL-M is ' in said


def test_it_ends_with_a_segmentation(
    toy,
    checkpoint,
    in_this_process,
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
    monkeypatch.chdir(REPO)
    work_dir = tmp_path / 'regioncl_m'
    work_dir.mkdir()
    # As in a folder that was copied: the mark has the path of before.
    saved = torch.load(checkpoint, weights_only=False)
    saved['meta'].update(time='20260101_120000', epoch=6, iter=936)
    torch.save(dict(saved, message_hub={}), work_dir / checkpoint.name)
    (work_dir / 'last_checkpoint').write_text(str(checkpoint))
    run = runs.Run('regioncl_m', 'RegionCL-M', 0, config, work_dir, ())
    found = transfer.transfer([run], tmp_path / 'transfer')
    assert (found['metric'], found['verified']) == ('mIoU', '96/96')
    for figures in (found['before'], found['after']):
        assert figures.keys() == {'random', 'regioncl_m'}
    said = capsys.readouterr().out
    assert '$ python tools/transfer_all.py' in said
    for value in found['after'].values():
        assert f'-> {value:.3g}' in said


def test_two_seeds_side_by_side(command, in_this_process, tmp_path):
    said = command('--seeds', 2, '--jobs', 2, *SMALL)
    assert '4 runs, 2 at a time with one thread each' in said
    assert '[4/4]' in said
    assert 'with 2 runs side by side, one thread each' in said
    summary = json.loads((tmp_path / 'summary.json').read_text())
    assert summary['transfer'] == dict(of='RegionCL-M, seed 0')
    for figure in FIGURES:
        assert summary[figure].keys() == METHODS
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
    for one in plan((0, 1), tmp_path, SMALL[1:]):
        assert is_finished(one)
        assert not is_finished(one._replace(seed=2))
        assert not is_finished(one._replace(cfg_options=SMALL[1:-1]))


def plan(seeds, work_dir, cfg_options=()):
    """The first pair's runs, as the command plans them with several seeds."""
    compared = runs.Comparison(runs.pairs()[:1], seeds, work_dir, True)
    return runs.plan(compared, cfg_options)


def test_a_tool_s_command_is_shown_and_what_matters_of_its_output(
    tmp_path, capfd, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'tool.py').write_text("""
import sys
print('2026/01/01 - mmengine - INFO - Epoch(train) [1]')
print('more', flush=True)
sys.exit(sys.argv[1] if len(sys.argv) > 1 else 0)
""")
    programs.run_tool(tmp_path / 'tool.py', show='Epoch(')
    assert capfd.readouterr().out == '\n$ python tool.py\n  Epoch(train) [1]\n'
    with pytest.raises(SystemExit) as stop:
        programs.run_tool(tmp_path / 'tool.py', 'Oh', show='Epoch(')
    assert stop.value.code.split('\n')[1:] == [
        *('more', 'Oh', 'tool.py failed, as said above')
    ]
    with pytest.raises(SystemExit, match='^tool.py failed, as said above$'):
        programs.run_tool(tmp_path / 'tool.py', 'Oh')
    assert capfd.readouterr().out.endswith('\n  more\n  Oh\n')


# Stands in for tools/train.py: logs at once what a training would.
TRAINER = """
import json, os, pickle, sys, time, zipfile
from pathlib import Path

here = Path(__file__).parent
work_dir = Path(sys.argv[sys.argv.index('--work-dir') + 1])
seed = int(sys.argv[sys.argv.index('--cfg-options') + 1].split('=')[1])
options = dict(
    x.split('=')
    for x in sys.argv[sys.argv.index('--cfg-options') + 1 :]
)
epochs = int(options.get('train_cfg.max_epochs', 2))
method = work_dir.parent.name
name = f'{method}/{work_dir.name}'
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
train_cfg = dict(max_epochs={epochs})
param_scheduler = [dict(T_max={epochs}, end={epochs})]
randomness = dict(seed={seed})
launcher = 'none'
work_dir = 'elsewhere'
''')
with (logs / 'scalars.json').open('w') as out:
    for step in (0, epochs):
        line = dict(knn20=60 + step + seed, knn100=50 + step, step=step)
        line.update(knn20_canvas=50, knn20_paste=40)
        print(json.dumps(line), file=out)
        slower = here / 'slower'
        slow = method == 'regioncl_m' and slower.exists()
        seconds = float(slower.read_text() or 2) if slow else 1
        line = dict(time=seconds, epoch=1, iter=10)
        print(json.dumps(line), file=out)
with zipfile.ZipFile(work_dir / f'epoch_{epochs}.pth', 'w') as out:
    meta = dict(time='20260101_000000', iter=10 * epochs, epoch=epochs)
    content = pickle.dumps(dict(meta=meta, message_hub={}))
    out.writestr('checkpoint/data.pkl', content)
"""
CONFIG = """
train_cfg = dict(max_epochs=2)
param_scheduler = [dict(T_max=2, end=2)]
"""


@pytest.fixture
def stand_in(command, tmp_path, monkeypatch):
    """Calls the command with the stand-in and configs of its own."""
    (tmp_path / 'train.py').write_text(TRAINER)
    for stem in methods.names_by_stem():
        config = tmp_path / f'{stem}_tiny.py'
        config.write_text(CONFIG)
    monkeypatch.setattr(runs, 'CONFIGS', tmp_path)
    monkeypatch.setattr(launch, 'TRAIN', str(tmp_path / 'train.py'))
    return command


def test_a_failing_run_leaves_the_others_and_is_repeated(stand_in, tmp_path):
    (tmp_path / 'broken').touch()
    count = 4 * len(methods.METHODS)
    said = stand_in('--all', '--seeds', 2, '--jobs', 3, ok=False)
    assert f'1 of {count} runs failed' in said
    output = tmp_path / 'regioncl_d' / 'seed1' / 'output.txt'
    assert 'RegionCL-D, seed 1: FAILED' in said
    assert f'    ValueError: broken\n    whole output: {output}\n' in said
    assert 'about to train\n' in output.read_text()
    assert 'RegionCL-D, seed 0: 20-NN 62.0, 100-NN 52.0, ' in said
    assert f'[{count}/{count}]' in said
    summary = json.loads((tmp_path / 'summary.json').read_text())
    assert summary['failed'] == [dict(method='regioncl_d', seed=1)]
    assert summary['seeds'] == [0, 1] and summary['jobs'] == 3
    assert summary['pairs'].keys() == {row.key for row in methods.METHODS}
    assert summary['knn20'].keys() == runs.labels().keys()
    table = (tmp_path / 'summary.md').read_text()
    assert '| 62.0 (1) | 62.5 ± 0.7 | +0.0 | 62.5 ± 0.7 | +0.0 |' in table
    assert 'Failed: RegionCL-D, seed 1.' in table

    (tmp_path / 'broken').unlink()
    (tmp_path / 'started').unlink()
    stand_in('--all', '--seeds', 2, '--resume')
    (started,) = (tmp_path / 'started').read_text().splitlines()
    assert started.endswith(' regioncl_d/seed1')
    assert '(1)' not in (tmp_path / 'summary.md').read_text()

    stand_in('--seeds', 2)
    assert len((tmp_path / 'started').read_text().splitlines()) == 5


def test_the_base_is_trained_as_long_as_regioncl(stand_in, tmp_path):
    (tmp_path / 'slower').touch()
    said = stand_in('--seeds', 2)
    assert 'Without RegionCL once more' in said
    assert 'MoCo v2, equal time, seed 1: 20-NN 65.0' in said
    summary = json.loads((tmp_path / 'summary.json').read_text())
    pair = summary['pairs']['regioncl_m']
    assert (pair['epochs'], pair['epochs_equal_time']) == (2, 4)
    assert pair['knn20']['difference_equal_time']['mean'] == -2
    started = (tmp_path / 'started').read_text()
    assert started.count(' moco_v2_equal_time/seed') == 2
    said = stand_in('--seeds', 2, '--resume')
    assert 'Nothing was left to train.' in said
    assert (tmp_path / 'started').read_text() == started


@pytest.mark.parametrize('seconds, epochs', [(1.5, 3), (1, None)])
def test_a_repeated_run_that_is_faster_leaves_the_longer_ones(
    seconds, epochs, stand_in, tmp_path
):
    """They were as long as those took that had finished then."""
    slower, started = tmp_path / 'slower', tmp_path / 'started'
    slower.touch()
    stand_in('--seeds', 2)
    slower.write_text(str(seconds))

    def repeat(*seeds):
        started.unlink()
        for seed in seeds:
            (tmp_path / 'regioncl_m' / f'seed{seed}' / 'epoch_2.pth').unlink()
        stand_in('--seeds', 2, '--resume')
        names = started.read_text().split()[1::2]
        summary = json.loads((tmp_path / 'summary.json').read_text())
        return names, summary['pairs']['regioncl_m']['epochs_equal_time']

    assert repeat(1) == (['regioncl_m/seed1'], 4)
    # No pair is left that they were measured by.
    names, trained = repeat(0, 1)
    longer = {f'moco_v2_equal_time/seed{seed}' for seed in (0, 1)}
    assert set(names[2:]) == (longer if epochs else set())
    assert trained == (epochs or 2)
    stand_in('--seeds', 3, '--resume')
    names = started.read_text().split()[1::2]
    assert names.count('moco_v2_equal_time/seed2') == (epochs is not None)


def test_chosen_pairs(stand_in, tmp_path):
    said = stand_in('--methods', 'regioncl-s', 'regioncl-m3')
    assert '4 runs' in said
    summary = json.loads((tmp_path / 'summary.json').read_text())
    assert summary['pairs'].keys() == {'regioncl_s', 'regioncl_m3'}
    assert summary['transfer'] == dict(of='RegionCL-S, seed 0')
    said = stand_in('--methods', 'regioncl-z', ok=False)
    assert 'no method regioncl-z; there are regioncl-m, regioncl-d' in said


def test_three_seeds_of_all_and_one_of_a_pair():
    parse = main_of('quickstart.py').__globals__['parse_args']
    assert parse([]).seeds == 1
    assert parse(['--all']).seeds == 3
    assert parse(['--all', '--seeds', '2']).seeds == 2


@pytest.fixture
def interruptible():
    """Even where this process was started in the background of a shell."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_stopping_stops_the_trainings(stand_in, interruptible, tmp_path):
    (tmp_path / 'slow').touch()
    started = tmp_path / 'started'

    def interrupt_when_both_run():
        while not started.exists() or started.read_text().count('\n') < 2:
            time.sleep(0.1)
        time.sleep(0.5)  # until the command waits for them
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt_when_both_run, daemon=True).start()
    said = stand_in('--seeds', 2, '--jobs', 2, ok=False)
    assert '--resume keeps the runs' in said
    for line in started.read_text().splitlines():
        with pytest.raises(ProcessLookupError):
            os.kill(int(line.split()[0]), 0)


def test_only_whole_runs_of_the_same_config_are_kept(stand_in, tmp_path):
    stand_in('--seeds', 2)
    one = plan([1], tmp_path)[0]
    assert is_finished(one)
    for change in (
        dict(seed=0),
        dict(cfg_options=('train_cfg.val_interval=1',)),
        dict(cfg_options=('train_cfg.max_epochs=1',)),
        dict(cfg_options=('train_cfg.max_epochs.typo=1',)),
        dict(work_dir=tmp_path / 'nothing'),
    ):
        assert not is_finished(one._replace(**change))
    lines = one.scalars_file.read_text()
    evaluated = lines.rindex('{"knn20')
    for end in (evaluated, evaluated + 20):  # before it, and within
        one.scalars_file.write_text(lines[:end])
        assert not is_finished(one)
    one.scalars_file.write_text(lines)
    assert is_finished(one)
    checkpoint = one.work_dir / 'epoch_2.pth'
    whole = checkpoint.read_bytes()
    checkpoint.write_bytes(whole[:-20])
    assert not is_finished(one)
    checkpoint.unlink()
    assert not is_finished(one)
    # Of a shorter run, which has the same name and another epoch in it.
    before = plan([1], tmp_path / 'before', ('train_cfg.max_epochs=1',))[0]
    stand_in(
        *('--seed', 1, '--seeds', 2, '--work-dir', tmp_path / 'before'),
        *('--cfg-options', *before.cfg_options),
    )
    (before.work_dir / 'epoch_1.pth').rename(checkpoint)
    assert not is_finished(one)
    checkpoint.write_bytes(whole)
    assert is_finished(one)
    one.config.write_text(CONFIG + 'train_cfg.update(val_interval=3)')
    assert not is_finished(one)


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
        (['--jobs', '2', '--methods', 'regioncl-s'], '--jobs needs --all'),
        (['--all', '--methods', 'regioncl-s'], 'exclude each other'),
        (['--seeds', '0'], 'must be 1 or more'),
        (['--cfg-options', 'randomness.seed=1'], 'use --seed instead'),
    ],
)
def test_arguments_that_make_no_sense(arguments, message):
    assert message in call(main_of('quickstart.py'), *arguments, ok=False)


def test_a_new_row_with_its_configs_is_run(stand_in, tmp_path, monkeypatch):
    """Nothing but methods.py says which methods there are."""
    new = Method('regioncl-x', 'RegionCL-X', 'X', 'xv4', 'X v4', 'XBase', None)
    monkeypatch.setattr(methods, 'METHODS', (methods.METHODS[0], new))
    for stem in ('regioncl-x', 'xv4'):
        config = tmp_path / f'{stem}_tiny.py'
        config.write_text(CONFIG)
    said = stand_in('--all', '--seeds', 1)
    assert '4 runs' in said and 'X v4, RegionCL-X' in said
    started = (tmp_path / 'started').read_text().split()[1::2]
    assert {'xv4/seed0', 'regioncl_x/seed0'} < set(started)
    summary = json.loads((tmp_path / 'summary.json').read_text())
    assert summary['pairs']['regioncl_x']['base'] == 'xv4'
