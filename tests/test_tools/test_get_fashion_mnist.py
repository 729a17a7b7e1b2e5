import gzip
import os

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


DPKG = """#!/bin/sh
mkdir -p "$3/{folder}" && cp {packed}/* "$3/{folder}"
"""


def script(path, content):
    path.write_text(content)
    path.chmod(0o755)


@pytest.mark.parametrize('is_there', [True, False])
def test_debians_package_is_unpacked_where_nobody_else_writes(
    is_there, packed, tmp_path, monkeypatch
):
    """With an apt that fetches a file or none, and a dpkg that unpacks it."""
    programs, out = tmp_path / 'bin', tmp_path / 'out'
    programs.mkdir()
    log = tmp_path / 'log'
    fetch = 'touch a.deb' if is_there else 'exit 100'
    script(
        programs / 'apt-get',
        f'#!/bin/sh\necho "$@" $(stat -c %a .) >> {log}\n'
        f'[ "$2" = update ] || {fetch}\n',
    )
    script(
        programs / 'dpkg-deb',
        DPKG.format(folder='usr/share/of-a-test', packed=packed),
    )
    monkeypatch.setenv('PATH', f'{programs}:{os.environ["PATH"]}')
    monkeypatch.setattr(fashion_mnist.os, 'geteuid', lambda: 0)
    monkeypatch.setattr(fashion_mnist, 'APT_USER', 'nobody of this name')
    # Below the system's root there may be the real one.
    monkeypatch.setattr(fashion_mnist, 'DEBIAN_FOLDER', 'usr/share/of-a-test')
    assert fashion_mnist.copy_from_debian(out) == is_there
    download = f'-q download {fashion_mnist.DEBIAN_PACKAGE} 700'
    update = '-q update 700'
    expected = [download] if is_there else [download, update, download]
    assert log.read_text().splitlines() == expected
    if is_there:
        assert fashion_mnist.is_complete(out)


def test_the_tool_says_where_it_is(packed, tmp_path):
    main = main_of('get_fashion_mnist.py')
    out = tmp_path / 'out'
    said = call(main, '--out', out, DATA_ROOT=str(packed))
    assert said == f'Fashion-MNIST is in {out}\n'
    assert {p.name for p in out.iterdir()} == set(FILES)
