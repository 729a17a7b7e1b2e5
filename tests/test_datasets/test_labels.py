"""Labels mean the same in what is learned from and what is tested on."""

import pytest
from mmengine.dataset import ConcatDataset, RepeatDataset
from mmpretrain.datasets import CustomDataset, ImageNet
from picture_folders import write_pictures

from regioncl_mm.datasets.classes import Classes, classes_of, largest_label
from regioncl_mm.datasets.labels import use_labels, use_labels_of


def folder(root, *classes):
    write_pictures(
        root, *(f'{name}/{i}.png' for name in classes for i in '01')
    )
    return CustomDataset(data_root=str(root))


def listed(root, text, **settings):
    root.mkdir(exist_ok=True)
    (root / 'list.txt').write_text(text)
    return CustomDataset(data_root=str(root), ann_file='list.txt', **settings)


def labels(data_set):
    return [
        int(data_set.get_data_info(i)['gt_label'])
        for i in range(len(data_set))
    ]


@pytest.fixture
def train(tmp_path):
    return folder(tmp_path / 'train', 'cat', 'dog', 'owl')


@pytest.mark.parametrize('serialize', [True, False])
def test_a_class_that_is_missing_shifts_nothing(train, tmp_path, serialize):
    write_pictures(tmp_path / 'val', 'cat/0.png', 'owl/0.png')
    val = CustomDataset(
        data_root=str(tmp_path / 'val'), serialize_data=serialize
    )
    assert labels(val) == [0, 1]
    (said,) = use_labels_of(train, val)
    assert labels(val) == [0, 2]
    assert val.metainfo['classes'] == ('cat', 'dog', 'owl')
    assert said == (
        f'classes in {tmp_path}/val get the labels that they have in '
        f'{tmp_path}/train: it lacks dog'
    )
    assert use_labels_of(train, val) == [] and labels(val) == [0, 2]


def test_wrapped_data_sets_are_looked_into(train, tmp_path):
    val = folder(tmp_path / 'val', 'dog', 'owl')
    use_labels_of(RepeatDataset(train, 3), ConcatDataset([val]))
    assert labels(val) == [1, 1, 2, 2]


def test_the_same_classes_stay_as_they_are(train, tmp_path):
    val = folder(tmp_path / 'val', 'cat', 'dog', 'owl')
    assert use_labels_of(train, val) == []
    assert labels(val) == [0, 0, 1, 1, 2, 2]


@pytest.mark.parametrize(
    'classes', [('cat', 'dog', 'owl', 'yak'), ('cat', 'emu', 'owl'), ('yak',)]
)
def test_another_class_is_refused(train, tmp_path, classes):
    val = folder(tmp_path / 'val', *classes)
    other = (set(classes) - {'cat', 'dog', 'owl'}).pop()
    message = f'{tmp_path}/val has classes that .*/train has not: {other}'
    with pytest.raises(ValueError, match=message):
        use_labels_of(train, val)


def test_a_list_counts_as_its_folders_do(train, tmp_path):
    text = 'cat/0.png 0\nowl/0.png 2\n'
    assert use_labels_of(train, listed(tmp_path / 'a', text)) == []
    shifted = listed(tmp_path / 'b', 'cat/0.png 0\nowl/0.png 1\n')
    message = r'b/list.txt gives `owl` the label 1, and .*train gives it 2'
    with pytest.raises(ValueError, match=message):
        use_labels_of(train, shifted)


def test_folders_get_the_labels_of_a_list(train, tmp_path):
    reference = listed(tmp_path / 'a', 'owl/0.png 0\ncat/0.png 4\n')
    val = folder(tmp_path / 'val', 'cat', 'owl')
    use_labels_of(reference, val)
    assert labels(val) == [4, 4, 0, 0]
    # A class that the list leaves out, with the label of another one.
    with pytest.raises(ValueError, match='train has classes .* not: dog'):
        use_labels_of(listed(tmp_path / 'b', 'cat/0.png 1\n'), train)


@pytest.mark.parametrize(
    'text', ['0.png 1\n1.png 0\n', 'all/0.png 1\nall/1.png 0\n']
)
def test_lists_without_folders_of_classes_say_nothing(train, tmp_path, text):
    val = listed(tmp_path / 'a', text)
    assert classes_of(val) is None
    assert use_labels_of(train, val) == [] and labels(val) == [1, 0]


def test_names_of_a_config_are_compared(tmp_path):
    def named(name, *classes):
        text = '0.png 0\n1.png 1\n'
        return listed(tmp_path / name, text, metainfo=dict(classes=classes))

    same = named('a', 'cat', 'dog'), named('b', 'cat', 'dog')
    assert use_labels_of(*same) == []
    with pytest.raises(ValueError, match='gives `cat` the label 1'):
        use_labels_of(named('a', 'cat', 'dog'), named('b', 'dog', 'cat'))


def test_folders_of_imagenet_are_not_compared_with_its_names(
    imagenet, tmp_path
):
    """Those of `metainfo` are words, and folders have numbers."""
    root = str(imagenet / 'data' / 'imagenet')
    train, val = (ImageNet(root, split=x) for x in ('train', 'val'))
    assert classes_of(train).labels == dict(n01=0, n02=1)
    assert use_labels_of(train, val) == []
    words = {name: i for i, name in enumerate(val.metainfo['classes'])}
    assert use_labels(Classes(words, 'a checkpoint', True), val) == []


def test_the_largest_label(train, tmp_path):
    assert largest_label(RepeatDataset(train, 2)) == 2
    assert largest_label(listed(tmp_path / 'a', 'a.png 7\nb.png 1\n')) == 7
    unlabelled = CustomDataset(data_root=str(tmp_path), with_label=False)
    assert largest_label(unlabelled) is None
    assert classes_of(unlabelled) is None
