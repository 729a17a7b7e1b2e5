"""Extracted files: what is in them, what they are called, who reads them."""

import os
from pathlib import Path

import pytest
import safetensors
import torch
from conftest import QUICKSTART, REPO
from mmdet.registry import MODELS as MMDET
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmpretrain.registry import MODELS as MMPRETRAIN
from tensors import (
    RESNET,
    assert_same,
    part,
    resnet_moco,
    under,
)

import regioncl_mm
from regioncl_mm.checkpoints import (
    extract_backbone,
    hash_tensors,
    load_state_dict,
)


@pytest.fixture(scope='module')
def raw(fashion_mnist_root, tmp_path_factory):
    """mmengine's checkpoint of two steps: its path, the model's tensors."""
    init_default_scope('mmpretrain')
    work_dir = tmp_path_factory.mktemp('raw')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('DATA_ROOT', str(fashion_mnist_root))
        cfg = Config.fromfile(REPO / QUICKSTART)
    cfg.work_dir = str(work_dir)
    cfg.custom_hooks.pop(2)  # kNN
    cfg.train_cfg.max_epochs = 1
    cfg.train_dataloader.update(
        batch_size=32, num_workers=0, persistent_workers=False
    )
    cfg.model.queue_len = 48
    cfg.default_hooks.checkpoint.interval = 1
    cfg.default_hooks.logger.interval = 1
    cfg.log_level = 'ERROR'
    runner = Runner.from_cfg(cfg)
    runner.train()
    return work_dir / 'epoch_1.pth', runner.model.state_dict()


def written(path):
    """Changes when the file is written."""
    return path.stat().st_ino, path.stat().st_mtime_ns


@pytest.fixture
def moco(tmp_path):
    path = tmp_path / 'moco.pth'
    torch.save(dict(state_dict=resnet_moco()), path)
    return path


def test_a_raw_training_checkpoint_needs_no_trust(raw):
    path, expected = raw
    with pytest.raises(Exception, match='[Ww]eights.only'):
        torch.load(path, weights_only=True)
    assert torch.load(path, weights_only=False)['message_hub'][
        'log_scalars'
    ], 'nothing to refuse'
    assert_same(load_state_dict(path), expected)


@pytest.mark.parametrize(
    'encoder, prefix',
    [('online', 'backbone.'), ('momentum', 'encoder_k.module.0.')],
)
def test_extracts_from_a_raw_checkpoint(encoder, prefix, raw, tmp_path):
    path, model = raw
    expected = part(model, prefix)
    found = extract_backbone(path, tmp_path / 'new' / 'folder', encoder)
    content = torch.load(found.path, weights_only=True)
    assert content.keys() == {'state_dict', 'meta'}
    assert_same(content['state_dict'], under('backbone.', expected))
    assert_same(load_state_dict(found.safetensors_path), content['state_dict'])
    assert content['meta'] == dict(
        source='epoch_1.pth',
        encoder=encoder,
        prefix=prefix,
        num_tensors=len(expected),
        sha256=hash_tensors(expected),
        experiment=Path(QUICKSTART).stem,
        regioncl_mm_version=regioncl_mm.__version__,
    )
    with safetensors.safe_open(found.safetensors_path, 'pt') as file:
        metadata = file.metadata()
    assert metadata == {k: str(v) for k, v in content['meta'].items()}
    for name in ('encoder', 'prefix', 'num_tensors', 'sha256', 'experiment'):
        assert getattr(found, name) == content['meta'][name]
    assert found.num_values == sum(t.numel() for t in expected.values())
    assert not found.reused
    assert sorted((tmp_path / 'new' / 'folder').iterdir()) == [
        found.path,
        found.safetensors_path,
    ]
    assert found.path.name == f'backbone-{found.sha256[:12]}.pth'


def test_the_pretraining_is_known_from_extracted_files_too(raw, tmp_path):
    found = extract_backbone(raw[0], tmp_path)
    for path in (found.path, found.safetensors_path):
        again = extract_backbone(path, tmp_path / 'again')
        assert again.experiment == Path(QUICKSTART).stem


def test_encoders_get_files_of_their_own(moco, tmp_path):
    online = extract_backbone(moco, tmp_path)
    momentum = extract_backbone(moco, tmp_path, 'momentum')
    assert not momentum.reused
    assert len({*online[:2], *momentum[:2]}) == 4


