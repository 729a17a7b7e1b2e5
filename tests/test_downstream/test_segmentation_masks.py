"""Masks whose values are not the labels of a config's classes."""

import cv2
import numpy as np
import pytest
from own_data import segmentor, write_masks

from regioncl_mm.downstream import check_downstream

THREE = ('ground', 'cat', 'dog')


def message(cfg):
    with pytest.raises(ValueError) as raised:
        check_downstream(cfg)
    return str(raised.value)


def test_good_masks_pass(tmp_path, capsys):
    write_masks(tmp_path, [(0, 1), (1, 0), (0, 0), (255, 1)])
    check_downstream(segmentor(tmp_path))
    assert capsys.readouterr().out == ''


def test_masks_of_0_and_255_are_refused(tmp_path):
    write_masks(tmp_path, [(0, 255)] * 4)
    assert message(segmentor(tmp_path)) == (
        '`train_dataloader.dataset`: 4 of 4 masks in '
        f'{tmp_path}/masks/train were looked at; they have the values 0, 255, '
        'of which 255 is the ignored label. Classes that no pixel has: '
        'cat (1). Nothing but one class would be learned: masks of two '
        'classes have the values 0 and 1'
    )


def test_a_label_that_is_no_class_is_refused(tmp_path):
    write_masks(tmp_path, [(0, 1), (1, 0), (0, 7), (0, 1)])
    said = message(segmentor(tmp_path))
    assert 'the 2 classes ground, cat are 0 to 1' in said
    assert said.endswith(f'{tmp_path}/masks/train/2.png has 7')


@pytest.mark.parametrize('values', [[(1, 2)] * 4, [(0, 1), (1, 2)] * 2])
def test_labels_from_1_are_told_of_reduce_zero_label(tmp_path, values):
    write_masks(tmp_path, values)
    said = message(segmentor(tmp_path))
    assert said.endswith(
        'set `train_dataloader.dataset.reduce_zero_label=True`'
    )
    check_downstream(segmentor(tmp_path, reduce_zero_label=True))


def test_a_class_that_is_ignored_by_mistake_is_said(tmp_path, capsys):
    write_masks(tmp_path, [(0, 1), (1, 2), (2, 0), (0, 1)])
    check_downstream(segmentor(tmp_path, THREE, reduce_zero_label=True))
    said = capsys.readouterr().out
    assert 'and 0 is ignored (`reduce_zero_label=True`)' in said
    assert 'Classes that no pixel has: dog (2)' in said
    said = message(segmentor(tmp_path, reduce_zero_label=False))
    assert 'masks/train/1.png has 2' in said


def test_two_settings_of_one_thing_are_the_same(tmp_path):
    write_masks(tmp_path, [(1, 2)] * 4)
    cfg = segmentor(tmp_path)
    cfg.train_dataloader.dataset.pipeline[1].reduce_zero_label = True
    assert message(cfg) == (
        '`train_dataloader.dataset.pipeline.1.reduce_zero_label` is True, and '
        'that of `train_dataloader.dataset` is False; set the latter alone'
    )


def test_two_classes_of_which_one_is_ignored_are_refused(tmp_path):
    write_masks(tmp_path, [(0, 1)] * 4)
    said = message(segmentor(tmp_path, reduce_zero_label=True))
    assert '0 is ignored' in said and 'cat (1)' in said


def test_a_class_that_is_never_met_is_said(tmp_path, capsys):
    write_masks(tmp_path, [(0, 1)] * 4)
    check_downstream(segmentor(tmp_path, THREE))
    assert 'Classes that no pixel has: dog (2)' in capsys.readouterr().out


def test_another_ignored_label_is_heard(tmp_path):
    write_masks(tmp_path, [(0, 1), (1, 9)] * 2)
    cfg = segmentor(tmp_path)
    assert 'has 9' in message(cfg)
    cfg.model.decode_head.ignore_index = 9
    check_downstream(cfg)


def test_the_head_has_to_have_an_output_a_class(tmp_path):
    write_masks(tmp_path, [(0, 1)] * 4)
    cfg = segmentor(tmp_path)
    cfg.model.decode_head.num_classes = 19
    assert '`model.decode_head.num_classes` is 19' in message(cfg)


def test_masks_of_another_size_are_named(tmp_path):
    write_masks(tmp_path, [(0, 1)] * 4, size=(30, 41))
    said = message(segmentor(tmp_path))
    assert 'has 41 x 30 pixels, and its picture' in said
    assert said.endswith('has 40 x 30')


def test_colours_are_no_labels(tmp_path):
    write_masks(tmp_path, [(0, 1)] * 4)
    mask = tmp_path / 'masks' / 'val' / '1.png'
    cv2.imwrite(str(mask), np.zeros((30, 40, 3), np.uint8))
    assert message(segmentor(tmp_path)).startswith(f'mask {mask} has 3 chan')


def test_deep_masks_are_refused(tmp_path):
    write_masks(tmp_path, [(0, 1)] * 4)
    mask = tmp_path / 'masks' / 'val' / '1.png'
    cv2.imwrite(str(mask), np.full((30, 40), 257, np.uint16))
    assert 'has labels up to 257' in message(segmentor(tmp_path))


def test_broken_files_are_named(tmp_path):
    write_masks(tmp_path, [(0, 1)] * 4)
    mask = tmp_path / 'masks' / 'val' / '1.png'
    mask.write_bytes(mask.read_bytes()[:60])
    assert f'cannot read mask {mask}: ' in message(segmentor(tmp_path))
    picture = tmp_path / 'train' / '1.png'
    picture.write_bytes(picture.read_bytes()[:60])
    assert f'cannot read image {picture}: ' in message(segmentor(tmp_path))


def test_missing_files_are_named(tmp_path):
    write_masks(tmp_path, [(0, 1)] * 4)
    mask = tmp_path / 'masks' / 'train' / '1.png'
    mask.unlink()
    assert message(segmentor(tmp_path)).endswith(f'the first is {mask}')
    said = message(segmentor(tmp_path, seg_map_suffix='_mask.png'))
    assert 'masks end in _mask.png' in said
    cfg = segmentor(tmp_path)
    cfg.train_dataloader.dataset.img_suffix = '.jpg'
    assert f'{tmp_path}/train has no picture that ends in .jpg' in message(cfg)


def test_of_many_masks_some_are_looked_at(tmp_path, monkeypatch):
    """With a rare class that may be in the others nothing is refused."""
    write_masks(tmp_path, [(0, 0)] * 4)
    assert 'Nothing but one class' in message(segmentor(tmp_path))
    from regioncl_mm.downstream import check

    found = check.look_at_data(
        segmentor(tmp_path), ['train_dataloader'], samples=3
    )
    assert found == {}
