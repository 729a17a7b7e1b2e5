"""What is asked of a GPU: stages, their time, the table, the wheels."""

import json
import os
import re
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path

import gpu
import numpy as np
import pytest
import step
import torch
from conftest import REPO
from mmengine.optim import OptimWrapper
from mmengine.registry import init_default_scope
from mmpretrain.datasets.categories import CIFAR10_CATEGORIES
from packaging.requirements import Requirement
from PIL import Image

from regioncl_mm.benchmarks.gpu import cifar10, readings
from regioncl_mm.benchmarks.gpu import plan as plans
from regioncl_mm.benchmarks.gpu import run as runs
from regioncl_mm.benchmarks.gpu.stages import Outcome, Stage, run_stages
from regioncl_mm.benchmarks.gpu.table import table
from regioncl_mm.optim import BFloat16OptimWrapper

SCRIPT = REPO / 'tools' / 'benchmarks' / 'gpu.sh'


def stage(name, code, share=0.5, **others):
    """A process that runs some Python, and what it says."""
    command = [sys.executable, '-I', '-c', code]
    others.setdefault('read', lambda output: dict(said=output.read_text()))
    return Stage(name, share, lambda until: command, **others)


def outcomes(stages, folder, seconds=120):
    told = []
    found = run_stages(
        stages, folder, time.time(), seconds, lambda *one: told.append(one)
    )
    assert told == list(found.items())
    return found


# Says who it is and who it started, and would stay for a minute.
SLOW = """
import subprocess, sys, time
code = 'import time; time.sleep(60)'
other = subprocess.Popen([sys.executable, '-c', code])
print(other.pid, flush=True)
time.sleep(60)
"""


def runs_still(pid):
    """Whether a process is there and more than a name that nobody asks for."""
    try:
        state = Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state.split()[0] not in 'ZX'


@pytest.mark.skipif(sys.platform != 'linux', reason='asks /proc')
def test_a_stage_is_stopped_with_all_it_started_and_the_next_one_runs(
    tmp_path,
):
    slow = stage('slow', SLOW, share=0.02)
    found = outcomes([slow, stage('next', 'print("here")')], tmp_path, 200)
    assert found['slow'].status == 'stopped'
    assert 'its time was over after' in found['slow'].reason
    assert found['slow'].seconds < 60
    other = int(found['slow'].figures['said'])
    for _ in range(100):
        if not runs_still(other):
            break
        time.sleep(0.1)
    assert not runs_still(other)
    assert found['next'].status == 'done'
    assert found['next'].figures == dict(said='here\n')
    assert (tmp_path / 'next.txt').read_text() == 'here\n'


def test_what_a_stage_leaves_over_the_next_one_has(tmp_path):
    told = []
    stages = [
        Stage(name, 0.5, lambda until: told.append(until) or ['true'])
        for name in 'ab'
    ]
    start = time.time()
    run_stages(stages, tmp_path, start, 100, lambda *_: None)
    assert told == [start + 50, start + 100]


def test_without_time_nothing_is_started(tmp_path):
    found = outcomes([stage('late', 'print(1)')], tmp_path, seconds=-1)
    assert found['late'] == Outcome('skipped', 0, 'no time was left')


def test_one_that_fails_stops_those_alone_that_need_it(tmp_path):
    stages = [
        stage('broken', 'import os; os.write(1, b"hm\\nno luck"); exit(3)'),
        stage('its user', 'print(1)', needs='broken'),
        stage('other', '', env=dict(A='b')),
    ]
    found = outcomes(stages, tmp_path)
    assert [x.status for x in found.values()] == ['failed', 'skipped', 'done']
    assert found['broken'].reason == 'no luck'
    assert 'needs what broken' in found['its user'].reason


@pytest.fixture
def arguments(tmp_path, monkeypatch):
    """Those of a small run on the CPU."""
    for name in ('OUT', 'DATA_ROOT'):
        monkeypatch.delenv(name, raising=False)
    return ['--device', 'cpu', '--small', '--out', str(tmp_path / 'out')]


