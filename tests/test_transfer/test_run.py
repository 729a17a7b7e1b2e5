"""Which weights a run tests, where a hook keeps an average of them.

The weight begins at 7 and grows by 1 a step: 8, 9, 10, 11 in two epochs of
two. An average by a quarter begins with the first of them: 8, 8.25, 8.6875,
9.27, so that after the epochs it rounds to 8 and to 9.
"""

import os

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DATASETS, FUNCTIONS, METRICS, MODELS
from tiny_run import STEPS, Counter, Score, collate

from regioncl_mm.transfer import run as transfer
from regioncl_mm.transfer.source import Source
from regioncl_mm.utils.files import read_json, write_json

SCORES = {7: 70, 8: 90, 9: 50}


class Pretrained(Counter):
    """Its weight begins at 7, once it was initialised."""

    def init_weights(self):
        torch.nn.init.constant_(self.weight, 7)


@DATASETS.register_module(name='TinyZeros', force=True)
class Zeros(torch.utils.data.TensorDataset):
    def __init__(self, size):
        super().__init__(torch.zeros(size))

    def __getitem__(self, index):
        return super().__getitem__(index)[0]


MODELS.register_module('TinyPretrained', force=True, module=Pretrained)
METRICS.register_module('TinyScore', force=True, module=Score)
FUNCTIONS.register_module('tiny_collate', force=True, module=collate)


def config(work_dir, hook, **checkpoint):
    """Two epochs of two steps, with a validation after each."""

    def loader(size):
        return dict(
            batch_size=1,
            sampler=dict(type='DefaultSampler', shuffle=False),
            collate_fn=dict(type='tiny_collate'),
            dataset=dict(type='TinyZeros', size=size),
        )

    evaluator = dict(type='TinyScore', scores=SCORES)
    return Config(
        dict(
            model=dict(type='TinyPretrained'),
            work_dir=str(work_dir),
            train_dataloader=loader(STEPS),
            val_dataloader=loader(1),
            test_dataloader=loader(1),
            train_cfg=dict(by_epoch=True, max_epochs=2),
            val_cfg=dict(),
            test_cfg=dict(),
            val_evaluator=evaluator,
            test_evaluator=evaluator,
            optim_wrapper=dict(optimizer=dict(type='SGD', lr=1.0)),
            custom_hooks=[dict(type=hook, momentum=0.25)],
            default_hooks=dict(
                checkpoint=dict(type='CheckpointHook', **checkpoint)
            ),
            default_scope='mmengine',
            experiment_name=f'tiny-{os.urandom(8).hex()}',
            log_level='ERROR',
        )
    )


@pytest.mark.parametrize('hook', ['EMAHook', 'mmpretrain.EMAHook'])
def test_the_average_is_tested(hook, tmp_path):
    source = Source('random', None, None, None)
    cfg = config(tmp_path, hook, interval=1)
    found = transfer.run(cfg, source, test_before=True)
    assert found['metrics_before'] == {'a/acc': 70}
    assert found['metrics'] == {'a/acc': 50}
    cfg.load_from = str(tmp_path / 'epoch_2.pth')
    cfg.experiment_name += 'again'
    again = transfer.run(cfg, source, test_only=True)
    assert again['metrics'] == {'a/acc': 50}


def test_the_average_of_the_best_epoch_is_tested(tmp_path):
    source = Source('random', None, None, None)
    cfg = config(tmp_path, 'EMAHook', interval=1, save_best='a/acc')
    found = transfer.run(cfg, source)
    assert found['best_epoch'] == 1
    assert found['metrics'] == {'a/acc': 90}
    assert found['metrics_last'] == {'a/acc': 50}


def test_a_test_alone_keeps_what_is_known_of_the_best_epoch(tmp_path):
    source = Source('random', None, None, None)
    cfg = config(tmp_path, 'EMAHook', interval=1, save_best='a/acc')
    found = transfer.run(cfg, source)
    results = tmp_path / 'results.json'
    kept = {'best_epoch': 1, 'metrics_last': {'a/acc': 50}}
    nothing = dict.fromkeys(kept)
    for name, before, expected in (
        ('best_a_acc_epoch_1', found, kept),
        # Of a run that has not finished, and had another best epoch then.
        ('best_a_acc_epoch_1', None, {**nothing, 'best_epoch': 1}),
        (
            'best_a_acc_epoch_1',
            {**found, 'best_epoch': 2},
            {**nothing, 'best_epoch': 1},
        ),
        ('epoch_2', found, nothing),
    ):
        results.unlink()
        if before:
            write_json(results, before)
        cfg.load_from = str(tmp_path / f'{name}.pth')
        cfg.experiment_name += 'again'
        again = transfer.run(cfg, source, test_only=True)
        assert {key: again[key] for key in kept} == expected
        assert read_json(results) == again
    assert again['metrics'] == found['metrics_last']
