"""The step benchmark times what it has compared, and nothing else."""

import json
import re
import sys
import warnings

import knn_memory
import loader
import loss_head
import momentum_encoder
import pytest
import saving
import step
import torch
import two_phase
from conftest import REPO
from processes import python

from regioncl_mm.benchmarks import loss_head as loss_heads
from regioncl_mm.benchmarks import saving as savings
from regioncl_mm.benchmarks.loader import photographs
from regioncl_mm.benchmarks.loader.gate import check
from regioncl_mm.benchmarks.loader.pipelines import pipelines
from regioncl_mm.benchmarks.step import gate, models
from regioncl_mm.benchmarks.step.waits import WORDS, count_waits
from regioncl_mm.datasets.transforms import uint8_steps
from regioncl_mm.datasets.transforms.steps import Op

ON_CPU = ('--device', 'cpu')
# 64 pixels are 2 x 2 cells.
TINY = (
    *('--depth', '18', '--size', '64', '--queue', '64', '--batch', '2'),
    *ON_CPU,
)
FEW_STEPS = ('--steps', '2', '--warmup', '1')
FEW_IMAGES = ('--images', '4', '--repeats', '2', '--batch', '2', *ON_CPU)


@pytest.fixture
def thin(monkeypatch):
    """The paper's models with an eighth of their channels."""
    paper = models.config

    def config(*arguments):
        cfg = paper(*arguments)
        cfg['backbone'].update(base_channels=8, stem_channels=8)
        cfg['neck'].update(in_channels=64, hid_channels=256)
        if 'predictor' in cfg['head']:  # SimSiam's
            cfg['neck'].update(out_channels=256)
            cfg['head']['predictor'].update(
                in_channels=256, hid_channels=64, out_channels=256
            )
        return cfg

    monkeypatch.setattr(models, 'config', config)


def weights_of(method):
    """The bytes of a model's own weights."""
    model = models.ours(models.config(method, 18, 64, 64), 0)
    return 4 * sum(p.numel() for p in model.parameters() if p.requires_grad)


def test_all_methods_are_compared_and_timed(thin, tmp_path, capfd):
    file = tmp_path / 'step.json'
    methods = ('--methods', 'm', 'd', 's', '--channels-last', '--two-phase')
    step.main([*methods, *TINY, *FEW_STEPS, '--json', str(file)])
    out, errors = capfd.readouterr()
    assert out.count('regions, to the formulas: float64') == 3
    found = json.loads(file.read_text())
    assert found['settings']['channels_last'] == 'True'
    roles = {'A', 'B', 'D-off', 'D'}
    assert roles <= found['methods']['m'].keys()
    for name, method in found['methods'].items():
        for role in roles & method.keys():
            assert method[role]['low'] <= method[role]['median']
            assert method[role]['peak_bytes'] > weights_of(name) > 8e5
        ratio = method['D']['median'] / method['D-off']['median']
        assert method['R3'] == pytest.approx(ratio)
    assert 'two phases' in found['methods']['m']['D']['name']
    assert 'INFO' not in out + errors and 'STAGE' not in out + errors


def test_ours_alone_in_both_phases(thin, tmp_path, capsys):
    file = tmp_path / 'step.json'
    several = '--ours', '--both-phases', '--json', str(file)
    step.main([*TINY, *FEW_STEPS, *several])
    assert 'two phases, to the formulas: float64' in capsys.readouterr().out
    found = json.loads(file.read_text())['methods']['m']
    assert found.keys() == {'D-off', 'D', 'D2', 'R3'}
    assert 'phases' in found['D2']['name']
    assert 'phases' not in found['D']['name']
    assert found['D']['waits'] is None  # on a CPU


def test_few_of_many_images_are_compared(thin, monkeypatch, capsys):
    monkeypatch.setattr(gate, 'MOST_IMAGES', 4)
    outcome, counts = gate.outcome, set()

    def counted(model, losses, images):
        counts.add(len(images[0]))
        return outcome(model, losses, images)

    monkeypatch.setattr(gate, 'outcome', counted)
    step.main([*TINY, '--batch', '8', *FEW_STEPS, '--ours'])
    assert counts == {4}


def test_waits_are_counted(monkeypatch):
    modes = []
    monkeypatch.setattr('torch.cuda.set_sync_debug_mode', modes.append)

    def call():
        assert modes == ['warn']
        for _ in range(2):  # of the same line
            warnings.warn(f'{WORDS} (triggered somewhere)', stacklevel=1)
        warnings.warn('something else', stacklevel=1)

    assert count_waits(call) == 2
    assert modes == ['warn', 'default']


def test_what_costs_less_is_timed_too(thin, capsys):
    step.main([*TINY, '--cheaper', '--steps', '2', '--warmup', '0'])
    out = capsys.readouterr().out
    assert 'composite_fraction=0.5 / D-off = ' in out


def test_the_methods_of_the_command_line_are_those_there_are():
    assert step.parse_args(['--methods', *models.BASES]).methods == [
        *models.BASES
    ]
    assert models.BASES == dict(m='MoCo', d='DenseCL', s='SimSiam')


def test_too_few_steps_are_refused(capsys):
    with pytest.raises(SystemExit):
        step.parse_args(['--steps', '1'])
    assert 'at least 2' in capsys.readouterr().err


