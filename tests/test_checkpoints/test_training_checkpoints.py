"""What a training left: its best checkpoint, else its latest."""

import os

import pytest
from tiny_run import save_as_mmengine

from regioncl_mm.checkpoints.training_checkpoints import (
    find_best_checkpoint,
    find_trained_checkpoint,
)


def test_the_latest_checkpoint_of_a_folder_that_was_moved(tmp_path):
    with pytest.raises(ValueError, match='has no checkpoint to test'):
        find_trained_checkpoint(tmp_path)
    (tmp_path / 'last_checkpoint').write_text('/elsewhere/iter_3.pth\n')
    with pytest.raises(ValueError, match='no whole checkpoint.*iter_3.pth'):
        find_trained_checkpoint(tmp_path)
    save_as_mmengine(tmp_path / 'iter_3.pth', 3)
    assert find_trained_checkpoint(tmp_path) == tmp_path / 'iter_3.pth'


def test_the_best_checkpoint_comes_first(tmp_path):
    (tmp_path / 'last_checkpoint').write_text(str(tmp_path / 'epoch_3.pth'))
    assert find_best_checkpoint(tmp_path) is None
    for age, name in enumerate(('epoch_3', 'best_top1_epoch_2', 'best_old')):
        path = tmp_path / f'{name}.pth'
        path.touch()
        os.utime(path, (100 - age, 100 - age))
    best = tmp_path / 'best_top1_epoch_2.pth'
    assert find_best_checkpoint(tmp_path) == best
    assert find_trained_checkpoint(tmp_path) == best
