from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from mmengine.dataset import ConcatDataset
from mmpretrain.datasets import CustomDataset

from regioncl_mm.hooks import SkippedImagesHook, skipped_images_hook


@pytest.fixture
def images(tmp_path):
    """Two sets of two images each, one of them no image."""
    sets = []
    for name in 'ab':
        (tmp_path / name).mkdir()
        cv2.imwrite(str(tmp_path / name / '0.png'), np.ones((4, 4, 3), 'u1'))
        (tmp_path / name / '1.png').write_bytes(b'no image')
        sets.append(
            CustomDataset(
                data_root=str(tmp_path / name),
                with_label=False,
                pipeline=[
                    dict(type='LoadImageOrReport', on_unreadable='skip')
                ],
            )
        )
    return ConcatDataset(sets)


def make_runner(dataset):
    said = []
    return SimpleNamespace(
        train_dataloader=SimpleNamespace(dataset=dataset),
        logger=SimpleNamespace(warning=said.append),
        epoch=0,
        said=said,
    )


def test_counts_an_epochs_images_and_all_files(images):
    runner, hook = make_runner(images), SkippedImagesHook()
    hook.before_train(runner)
    hook.after_train_epoch(runner)
    assert runner.said == []
    for dataset in [images.datasets[0], *images.datasets]:
        assert dataset.prepare_data(1) is None
    hook.after_train_epoch(runner)
    assert runner.said[-1] == (
        'epoch 1: 3 times another image was drawn for one that cannot be '
        'read; 2 such files are named so far'
    )
    runner.epoch = 1
    hook.after_train_epoch(runner)
    assert len(runner.said) == 1


def test_files_of_other_processes_are_named_once(images, monkeypatch):
    runner, hook = make_runner(images), SkippedImagesHook()
    hook.before_train(runner)
    monkeypatch.setattr(
        skipped_images_hook,
        'all_gather_object',
        lambda own: [own, (1, ['cannot read image c.png: it is no image'])],
    )
    for _ in range(2):
        hook.after_train_epoch(runner)
    named = [line for line in runner.said if 'c.png' in line]
    assert named == [
        'cannot read image c.png: it is no image; skipped whenever it is drawn'
    ]
