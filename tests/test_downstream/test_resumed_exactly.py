"""A downstream run that was killed in the middle ends as the whole one."""

import pytest
import torch
from resumed_runs import assert_same, last, train
from transfer_configs import MASK_RCNN, POSE, UPERNET

from regioncl_mm.utils import read_config

SETTINGS = {
    'train_dataloader.batch_size': 2,
    'default_hooks.logger.interval': 2,
    'default_hooks.checkpoint': dict(
        type='AtomicCheckpointHook', by_epoch=False, interval=3
    ),
    'randomness': dict(seed=3),
    'log_level': 'WARNING',
    'visualizer': None,
}
STEPS = {'train_cfg.max_iters': 7}
# Of each library: a config, what makes it short, and a step to be killed in,
# in the middle of an epoch of the toy data.
RUNS = {
    'mmdet': (MASK_RCNN, STEPS, 5),
    'mmseg': (UPERNET, STEPS, 5),
    'mmpose': (POSE, {'train_cfg.max_epochs': 2}, 5),
}


def config_of(library, work_dir):
    path, short, _ = RUNS[library]
    cfg = read_config(path, None, work_dir)
    cfg.custom_hooks = [
        dict(hook, num_iters=1) if 'num_iters' in hook else hook
        for hook in cfg.get('custom_hooks') or []
    ]
    cfg.merge_from_dict({**SETTINGS, **short})
    cfg.experiment_name = f'{library}{work_dir}'
    return cfg


@pytest.mark.parametrize('library', RUNS)
def test_a_killed_run_ends_as_the_whole_one(
    library, toy, tmp_path, monkeypatch
):
    monkeypatch.setenv('TOY_DATA_ROOT', toy['TOY_DATA_ROOT'])
    whole = train(config_of(library, tmp_path / 'whole'))
    step = RUNS[library][2]
    train(config_of(library, tmp_path / 'cut'), kill_in=step)
    cut = train(config_of(library, tmp_path / 'cut'), resume=True)
    assert whole.iter == cut.iter > step > 3
    for name, value in whole.model.state_dict().items():
        assert torch.equal(cut.model.state_dict()[name], value), name
    assert_same(last(tmp_path / 'cut'), last(tmp_path / 'whole'))
