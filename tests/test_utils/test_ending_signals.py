import signal

import pytest
from mmengine.config import Config

from regioncl_mm.utils.signals import ended_by_signals


def ends(**hooks):
    """The status with which a run ends at a SIGTERM."""
    with pytest.raises(SystemExit) as ended:
        with ended_by_signals(Config(dict(default_hooks=hooks))):
            signal.raise_signal(signal.SIGTERM)
    return ended.value.code


def test_the_status_is_the_hook_s(capsys, monkeypatch):
    preemption = dict(type='PreemptionHook')
    assert ends(preemption=preemption) == 85
    assert 'SIGTERM: ended without saving' in capsys.readouterr().out
    monkeypatch.setenv('RANK', '1')
    assert ends(preemption=dict(preemption, exit_status=7)) == 7
    assert capsys.readouterr().out == ''


@pytest.mark.parametrize('hook', [None, dict(signals=('SIGUSR1',))])
def test_what_the_hook_does_not_listen_to_is_as_before(hook):
    heard = []
    before = signal.signal(signal.SIGTERM, lambda *args: heard.append(args))
    try:
        with ended_by_signals(
            Config(dict(default_hooks=dict(preemption=hook)))
        ):
            signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert len(heard) == 1
