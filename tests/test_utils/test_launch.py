import argparse
from pathlib import Path

import pytest
from conftest import QUICKSTART, REPO
from tool_arguments import add_run_arguments

from regioncl_mm.utils import load_config, parse_options, read_config

OPTIONS = {
    'a.b=1': ('a.b', 1),
    'lr=1e-3': ('lr', 0.001),
    'k=(5,20)': ('k', (5, 20)),
    'sizes=[1,2]': ('sizes', [1, 2]),
    'branch=None': ('branch', None),
    'swap=False': ('swap', False),
    'path=a=b.txt': ('path', 'a=b.txt'),
}


def test_options_are_read_as_on_the_command_line():
    expected = dict(OPTIONS.values())
    assert parse_options(OPTIONS) == expected
    parser = argparse.ArgumentParser()
    add_run_arguments(parser)
    args = parser.parse_args(['--cfg-options', *OPTIONS])
    assert args.cfg_options == expected
    assert parse_options([]) == {}
    assert parser.parse_args([]).cfg_options is None


@pytest.mark.parametrize('given, expected', [(None, None), ('out', 'out')])
def test_a_config_is_read_with_or_without_arguments(
    given, expected, monkeypatch
):
    monkeypatch.setenv('LOCAL_RANK', '0')  # which load_config would set
    expected = expected or f'work_dirs/{Path(QUICKSTART).stem}'
    parser = argparse.ArgumentParser()
    parser.add_argument('config')
    add_run_arguments(parser)
    arguments = ['--cfg-options', 'model.queue_len=7']
    arguments += ['--work-dir', given] if given else []
    path = REPO / QUICKSTART
    args = parser.parse_args([str(path), *arguments])
    cfg = read_config(path, {'model.queue_len': 7}, given)
    assert cfg.to_dict() == load_config(args).to_dict()
    assert cfg.model.queue_len == 7 and cfg.work_dir == expected
    assert cfg.launcher == 'none'
    assert cfg.train_dataloader.collate_fn == dict(type='default_collate')


def test_another_launcher_than_torchs_needs_a_gpu(monkeypatch):
    monkeypatch.setattr('torch.cuda.is_available', lambda: False)
    with pytest.raises(ValueError, match='--launcher slurm needs a GPU'):
        read_config(REPO / QUICKSTART, launcher='slurm')


def test_without_workers_nothing_asks_for_them():
    options = {
        'train_dataloader.num_workers': 0,
        'train_dataloader.persistent_workers': True,
        'train_dataloader.prefetch_factor': 4,
    }
    loader = read_config(REPO / QUICKSTART, options).train_dataloader
    assert loader.num_workers == 0
    assert not loader.get('persistent_workers')
    assert 'prefetch_factor' not in loader


@pytest.mark.parametrize('workers', [{}, dict(num_workers=0)])
def test_so_do_the_loaders_of_hooks(workers, tmp_path):
    loader = dict(persistent_workers=True, prefetch_factor=2, **workers)
    loader['dataset'] = dict(type='RepeatDataset', dataset=dict(type='A'))
    busy = dict(num_workers=1, persistent_workers=True, dataset=dict(type='A'))
    hook = dict(
        type='KNNHook', memory_dataloader=loader, query_dataloader=busy
    )
    path = tmp_path / 'config.py'
    path.write_text(
        f'custom_hooks = [{hook}]\nknn_memory_dataloader = {loader}'
    )
    cfg = read_config(path)
    for read in (
        cfg.knn_memory_dataloader,
        cfg.custom_hooks[0].memory_dataloader,
    ):
        assert read == dict(workers, dataset=loader['dataset'])
    assert cfg.custom_hooks[0].query_dataloader == busy
