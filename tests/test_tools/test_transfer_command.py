"""From a checkpoint to results.json, through the libraries' own Runners.

Toy data, a step or a few, one training of each library.
"""

import json
import os

import pytest
import torch
from algorithms import build
from conftest import QUICKSTART, REPO
from mmengine.hooks import Hook
from mmengine.registry import HOOKS, MODELS, DefaultScope
from tool_calls import call, main_of
from transfer_configs import MASK_RCNN, POSE, UPERNET

from regioncl_mm.utils.work_dir import work_dir_locked

EXPERIMENT = (REPO / QUICKSTART).stem
SHORT = ('train_cfg.max_iters=2', 'default_hooks.logger.interval=1')


def transfer(*arguments, tmp_path, **kwargs):
    return call(main_of('transfer.py'), *arguments, cwd=tmp_path, **kwargs)


def results(work_dir):
    return json.loads((work_dir / 'results.json').read_text())


def with_hooks(tmp_path, config, *hooks, changes=''):
    """A config of these hooks, and of further lines."""
    path = tmp_path / 'changed.py'
    text = f"_base_ = '{config}'\ncustom_hooks = {list(hooks)}\n{changes}"
    path.write_text(text)
    return path


@HOOKS.register_module()
class SayWhoseModels(Hook):
    """Says of which library things are, and ends the program."""

    def before_train(self, runner):
        found = [DefaultScope.get_current_instance().scope_name]
        for part in (
            runner.model,
            MODELS.build(dict(type='ResNet', depth=18)),
        ):
            found.append(type(part).__module__.split('.')[0])
        raise SystemExit(f'scope, model and ResNet: {" ".join(found)}')


def test_libraries_in_one_process_do_not_get_mixed_up(toy, tmp_path):
    """Each has a ResNet of its own, by the same name."""
    for library, config in (
        ('mmseg', UPERNET),
        ('mmdet', MASK_RCNN),
        ('mmpose', POSE),
        ('mmseg', UPERNET),
    ):
        changed = with_hooks(tmp_path, config, dict(type='SayWhoseModels'))
        out = transfer(
            *(changed, 'random', '--work-dir', 'out', '--resume'),
            tmp_path=tmp_path,
            ok=False,
            **toy,
        )
        assert f'scope, model and ResNet: {" ".join([library] * 3)}' in out
        assert DefaultScope.get_current_instance().scope_name == 'mmpretrain'
        (tmp_path / 'out' / 'transfer.json').unlink()


def test_mmseg_ends_better_than_it_began(toy, checkpoint, tmp_path):
    out = transfer(
        UPERNET,
        checkpoint,
        '--test-before',
        '--cfg-options',
        'train_cfg.max_iters=15',
        'param_scheduler.0.end=3',
        'param_scheduler.1.begin=3',
        'param_scheduler.1.end=15',
        tmp_path=tmp_path,
        **toy,
    )
    (work_dir,) = (
        tmp_path / 'work_dirs' / 'transfer' / UPERNET.stem
    ).iterdir()
    found = results(work_dir)
    sha256 = found['checkpoint']['sha256']
    assert work_dir.name == sha256[:12]
    assert f'verified 96/96 backbone tensors (sha256 {sha256[:12]})' in out
    assert f'wrote work_dirs/transfer/{UPERNET.stem}/' in out
    assert found['checkpoint'] == dict(
        file='epoch_6.pth',
        sha256=sha256,
        encoder='online',
        prefix='backbone.',
        experiment=EXPERIMENT,
    )
    assert found['method'] == 'RegionCL-M' and found['init'] == 'checkpoint'
    assert found['name'] == UPERNET.stem and found['config'] == str(UPERNET)
    assert found['cfg_options']['train_cfg.max_iters'] == 15
    assert found['verified'] == dict(
        loaded=96,
        total=96,
        fresh=[],
        unused=[],
        complete=True,
        sha256=sha256,
        frozen=False,
    )
    assert found['metrics_last'] is found['best_epoch'] is None
    assert set(found['metrics']) == {'aAcc', 'mIoU', 'mAcc'}
    assert found['metrics']['mIoU'] > found['metrics_before']['mIoU']
    assert found['metrics']['aAcc'] > found['metrics_before']['aAcc'] + 10
    assert found['seed'] == 0 and found['world_size'] == 1
    assert found['seconds'] > 0 and found['git_commit']
    assert found['versions']['mmseg'] and found['versions']['torch']
    extracted = tmp_path / 'work_dirs' / 'backbones'
    assert sorted(x.name for x in extracted.iterdir()) == [
        f'backbone-{sha256[:12]}.{kind}' for kind in ('pth', 'safetensors')
    ]


