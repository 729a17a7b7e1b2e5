"""A detector that finds nothing has no numbers, and everybody says so."""

import json

from tool_calls import call, main_of
from transfer_configs import CONFIGS

from regioncl_mm.cli.transfer_all.table import describe
from regioncl_mm.report.results import find_results
from regioncl_mm.transfer.results import NOTHING

RETINANET = CONFIGS / 'retinanet_resnet18-tiny_fpn_1xb4-300i_toy-coco.py'


def test_it_is_said(toy, tmp_path):
    out = call(
        main_of('transfer.py'),
        *(RETINANET, 'random', '--work-dir', 'out', '--cfg-options'),
        *('train_cfg.max_iters=1', 'model.test_cfg.score_thr=0.999'),
        cwd=tmp_path,
        **toy,
    )
    assert NOTHING in out
    results = json.loads((tmp_path / 'out' / 'results.json').read_text())
    assert results['metrics'] == {}
    assert 'nothing was detected' in describe(results)
    found, (warning,) = find_results([tmp_path])
    assert found == [] and warning.endswith('nothing was detected')
