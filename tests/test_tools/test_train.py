"""tools/train.py, tools/test.py and the scripts that start them."""

import json
import math
import os
import signal
import subprocess
import sys

import pytest
import torch
from conftest import QUICKSTART, REPO
from full_disk import at_most
from mmengine.config import Config
from processes import free_port
from tool_calls import call, main_of

from regioncl_mm.utils.work_dir import work_dir_locked

REGIONCL = REPO / QUICKSTART
SMALL = (
    'train_cfg.max_epochs=1',
    'train_dataloader.batch_size=16',
    'custom_hooks.2.k=(5,)',
    'default_hooks.logger.interval=1',
    'randomness.seed=0',
)


def run(*command, ok=True, cwd=REPO, **env):
    """What a program says, in a process of its own."""
    result = subprocess.run(
        [*map(str, command)],
        cwd=cwd,
        env={
            **os.environ,
            'OMP_NUM_THREADS': '1',
            'PYTHON': sys.executable,
            **env,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    assert (result.returncode == 0) == ok, result.stdout
    return result.stdout


def train(config, *arguments, **kwargs):
    return call(main_of('train.py'), config, *arguments, **kwargs)


def test(config, *arguments, **kwargs):
    return call(main_of('test.py'), config, *arguments, **kwargs)


test.__test__ = False


@pytest.fixture
def data(fashion_mnist_root):
    return dict(DATA_ROOT=str(fashion_mnist_root))


def log_lines(work_dir):
    for path in sorted(work_dir.glob('*/vis_data/scalars.json')):
        yield from map(json.loads, path.read_text().splitlines())


@pytest.fixture(scope='module')
def alone_and_together(fashion_mnist_root, tmp_path_factory):
    """A folder where one process trained, and one where two did, on gloo.

    An odd number of images is classified before the first step. Each of the
    two left the state of its model after the third step, RANK.pth.
    """
    folder = tmp_path_factory.mktemp('processes')
    (folder / 'dump_states.py').write_text("""
import torch
from mmengine.dist import get_rank
from mmengine.hooks import Hook
from mmpretrain.registry import HOOKS

@HOOKS.register_module()
class DumpStates(Hook):
    def __init__(self, out):
        self.out = out

    def after_train_iter(self, runner, batch_idx, **kwargs):
        if batch_idx == 2:
            state = runner.model.module.state_dict()
            q, k, views = runner.model.module.observed
            torch.save((state, k, views.region),
                       f'{self.out}/{get_rank()}.pth')
""")
    data = dict(DATA_ROOT=str(fashion_mnist_root))
    options = (
        '--cfg-options',
        *SMALL,
        'train_dataloader.batch_size=8',
        'model.queue_len=40',
        'custom_hooks.2.k=(3,64)',
        # One of the images is dealt out twice.
        'custom_hooks.2.query_dataloader.dataset.indices=31',
    )
    train(REGIONCL, '--work-dir', folder / 'alone', *options, **data)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv('DATA_ROOT', data['DATA_ROOT'])
        cfg = Config.fromfile(REGIONCL)
    cfg.custom_imports.imports.append('dump_states')
    cfg.custom_hooks.append(dict(type='DumpStates', out=str(folder)))
    cfg.dump(folder / 'two.py')
    said = run(
        *('bash', REPO / 'tools' / 'dist_train.sh', folder / 'two.py', 2),
        *('--work-dir', folder / 'together', *options),
        PYTHONPATH=os.pathsep.join(
            [str(folder), os.environ.get('PYTHONPATH', '')]
        ),
        PORT=str(free_port()),
        **data,
    )
    (folder / 'said').write_text(said)
    return folder


def test_two_processes_without_a_gpu_agree(alone_and_together):
    """Parameters, momentum encoder and queue, after three steps."""
    folder = alone_and_together
    assert 'Epoch(train) [1][4/4]' in (folder / 'said').read_text()
    (first, keys0, region0), (second, keys1, region1) = (
        torch.load(folder / f'{rank}.pth', weights_only=False)
        for rank in range(2)
    )
    for name, tensor in first.items():
        if 'running_' not in name:  # each process has its own statistics
            assert torch.equal(tensor, second[name]), name
    assert first['queue_ptr'].item() == 3 * 16 % 40
    # The last step's keys, of both processes, were pushed in rank order.
    expected = torch.cat((keys0, keys1)).t()
    assert torch.equal(first['queue'][:, torch.arange(32, 48) % 40], expected)
    assert not torch.equal(keys0, keys1)


def test_processes_are_seeded_apart():
    cfg = Config.fromfile(REGIONCL)
    assert cfg.randomness.diff_rank_seed


def test_online_knn_agrees_over_one_and_two_processes(alone_and_together):
    """The initial backbone's accuracy: same weights, data dealt to two."""
    figures = []
    for name in ('alone', 'together'):
        lines = log_lines(alone_and_together / name)
        first = next(x for x in lines if 'knn3' in x)
        assert first['step'] == 0
        figures.append((first['knn3'], first['knn64']))
    assert figures[0] == pytest.approx(figures[1])


def test_resumes_where_it_stopped(data, tmp_path):
    work_dir = tmp_path / 'out'
    options = (
        '--work-dir',
        work_dir,
        '--cfg-options',
        *SMALL,
        'default_hooks.checkpoint.interval=1',
    )
    train(REGIONCL, *options, **data)
    (work_dir / 'last_checkpoint').unlink()
    out = train(
        REGIONCL, '--resume', *options, 'train_cfg.max_epochs=2', **data
    )
    assert f'going on from {work_dir / "epoch_1.pth"}\n' in out
    logs = ''.join(path.read_text() for path in work_dir.glob('*/*.log'))
    assert f'going on from {work_dir / "epoch_1.pth"}\n' in logs
    assert 'resumed epoch: 1, iter: 4' in out
    state = torch.load(work_dir / 'epoch_2.pth', weights_only=False)[
        'state_dict'
    ]
    assert state['queue_ptr'].item() == 2 * 64 % 4096
    assert state['encoder_k.steps'].item() == 8


def test_a_full_disk_is_one_line(data, tmp_path):
    settings = ('--work-dir', tmp_path / 'out', '--cfg-options', *SMALL)
    with at_most(1_000_000):
        out = train(REGIONCL, *settings, ok=False, **data)
    line = out.splitlines()[-1]
    assert line.startswith('train.py: ') and 'Traceback' not in out
    assert 'epoch_1.pth was not written: File too large (1,7' in line
    assert not list((tmp_path / 'out').glob('*.p*t*'))


def test_a_signal_before_the_first_step_ends_it_for_a_while(
    data, tmp_path, monkeypatch
):
    monkeypatch.setattr(
        'regioncl_mm.cli.train.refuse_no_batch',
        lambda loader: signal.raise_signal(signal.SIGUSR1),
    )
    before = signal.getsignal(signal.SIGUSR1)
    out = train(REGIONCL, '--work-dir', tmp_path, ok=False, **data)
    assert out.splitlines()[-1] == (
        'SIGUSR1: ended without saving; --resume goes on (exit status 85)'
    )
    assert signal.getsignal(signal.SIGUSR1) is before
    assert not list(tmp_path.glob('*.pth'))


def test_no_run_begins_beside_damaged_checkpoints(data, tmp_path):
    (tmp_path / 'epoch_1.pth').write_bytes(bytes(9))
    out = train(REGIONCL, '--resume', '--work-dir', tmp_path, ok=False, **data)
    assert 'epoch_1.pth: it is damaged or cut short' in out


def test_one_folder_is_one_run_s_at_a_time(data, tmp_path):
    with work_dir_locked(tmp_path):
        for more in ((), ('--resume',), ('--anew',)):
            out = train(
                REGIONCL, '--work-dir', tmp_path, *more, ok=False, **data
            )
            last = out.strip().splitlines()[-1]
            assert last.startswith(f'train.py: {tmp_path} is in use by ano')
            assert f', pid {os.getpid()}, since ' in last
            assert 'Traceback' not in out
    assert [path.name for path in tmp_path.iterdir()] == ['.lock']


def test_a_new_run_in_a_used_folder_has_to_be_asked_for(data, tmp_path):
    options = ('--work-dir', tmp_path, '--cfg-options', *SMALL)
    train(REGIONCL, *options, **data)
    first = (tmp_path / 'epoch_1.pth').read_bytes()
    before = sorted(path.name for path in tmp_path.iterdir())
    out = train(REGIONCL, *options, ok=False, **data)
    assert '--resume goes on with it, ' in out.strip().splitlines()[-1]
    assert 'Traceback' not in out
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    train(REGIONCL, '--anew', *options, **data)
    (earlier,) = tmp_path.glob('earlier_*')
    assert (earlier / 'epoch_1.pth').read_bytes() == first
    assert (tmp_path / 'epoch_1.pth').exists()
    logs = [path.read_text() for path in tmp_path.glob('*/*.log')]
    assert sum(f'of an earlier run to {earlier}' in x for x in logs) == 1


def test_learning_rate_is_scaled_if_asked(data, tmp_path):
    train(
        REGIONCL,
        '--auto-scale-lr',
        '--work-dir',
        tmp_path,
        '--cfg-options',
        *SMALL,
        'param_scheduler.1.start_factor=1.0',  # no warm-up
        **data,
    )
    first = next(x for x in log_lines(tmp_path) if 'lr' in x)
    assert first['lr'] == pytest.approx(0.12 * 16 / 64, rel=0.2)


def test_a_config_of_another_project_needs_one_import(data, tmp_path):
    """From outside the repository, on mmpretrain's own data set and hooks."""
    config = tmp_path / 'theirs.py'
    config.write_text("""
default_scope = 'mmpretrain'
custom_imports = dict(imports=['regioncl_mm'], allow_failed_imports=False)
view = [dict(type='NumpyToPIL'),
        dict(type='torchvision/RandomResizedCrop', size=28)]
model = dict(
    type='RegionCLM', queue_len=64, feat_dim=8,
    data_preprocessor=dict(type='SelfSupDataPreprocessor'),
    backbone=dict(type='ResNet_CIFAR', depth=18, in_channels=1,
                  stem_channels=4, base_channels=4, num_stages=3,
                  strides=(1, 2, 2), dilations=(1, 1, 1), out_indices=(2, )),
    neck=dict(type='MoCoV2Neck', in_channels=16, hid_channels=8,
              out_channels=8),
    head=dict(type='ContrastiveHead', loss=dict(type='CrossEntropyLoss')),
    region_branch=dict(type='RegionBranch', stride=4, min_cells=2))
train_dataloader = dict(
    batch_size=16, num_workers=0, drop_last=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type='FashionMNIST', data_root='{{$DATA_ROOT:}}', download=False,
        pipeline=[dict(type='MultiView', num_views=2, transforms=[view]),
                  dict(type='PackInputs')]))
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.01))
train_cfg = dict(by_epoch=True, max_epochs=1)
""")
    out = train(config, cwd=tmp_path, **data)
    assert 'loss_region' in out
    assert (tmp_path / 'work_dirs' / 'theirs' / 'epoch_1.pth').exists()


CLASSIFIER = """
default_scope = 'mmpretrain'
model = dict(
    type='ImageClassifier',
    data_preprocessor=dict(type='ClsDataPreprocessor'),
    backbone=dict(type='LeNet5', num_classes=10),
    head=dict(type='ClsHead', loss=dict(type='CrossEntropyLoss')))
pipeline = [dict(type='Resize', scale=32), dict(type='PackInputs')]
data = dict(type='FashionMNIST', data_root='{{$DATA_ROOT:}}',
            download=False, pipeline=pipeline)
train_dataloader = dict(batch_size=32, num_workers=0, dataset=data,
                        sampler=dict(type='DefaultSampler', shuffle=True))
val_dataloader = dict(
    batch_size=32, num_workers=0, dataset=dict(data, test_mode=True),
    sampler=dict(type='DefaultSampler', shuffle=False))
test_dataloader = val_dataloader
val_evaluator = test_evaluator = dict(type='Accuracy', topk=(1, ))
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.01))
train_cfg = dict(by_epoch=True, max_epochs=1)
val_cfg = test_cfg = dict()
"""


def test_test_gives_the_metrics_of_training_s_validation(data, tmp_path):
    config = tmp_path / 'classifier.py'
    config.write_text(CLASSIFIER)
    train(config, '--work-dir', tmp_path / 'out', **data)
    validated = next(
        x for x in log_lines(tmp_path / 'out') if 'accuracy/top1' in x
    )
    arguments = (config, tmp_path / 'out' / 'epoch_1.pth')
    test(
        *arguments,
        *('--work-dir', tmp_path),
        *('--out', tmp_path / 'metrics.json', '--out-item', 'metrics'),
        **data,
    )
    metrics = json.loads((tmp_path / 'metrics.json').read_text())
    assert metrics['accuracy/top1'] == validated['accuracy/top1']
    with at_most(100_000):
        out = test(
            *arguments,
            *('--work-dir', tmp_path, '--out', tmp_path / 'predictions.pkl'),
            ok=False,
            **data,
        )
    line = out.splitlines()[-1]
    assert line.startswith('test.py: ') and 'Traceback' not in out
    assert 'predictions.pkl was not written: File too large (1' in line
    assert not list(tmp_path.glob('*predictions*'))
    out = run(
        'bash',
        'tools/dist_test.sh',
        *arguments,
        2,
        '--work-dir',
        tmp_path,
        PORT=str(free_port()),
        **data,
    )
    assert f'accuracy/top1: {metrics["accuracy/top1"]:.4f}' in out


def test_no_validate_validates_nothing(data, tmp_path):
    config = tmp_path / 'classifier.py'
    config.write_text(CLASSIFIER)
    out = train(config, '--no-validate', '--work-dir', tmp_path, **data)
    assert 'accuracy/top1' not in out


@pytest.mark.parametrize(
    'options, message',
    [
        (
            ['model.region_branch.max_cell=4'],
            'unknown config key `model.region_branch.max_cell`; did you mean '
            '`max_cells`?',
        ),
        (
            ['optim_wraper.optimizer.lr=1'],
            'did you mean optim_wrapper.optimizer.lr?',
        ),
        (
            ['train_dataloader.dataset.data_root=/no/such/folder'],
            'data folder /no/such/folder does not exist; `python '
            'tools/get_fashion_mnist.py`',
        ),
        (['model.region_branch.min_cells=6'], 'min_cells=6, max_cells=5'),
        (['train_dataloader.batch_size=1'], 'batch of 1'),
        (['train_dataloader.batch_size=1000'], 'nothing would be trained'),
    ],
)
def test_bad_input_ends_in_a_value_error(data, tmp_path, options, message):
    out = train(
        REGIONCL,
        '--work-dir',
        tmp_path,
        '--cfg-options',
        *options,
        ok=False,
        **data,
    )
    assert message in out
    assert 'ValueError' in out.strip().splitlines()[-1]
    assert not list(tmp_path.glob('*.pth'))


@pytest.mark.skipif(torch.cuda.is_available(), reason='needs no GPU')
def test_amp_without_a_gpu_is_refused(data, tmp_path):
    out = train(REGIONCL, '--amp', '--work-dir', tmp_path, ok=False, **data)
    assert 'ValueError: --amp needs a GPU' in out


def test_bfloat16_needs_no_gpu(data, tmp_path):
    options = ('--work-dir', tmp_path, '--cfg-options', *SMALL)
    out = train(REGIONCL, '--bf16', *options, **data)
    assert 'BFloat16OptimWrapper' in out
    losses = [x['loss'] for x in log_lines(tmp_path) if 'loss' in x]
    assert losses and all(map(math.isfinite, losses))


def test_a_pretraining_config_is_not_tested(data, tmp_path):
    out = test(REGIONCL, 'none.pth', ok=False, **data)
    assert 'has no `test_dataloader`' in out


@pytest.mark.parametrize(
    'script',
    ['dist_train.sh', 'dist_pretrain.sh', 'dist_test.sh', 'slurm_train.sh'],
)
def test_launchers_say_how_to_use_them(script):
    assert 'usage: ' in run('bash', f'tools/{script}', ok=False)


def test_slurm_gets_the_usual_arguments(tmp_path):
    srun = tmp_path / 'srun'
    srun.write_text('#!/bin/sh\necho "srun $@"\n')
    srun.chmod(0o755)
    out = run(
        'bash',
        'tools/slurm_train.sh',
        'gpu',
        'job',
        'a.py',
        'out',
        '--resume',
        PATH=f'{tmp_path}:{os.environ["PATH"]}',
        GPUS='16',
    )
    assert '--partition gpu --job-name job --gres gpu:8 --ntasks 16' in out
    assert out.rstrip().endswith(
        'tools/train.py --launcher slurm a.py --work-dir out --resume'
    )


def test_missing_imagenet_is_named(tmp_path):
    config = next((REPO / 'configs' / 'regioncl').glob('regioncl-m_*'))
    out = train(config, cwd=tmp_path, ok=False)
    assert 'data folder data/imagenet/train does not exist; get ILSV' in out
