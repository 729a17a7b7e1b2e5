"""The comparison of cheaper steps: its plan, its table, and a run of it."""

from argparse import Namespace
from copy import deepcopy

import cheaper_steps
import pytest
from conftest import make_fashion_mnist
from mmengine.config import Config
from mmpretrain.registry import MODELS
from tool_calls import ProgramInThisProcess, call

from regioncl_mm.benchmarks.cheaper_steps import (
    VARIANTS,
    equal_time,
    plan,
    table,
)
from regioncl_mm.cli import programs
from regioncl_mm.cli.quickstart.runs import find_config


def test_the_variants_of_the_command_line_are_those_there_are():
    assert list(cheaper_steps.VARIANTS) == list(VARIANTS)
    assert cheaper_steps.parse_args([]).variants == list(VARIANTS)


def test_epochs_of_equal_time():
    """14 MoCo epochs cost what 8 of RegionCL-M at 1.75 do."""
    assert {name: equal_time(name, 8) for name in VARIANTS} == {
        'moco-v2': 14,
        'regioncl-m': 8,
        'half': 10,
    }


def test_every_length_is_run_once_a_seed(tmp_path):
    args = Namespace(
        seeds=2,
        seed=5,
        epochs=8,
        equal_time=False,
        work_dir=tmp_path,
        cfg_options=[],
    )
    runs = plan(list(VARIANTS), args)
    assert len(runs) == len({run.work_dir for run in runs}) == 2 * 5
    assert [run.seed for run in runs] == [5] * 5 + [6] * 5
    longer = next(run for run in runs if run.method == 'half_10e')
    assert 'train_cfg.max_epochs=10' in longer.cfg_options
    args.equal_time = True
    lengths = [run.method for run in plan(['moco-v2', 'regioncl-m'], args)]
    assert lengths == ['moco-v2_14e', 'regioncl-m_8e'] * 2


@pytest.mark.parametrize('name', VARIANTS)
def test_variants_build(name, monkeypatch, fashion_mnist_root):
    monkeypatch.setenv('DATA_ROOT', str(fashion_mnist_root))
    cfg = Config.fromfile(find_config('regioncl_m'))
    pairs = (x.split('=') for x in VARIANTS[name].cfg_options)
    cfg.merge_from_dict({key: eval(value) for key, value in pairs})
    model = MODELS.build(deepcopy(cfg.model))
    regions = model.region_branch
    assert (regions is None) == (name == 'moco-v2')
    if regions is not None:
        assert (regions.composite_fraction < 1) == (name == 'half')


def test_differences_are_seed_by_seed():
    found = {
        'regioncl-m_8e': {0: 70.0, 1: 74.0},
        'half_8e': {0: 71.0, 1: 77.0},
        'half_10e': {0: 72.0, 1: 78.0},
    }
    *_, papers, half = table(['regioncl-m', 'half'], 8, 2, found)
    assert papers.startswith('| RegionCL-M | 1.75 | 72.0 ± 2.8 |  |')
    assert half == (
        '| composite_fraction=0.5 | 1.38 | 74.0 ± 4.2 | +2.0 ± 1.0, 2/2 | '
        '10 | 75.0 ± 4.2 | +3.0 ± 1.0, 2/2 |'
    )
    del found['half_8e']
    assert table(['regioncl-m', 'half'], 8, 2, found)[-1] == (
        '| composite_fraction=0.5 | 1.38 |  |  | '
        '10 | 75.0 ± 4.2 | +3.0 ± 1.0, 2/2 |'
    )


def test_how_many_seeds_count_is_marked():
    found = {
        'regioncl-m_8e': {0: 70.0, 1: 74.0, 2: 72.0},
        'half_8e': {1: 77.0},
    }
    *_, papers, half = table(['regioncl-m', 'half'], 8, 3, found)
    assert papers.startswith('| RegionCL-M | 1.75 | 72.0 ± 2.0 |  |')
    assert half == (
        '| composite_fraction=0.5 | 1.38 | 77.0 (1) | +3.0 | 10 |  |  |'
    )


def test_runs_are_kept(tmp_path, monkeypatch):
    root = make_fashion_mnist(tmp_path, 128, 40)
    monkeypatch.setattr(programs, 'Popen', ProgramInThisProcess)

    def compare():
        return call(
            cheaper_steps.main,
            *('--seeds', 1, '--epochs', 1, '--jobs', 2, '--work-dir', 'out'),
            *('--variants', 'half', '--cfg-options'),
            'train_dataloader.batch_size=32',
            'default_hooks.logger.interval=1',
            cwd=tmp_path,
            DATA_ROOT=str(root),
        )

    out = compare()
    assert '| composite_fraction=0.5 | 1.38 |' in out
    again = compare()
    assert again.count(', kept') == 2
    assert out.splitlines()[-2:] == again.splitlines()[-2:]