@HOOKS.register_module()
class StopOnce(Hook):
    """Is the user's Ctrl-C in the third step, if the environment says so."""

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if batch_idx == 2 and os.environ.get('STOP'):
            raise KeyboardInterrupt


def test_mmdet_goes_on_where_it_was_interrupted(toy, checkpoint, tmp_path):
    """A run of three steps that is stopped in the third takes it later."""
    config = with_hooks(
        tmp_path,
        MASK_RCNN,
        dict(type='StopOnce'),
        dict(type='PreciseBatchNormHook', num_iters=1),
        changes="""
train_cfg = dict(max_iters=3)
default_hooks = dict(checkpoint=dict(interval=1), logger=dict(interval=1))
""",
    )
    given = (config, checkpoint, '--work-dir', 'out')
    with pytest.raises(KeyboardInterrupt):
        transfer(*given, tmp_path=tmp_path, STOP='1', **toy)
    assert not (tmp_path / 'out' / 'results.json').exists()
    out = transfer(*given, tmp_path=tmp_path, ok=False, **toy)
    assert 'unfinished: --resume goes on with it' in out
    with work_dir_locked(tmp_path / 'out'):
        out = transfer(*given, '--resume', tmp_path=tmp_path, ok=False, **toy)
    assert 'transfer.py: out is in use by another run: host ' in out
    out = transfer(*given, '--resume', tmp_path=tmp_path, **toy)
    assert 'verified when the run began: 96/96' in out
    assert 'Iter(train) [3/3]' in out and 'Iter(train) [2/3]' not in out
    found = results(tmp_path / 'out')
    assert found['verified']['loaded'] == 96
    assert {'coco/bbox_mAP', 'coco/segm_mAP'} <= set(found['metrics'])
    trained = torch.load(tmp_path / 'out' / 'iter_3.pth', weights_only=False)
    assert trained['meta']['iter'] == 3
    assert not (tmp_path / 'out' / 'iter_1.pth').exists()

    out = transfer(*given, '--resume', tmp_path=tmp_path, **toy)
    assert 'finished before: out/results.json' in out
    assert results(tmp_path / 'out') == found
    out = transfer(*given, tmp_path=tmp_path, ok=False, **toy)
    assert 'holds this run already, finished: see out/results.json' in out
    out = transfer(*given, '--test-only', tmp_path=tmp_path, **toy)
    again = results(tmp_path / 'out')
    assert again['metrics'] == found['metrics']
    assert again['verified'] == found['verified']
    assert 'Iter(train)' not in out

    out = transfer(
        config,
        'random',
        '--work-dir',
        'out',
        ok=False,
        tmp_path=tmp_path,
        **toy,
    )
    assert 'out holds another run (backbone: ' in out
    assert results(tmp_path / 'out') == again


def test_mmpose_from_scratch(toy, tmp_path):
    out = transfer(
        POSE,
        'random',
        '--cfg-options',
        'train_cfg.max_epochs=1',
        'randomness.seed=3',
        tmp_path=tmp_path,
        **toy,
    )
    found = results(
        tmp_path / 'work_dirs' / 'transfer' / POSE.stem / 'random-seed3'
    )
    assert 'verified' not in out
    assert found['init'] == 'random' and found['seed'] == 3
    assert found['checkpoint'] is found['verified'] is found['method'] is None
    assert 'coco/AP' in found['metrics']