def test_the_table_comes_last_and_the_file_says_the_same(
    arguments, tmp_path, monkeypatch, capsys
):
    stages = [stage('tests', 'exit(1)', read=lambda _: {}), stage('b', '')]
    monkeypatch.setattr(runs, 'plan', lambda args, folder: stages)
    with pytest.raises(SystemExit, match=r'not done: tests \(failed\)'):
        gpu.main([*arguments, '--passed', '7'])
    out = capsys.readouterr().out
    shown = out[out.index('stage  ') :].splitlines()
    assert re.match(r'install +7  done', shown[1])
    assert re.match(r'tests +\d+  failed: ', shown[2])
    assert re.match(r'b +\d+  done', shown[3])
    found = json.loads((tmp_path / 'out' / 'gpu.json').read_text())
    assert found['tests']['status'] == 'failed'
    assert found['b']['status'] == 'done'
    assert found['torch'] == torch.__version__
    assert found['numpy'] == np.__version__
    assert found['settings']['minutes'] == '9'

    monkeypatch.setattr(runs, 'plan', lambda args, folder: stages[1:])
    gpu.main([*arguments, '--json', str(tmp_path / 'other.json')])
    assert 'tests' not in json.loads((tmp_path / 'other.json').read_text())


def test_the_table_by_hand():
    contestant = dict(name='M', images_per_s=870, peak_bytes=2**30, waits=0)
    two = dict(contestant, name='M2', peak_bytes=2**29, waits=None)
    training = dict(seconds=[9, 2, 3], knn=dict(knn20=70.5, knn200=69))
    found = dict(
        tests=Outcome(
            *('failed', 3, 'why'), dict(counts=dict(passed=2), failed=['a::b'])
        ),
        cifar10=Outcome(
            *('stopped', 4, 'late'),
            dict(epochs=3, methods={'MoCo v2': training}, difference=-1.25),
        ),
    )
    found['step-128'] = Outcome(
        'done', 5, '', dict(D=contestant, D2=two, R3=1.75)
    )
    lines = table(dict(torch='2'), 1, found)
    assert [' '.join(line.split()) for line in lines] == [
        'torch 2',
        'stage s result',
        'install 1 done',
        'tests 3 failed: why',
        '2 passed',
        'failed: a::b',
        'cifar10 4 stopped: late',
        'MoCo v2 3 epochs of 3.00 s, 20-NN 70.50, 200-NN 69.00',
        '20-NN, RegionCL-M to MoCo v2: -1.25',
        'step-128 5 done',
        'M 870.0 images/s, 1.00 GiB, 0 waits a step, 0.50 of 1,740',
        'M2 870.0 images/s, 0.50 GiB',
        'R3 = 1.750 (RegionCL-M to regions off, both ours; time)',
        'memory in two phases to one: 0.50',
        "1,740 images/s: an H100 figure rescaled from the paper's peers",
    ]


def test_without_a_gpu_nothing_is_done(tmp_path, monkeypatch):
    monkeypatch.setattr('torch.cuda.is_available', lambda: False)
    out = tmp_path / 'out'
    with pytest.raises(SystemExit, match='^gpu.py: torch finds no GPU .*$'):
        gpu.main(['--out', str(out)])
    assert not out.exists()


def test_no_time_is_refused(capsys):
    with pytest.raises(SystemExit):
        gpu.parse_args(['--minutes', '0'])
    assert 'more than 0' in capsys.readouterr().err


def test_stages_are_told_what_they_understand(arguments, tmp_path):
    args = gpu.parse_args([*arguments, '--data', str(tmp_path)])
    stages = {x.name: x for x in plans.plan(args, tmp_path)}
    assert tuple(stages) == plans.NAMES == gpu.STAGES
    assert sum(x.share for x in stages.values()) == pytest.approx(1)
    for name in plans.STEPS:
        command = stages[name].command(1.0)
        assert Path(command[1]).name == 'step.py'
        told = step.parse_args(command[2:])
        assert told.precision == 'bfloat16' and told.device == 'cpu'
        assert told.compile == (name == 'step-compiled')
    _, _, module, *told = stages['cifar10'].command(1000.0)
    assert module == cifar10.__name__
    assert cifar10.parse_args(told).until == 1000 - plans.SPARE
    assert all(x.env['CUDA_VISIBLE_DEVICES'] == '' for x in stages.values())

    args.stages = ['cifar10']
    chosen = plans.plan(args, tmp_path)
    assert [x.name for x in chosen] == ['pictures', 'cifar10']
    assert sum(x.share for x in chosen) == pytest.approx(1)


