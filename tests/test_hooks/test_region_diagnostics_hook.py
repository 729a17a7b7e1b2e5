import json
from pathlib import Path

import pytest
from mmengine.runner import Runner

from regioncl_mm.diagnostics import region_diagnostics
from regioncl_mm.hooks import region_diagnostics_hook

FIGURES = {
    'sim_query_key',
    'sim_canvas_key',
    'sim_paste_key',
    'sim_canvas_paste',
    'embedding_std',
}


def logged(work_dir):
    (path,) = Path(work_dir).glob('*/vis_data/scalars.json')
    lines = map(json.loads, path.read_text().splitlines())
    return [line for line in lines if 'loss' in line]


@pytest.mark.parametrize('interval, steps', [(1, [1, 2]), (2, [2]), (5, [2])])
def test_looks_at_steps_that_are_logged_and_no_others(
    quickstart, monkeypatch, interval, steps
):
    calls = []

    def count(*args):
        calls.append(args)
        return region_diagnostics(*args)

    monkeypatch.setattr(region_diagnostics_hook, 'region_diagnostics', count)
    quickstart.default_hooks.logger.interval = interval
    Runner.from_cfg(quickstart).train()
    lines = logged(quickstart.work_dir)
    assert [line['iter'] for line in lines] == steps
    assert len(calls) == len(steps)
    for line in lines:
        assert FIGURES < line.keys()
        assert -1 <= line['sim_canvas_paste'] <= 1
        assert line['loss'] == pytest.approx(
            line['loss_instance'] + line['loss_region'], rel=1e-4
        )


def test_figures_are_those_of_the_step_logged(quickstart):
    runner = Runner.from_cfg(quickstart)
    runner.train()
    last = logged(quickstart.work_dir)[-1]
    for name, value in region_diagnostics(*runner.model.observed).items():
        assert last[name] == pytest.approx(value.item(), abs=1e-5)


def test_the_base_algorithm_logs_what_it_has(quickstart):
    quickstart.model.region_branch = None
    Runner.from_cfg(quickstart).train()
    last = logged(quickstart.work_dir)[-1]
    assert FIGURES & last.keys() == {'sim_query_key', 'embedding_std'}
    assert 'loss_region' not in last
