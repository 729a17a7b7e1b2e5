"""The backbone that a run starts from is one of known origin."""

import pytest
import torch
from mmengine.config import Config

from regioncl_mm.methods import method_of_experiment
from regioncl_mm.transfer.source import find_source


@pytest.mark.parametrize(
    'experiment, method',
    [
        ('regioncl-m_resnet50_8xb128-coslr-200e_in1k', 'RegionCL-M'),
        ('mocov2_resnet50_8xb128-coslr-200e_in1k', 'MoCo v2'),
        ('regioncl-d_resnet50_8xb128-coslr-200e_in1k', 'RegionCL-D'),
        ('densecl_resnet50_8xb32-coslr-200e_in1k', 'DenseCL'),
        ('simsiam_resnet50_8xb32-coslr-100e_in1k', 'SimSiam'),
        ('regioncl-s_resnet50_8xb64-coslr-100e_in1k', 'RegionCL-S'),
        # Table 2's "*" is another method than the tables of transfer have.
        ('regioncl-m-symmetric_resnet50_8xb128-coslr-200e_in1k', None),
        ('swav_resnet50', None),
        (None, None),
    ],
)
def test_methods_are_known_by_their_configs(experiment, method):
    assert method_of_experiment(experiment) == method


def config(**backbone):
    return Config(dict(model=dict(backbone=backbone)))


def test_supervised_weights_are_torchvisions(tmp_path, monkeypatch):
    """From torch's cache; here a file that stands in for them."""
    import torchvision

    monkeypatch.setattr(torch.hub, '_hub_dir', str(tmp_path / 'hub'))
    file = tmp_path / 'hub' / 'checkpoints' / 'resnet18-f37072fd.pth'
    file.parent.mkdir(parents=True)
    torch.save(torchvision.models.resnet18().state_dict(), file)
    found = find_source('supervised', config(depth=18), tmp_path)
    assert (found.init, found.name) == ('supervised', 'supervised')
    assert found.checkpoint['file'] == 'resnet18-f37072fd.pth'
    # Without the classifier's weight and bias.
    assert len(torch.load(found.path, weights_only=False)['state_dict']) == 120


def test_supervised_weights_that_cannot_be_had(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.hub, '_hub_dir', str(tmp_path / 'hub'))

    def no_network(*args):
        raise OSError('no route')

    monkeypatch.setattr(torch.hub, 'download_url_to_file', no_network)
    with pytest.raises(ValueError, match=r'cannot be downloaded \(no route'):
        find_source('supervised', config(depth=50), tmp_path)
    with pytest.raises(ValueError, match='no supervised weights'):
        find_source('supervised', config(arch='tiny'), tmp_path)