def test_a_full_run_times_the_papers_step(arguments, tmp_path):
    args = gpu.parse_args([x for x in arguments if x != '--small'])
    for stage, batch in zip(plans.plan(args, tmp_path)[2:5], (128, 256, 128)):
        told = step.parse_args(stage.command(0.0)[2:])
        assert (told.batch, told.queue, told.depth) == (batch, 65536, 50)
        assert told.channels_last and told.size == 224


def test_all_tests_of_a_gpu_are_found():
    command = plans.tests_command()
    found = {Path(x).name for x in command if x.endswith('.py')}
    assert found == {
        path.name
        for path in (REPO / 'tests').rglob('test_*.py')
        if path.name != Path(__file__).name
        and '@pytest.mark.gpu' in path.read_text()
    }
    assert {'test_amp_and_accumulation.py', 'test_fast_multi_view.py'} < found


def test_pictures_come_from_an_archive_or_a_folder(tmp_path, monkeypatch):
    archive, to = tmp_path / 'a.tar.xz', tmp_path / 'to'
    archive.touch()
    command, where = plans.provide_pictures(archive, to)
    assert command[1:] == ['-m', 'tarfile', '-e', str(archive), str(to)]
    assert where == to
    source = tmp_path / 'cifar'
    command, where = plans.provide_pictures(source, to)
    assert command[-3].endswith('get_cifar10.py') and where == source
    for split in ('train', 'test'):
        for name in CIFAR10_CATEGORIES:
            (source / split / name).mkdir(parents=True)
    command, where = plans.provide_pictures(source, to)
    assert subprocess.run(command).returncode == 0 and where == source


LOG = """
tests/a.py::test_b[c d] PASSED                                   [ 25%]
tests/a.py::test_c FAILED                                        [ 50%]
tests/a.py::test_d SKIPPED (needs a GPU)                         [ 75%]
tests/a.py::test_e
"""
SUMMARY = """
FAILED tests/a.py::test_c - assert False
"""


def test_tests_are_counted_as_far_as_they_came(tmp_path):
    file = tmp_path / 'log.txt'
    file.write_text(LOG)
    counts = dict(passed=1, failed=1, skipped=1)
    assert readings.read_tests(file) == dict(counts=counts, failed=[])
    file.write_text(LOG + SUMMARY)
    assert readings.read_tests(file)['failed'] == ['tests/a.py::test_c']


def test_a_peer_that_is_left_out_is_named(tmp_path):
    file = tmp_path / 'step.json'
    assert readings.read_step(file) == {}
    file.write_text(json.dumps(dict(methods=dict(m=dict(A=1, C=2)))))
    assert readings.read_step(file) == dict(A=1, C=2)
    file.write_text(json.dumps(dict(methods=dict(m=dict(A=1)))))
    assert 'lightly is not' in readings.read_step(file)['left_out']


def test_epochs_fit_into_the_time(monkeypatch):
    monkeypatch.setattr(cifar10, 'START', 5)
    # 112 s are 101, of which two starts and readings leave 71: 7 of 4 + 6.
    assert cifar10.epochs_within(112, [4, 6], read=10) == 7
    with pytest.raises(ValueError, match='40 s are left, and one epoch of'):
        cifar10.epochs_within(40, [4, 6], read=10)


@pytest.fixture
def pictures(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    for split, count in (('train', 6), ('test', 2)):
        for name in CIFAR10_CATEGORIES:
            folder = tmp_path / 'pictures' / split / name
            folder.mkdir(parents=True)
            for i in range(count):
                levels = rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)
                Image.fromarray(levels).save(folder / f'{i}.png')
    monkeypatch.setenv('DATA_ROOT', str(tmp_path / 'pictures'))


def test_both_methods_train_as_long(pictures, tmp_path, monkeypatch):
    init_default_scope('mmengine')  # as in a process of its own
    # bfloat16 takes seconds a step where it has no instructions.
    context = OptimWrapper.optim_context
    monkeypatch.setattr(BFloat16OptimWrapper, 'optim_context', context)
    file = tmp_path / 'found.json'
    told = ['--work-dir', str(tmp_path / 'work'), '--json', str(file)]
    cifar10.main(['--until', str(time.time() + 1e6), '--small', *told])
    found = json.loads(file.read_text())
    assert found['epochs'] == 2
    base, regions = (found['methods'][x] for x in ('MoCo v2', 'RegionCL-M'))
    assert len(base['seconds']) == len(regions['seconds']) == 2
    assert base['loss'] != regions['loss']
    difference = regions['knn']['knn20'] - base['knn']['knn20']
    assert found['difference'] == pytest.approx(difference)


