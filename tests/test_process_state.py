"""Tests leave nothing behind for those that follow in their process."""

import os

import pytest
import torch
from matplotlib import pyplot
from mmengine.logging import MessageHub
from mmengine.registry import DefaultScope, init_default_scope
from process_state import process_as_it_was
from torch import distributed


def join(tmp_path):
    distributed.init_process_group(
        'gloo',
        init_method=f'file://{tmp_path}/rendezvous',
        rank=0,
        world_size=1,
    )


LEFT = {
    'torch.distributed is still initialised': join,
    'the current folder is still /': os.chdir,
    'figures are still open': lambda _: pyplot.figure(),
}


@pytest.mark.parametrize('words', LEFT)
def test_what_a_test_has_to_end_fails_it(words, tmp_path):
    folder = os.getcwd()
    with pytest.raises(AssertionError, match=words):
        with process_as_it_was():
            LEFT[words](tmp_path)
    # And is gone for the next.
    assert os.getcwd() == folder and pyplot.get_fignums() == []
    assert not distributed.is_initialized()


def test_all_faults_are_said_at_once(tmp_path):
    with pytest.raises(AssertionError, match='folder .* and .* figures'):
        with process_as_it_was():
            os.chdir(tmp_path)
            pyplot.figure()


def test_globals_are_put_back(monkeypatch):
    monkeypatch.setenv('REGIONCL_MM_THERE', 'before')
    monkeypatch.setenv('REGIONCL_MM_REMOVED', 'before')
    threads = torch.get_num_threads()
    with process_as_it_was():
        os.environ.update(REGIONCL_MM_THERE='now', REGIONCL_MM_NEW='now')
        del os.environ['REGIONCL_MM_REMOVED']
        torch.set_num_threads(threads + 1)
        init_default_scope('mmdet')
    assert os.environ['REGIONCL_MM_THERE'] == 'before'
    assert os.environ['REGIONCL_MM_REMOVED'] == 'before'
    assert 'REGIONCL_MM_NEW' not in os.environ
    assert torch.get_num_threads() == threads
    assert DefaultScope.get_current_instance().scope_name == 'mmpretrain'


def test_a_crashed_run_misleads_no_one():
    """Its hub says to this day that it trains, at an iteration of its own."""
    with process_as_it_was():
        hub = MessageHub.get_instance('crashed')
        hub.update_info('loop_stage', 'train')
        assert MessageHub.get_current_instance() is hub
    assert MessageHub.get_current_instance().get_info('loop_stage') is None


def test_what_a_hub_was_told_is_forgotten():
    """Also by one that others have used before."""
    hub = MessageHub.get_current_instance()
    hub.update_info('max_iters', 7)
    with process_as_it_was():
        hub.update_info('max_iters', 8)
        hub.update_info('accumulative_counts', 2)
    assert hub.get_info('max_iters') == 7
    assert hub.get_info('accumulative_counts') is None
