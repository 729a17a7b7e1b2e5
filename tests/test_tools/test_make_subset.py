"""Lists of labelled images: balanced, seeded, recorded by hash."""

import hashlib
import json
from collections import Counter

import make_subset
import pytest
from conftest import make_fashion_mnist
from mmpretrain.datasets import ImageNet
from tool_calls import call

from regioncl_mm.cli.make_subset.draw import draw
from regioncl_mm.cli.make_subset.images import READERS
from regioncl_mm.cli.make_subset.published import read_published

IMAGES = {f'{label}/{i:03}': label for label in range(7) for i in range(60)}


def test_classes_differ_by_one_image_at_most():
    drawn = draw(IMAGES, 10, seed=0)  # 42 of 420: 6 of each
    assert Counter(drawn.values()) == {label: 6 for label in range(7)}
    drawn = draw(IMAGES, 11, seed=0)  # 46.2: 6 of each, 7 of four
    assert sorted(Counter(drawn.values()).values()) == [6, 6, 6, 7, 7, 7, 7]
    assert all(IMAGES[name] == label for name, label in drawn.items())


def test_sizes_are_those_of_the_published_subsets():
    images = {i: i % 1000 for i in range(1281167)}
    assert len(draw(images, 1, seed=0)) == 12811
    assert set(Counter(draw(images, 1, 0).values()).values()) == {12, 13}


def test_the_seed_alone_decides():
    backwards = dict(reversed(IMAGES.items()))
    assert draw(IMAGES, 10, 0) == draw(backwards, 10, 0)
    assert draw(IMAGES, 10, 0) != draw(IMAGES, 10, 1)


def test_too_small_classes_are_refused():
    with pytest.raises(ValueError, match='fewer than the 7 classes'):
        draw(IMAGES, 1, seed=0)
    few = {name: x for name, x in IMAGES.items() if x or name == '0/000'}
    with pytest.raises(ValueError, match='class 0 has 1 images'):
        draw(few, 10, seed=0)


def test_published_lists(tmp_path):
    images = {'n01/n01_5.JPEG': 0, 'n02/n02_7.JPEG': 1, 'n02/n02_9.JPEG': 1}
    path = tmp_path / '1percent.txt'
    path.write_text('n02_9.JPEG\nn01/n01_5.JPEG 0\n\n')
    assert read_published(path, images) == {
        'n01/n01_5.JPEG': 0,
        'n02/n02_9.JPEG': 1,
    }
    path.write_text('n02_9.JPEG\nn03_1.JPEG\n')
    with pytest.raises(ValueError, match='1 of 2 images.*n03_1.JPEG'):
        read_published(path, images)
    path.write_text('\n')
    with pytest.raises(ValueError, match='is empty'):
        read_published(path, images)


def test_fashion_mnist(tmp_path):
    root = make_fashion_mnist(tmp_path, 200, 10)
    out = call(make_subset.main, 'fashion-mnist', root, '--percent', '10')
    path = root / 'meta' / 'train_10percent.txt'
    record = json.loads(path.with_suffix('.json').read_text())
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    assert record == dict(
        percent=10,
        seed=0,
        images=20,
        classes=10,
        fewest=2,
        most=2,
        sha256=sha256,
    )
    assert (
        f'20 of 200 images, 2 to 2 of each of 10 classes, sha256 {sha256[:12]}'
        in out
    )
    for line in path.read_text().splitlines():
        position, label = map(int, line.split())
        assert position % 10 == label


def test_mmpretrain_reads_what_was_written(imagenet):
    root = imagenet / 'data' / 'imagenet'
    call(make_subset.main, 'imagenet', root, '--percent', '50')
    subset = ImageNet(
        data_root=str(root), split='train', ann_file='meta/train_50percent.txt'
    )
    infos = [subset.get_data_info(i) for i in range(len(subset))]
    assert Counter(int(x['gt_label']) for x in infos) == {0: 2, 1: 2}
    for info in infos:
        folder = 'n01' if info['gt_label'] == 0 else 'n02'
        assert info['img_path'].startswith(str(root / 'train' / folder))


def test_the_command_offers_every_data_set():
    assert set(make_subset.DATA_SETS) == set(READERS)


@pytest.mark.parametrize(
    'arguments, words',
    [
        (('imagenet', 'nowhere'), 'there is no folder nowhere/train'),
        (('fashion-mnist', '.'), 'has not all files of Fashion-MNIST'),
        (('imagenet', '.', '--percent', '100'), 'must be between 0 and 100'),
        (('fashion-mnist', '.', '--published', 'a'), 'goes with imagenet'),
    ],
)
def test_mistakes_are_explained(arguments, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    out = call(make_subset.main, *arguments, ok=False)
    assert words in out and 'Traceback' not in out
    assert not list(tmp_path.iterdir())
