"""Gradients on objects: arithmetic written out, then two runs end to end."""

import json

import numpy as np
import object_gradients
import pytest
import torch
from conftest import QUICKSTART, REPO
from mmengine.config import Config
from tool_calls import call, main_of
from torch import nn

from regioncl_mm.analysis.boxes import Picture, inside, read_boxes
from regioncl_mm.analysis.gradients import (
    build,
    input_gradients,
    mean_in_and_out,
    measure,
)
from regioncl_mm.analysis.runs import input_size, read_knn, read_run


def test_pixels_whose_centre_is_in_a_box():
    """A picture of 8 x 4 pixels, resized to 4 x 4: 2 x 1 of its pixels are
    one."""
    boxes = np.array([[2, 1, 2, 2], [6, 0, 1.1, 1]])
    mask = inside(Picture('a', (4, 8), boxes), 4)
    assert mask.tolist() == [
        [False, False, False, True],
        [False, True, False, False],
        [False, True, False, False],
        [False, False, False, False],
    ]


def test_means_are_those_written_out():
    torch.manual_seed(0)
    gradients, masks = torch.rand(4, 5, 5), torch.rand(4, 5, 5) > 0.5
    masks[1], masks[2] = True, False  # no outside, no inside
    expected = []
    for n in (0, 3):
        sums, counts = [0.0, 0.0], [0, 0]
        for y in range(5):
            for x in range(5):
                side = 0 if masks[n, y, x] else 1
                sums[side] += gradients[n, y, x].item()
                counts[side] += 1
        expected.append([a / b for a, b in zip(sums, counts)])
    found = mean_in_and_out(gradients, masks)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


