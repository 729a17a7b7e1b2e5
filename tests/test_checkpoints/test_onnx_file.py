"""A backbone as a network of ONNX: what it computes, and what is refused."""

import pytest
import torch
from backbones import backbone, images_for, save_checkpoint

from regioncl_mm.checkpoints.export import config_for, read_backbone
from regioncl_mm.checkpoints.onnx_file import build_backbone, write_onnx
from regioncl_mm.checkpoints.saved_config import backbone_config
from regioncl_mm.checkpoints.shapes import config_of


@pytest.mark.parametrize('name', ['resnet18', 'vit', 'swin'])
def test_the_config_follows_from_the_tensors(name, tmp_path):
    found = read_backbone(save_checkpoint(name, tmp_path / 'a.pth'))
    model = build_backbone(config_for(found, None), found.tensors)
    images = images_for(name)
    with torch.no_grad():
        expected = backbone(name)(images)[-1]
        assert torch.equal(model(images), expected)


@pytest.mark.parametrize('name', ['resnet18', 'vit', 'swin'])
def test_onnxruntime_computes_the_same(name, tmp_path):
    pytest.importorskip('onnx')
    onnxruntime = pytest.importorskip('onnxruntime')
    found = read_backbone(save_checkpoint(name, tmp_path / 'a.pth'))
    path = tmp_path / 'new' / 'a.onnx'
    said = write_onnx(config_for(found, None), found.tensors, path)
    assert 'computes the same features' in said
    session = onnxruntime.InferenceSession(str(path))
    images = images_for(name, batch=1 if name == 'swin' else 3)
    (features,) = session.run(['features'], dict(images=images.numpy()))
    with torch.no_grad():
        expected = backbone(name)(images)[-1]
    difference = torch.from_numpy(features) - expected
    assert difference.abs().max() <= 1e-4 * expected.abs().max()


def test_what_differs_is_not_kept(tmp_path, monkeypatch):
    pytest.importorskip('onnx')
    pytest.importorskip('onnxruntime')
    from regioncl_mm.checkpoints import onnx_file

    found = read_backbone(save_checkpoint('resnet18', tmp_path / 'a.pth'))
    monkeypatch.setattr(onnx_file, 'TOLERANCE', -1)
    path = tmp_path / 'a.onnx'
    with pytest.raises(ValueError, match='other features'):
        write_onnx(config_for(found, None), found.tensors, path)
    assert [x.name for x in tmp_path.iterdir()] == ['a.pth']


def test_another_config_does_not_fit(tmp_path):
    found = read_backbone(save_checkpoint('resnet18', tmp_path / 'a.pth'))
    with pytest.raises(ValueError, match='of a ResNet does not fit'):
        build_backbone(dict(type='ResNet', depth=34), found.tensors)


def test_a_network_for_small_pictures_needs_its_config():
    tensors = {
        'conv1.weight': torch.ones(8, 3, 3, 3),
        'layer1.0.conv1.weight': torch.ones(8, 8, 3, 3),
        'layer1.0.conv2.weight': torch.ones(8, 8, 3, 3),
    }
    with pytest.raises(ValueError, match='not 7x7.*`--config`'):
        config_of(tensors)
    with pytest.raises(ValueError, match='do not tell how'):
        config_of({'a': torch.ones(1)})


def test_the_saved_config_is_read_and_not_run(tmp_path):
    ran = tmp_path / 'ran'
    text = (
        f'import os\nopen({str(ran)!r}, "w").close()\n'
        "model = dict(type='MoCo', backbone=dict(\n"
        "    type='ResNet', out_indices=(3, ), x=-1, y=None,\n"
        "    z=[1.5, {'a': 1}]))"
    )
    assert backbone_config(text) == dict(
        type='ResNet', out_indices=(3,), x=-1, y=None, z=[1.5, {'a': 1}]
    )
    assert not ran.exists()
    for other in (None, 'model =', 'x = 1', 'model = dict(backbone=f())'):
        assert backbone_config(other) is None


def test_a_training_checkpoint_has_its_config(tmp_path):
    config = dict(type='ResNet_CIFAR', depth=18, num_stages=3)
    tensors = {'backbone.layer1.0.conv1.weight': torch.ones(1)}
    text = f'model = dict(backbone=dict(**{config!r}))'
    assert backbone_config(text) is None  # not as mmengine writes it
    text = f'model = dict(backbone={config!r})'
    torch.save(
        dict(state_dict=tensors, meta=dict(cfg=text)), tmp_path / 'a.pth'
    )
    found = read_backbone(tmp_path / 'a.pth')
    assert config_for(found, None) == config
