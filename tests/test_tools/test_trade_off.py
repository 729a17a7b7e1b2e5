"""Figure 1: the paper's points, and those of backbones with both results."""

import pytest
import trade_off
from results_files import C4, LINEAR, OTHER, content, write
from tool_calls import call

from regioncl_mm.report.paper import read_paper
from regioncl_mm.report.points import (
    our_points,
    papers_pairs,
    papers_points,
)
from regioncl_mm.report.results import to_result


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


def test_pairs_are_those_of_the_papers_figure():
    assert papers_pairs() == {
        'MoCo v2': 'RegionCL-M',
        'DenseCL': 'RegionCL-D',
        'SimSiam': 'RegionCL-S',
    }


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


def test_the_command_draws(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / 'runs', dict(enumerate(results())))
    out = call(trade_off.main, 'runs', '--out', 'to/a.png')
    assert 'drew 1 of our backbones beside the paper: to/a.png' in out
    png = (tmp_path / 'to' / 'a.png').read_bytes()
    assert png.startswith(b'\x89PNG')
    out = call(trade_off.main, 'none', ok=False)
    assert out.strip() == 'trade_off.py: there is no none'