def test_a_wrong_gradient_is_not_timed():
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


def test_a_method_with_another_loss_is_not_timed(thin, monkeypatch):
    plain = gate.plain_losses
    monkeypatch.setattr(
        gate,
        'plain_losses',
        lambda *arguments: {
            name: 2 * loss for name, loss in plain(*arguments).items()
        },
    )
    with pytest.raises(SystemExit, match='step.py: M, regions, to the formu'):
        step.main([*TINY, *FEW_STEPS])


def test_distances_are_relative_to_all_of_the_other():
    one = gate.Outcome(0, dict(a=torch.tensor([3.0]), b=torch.tensor([4.0])))
    other = gate.Outcome(0, dict(a=torch.tensor([3.0]), b=torch.tensor([3.0])))
    assert gate.distance(other, one) == pytest.approx(1 / 5)


FEW_ROWS = ('--rows', '4', '--queue', '256', '--repeats', '2', *ON_CPU)


def test_the_loss_heads_are_compared(capsys, monkeypatch):
    loss_head.main(FEW_ROWS)
    out = capsys.readouterr().out
    assert 'gradients by' in out and 'one pass / plain: time' in out

    one_pass = loss_heads.one_pass
    monkeypatch.setattr(loss_heads, 'plain', lambda *x: 2 * one_pass(*x))
    with pytest.raises(SystemExit, match='nothing is timed'):
        loss_head.main(FEW_ROWS)


def test_both_ways_of_saving_write_the_same(tmp_path, monkeypatch, capsys):
    content = dict(a=torch.arange(6.0), b=dict(c=torch.ones(2, 3)))
    monkeypatch.setattr(savings, 'checkpoint_of', lambda config: content)
    written = []
    for name in ('save_in_place', 'save_atomically'):
        save = getattr(savings, name)

        def kept(content, path, save=save):
            save(content, path)
            written.append(path.read_bytes())

        monkeypatch.setattr(savings, name, kept)
    saving.main(['--folder', str(tmp_path), '--repeats', '2'])
    assert len(written) == 6 and len(set(written)) == 1
    out = capsys.readouterr().out
    assert 'in place' in out and 'ratio' in out
    assert not list(tmp_path.iterdir())


def test_what_is_saved_is_the_main_run_s():
    config = (
        REPO
        / 'configs/quickstart'
        / ('regioncl-m_resnet18-tiny_1xb64-coslr-6e_fashion-mnist.py')
    )
    content = savings.checkpoint_of(config)
    learned = [
        name
        for name in content['state_dict']
        if name.startswith(('backbone.', 'neck.'))
        and 'running' not in name
        and 'num_batches' not in name
    ]
    assert len(content['optimizer']) == len(learned)
    assert 'queue' in content['state_dict']


def test_the_parts_by_themselves(capsys):
    two_phase.main(TINY)
    found = re.search(
        r'(\d+) of (\d+) gradients equal .* two: (.*)', capsys.readouterr().out
    )
    assert found[1] == found[2] != '0' and float(found[3]) > 0
    momentum_encoder.main(['--repeats', '2', *ON_CPU])
    assert capsys.readouterr().out.count(' ms (') == 3


@pytest.mark.skipif(sys.platform != 'linux', reason='reads /proc')
def test_memory_of_a_search(capsys, tmp_path):
    few = ('--memory', '64', '--dim', '8', '--queries', '4', '--k', '5')
    knn_memory.main([*few, '--folder', str(tmp_path)])
    out = capsys.readouterr().out
    assert '64 x 8 features' in out and 'GiB anonymous' in out
    assert not list(tmp_path.iterdir())


def test_loaders_are_compared(tmp_path, capsys):
    file = tmp_path / 'loader.json'
    for dataset in ('imagenet_bs128_mocov2', 'imagenet_bs512_mocov3'):
        loader.main([*FEW_IMAGES, '--dataset', dataset, '--json', str(file)])
        out = capsys.readouterr().out
        assert out.count("levels differ from mmpretrain's by") == 2
        assert out.count(" times mmpretrain's") == 3
    found = json.loads(file.read_text())
    assert found["mmpretrain's transforms"]['ratio'] == 1
    assert found['on the device']['and augment'] > 0


def test_other_views_are_not_timed(tmp_path, monkeypatch):
    """Here what is to be brighter is darker."""
    monkeypatch.setitem(
        uint8_steps._APPLY, Op.BRIGHTNESS, lambda image, _: image // 4
    )
    found = pipelines('imagenet_bs128_mocov2')
    paths, _ = photographs.write(tmp_path, 4)
    with pytest.raises(ValueError, match='nothing is timed'):
        check(found, paths, 'cpu')


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
    path = f'{tmp_path}:{REPO}'
    folder = REPO / 'tools' / 'benchmarks'
    out = python(
        *(folder / 'step.py', *TINY, *FEW_STEPS),
        cwd=tmp_path,
        PYTHONPATH=path,
    )
    assert 'R3 = D / D-off' in out
    out = python(
        folder / 'loader.py', *FEW_IMAGES, cwd=tmp_path, PYTHONPATH=path
    )
    assert "4 JPEGs of matplotlib's photograph" in out
