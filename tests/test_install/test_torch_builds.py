"""pip really asks an index here, one of this machine."""

import functools
import http.server
import socket
import threading

import pytest

from regioncl_mm.install import torch_builds
from regioncl_mm.install.torch_builds import has_builds, may_have_gpu


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def index(tmp_path):
    """An index's address, and a function that puts a wheel of torch there."""
    handler = functools.partial(Quiet, directory=str(tmp_path))
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (tmp_path / 'torch').mkdir()

    def add(version, python):
        wheel = f'torch-{version}-{python}-none-any.whl'
        link = f'<a href="{wheel.replace("+", "%2B")}">{wheel}</a>'
        (tmp_path / 'torch' / 'index.html').write_text(link)

    yield f'http://127.0.0.1:{server.server_port}', add
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    'version, python, found',
    [
        ('2.14.1+cpu', 'py3', True),
        ('2.14.1+cpu', 'cp27', False),  # none for this Python
        ('2.14.1', 'py3', False),
    ],
)
def test_an_index_has_builds_for_cpus_or_not(index, version, python, found):
    address, add = index
    add(version, python)
    assert has_builds(address, {}) == found


def test_an_index_that_is_silent_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(torch_builds, 'SECONDS', 1)
    with socket.create_server(('127.0.0.1', 0)) as silent:
        address = f'http://127.0.0.1:{silent.getsockname()[1]}'
        assert not has_builds(address, {})


def test_a_batch_system_may_have_gpus_elsewhere(monkeypatch):
    monkeypatch.setattr(torch_builds.Path, 'exists', lambda path: False)
    programs = set()
    monkeypatch.setattr(
        torch_builds.shutil, 'which', lambda name: name in programs
    )
    assert not may_have_gpu()
    programs.add('sbatch')
    assert may_have_gpu()
