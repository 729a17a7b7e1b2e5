"""Errors that users can mend are one message."""

import pytest

from regioncl_mm.utils import errors
from regioncl_mm.utils.errors import exit_with_message


def test_it_ends_with_the_errors_words():
    with pytest.raises(SystemExit) as end:
        with exit_with_message('a.py', OSError, ValueError):
            raise FileNotFoundError('there is no file b')
    assert end.value.code == 'a.py: there is no file b'


def test_other_processes_say_nothing(monkeypatch):
    monkeypatch.setattr(errors, 'is_main_process', lambda: False)
    with pytest.raises(SystemExit) as end:
        with exit_with_message('a.py', ValueError):
            raise ValueError('b')
    assert end.value.code == 1


def test_errors_of_ours_keep_their_traceback():
    with pytest.raises(KeyError):
        with exit_with_message('a.py', OSError, ValueError):
            raise KeyError('b')
