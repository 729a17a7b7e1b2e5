"""Files are whole or not there."""

import pytest

from regioncl_mm.utils.files import read_json, write_atomically, write_json


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
