"""A list decides which images of a data set are seen."""

import pytest
from mmpretrain.registry import DATASETS


@pytest.fixture
def fashion(fashion_mnist_root):
    return dict(
        type='FashionMNIST',
        data_root=str(fashion_mnist_root),
        download=False,
        pipeline=[dict(type='PackInputs')],
    )


def build(fashion, path):
    return DATASETS.build(
        dict(type='LabelledSubset', dataset=fashion, list_file=str(path))
    )


def test_images_of_the_list_in_its_order(fashion, tmp_path):
    (tmp_path / 'list.txt').write_text('12 2\n3 3\n60 0\n')
    subset = build(fashion, tmp_path / 'list.txt')
    whole = DATASETS.build(fashion)
    assert len(subset) == 3
    for place, position in enumerate((12, 3, 60)):
        found, expected = subset[place], whole[position]
        assert (found['inputs'] == expected['inputs']).all()
        assert found['data_samples'].gt_label == position % 10
    assert subset.metainfo['classes'] == whole.metainfo['classes']


@pytest.mark.parametrize(
    'line, words',
    [
        ('n01/0.JPEG 3', "'n01/0.JPEG 3' is not a position and a label"),
        ('3', "'3' is not a position and a label"),
        ('64 4', 'has 64 images and none at position 64'),
        ('-1 3', 'none at position -1'),
        ('13 4', 'position 13 has label 3, not 4; the list is of another'),
    ],
)
def test_another_data_sets_list_is_refused(line, words, fashion, tmp_path):
    (tmp_path / 'list.txt').write_text(f'2 2\n{line}\n')
    with pytest.raises(ValueError, match=words):
        build(fashion, tmp_path / 'list.txt')
