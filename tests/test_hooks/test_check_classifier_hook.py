"""A classifier is refused before its first step, or tested on its labels."""

import json

import pytest
from algorithms import BACKBONE
from mmengine.config import Config
from mmengine.runner import Runner
from picture_folders import write_classes, write_pictures

LEVELS = dict(ant=20, bee=90, cow=160, dog=230)
PIPELINE = [
    dict(type='LoadImageFromFile', color_type='grayscale'),
    dict(type='PackInputs'),
]


def loader(root, shuffle=False, **settings):
    dataset = dict(type='CustomDataset', data_root=str(root), **settings)
    dataset.setdefault('pipeline', PIPELINE)
    return dict(
        batch_size=4,
        num_workers=0,
        collate_fn=dict(type='default_collate'),
        sampler=dict(type='DefaultSampler', shuffle=shuffle),
        dataset=dataset,
    )


def config(tmp_path, epochs=1, num_classes=4, **changes):
    """Trained on four classes, tested on what is in ``val``."""
    test = dict(
        dataloader=loader(tmp_path / 'val'), cfg=dict(),
        evaluator=dict(type='Accuracy', topk=(1,)),
    )  # fmt: skip
    cfg = dict(
        default_scope='mmpretrain',
        work_dir=str(tmp_path / 'work'),
        experiment_name=tmp_path.name,
        model=dict(
            type='LinearClassifier',
            backbone=BACKBONE,
            neck=dict(type='GlobalAveragePooling'),
            head=dict(
                type='LinearClsHead', num_classes=num_classes, in_channels=16
            ),
            data_preprocessor=dict(
                type='ClsDataPreprocessor', mean=[100.0], std=[50.0]
            ),
        ),
        train_dataloader=loader(tmp_path / 'train', shuffle=True),
        train_cfg=dict(by_epoch=True, max_epochs=epochs),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.5, momentum=0.9)),
        default_hooks=dict(
            check_classifier=dict(type='CheckClassifierHook'),
            checkpoint=dict(type='CheckpointHook', interval=epochs),
        ),
        randomness=dict(seed=0),
        log_level='ERROR',
        **{f'val_{key}': value for key, value in test.items()},
        **{f'test_{key}': value for key, value in test.items()},
    )
    cfg = Config(cfg)
    cfg.merge_from_dict(changes)
    return cfg


@pytest.fixture
def four(tmp_path):
    write_classes(tmp_path / 'train', **LEVELS)
    return tmp_path


def accuracy(metrics):
    return metrics['accuracy/top1']


def test_a_missing_class_shifts_no_label(four):
    """Learned by heart: the accuracy of the same pictures is 100."""
    some = {x: LEVELS[x] for x in ('ant', 'cow', 'dog')}
    write_classes(four / 'val', **some)
    cfg = config(four, epochs=30)
    runner = Runner.from_cfg(cfg)
    runner.train()
    assert accuracy(runner.test()) == 100
    (scalars,) = (four / 'work').glob('*/vis_data/scalars.json')
    last = json.loads(scalars.read_text().splitlines()[-1])
    assert accuracy(last) == 100
    # A test alone knows the classes from the checkpoint.
    cfg.load_from = str(four / 'work' / 'epoch_30.pth')
    cfg.experiment_name += '-test'
    assert accuracy(Runner.from_cfg(cfg).test()) == 100


@pytest.mark.parametrize(
    'val, changes, message',
    [
        (dict(ant=1, elk=2), {}, r'val has classes that .*train .* not: elk'),
        (
            dict(ant=1),
            {'model.head.num_classes': 3},
            'from 0 to 3, .* set `model.head.num_classes=4`',
        ),
        (dict(ant=1), {'model.head.in_channels': 8}, 'head.in_channels=16'),
        (dict(ant=1), {'val_evaluator.topk': (1, 5)}, '`topk` 5, .* 4 cl'),
        (dict(ant=1), {'test_evaluator.topk': (1, 5)}, '`topk` 5, .* 4 cl'),
        (
            dict(ant=1),
            {'train_dataloader.dataset.with_label': False},
            'to train on have no labels',
        ),
        (
            dict(ant=1),
            {'val_dataloader.dataset.pipeline': PIPELINE[:1]},
            'make no batch',
        ),
        (
            dict(ant=1),
            {
                'val_dataloader.dataset.pipeline': [
                    dict(type='LoadImageFromFile'), PIPELINE[1]
                ]
            },
            'no features of images of \\(3, 28, 28\\)',
        ),
    ],
)  # fmt: skip
def test_refuses_before_the_first_step(four, val, changes, message):
    write_classes(four / 'val', **val)
    runner = Runner.from_cfg(config(four, **changes))
    with pytest.raises(ValueError, match=message):
        runner.train()
    assert runner.iter == 0


def test_pictures_of_several_sizes_are_found_out(four):
    """At the end of the epoch they would make no batch."""
    write_pictures(four / 'val', 'ant/0.png', 'ant/1.png')
    write_pictures(four / 'val', 'bee/0.png', size=30)
    runner = Runner.from_cfg(config(four))
    with pytest.raises(ValueError, match='make no batch; .*CenterCrop'):
        runner.train()


def test_a_run_is_the_same_with_it_and_without(four):
    write_classes(four / 'val', **LEVELS)
    weights = []
    for name in ('with', 'without'):
        cfg = config(four)
        cfg.experiment_name = name
        if name == 'without':
            del cfg.default_hooks['check_classifier']
        runner = Runner.from_cfg(cfg)
        runner.train()
        weights.append(runner.model.head.fc.weight)
    assert weights[0].equal(weights[1])
