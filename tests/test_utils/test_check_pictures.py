"""Folders and lists of pictures are refused before anything is built."""

import re

import pytest
from mmengine.config import Config
from picture_folders import write_pictures

from regioncl_mm.utils import check_config


def check(root, kind='CustomDataset', **settings):
    dataset = dict(type=kind, data_root=str(root), **settings)
    loader = dict(dataset=dataset)
    check_config(
        Config(dict(default_scope='mmpretrain', train_dataloader=loader))
    )


def refused(root, *words, **settings):
    with pytest.raises(ValueError) as error:
        check(root, **settings)
    for word in words:
        assert word in str(error.value)


LIST = 'train_dataloader.dataset'


@pytest.mark.parametrize(
    'text, words',
    [
        ('cat/0.png 0\n\ncat/1.png 0\n', 'line 2: empty'),
        ('cat/0.png 0\ncat/1.png\n', 'line 2: no label after the image'),
        ('cat/0.png 0\ncat/1.png cat\n', "image: 'cat/1.png cat'"),
        ('cat/0.png 0\ncat/1.png -1\n', 'line 2: no label'),
        (
            'cat/0.png 0\ncat/7.png 0\nyak/0.png 1\n',
            'cat/7.png does not exist; so are 1 further ones',
        ),
    ],
)
def test_a_line_that_names_no_labelled_picture(tmp_path, text, words):
    write_pictures(tmp_path, 'cat/0.png', 'cat/1.png')
    (tmp_path / 'list.txt').write_text(text)
    place = f'{tmp_path}/list.txt, line 2: '
    refused(tmp_path, place, words, ann_file='list.txt')


def test_lists_that_are_right(tmp_path):
    write_pictures(tmp_path / 'pics', 'cat/0.png', 'a b.png')
    (tmp_path / 'labels.txt').write_text('cat/0.png 0\na b.png 12')
    (tmp_path / 'names.txt').write_text('./cat/0.png\na b.png\n')
    for prefix in ('pics', dict(img_path='pics/')):
        check(tmp_path, ann_file='labels.txt', data_prefix=prefix)
    pics = str(tmp_path / 'pics')
    check(
        '', ann_file=str(tmp_path / 'names.txt'), data_prefix=pics,
        with_label=False,
    )  # fmt: skip
    refused(
        tmp_path,
        'line 1: ',
        'set `with_label=True`',
        ann_file='labels.txt',
        data_prefix='pics',
        with_label=False,
    )


def test_the_lists_of_imagenet_are_read_unasked(imagenet):
    root = imagenet / 'data' / 'imagenet'
    check(root, 'ImageNet', split='train')
    (root / 'train/n01/2.JPEG').unlink()
    words = f'{root}/meta/train.txt, line 3: {root}/train/n01/2.JPEG does not'
    refused(root, words, kind='ImageNet', split='train')
    refused(root, words, kind='mmpretrain.ImageNet', split='train')


def test_folders_of_another_number_of_classes(imagenet):
    root = imagenet / 'data' / 'imagenet'
    write_pictures(root / 'val', 'n03/0.png')
    for name in ('train', 'val'):
        (root / 'meta' / f'{name}.txt').unlink()
    refused(
        root,
        f'{root}/train has 2 folders of classes, and 1,000 are needed; '
        f'n03 of {root}/val are missing. ',
        f'tools/check_data.py imagenet {root} --write-lists',
        kind='ImageNet',
        split='train',
    )
    classes = ['goldfish', 'tench']
    check(root, 'ImageNet', split='train', classes=classes)
    check(root, 'ImageNet', split='train', metainfo=dict(classes=classes))
    check(root, 'CustomDataset', data_prefix='train')


def test_folders_without_pictures(tmp_path):
    write_pictures(tmp_path, '0.png', '1.webp')
    words = 'has no picture in a folder of a class; looked for are files that'
    refused(tmp_path, str(tmp_path), words, '`with_label=False` where')
    check(tmp_path, with_label=False)
    (tmp_path / '0.png').unlink()
    refused(tmp_path, f'Set `{LIST}.extensions`', with_label=False)
    check(tmp_path, with_label=False, extensions=['.WEBP'])
    write_pictures(tmp_path, 'cat/deep/0.PNG'.replace('PNG', 'png'))
    check(tmp_path)


def test_linked_folders_have_pictures(tmp_path):
    root = write_pictures(tmp_path / 'root', 'notes/a.webp')
    refused(root, 'has no picture', with_label=False)
    write_pictures(tmp_path / 'disk', '0.png')
    (root / 'notes' / 'album').symlink_to(tmp_path / 'disk')
    (root / 'notes' / 'round').symlink_to(root)
    check(root)
    check(root, with_label=False)


def test_whose_data_are_missing(tmp_path):
    """A hook's, when those of the training are there."""
    write_pictures(tmp_path, '0.png')
    train = dict(
        type='CustomDataset', data_root=str(tmp_path), with_label=False
    )
    memory = dict(type='ImageNet', data_root='/no/imagenet', split='train')
    hook = dict(type='KNNHook', memory_dataloader=dict(dataset=memory))
    cfg = dict(
        custom_hooks=[hook],  # comes first, and is looked at last
        train_dataloader=dict(dataset=train),
        default_scope='mmpretrain',
    )
    place = 'custom_hooks[0].memory_dataloader.dataset.data_root'
    message = (
        'data folder /no/imagenet/train does not exist; it is not what is '
        f'trained on: `{place}` names it'
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        check_config(Config(cfg))
    train['data_root'] = '/no/pictures'
    with pytest.raises(ValueError, match='/no/pictures .*train_dataloader.'):
        check_config(Config(cfg))
