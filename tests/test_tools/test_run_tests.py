"""The script that runs the tests, with pytest out of the way."""

import shutil
import subprocess

import pytest
from conftest import REPO

DEFAULT = ['-m', 'pytest', '-n', '2', '--dist', 'worksteal', '-m']


@pytest.fixture
def arguments_of_pytest(tmp_path, monkeypatch):
    """What Python is called with, for arguments of the script."""
    tools, bin_folder = tmp_path / 'tools', tmp_path / 'venv' / 'bin'
    tools.mkdir()
    bin_folder.mkdir(parents=True)
    for name in ('run_tests.sh', '_env.sh'):
        shutil.copy(REPO / 'tools' / name, tools)
    (tools / 'install.sh').write_text('echo "profile ${PROFILE:-}" >&2\n')
    python = bin_folder / 'python'
    python.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    python.chmod(0o755)
    monkeypatch.setenv('REGIONCL_VENV', str(tmp_path / 'venv'))
    monkeypatch.delenv('PROFILE', raising=False)

    def call(*arguments):
        result = subprocess.run(
            ['bash', str(tools / 'run_tests.sh'), *arguments],
            capture_output=True,
            text=True,
            check=True,
        )
        return result.stdout.splitlines(), result.stderr.strip()

    return call


def test_long_tests_are_left_out_unless_all_are_asked_for(arguments_of_pytest):
    called, _ = arguments_of_pytest('-x', 'tests/test_docs.py')
    assert called == [*DEFAULT, 'not long', '-x', 'tests/test_docs.py']
    called, _ = arguments_of_pytest('--all', '-x')
    assert called == [*DEFAULT, '', '-x']


def test_the_profile_comes_first(arguments_of_pytest):
    called, installed = arguments_of_pytest('--profile', 'pinned', '--all')
    assert called == [*DEFAULT, '']
    assert installed == 'profile pinned'