class Loss(nn.Module):
    """The loss of two views and a weight, a mean over the batch."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(2, 3, 3, dtype=torch.float64))

    def loss(self, inputs, data_samples):
        query, key = inputs
        assert len(data_samples) == len(query)
        scores = (self.weight * query).sum((1, 2, 3)).tanh()
        return dict(
            loss_a=((scores - key.mean((1, 2, 3))) ** 2).mean(),
            loss_b=query.pow(3).mean(),
            accuracy=torch.tensor(3.0),
        )

    def parse_losses(self, losses):
        return losses['loss_a'] + losses['loss_b'], losses


def test_gradients_are_finite_differences():
    torch.manual_seed(0)
    model = Loss()
    views = [torch.randn(3, 2, 3, 3, dtype=torch.float64) for _ in range(2)]

    def total(query):
        return model.parse_losses(model.loss([query, views[1]], range(3)))[0]

    expected = torch.zeros(3, 3, 3, dtype=torch.float64)
    for n, c, y, x in np.ndindex(3, 2, 3, 3):
        step = torch.zeros_like(views[0])
        step[n, c, y, x] = 1e-6
        slope = (total(views[0] + step) - total(views[0] - step)) / 2e-6
        expected[n, y, x] += slope.abs().item() / 2 * 3  # channels, batch
    found = input_gradients(model, views)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-8)


def test_boxes_of_a_coco_file(tmp_path):
    path = tmp_path / 'boxes.json'
    image = dict(height=4, width=8)
    content = dict(
        images=[
            dict(id=1, file_name='a.png', **image),
            dict(id=2, file_name='none.png', **image),
            dict(id=3, file_name='b.png', **image),
        ],
        annotations=[
            dict(image_id=3, bbox=[0, 0, 1, 1]),
            dict(image_id=1, bbox=[1, 1, 2, 2]),
            dict(image_id=3, bbox=[2, 2, 1, 1]),
            dict(image_id=2, bbox=[0, 0, 8, 4], iscrowd=1),
        ],
    )
    path.write_text(json.dumps(content))
    first, second = read_boxes(path, tmp_path)
    assert first.file == tmp_path / 'a.png' and len(second.boxes) == 2
    assert first.size == (4, 8) and first.boxes.tolist() == [[1, 1, 2, 2]]
    path.write_text(json.dumps(dict(content, annotations=[])))
    with pytest.raises(ValueError, match='has no boxes'):
        read_boxes(path, tmp_path)
    path.write_text('[1, 2]')
    with pytest.raises(ValueError, match='is not a COCO-format file'):
        read_boxes(path, tmp_path)


def log(folder, steps, trained=()):
    """What a training logs; it has ten steps an epoch."""
    folder.mkdir(parents=True)
    lines = [dict(step=s, knn20=v) for s, v in steps.items()]
    lines += [dict(loss=1, epoch=-(-i // 10), iter=i, step=i) for i in trained]
    text = '\n'.join(json.dumps(line) for line in lines)
    (folder / 'scalars.json').write_text(text)


def test_a_resumed_training_goes_on_and_a_new_one_takes_its_place(tmp_path):
    log(tmp_path / '1' / 'vis_data', {0: 50, 1: 60, 3: 61})
    log(tmp_path / '2' / 'vis_data', {0: 40, 2: 62, 4: 70})
    log(tmp_path / '3' / 'vis_data', {4: 71, 6: 72})
    assert read_knn(tmp_path) == {0: 40, 2: 62, 4: 71, 6: 72}


@pytest.mark.parametrize(
    'steps, trained, expected',
    [
        ({}, (), {0: 50, 1: 60, 2: 61}),  # nothing but its folder yet
        ({}, (25, 30), {0: 50, 1: 60, 2: 61}),  # goes on, not evaluated yet
        ({}, (15, 20), {0: 50, 1: 60}),  # from before what the last reached
        ({}, (10, 15), {0: 50}),  # from a step of the first epoch
        ({3: 62}, (25, 30), {0: 50, 1: 60, 2: 61, 3: 62}),
        ({}, (5,), {}),  # anew
        ({2: 70}, (5, 10, 15, 20), {2: 70}),  # less often, not at the start
        ({0: 40}, (10, 20), {0: 40}),  # logged less often
    ],
)
def test_the_first_step_tells_what_is_resumed(
    steps, trained, expected, tmp_path
):
    lines = (5, 10, 15, 20)
    log(tmp_path / '1' / 'vis_data', {0: 50, 1: 60, 2: 61}, lines)
    log(tmp_path / '2' / 'vis_data', steps, trained)
    assert read_knn(tmp_path) == expected


@pytest.fixture(scope='module')
def work(tmp_path_factory, fashion_mnist_root, toy_root):
    """Two runs of two epochs, and the boxes of toy scenes as arguments."""
    folder = tmp_path_factory.mktemp('gradients')
    for name, options in (
        ('regioncl', ()),
        ('moco', ('model.region_branch=None',)),
    ):
        call(
            main_of('train.py'),
            *(REPO / QUICKSTART, '--work-dir', folder / name),
            *('--cfg-options', 'train_cfg.max_epochs=2'),
            'train_dataloader.batch_size=16',
            'train_dataloader.num_workers=0',
            'train_dataloader.persistent_workers=False',
            'custom_hooks.2.k=(5,20)',
            'custom_hooks.2.interval=1',
            'default_hooks.logger.interval=1',
            'default_hooks.checkpoint.interval=1',
            'randomness.seed=0',
            *options,
            DATA_ROOT=str(fashion_mnist_root),
        )
    coco = toy_root / 'coco'
    boxes = coco / 'annotations' / 'instances_train2017.json'
    given = ('--ann-file', boxes, '--img-prefix', coco / 'train2017')
    return folder, given


@pytest.fixture
def elsewhere(tmp_path, fashion_mnist_root, monkeypatch):
    """An empty folder to run in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('DATA_ROOT', str(fashion_mnist_root))
    return tmp_path


