import gzip

import get_fashion_mnist  # noqa: E402
import pytest


@pytest.fixture
def packed(fashion_mnist_root, tmp_path):
    """A copy as Debian's package and the original server have it."""
    folder = tmp_path / 'packed'
    folder.mkdir()
    for name in get_fashion_mnist.FILES:
        data = (fashion_mnist_root / name).read_bytes()
        (folder / f'{name}.gz').write_bytes(gzip.compress(data))
    return folder


def test_unpacks_a_copy_at_hand(packed, fashion_mnist_root, tmp_path):
    out = get_fashion_mnist.get(tmp_path / 'out', str(packed))
    assert {p.name for p in out.iterdir()} == set(get_fashion_mnist.FILES)
    for path in out.iterdir():
        expected = (fashion_mnist_root / path.name).read_bytes()
        assert path.read_bytes() == expected


def test_uses_an_unpacked_copy_where_it_lies(fashion_mnist_root, tmp_path):
    given = str(fashion_mnist_root)
    assert get_fashion_mnist.get(tmp_path / 'out', given) == fashion_mnist_root
    assert not (tmp_path / 'out').exists()


def test_an_incomplete_copy_is_refused(packed, tmp_path):
    (packed / f'{get_fashion_mnist.FILES[0]}.gz').unlink()
    with pytest.raises(ValueError, match='does not hold the files'):
        get_fashion_mnist.get(tmp_path / 'out', str(packed))


def test_sources_are_tried_in_turn_and_their_lack_is_said(
    packed, tmp_path, monkeypatch
):
    tried = []

    def debian(out):
        tried.append('debian')
        return False

    def download(out):
        tried.append('download')
        return get_fashion_mnist.copy_from(packed, out)

    monkeypatch.setattr(get_fashion_mnist, 'copy_from_debian', debian)
    monkeypatch.setattr(get_fashion_mnist, 'download', download)
    out = get_fashion_mnist.get(tmp_path / 'out')
    assert tried == ['debian', 'download']
    get_fashion_mnist.get(out)  # what is there is not fetched again
    assert len(tried) == 2
    monkeypatch.setattr(get_fashion_mnist, 'download', debian)
    with pytest.raises(ValueError, match='DATA_ROOT=FOLDER'):
        get_fashion_mnist.get(tmp_path / 'other')
