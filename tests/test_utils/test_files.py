"""Files are whole or not there."""

import errno
import os

import numpy as np
import pytest
from full_disk import at_most, no_room
from matplotlib.figure import Figure

from regioncl_mm.utils import files
from regioncl_mm.utils.disk_full import DiskFullError, allocate
from regioncl_mm.utils.errors import disk_full_ends
from regioncl_mm.utils.files import (
    read_json,
    save_figure,
    write_atomically,
    write_bytes,
    write_json,
    write_text,
)


def test_what_is_written_takes_the_place_of_what_was_there(tmp_path):
    path, seen = tmp_path / 'a.txt', []
    path.write_text('old')

    def write(to):
        seen.append(to)
        to.write_text('new')
        assert path.read_text() == 'old' and to.parent == tmp_path

    write_atomically(path, write)
    assert path.read_text() == 'new' and list(tmp_path.iterdir()) == [path]
    assert seen[0] != path


@pytest.mark.parametrize('error', [KeyboardInterrupt, OSError])
def test_an_interruption_leaves_what_was_there(error, tmp_path):
    path = tmp_path / 'a.txt'
    path.write_text('old')

    def write(to):
        to.write_text('ne')
        raise error

    with pytest.raises(error):
        write_atomically(path, write)
    assert path.read_text() == 'old' and list(tmp_path.iterdir()) == [path]


def test_json(tmp_path):
    path = tmp_path / 'a.json'
    assert read_json(path) is None
    write_json(path, dict(a=[1, None]))
    assert read_json(path) == dict(a=[1, None])
    path.write_text('{')
    with pytest.raises(ValueError, match='a.json is not JSON'):
        read_json(path)


def test_content_is_on_the_disk_before_it_gets_its_name(tmp_path, monkeypatch):
    """A machine that loses power has no empty file of the final name."""
    path, done = tmp_path / 'a.txt', []

    def fsync(descriptor):
        name = os.readlink(f'/proc/self/fd/{descriptor}')
        done.append('folder' if os.path.isdir(name) else name[-5:])

    def replace(partial, to):
        assert partial.read_text() == 'new'
        done.append('renamed')
        rename(partial, to)

    rename = os.replace
    monkeypatch.setattr(os, 'fsync', fsync)
    monkeypatch.setattr(os, 'replace', replace)
    write_text(path, 'new')
    assert done == ['.part', 'renamed', 'folder']
    assert path.read_text() == 'new'


def test_a_file_system_whose_folders_are_not_flushed(tmp_path, monkeypatch):
    def fsync(descriptor):
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(os, 'fsync', fsync)
    error = errno.EINVAL
    files.flush_folder(tmp_path)
    error = errno.EIO
    with pytest.raises(OSError, match='Input/output'):
        files.flush_folder(tmp_path)


def test_a_full_disk_is_one_line_and_leaves_what_was_there(tmp_path):
    path = tmp_path / 'a.bin'
    path.write_bytes(b'old')
    with at_most(1000), pytest.raises(DiskFullError) as raised:
        write_bytes(path, bytes(12345))
    words = r'.*/a.bin was not written: File too large \(12,345 bytes needed'
    assert raised.match(words + r', [\d,]+ free\)')
    assert path.read_bytes() == b'old' and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize('code', [errno.ENOSPC, errno.EDQUOT])
def test_whatever_is_full_ends_a_program(code, tmp_path):
    with pytest.raises(SystemExit) as end, disk_full_ends('a.py', tmp_path):
        raise OSError(code, os.strerror(code))
    assert str(end.value).startswith(f'a.py: {tmp_path} was not written: ')
    assert 'bytes needed' not in str(end.value)
    # A folder that has not been made yet is on the disk of those above it.
    with pytest.raises(SystemExit), disk_full_ends('a.py', tmp_path / 'b/c'):
        raise OSError(code, os.strerror(code))
    with pytest.raises(OSError, match='denied'), disk_full_ends('a.py', '.'):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))


def test_room_for_what_is_mapped_is_there_first(tmp_path):
    path = tmp_path / 'a.npy'
    shape = (1000, 100)
    file = np.lib.format.open_memmap(path, 'w+', np.float32, shape)
    file.flush()
    before = path.stat()
    allocate(path)
    assert path.stat().st_blocks * 512 >= 400_000 > before.st_blocks * 512
    assert path.stat().st_size == before.st_size
    words = '400,128 bytes needed'
    with no_room(), pytest.raises(DiskFullError, match=words):
        allocate(path)


def test_figures(tmp_path):
    path = tmp_path / 'new' / 'a.png'
    save_figure(Figure(figsize=(1, 1)), path, dpi=50)
    assert path.read_bytes()[1:4] == b'PNG'
    assert list(path.parent.iterdir()) == [path]
