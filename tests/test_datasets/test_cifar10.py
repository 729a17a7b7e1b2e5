import errno
import hashlib
import os
import pickle
import shutil

import numpy as np
import pytest
from full_disk import at_most
from mmpretrain.datasets import CIFAR10
from mmpretrain.datasets.categories import CIFAR10_CATEGORIES
from PIL import Image
from tool_calls import call, main_of

from regioncl_mm.datasets.cifar10 import fetch_cifar10, has_pictures


@pytest.fixture
def archive(tmp_path, monkeypatch):
    """As the official one is unpacked, with two pictures of a class a file.

    The files have checksums of their own, which are those expected.
    """
    folder = tmp_path / 'given' / CIFAR10.base_folder
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    listed = {}
    for name, _ in CIFAR10.train_list + CIFAR10.test_list:
        levels = rng.integers(0, 256, (20, 3072), dtype=np.uint8)
        content = dict(data=levels, labels=[i // 2 for i in range(20)])
        (folder / name).write_bytes(pickle.dumps(content))
        listed[name] = checksum(folder / name)
    meta = folder / CIFAR10.meta['filename']
    meta.write_bytes(pickle.dumps(dict(label_names=CIFAR10_CATEGORIES)))
    for key in ('train_list', 'test_list'):
        names = [[name, listed[name]] for name, _ in getattr(CIFAR10, key)]
        monkeypatch.setattr(CIFAR10, key, names)
    monkeypatch.setitem(CIFAR10.meta, 'md5', checksum(meta))
    return folder.parent


def checksum(path):
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


def test_the_archive_is_unpacked_without_a_loss(archive, tmp_path):
    out = tmp_path / 'out'
    assert fetch_cifar10(out, str(archive)) == out and has_pictures(out)
    assert sorted(x.name for x in out.iterdir()) == ['test', 'train']
    assert len(list(out.glob('train/*/*.png'))) == 100
    content = pickle.loads(
        (archive / CIFAR10.base_folder / 'test_batch').read_bytes()
    )
    for index, (levels, label) in enumerate(
        zip(content['data'], content['labels'])
    ):
        name = CIFAR10_CATEGORIES[label]
        found = np.array(Image.open(out / f'test/{name}/{index:05d}.png'))
        expected = levels.reshape(3, 32, 32).transpose(1, 2, 0)  # red first
        assert np.array_equal(found, expected)
    assert fetch_cifar10(out, str(out)) == out  # nothing is unpacked again


@pytest.mark.parametrize('root', ['given', None])
def test_a_split_that_is_whole_is_kept(archive, tmp_path, monkeypatch, root):
    """The rest of what was stopped between the splits is unpacked."""
    monkeypatch.delenv('DATA_ROOT', raising=False)
    out = tmp_path / 'out'
    if root is None:  # downloaded before it was stopped
        shutil.copytree(archive, out)
    root = root and str(tmp_path / root)
    fetch_cifar10(out, root)
    shutil.rmtree(out / 'test')
    kept = next(out.glob('train/*/*.png'))
    kept.write_bytes(b'as it was')
    assert fetch_cifar10(out, root) == out and has_pictures(out)
    assert len(list(out.glob('test/*/*.png'))) == 20
    assert kept.read_bytes() == b'as it was'
    assert fetch_cifar10(out, root) == out  # nothing is left to unpack


@pytest.mark.parametrize('downloaded', [False, True])
def test_a_full_disk_is_no_fault_of_the_server(
    archive, tmp_path, monkeypatch, downloaded
):
    out = tmp_path / 'out'
    monkeypatch.setenv('DATA_ROOT', str(archive))
    if downloaded:
        shutil.copytree(archive, out)
        monkeypatch.delenv('DATA_ROOT')
    with at_most(1000):  # a picture takes some 3000 bytes
        said = call(main_of('get_cifar10.py'), '--out', out, ok=False)
    assert said.splitlines()[-1].startswith(
        f'get_cifar10.py: {out} was not written: File too large ('
    )
    assert 'server' not in said


def test_a_disk_filled_by_the_download_is_told_as_such(tmp_path, monkeypatch):
    def fill(*args, **kwargs):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(
        'mmpretrain.datasets.cifar.download_and_extract_archive', fill
    )
    monkeypatch.delenv('DATA_ROOT', raising=False)
    said = call(main_of('get_cifar10.py'), '--out', tmp_path / 'out', ok=False)
    assert 'out was not written: No space left' in said
    assert 'server' not in said


def test_another_archive_is_refused(archive, tmp_path):
    with (archive / CIFAR10.base_folder / 'test_batch').open('ab') as file:
        file.write(b'more')
    with pytest.raises(ValueError, match='not as it was published'):
        fetch_cifar10(tmp_path / 'out', str(archive))
    assert not has_pictures(tmp_path / 'out')


def test_what_is_neither_is_refused_in_a_line(tmp_path):
    said = call(main_of('get_cifar10.py'), ok=False, DATA_ROOT=str(tmp_path))
    assert said.startswith(f'get_cifar10.py: DATA_ROOT={tmp_path} has neither')
    assert said.count('\n') == 1


def test_a_server_that_is_away_is_said(tmp_path, monkeypatch):
    def away(*args, **kwargs):
        raise OSError('no route')

    monkeypatch.setattr(
        'mmpretrain.datasets.cifar.download_and_extract_archive', away
    )
    monkeypatch.delenv('DATA_ROOT', raising=False)
    with pytest.raises(ValueError, match='no route'):
        fetch_cifar10(tmp_path / 'out')
