"""The step benchmark times what it has compared, and nothing else."""

import json
import os
import re
import sys

import pytest
import torch
from test_tools.test_train import REPO, run

from regioncl_mm.datasets.transforms import uint8_steps
from regioncl_mm.datasets.transforms.steps import Op

STEP = 'tools/benchmarks/step.py'
LOADER = (sys.executable, 'tools/benchmarks/loader.py', '--device', 'cpu')
FEW = ('--images', '4', '--repeats', '2', '--batch', '2')
SMALL = (
    *('--depth', '18', '--size', '96', '--queue', '64', '--batch', '4'),
    *('--steps', '2', '--warmup', '1', '--device', 'cpu'),
)


def test_all_methods_are_compared_and_timed(tmp_path):
    file = tmp_path / 'step.json'
    out = run(
        *(sys.executable, STEP, '--methods', 'm', 'd', 's', *SMALL),
        *('--channels-last', '--two-phase', '--json', file),
    )
    assert out.count('regions, to the formulas: float64') == 3
    found = json.loads(file.read_text())
    assert found['settings']['channels_last'] == 'True'
    roles = {'A', 'B', 'D-off', 'D'}
    assert roles <= found['methods']['m'].keys()
    for method in found['methods'].values():
        for role in roles & method.keys():
            assert method[role]['low'] <= method[role]['median']
            # Weights alone: 11 million of them in a ResNet-18.
            assert method[role]['peak_bytes'] > 4 * 11e6
        ratio = method['D']['median'] / method['D-off']['median']
        assert method['R3'] == pytest.approx(ratio)
    assert 'two phases' in found['methods']['m']['D']['name']
    assert 'INFO' not in out and 'STAGE' not in out


@pytest.fixture
def gate(monkeypatch):
    monkeypatch.syspath_prepend(str(REPO / 'tools' / 'benchmarks'))
    from regioncl_mm.benchmarks.step import gate

    return gate


def test_a_wrong_gradient_is_not_timed(gate):
    def difference(**changes):
        same = dict(
            loss_64=0, gradient_64=1e-12, loss_32=1e-7, gradient_32=1e-6
        )
        return gate.Difference(**{**same, 'float32s_error': 0, **changes})

    assert difference().is_equal
    assert difference(gradient_32=5e-5, float32s_error=2e-2).is_equal
    assert not difference(gradient_32=5e-5).is_equal
    assert not difference(gradient_64=1e-8, float32s_error=2e-2).is_equal
    assert not difference(loss_32=1e-4).is_equal


def test_distances_are_relative_to_all_of_the_other(gate):
    one = gate.Outcome(0, dict(a=torch.tensor([3.0]), b=torch.tensor([4.0])))
    other = gate.Outcome(0, dict(a=torch.tensor([3.0]), b=torch.tensor([3.0])))
    assert gate.distance(other, one) == pytest.approx(1 / 5)


def test_the_loss_heads_are_compared():
    out = run(
        *(sys.executable, 'tools/benchmarks/loss_head.py', '--rows', '4'),
        *('--queue', '256', '--repeats', '2', '--device', 'cpu'),
    )
    assert 'gradients by' in out and 'one pass / plain: time' in out


def test_the_parts_by_themselves():
    small = ('--depth', '18', '--size', '96', '--queue', '64', '--batch', '4')
    out = run(
        *(sys.executable, 'tools/benchmarks/two_phase.py', *small),
        *('--device', 'cpu'),
    )
    found = re.search(r'(\d+) of (\d+) gradients equal .* two: (.*)', out)
    assert found[1] == found[2] != '0' and float(found[3]) > 0
    out = run(
        *(sys.executable, 'tools/benchmarks/momentum_encoder.py'),
        *('--repeats', '2', '--device', 'cpu'),
    )
    assert out.count(' ms (') == 3


def test_loaders_are_compared(tmp_path):
    json_file = tmp_path / 'loader.json'
    for dataset in ('imagenet_bs128_mocov2', 'imagenet_bs512_mocov3'):
        out = run(
            *(*LOADER, *FEW, '--dataset', dataset, '--json', json_file),
        )
        assert out.count("levels differ from mmpretrain's by") == 2
        assert out.count(" times mmpretrain's") == 3
    found = json.loads(json_file.read_text())
    assert found["mmpretrain's transforms"]['ratio'] == 1
    assert found['on the device']['and augment'] > 0


def test_other_views_are_not_timed(tmp_path, monkeypatch):
    """Here what is to be brighter is darker."""
    monkeypatch.syspath_prepend(REPO / 'tools' / 'benchmarks')
    from regioncl_mm.benchmarks.loader import gate, photographs
    from regioncl_mm.benchmarks.loader.pipelines import pipelines

    monkeypatch.setitem(
        uint8_steps._APPLY, Op.BRIGHTNESS, lambda image, _: image // 4
    )
    found = pipelines('imagenet_bs128_mocov2')
    paths, _ = photographs.write(tmp_path, 4)
    with pytest.raises(ValueError, match='nothing is timed'):
        gate.check(found, paths, 'cpu')


def test_pretraining_alone_is_enough(tmp_path):
    """What a bare machine lacks: everything but torch, mmengine, mmpretrain
    and mmcv-lite."""
    absent = (
        'mmcv.ops mmdet mmseg mmpose safetensors sklearn selenium '
        'tensorboard xtcocotools skimage'
    )
    (tmp_path / 'sitecustomize.py').write_text(
        f'import sys\nfor name in {absent.split()!r}:\n'
        '    sys.modules[name] = None\n'
    )
    path = f'{tmp_path}:{os.environ.get("PYTHONPATH", "")}'
    out = run(
        *(sys.executable, STEP, *SMALL, '--cheaper', '--steps', '4'),
        PYTHONPATH=path,
    )
    assert 'R3 = D / D-off' in out
    for cheaper in ('fraction=0.5', 'every=2', 'size=128', 'loss=False'):
        assert f'{cheaper} / D-off = ' in out
    out = run(*LOADER, *FEW, PYTHONPATH=path)
    assert "4 JPEGs of matplotlib's photograph" in out