def test_two_runs(work, elsewhere):
    folder, given = work
    runs = (f'MoCo={folder / "moco"}', folder / 'regioncl')
    out = call(object_gradients.main, *runs, *given, '--out', 'out')
    path = elsewhere / 'out' / 'object_gradients.json'
    content = json.loads(path.read_text())
    moco, regioncl = content['runs']
    assert (moco['name'], regioncl['name']) == ('MoCo', 'RegionCL-M')
    for found in (moco, regioncl):
        assert found['epochs'] == [1, 2] and found['knn_epochs'] == [0, 1, 2]
        assert min(found['inside'] + found['outside']) > 0
    assert moco['inside'] != regioncl['inside']
    assert content['num_images'] == 6 and 'RegionCL-M, epoch 2: ' in out
    png = path.with_suffix('.png').read_bytes()
    assert png.startswith(b'\x89PNG')
    # The order of runs and checkpoints changes nothing.
    call(object_gradients.main, runs[1], *given, '--out', 'again')
    path = elsewhere / 'again' / 'object_gradients.json'
    again = json.loads(path.read_text())
    assert again['runs'] == [regioncl]


QUICKSTARTS = sorted((REPO / 'configs' / 'quickstart').glob('*.py'))


@pytest.mark.parametrize('path', QUICKSTARTS, ids=lambda path: path.stem)
def test_every_algorithm_has_gradients(path, work, tmp_path):
    _, (_, boxes, _, prefix) = work
    cfg = Config.fromfile(path)
    torch.manual_seed(0)
    state = build(cfg).state_dict()
    torch.save(dict(state_dict=state), tmp_path / 'a.pth')
    pictures = read_boxes(boxes, prefix)
    given = (cfg, tmp_path / 'a.pth', pictures, input_size(cfg), 3, 0)
    inside_of, outside_of, count = measure(*given)
    assert inside_of > 0 and outside_of > 0 and count == 6
    assert measure(*given) == (inside_of, outside_of, count)


def test_the_fast_config_has_the_gradients_of_the_plain_one(work, tmp_path):
    """Its training leaves jitter and blur to the device; the views are made
    as the plain config's, with the same seed the same."""
    _, (_, boxes, _, prefix) = work
    found = []
    for name in ('-fast', ''):
        path = f'regioncl-m_resnet50_8xb128{name}-coslr-200e_in1k.py'
        cfg = Config.fromfile(REPO / 'configs' / 'regioncl' / path)
        backbone = dict(depth=18, base_channels=4, stem_channels=4)
        neck = dict(in_channels=32, hid_channels=8)
        cfg.merge_from_dict(dict(model=dict(backbone=backbone, neck=neck)))
        cfg.model.queue_len = 16
        torch.manual_seed(0)
        torch.save(dict(state_dict=build(cfg).state_dict()), tmp_path / 'a')
        pictures = read_boxes(boxes, prefix)[:4]
        found.append(measure(cfg, tmp_path / 'a', pictures, 224, 4, 0))
    assert found[0] == pytest.approx(found[1])
    assert found[0][0] > 0


@pytest.mark.parametrize(
    'changes, words',
    [
        (dict(runs=('nowhere',)), 'nowhere is no work dir of pretraining'),
        (dict(options=('--img-prefix', 'none')), 'cannot read picture none/'),
        (dict(options=('--ann-file', 'none')), 'none'),
        (dict(options=('--num-images', '1')), 'must be 2 or more'),
    ],
)
def test_mistakes_are_explained(changes, words, work, elsewhere):
    folder, given = work
    runs = changes.get('runs', (folder / 'moco',))
    options = changes.get('options', ())
    out = call(object_gradients.main, *runs, *given, *options, ok=False)
    assert words in out and 'Traceback' not in out
    assert not list(elsewhere.iterdir())


def test_a_run_without_checkpoints_is_refused(tmp_path):
    (tmp_path / 'a.py').write_text('model = dict()')
    with pytest.raises(ValueError, match=r'no epoch_\*.pth'):
        read_run(str(tmp_path))