def listed(name):
    """An array of the script."""
    text = re.search(rf'^{name}=\(([^)]*)\)', SCRIPT.read_text(), re.M)[1]
    return [Requirement(word) for word in text.split()]


def test_each_wheel_has_one_version_and_what_it_needs():
    required = {
        requirement.name: requirement
        for line in (REPO / 'requirements.txt').read_text().splitlines()
        if line and not line.startswith('#')
        for requirement in [Requirement(line)]
    }
    there = {x.name for x in listed('THERE')}
    gets = {x.name: x for x in listed('GETS')}
    python_312 = dict(python_version='3.12', sys_platform='linux', extra='')
    for name, own in gets.items():
        pins = [
            str(x.specifier)
            for x in (own, required.get(name))
            if x is not None and '==' in str(x.specifier)
        ]
        assert len(pins) == 1, f'{name} has the versions {pins}'
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
        if own.specifier and version not in own.specifier:
            continue  # another one may need others
        for text in metadata.requires(name) or []:
            need = Requirement(text)
            if need.marker is None or need.marker.evaluate(python_312):
                needed = need.name.lower()
                if needed == 'opencv-python':
                    needed += '-headless'
                assert needed in there | {*gets}, f'{name} needs {text}'


# Stands for Python: writes its arguments down, and a wheel when told to fetch.
FAKE = """#!/bin/bash
echo "$@" >>"$SAID"
while [[ $# -gt 0 ]]; do
    [[ $1 != --dest ]] || echo 1234567 >"$2/a-1-py3-none-any.whl"
    [[ $1 != gpu.py && $1 != */gpu.py ]] || echo "$PYTHONPATH" >>"$SAID"
    shift
done
"""


@pytest.fixture
def script(tmp_path):
    """Calls the script, and tells what Python was told."""
    python, said = tmp_path / 'python', tmp_path / 'said.txt'
    python.write_text(FAKE)
    python.chmod(0o755)
    environment = dict(
        os.environ,
        PYTHON=str(python),
        SAID=str(said),
        WHEELS=str(tmp_path / 'wheels'),
    )

    def call(*arguments):
        said.write_text('')
        result = subprocess.run(
            ['bash', str(SCRIPT), *map(str, arguments)],
            env=environment,
            capture_output=True,
            text=True,
        )
        return result, said.read_text().splitlines()

    return call


def test_wheels_are_fetched_and_weighed(script, tmp_path):
    data = tmp_path / 'data.tar.xz'
    data.write_bytes(bytes(3 * 2**20))
    (tmp_path / 'wheels').mkdir()
    (tmp_path / 'wheels' / 'old-1-py3-none-any.whl').touch()
    result, (said,) = script('--fetch-wheels', '--data', data, 'pillow')
    assert result.returncode == 0, result.stderr
    assert 'wheels: 0.0 MiB' in result.stdout
    assert 'CIFAR-10: 3.0; together' in result.stdout
    assert said.startswith('-m pip download') and said.endswith(
        '=4.1.0 pillow'
    )
    assert [x.name for x in (tmp_path / 'wheels').iterdir()] == [
        'a-1-py3-none-any.whl'
    ]
    with data.open('ab') as file:
        file.truncate(64 * 2**20)
    result, _ = script('--fetch-wheels', '--data', data)
    assert result.returncode == 1
    assert result.stderr == (
        'gpu.sh: more than the 64 MiB that may be carried\n'
    )


def test_wheels_are_installed_without_network_and_come_first(script, tmp_path):
    script('--fetch-wheels')
    result, (install, check, run, path) = script('--small', '--minutes', '3')
    assert result.returncode == 0, result.stderr
    assert '--no-index' in install and '--no-deps' in install
    site = re.search(r'--target (\S+)', install)[1]
    assert path.split(':')[:2] == [site, str(REPO)]
    assert not Path(site).exists()
    assert check.startswith('- torch torchvision numpy')
    assert run.endswith('gpu.py --passed 0 --small --minutes 3')


def test_the_help_names_both_ways(script):
    result, (said, _) = script('--help')
    assert '--fetch-wheels' in result.stdout and 'set -e' not in result.stdout
    assert said.endswith('gpu.py --help')
