"""Figure 1: the paper's points, and those of backbones with both results."""

import json
import sys

import pytest
from conftest import REPO
from test_tools.test_report import OTHER, content
from test_tools.test_train import run

from regioncl_mm.report.paper import read_paper  # noqa: E402
from regioncl_mm.report.points import our_points, papers_points  # noqa: E402
from regioncl_mm.report.results import to_result  # noqa: E402

LINEAR = 'resnet50_8xb128-linear-steplr-100e_in1k'
C4 = 'mask-rcnn_r50-c4_8xb2-ms-poly-90k_coco'


def test_the_papers_points_have_the_gains_of_its_text():
    """Accuracy by 2 to 5, detection by 0.8 to 1.0 (introduction)."""
    points = {x.method: x for x in papers_points(read_paper())}
    assert points['MoCo v2'][1:] == (67.5, 38.9)
    assert points['RegionCL-S'][1:] == (71.3, 38.7)
    gains = [
        (points[a].top1 - points[b].top1, points[a].ap - points[b].ap)
        for a, b in (
            ('RegionCL-M', 'MoCo v2'),
            ('RegionCL-D', 'DenseCL'),
            ('RegionCL-S', 'SimSiam'),
        )
    ]
    assert [g for g, _ in gains] == pytest.approx([1.9, 4.9, 3.2])
    assert [g for _, g in gains] == pytest.approx([0.9, 1.0, 0.8])


def results():
    base = content(LINEAR, {'accuracy/top1': 69.0})
    yield base
    yield dict(base, metrics={'accuracy/top1': 70.0}, seed=1)
    yield content(C4, {'coco/bbox_mAP': 0.4})
    # This one has no detector, that one no classifier.
    yield content(LINEAR, {'accuracy/top1': 60.0}, sha256=OTHER)
    yield dict(content(C4, {'coco/bbox_mAP': 0.3}), init='random')


def test_ours_need_both_results():
    found = our_points(read_paper(), list(map(to_result, results())))
    ((method, top1, ap),) = found
    assert method == 'RegionCL-M'
    assert (top1, ap) == pytest.approx((69.5, 40.0))


def test_the_command_draws(tmp_path):
    for number, result in enumerate(results()):
        folder = tmp_path / 'runs' / str(number)
        folder.mkdir(parents=True)
        (folder / 'results.json').write_text(json.dumps(result))
    tool = (sys.executable, REPO / 'tools' / 'analysis' / 'trade_off.py')
    out = run(*tool, 'runs', '--out', 'to/a.png', cwd=tmp_path)
    assert 'drew 1 of our backbones beside the paper: to/a.png' in out
    png = (tmp_path / 'to' / 'a.png').read_bytes()
    assert png.startswith(b'\x89PNG')
    out = run(*tool, 'none', cwd=tmp_path, ok=False)
    assert out.strip() == 'trade_off.py: there is no none'
