import gzip

import pytest
from tool_calls import call, main_of

from regioncl_mm.datasets import fashion_mnist
from regioncl_mm.datasets.fashion_mnist import FILES, fetch_fashion_mnist


@pytest.fixture
def packed(fashion_mnist_root, tmp_path):
    """A copy as Debian's package and the original server have it."""
    folder = tmp_path / 'packed'
    folder.mkdir()
    for name in FILES:
        data = (fashion_mnist_root / name).read_bytes()
        (folder / f'{name}.gz').write_bytes(gzip.compress(data))
    return folder


def test_unpacks_a_copy_at_hand(packed, fashion_mnist_root, tmp_path):
    out = fetch_fashion_mnist(tmp_path / 'out', str(packed))
    assert {p.name for p in out.iterdir()} == set(FILES)
    for path in out.iterdir():
        expected = (fashion_mnist_root / path.name).read_bytes()
        assert path.read_bytes() == expected


def test_uses_an_unpacked_copy_where_it_lies(fashion_mnist_root, tmp_path):
    given = str(fashion_mnist_root)
    assert fetch_fashion_mnist(tmp_path / 'out', given) == fashion_mnist_root
    assert not (tmp_path / 'out').exists()


def test_an_incomplete_copy_is_refused(packed, tmp_path):
    (packed / f'{FILES[0]}.gz').unlink()
    with pytest.raises(ValueError, match='does not hold the files'):
        fetch_fashion_mnist(tmp_path / 'out', str(packed))


def test_sources_are_tried_in_turn_and_their_lack_is_said(
    packed, tmp_path, monkeypatch
):
    tried = []

    def debian(out):
        tried.append('debian')
        return False

    def download(out):
        tried.append('download')
        return fashion_mnist.copy_from(packed, out)

    monkeypatch.setattr(fashion_mnist, 'copy_from_debian', debian)
    monkeypatch.setattr(fashion_mnist, 'download', download)
    out = fetch_fashion_mnist(tmp_path / 'out')
    assert tried == ['debian', 'download']
    fetch_fashion_mnist(out)  # what is there is not fetched again
    assert len(tried) == 2
    monkeypatch.setattr(fashion_mnist, 'download', debian)
    with pytest.raises(ValueError, match='DATA_ROOT=FOLDER'):
        fetch_fashion_mnist(tmp_path / 'other')


def test_the_tool_says_where_it_is(packed, tmp_path):
    main = main_of('get_fashion_mnist.py')
    out = tmp_path / 'out'
    said = call(main, '--out', out, DATA_ROOT=str(packed))
    assert said == f'Fashion-MNIST is in {out}\n'
    assert {p.name for p in out.iterdir()} == set(FILES)
