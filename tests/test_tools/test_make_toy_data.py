"""The toy data's command: seeded, and careful with what is there."""

import hashlib

import make_toy_data
import pytest
from tool_calls import call
from toy import make

from regioncl_mm.install import downstream
from regioncl_mm.install.needs import needed_libraries
from regioncl_mm.toy_data.make import FOLDERS
from regioncl_mm.utils.places import project_root


def digests(root):
    return {
        path.relative_to(root): hashlib.md5(path.read_bytes()).digest()
        for path in root.rglob('*')
        if path.is_file()
    }


def test_the_seed_decides_every_byte(toy_root, garments_root, tmp_path):
    again = digests(make(tmp_path / 'again', garments_root))
    assert again == digests(toy_root)
    other = digests(make(tmp_path / 'other', garments_root, seed=1))
    assert other.keys() == again.keys()
    # Labels are of Fashion-MNIST's images, which no seed changes.
    drawn = {k: v for k, v in again.items() if k.name != 'real.json'}
    assert all(
        other[name] != digest
        for name, digest in drawn.items()
        if name.suffix in ('.jpg', '.json') or 'leftImg8bit' in name.name
    )


def test_the_command_says_what_it_wrote_and_replaces_a_toy_set(
    garments_root, tmp_path
):
    out = tmp_path / 'data'
    command = [make_toy_data.main, out, '--data-root', garments_root]
    said = call(*command, '--scenes', 4)
    for folder in FOLDERS:
        assert f'{out / folder}: ' in said
    assert '4 + 1' in said
    said = call(*command, '--scenes', 2, ok=False)
    assert said.startswith('make_toy_data.py: ')
    assert '--force replaces it' in said
    (out / 'mine').write_text('kept')
    call(*command, '--scenes', 2, '--force')
    assert len([*(out / 'coco/train2017').iterdir()]) == 4
    assert (out / 'mine').read_text() == 'kept'


def test_other_data_is_never_replaced(garments_root, tmp_path):
    (tmp_path / 'coco').mkdir()
    with pytest.raises(ValueError, match='something else'):
        make(tmp_path, garments_root, force=True)
    assert [*tmp_path.iterdir()] == [tmp_path / 'coco']


def test_says_how_to_get_what_is_missing(tmp_path):
    with pytest.raises(ValueError, match='get_fashion_mnist.py'):
        make(tmp_path / 'out', tmp_path)
    (tmp_path / 'train-images-idx3-ubyte').write_bytes(b'\0\0\x08\x03' * 5)
    with pytest.raises(ValueError, match='not an idx file'):
        make(tmp_path / 'out', tmp_path)
    assert not (tmp_path / 'out').exists()


def test_it_needs_what_the_first_downstream_task_installs(
    garments_root, tmp_path, monkeypatch
):
    monkeypatch.setattr(
        downstream, 'missing_libraries', lambda config: ['mmdet']
    )
    out = tmp_path / 'data'
    command = [make_toy_data.main, out, '--data-root', garments_root]
    said = call(*command, '--no-install', ok=False)
    assert said.startswith('make_toy_data.py: mmdet is not installed')
    assert downstream.command() in said
    assert not out.exists()


def test_its_task_is_a_config_of_a_downstream_library():
    assert needed_libraries(project_root() / make_toy_data.TASK) == ['mmdet']