def test_the_same_weights_are_one_file_wherever_they_are_from(moco, tmp_path):
    backbone = part(resnet_moco(), 'backbone.')
    torch.save(
        {'model': under('module.encoder_q.', backbone), 'arch': 'resnet'},
        tmp_path / 'facebook.pth.tar',
        _use_new_zipfile_serialization=False,
    )
    first = extract_backbone(moco, tmp_path / 'out')
    before = [written(path) for path in first[:2]]
    sources = [tmp_path / 'facebook.pth.tar', *first[:2]]
    for source in sources:
        again = extract_backbone(source, tmp_path / 'out')
        assert again.reused and again[:4] == first[:4]
    assert [written(path) for path in first[:2]] == before
    elsewhere = extract_backbone(first.path, tmp_path / 'elsewhere')
    assert not elsewhere.reused
    assert elsewhere.path.name == first.path.name
    assert_same(load_state_dict(elsewhere.path), load_state_dict(first.path))


@pytest.mark.parametrize('damage', ['gone', 'cut', 'other weights'])
@pytest.mark.parametrize('which', [0, 1])
def test_a_file_that_is_not_whole_is_written_again(
    which, damage, moco, tmp_path
):
    out = tmp_path / 'out'
    first = extract_backbone(moco, out)
    damaged, other = first[which], first[1 - which]
    expected, untouched = load_state_dict(damaged), written(other)
    if damage == 'gone':
        damaged.unlink()
    elif damage == 'cut':
        damaged.write_bytes(damaged.read_bytes()[:-1000])
    else:
        momentum = extract_backbone(moco, tmp_path, 'momentum')
        momentum[which].rename(damaged)
    again = extract_backbone(moco, out)
    assert not again.reused and again[:2] == first[:2]
    assert_same(load_state_dict(damaged), expected)
    assert written(other) == untouched


def test_an_interrupted_write_leaves_nothing(moco, tmp_path, monkeypatch):
    out = tmp_path / 'out'
    seen = []

    def interrupted(partial, path):
        seen.extend(out.iterdir())
        raise KeyboardInterrupt

    monkeypatch.setattr(os, 'replace', interrupted)
    with pytest.raises(KeyboardInterrupt):
        extract_backbone(moco, out)
    (partial,) = seen
    assert partial.suffix == '.part'
    assert list(out.iterdir()) == []


def test_a_view_is_saved_without_what_it_is_a_view_of(tmp_path):
    whole = torch.randn(1000, 1000)
    tensors = {'conv1.weight': whole[:2], 'bn1.weight': whole[:, 3]}
    torch.save(tensors, tmp_path / 'views.pth')
    found = extract_backbone(tmp_path / 'views.pth', tmp_path)
    assert_same(
        load_state_dict(found.path),
        {f'backbone.{k}': v for k, v in tensors.items()},
    )
    for path in found[:2]:
        assert path.stat().st_size < 20_000


@pytest.mark.parametrize('key', ['path', 'safetensors_path'])
def test_extracting_tied_tensors(key, tmp_path):
    """safetensors refuses tensors that share memory."""
    tied = torch.randn(4)
    tensors = {'conv1.weight': tied, 'bn1.weight': tied}
    torch.save(tensors, tmp_path / 'tied.pth')
    found = extract_backbone(tmp_path / 'tied.pth', tmp_path)
    assert_same(
        load_state_dict(getattr(found, key)), under('backbone.', tensors)
    )


@pytest.mark.parametrize('encoder', ['online', 'momentum'])
@pytest.mark.parametrize('library', ['mmpretrain', 'mmdet'])
def test_the_libraries_load_every_tensor(library, encoder, moco, tmp_path):
    found = extract_backbone(moco, tmp_path, encoder)
    init_default_scope(library)
    registry = dict(mmpretrain=MMPRETRAIN, mmdet=MMDET)[library]
    init_cfg = dict(
        type='Pretrained', checkpoint=str(found.path), prefix='backbone.'
    )
    backbone = registry.build(dict(RESNET, init_cfg=init_cfg))
    assert type(backbone).__module__.startswith(library)
    backbone.init_weights()
    prefixes = dict(online='backbone.', momentum='encoder_k.module.0.')
    assert_same(backbone.state_dict(), part(resnet_moco(), prefixes[encoder]))


def test_errors_name_the_checkpoint(tmp_path):
    torch.save({'a.weight': torch.ones(1)}, tmp_path / 'a.pth')
    with pytest.raises(ValueError, match=r'/a\.pth: there is no online'):
        extract_backbone(tmp_path / 'a.pth', tmp_path / 'out')
    assert not (tmp_path / 'out').exists()
