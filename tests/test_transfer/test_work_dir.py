"""A work dir is one run's, and its backbone one of known origin."""

import pytest
import torch
from mmengine.config import Config

from regioncl_mm.transfer.source import (
    Source,
    find_source,
    method_of,
)
from regioncl_mm.transfer.work_dir import (
    claim,
    default_work_dir,
    finished,
    make_record,
    trained_checkpoint,
    write_json,
)

ONE = Source('checkpoint', None, None, dict(sha256='1' * 64))
TWO = Source('checkpoint', None, None, dict(sha256='2' * 64))
RANDOM = Source('random', None, None, None)


def record(source=ONE, **options):
    return make_record('configs/a.py', options, source, 0)


def test_folders_are_named_after_config_backbone_and_seed():
    found = [
        default_work_dir('configs/a.py', ONE, 0),
        default_work_dir('configs/a.py', ONE, 3),
        default_work_dir('configs/a.py', RANDOM, 0),
        default_work_dir('configs/b.py', TWO, 0),
    ]
    assert [path.as_posix() for path in found] == [
        'work_dirs/transfer/a/111111111111',
        'work_dirs/transfer/a/111111111111-seed3',
        'work_dirs/transfer/a/random',
        'work_dirs/transfer/b/222222222222',
    ]


def test_another_run_is_refused(tmp_path):
    claim(tmp_path / 'new', record(), go_on=False)
    for other, words in (
        (record(TWO), 'backbone: '),
        (record(RANDOM), "'random' here"),
        (record(lr=1), 'cfg_options: {} there'),
    ):
        for go_on in (True, False):
            with pytest.raises(ValueError, match=words):
                claim(tmp_path / 'new', other, go_on)
    claim(tmp_path / 'new', record(), go_on=True)


def test_the_same_run_goes_on_only_if_told_to(tmp_path):
    claim(tmp_path, record(), go_on=False)
    with pytest.raises(ValueError, match='unfinished: --resume goes on'):
        claim(tmp_path, record(), go_on=False)
    assert finished(tmp_path, record()) is None
    write_json(tmp_path / 'results.json', dict(metrics=1))
    with pytest.raises(ValueError, match='finished: see .*results.json'):
        claim(tmp_path, record(), go_on=False)
    assert finished(tmp_path, record()) == dict(metrics=1)
    assert finished(tmp_path, record(TWO)) is None


def test_a_folder_of_another_tool_is_left_alone(tmp_path):
    (tmp_path / 'last_checkpoint').write_text('epoch_1.pth')
    with pytest.raises(ValueError, match='this tool did not start'):
        claim(tmp_path, record(), go_on=True)
    assert len(list(tmp_path.iterdir())) == 1


def test_options_are_compared_as_json_has_them(tmp_path):
    options = {'a.b': (1, 2), 'c': None}
    claim(tmp_path, record(**options), go_on=False)
    claim(tmp_path, record(**options), go_on=True)


def test_a_broken_record_is_named(tmp_path):
    (tmp_path / 'transfer.json').write_text('{')
    with pytest.raises(ValueError, match='transfer.json is not JSON'):
        claim(tmp_path, record(), go_on=True)


def test_the_latest_checkpoint_of_a_folder_that_was_moved(tmp_path):
    with pytest.raises(ValueError, match='has no checkpoint to test'):
        trained_checkpoint(tmp_path)
    (tmp_path / 'last_checkpoint').write_text('/elsewhere/iter_3.pth\n')
    with pytest.raises(ValueError, match='has no checkpoint to test'):
        trained_checkpoint(tmp_path)
    (tmp_path / 'iter_3.pth').touch()
    assert trained_checkpoint(tmp_path) == str(tmp_path / 'iter_3.pth')


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
        ('byol_resnet50', None),
        (None, None),
    ],
)
def test_methods_are_known_by_their_configs(experiment, method):
    assert method_of(experiment) == method


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
    assert len(torch.load(found.path)['state_dict']) == 120


def test_supervised_weights_that_cannot_be_had(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.hub, '_hub_dir', str(tmp_path / 'hub'))

    def no_network(*args):
        raise OSError('no route')

    monkeypatch.setattr(torch.hub, 'download_url_to_file', no_network)
    with pytest.raises(ValueError, match=r'cannot be downloaded \(no route'):
        find_source('supervised', config(depth=50), tmp_path)
    with pytest.raises(ValueError, match='no supervised weights'):
        find_source('supervised', config(arch='tiny'), tmp_path)