def test_mmpose_from_a_momentum_encoder(toy, checkpoint, tmp_path):
    out = transfer(
        POSE,
        checkpoint,
        *('--encoder', 'momentum', '--method', 'mine', '--work-dir', 'out'),
        *('--cfg-options', 'train_cfg.max_epochs=1'),
        tmp_path=tmp_path,
        **toy,
    )
    found = results(tmp_path / 'out')
    assert 'verified 96/96' in out
    assert found['method'] == 'mine'
    assert found['checkpoint']['prefix'] == 'encoder_k.module.0.'
    assert found['checkpoint']['encoder'] == 'momentum'


@HOOKS.register_module()
class Spoil(Hook):
    """Changes one value after loading."""

    priority = 0

    def before_train(self, runner):
        runner.model.backbone.layer2[0].conv1.weight.data[0, 0, 0, 0] += 1


def test_a_spoilt_tensor_stops_the_run(toy, checkpoint, tmp_path):
    config = with_hooks(tmp_path, UPERNET, dict(type='Spoil'))
    given = (config, checkpoint, '--work-dir', 'out')
    out = transfer(*given, tmp_path=tmp_path, ok=False, **toy)
    assert 'verified 95/96' in out
    assert 'of other values: 1, layer2.0.conv1.weight' in out
    assert 'Iter(train)' not in out
    assert not list((tmp_path / 'out').glob('*.pth'))
    assert not (tmp_path / 'out' / 'results.json').exists()
    # The only way past, and the results say so.
    transfer(
        *(config, checkpoint, '--work-dir', 'partly', '--allow-partial'),
        *('--cfg-options', *SHORT),
        tmp_path=tmp_path,
        **toy,
    )
    found = results(tmp_path / 'partly')['verified']
    assert (found['loaded'], found['total'], found['complete']) == (
        95,
        96,
        False,
    )


def test_another_architecture_is_refused(toy, tmp_path):
    model = build('m', backbone=dict(type='ResNet', depth=18))
    torch.save(dict(state_dict=model.state_dict()), tmp_path / 'r18.pth')
    out = transfer(UPERNET, 'r18.pth', tmp_path=tmp_path, ok=False, **toy)
    assert 'of another shape' in out and 'other width or kernel: ' in out
    assert 'the model has 3 stages, the file 4' in out
    assert 'Iter(train)' not in out


@pytest.mark.parametrize(
    'name, words',
    [
        ('missing.pth', 'there is no file missing.pth'),
        ('cut.pth', 'it is damaged or cut short'),
        ('page.pth', 'is not a checkpoint, it starts with'),
        ('heads.pth', 'there is no online backbone in the file'),
    ],
)
def test_what_is_no_checkpoint_is_named(
    name, words, toy, checkpoint, tmp_path
):
    (tmp_path / 'cut.pth').write_bytes(checkpoint.read_bytes()[:5000])
    (tmp_path / 'page.pth').write_text('<html>not found</html>')
    torch.save({'head.weight': torch.zeros(2)}, tmp_path / 'heads.pth')
    out = transfer(UPERNET, name, tmp_path=tmp_path, ok=False, **toy)
    assert words in out and 'Traceback' not in out
    assert not (tmp_path / 'work_dirs' / 'transfer').exists()


def test_missing_data_is_named_before_anything_is_built(checkpoint, tmp_path):
    out = transfer(
        REPO / 'configs/mmdet/mask-rcnn_r50_fpn_8xb2-ms-poly-90k_coco.py',
        checkpoint,
        tmp_path=tmp_path,
        ok=False,
    )
    assert out.strip().split('\n')[-1] == (
        'transfer.py: data folder data/coco/ does not exist; docs/data.md '
        'says where it is from, and how to make toy data in its place; or set '
        '`train_dataloader.dataset.data_root`'
    )
    assert not (tmp_path / 'work_dirs').exists()


def test_a_config_that_loads_other_weights_is_refused(
    toy, checkpoint, tmp_path
):
    out = transfer(
        UPERNET,
        checkpoint,
        *('--cfg-options', 'load_from=detector.pth'),
        tmp_path=tmp_path,
        ok=False,
        **toy,
    )
    assert "has `load_from='detector.pth'`" in out
