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


MAIN = 'regioncl-m_resnet50_8xb128-coslr-200e_in1k'
STAND_INS = dict(ops='torchvision 0.21.0 stand-in: nms, roi_align')


def pair(first=None, second=None, **checkpoint):
    """A backbone's two evaluations on the paper's eight processes, with
    changes of each and of the checkpoint."""
    linear = content(LINEAR, {'accuracy/top1': 69.0}, world_size=8)
    detector = content(C4, {'coco/bbox_mAP': 0.4}, world_size=8)
    for found, changes in ((linear, first), (detector, second)):
        found['checkpoint'].update(experiment=MAIN, **checkpoint)
        yield dict(found, **(changes or {}))


def points(*contents):
    found = our_points(read_paper(), list(map(to_result, contents)))
    return [(x.top1, pytest.approx(x.ap)) for x in found]


def test_how_a_detector_was_run_does_not_part_it_from_its_backbone():
    """By the default installation's stand-ins, by fewer processes."""
    assert points(*pair(second=dict(versions=STAND_INS))) == [(69.0, 40.0)]
    assert points(*pair(second=dict(world_size=4))) == [(69.0, 40.0)]


def test_other_weights_of_a_checkpoint_are_another_point():
    linear, detector = pair()
    for changes in (dict(encoder='momentum'), dict(file='epoch_100.pth')):
        other_linear, other_detector = pair(**changes)
        assert not points(linear, other_detector)
        assert len(points(*pair(), other_linear, other_detector)) == 2


def test_of_several_runs_the_one_with_the_fewest_remarks_counts():
    changed = dict(cfg_options={'a': 1}, metrics={'accuracy/top1': 9.0})
    other, detector = pair(first=changed)
    (plain, _) = pair()
    assert points(other, detector) == [(9.0, 40.0)]
    for order in ((other, plain), (plain, other)):
        assert points(*order, detector) == [(69.0, 40.0)]


@pytest.mark.parametrize(
    'changes',
    [
        dict(protocol='cached features'),
        dict(verified=dict(loaded=300, total=318, complete=False)),
    ],
)
def test_a_quick_look_is_no_point(changes):
    assert not points(*pair(first=changes))


def test_the_command_draws(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / 'runs', dict(enumerate(results())))
    out = call(trade_off.main, 'runs', '--out', 'to/a.png')
    assert 'drew 1 of our backbones beside the paper: to/a.png' in out
    png = (tmp_path / 'to' / 'a.png').read_bytes()
    assert png.startswith(b'\x89PNG')
    out = call(trade_off.main, 'none', ok=False)
    assert out.strip() == 'trade_off.py: there is no none'
