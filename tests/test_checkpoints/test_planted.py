"""Nothing that is planted in a file is run, whoever reads it."""

import timeit

import pytest
import torch
from tensors import resnet_moco
from tiny_run import save_as_mmengine, tiny_run

from regioncl_mm.checkpoints import extract_backbone
from regioncl_mm.checkpoints.training import load_from_local
from regioncl_mm.checkpoints.training_checkpoints import load_best_checkpoint


@pytest.fixture
def proof(tmp_path):
    """What is planted would write this file."""
    return tmp_path / 'proof'


class Planted:
    """Of a module that no list of attacks names."""

    def __init__(self, proof):
        self.setup = f'open({str(proof)!r}, "w")'

    def __reduce__(self):
        return timeit.timeit, ('1', self.setup)


def run_by_torch(path, proof):
    """What torch alone does with the file."""
    torch.load(path, weights_only=False)
    assert proof.exists()
    proof.unlink()


def at_top(content, planted):
    content['more'] = planted


def in_meta(content, planted):
    content['meta']['more'] = [planted]


def among_the_tensors(content, planted):
    content['state_dict']['backbone.more'] = planted


@pytest.mark.parametrize('plant', [at_top, in_meta, among_the_tensors])
def test_a_cached_backbone_is_what_was_extracted(plant, proof, tmp_path):
    """It has all the right tensors, and is written anew for a clean file."""
    torch.save(resnet_moco(), tmp_path / 'moco.pth')
    path = extract_backbone(tmp_path / 'moco.pth', tmp_path / 'out').path
    clean = path.read_bytes()
    content = torch.load(path, weights_only=True)
    plant(content, Planted(proof))
    torch.save(content, path)
    run_by_torch(path, proof)
    with pytest.raises(ValueError, match='timeit'):  # a downstream library
        load_from_local(str(path), 'cpu')
    again = extract_backbone(tmp_path / 'moco.pth', tmp_path / 'out')
    assert not again.reused and path.read_bytes() == clean
    assert not proof.exists()


def test_also_what_is_harmless_is_not_kept(tmp_path):
    torch.save(resnet_moco(), tmp_path / 'moco.pth')
    path = extract_backbone(tmp_path / 'moco.pth', tmp_path / 'out').path
    clean = path.read_bytes()
    content = torch.load(path, weights_only=True)
    torch.save(dict(content, more=1), path)
    assert not extract_backbone(tmp_path / 'moco.pth', tmp_path / 'out').reused
    assert path.read_bytes() == clean


@pytest.mark.parametrize('resume', [True, False])
def test_a_file_to_go_on_from_or_to_start_from(resume, proof, tmp_path):
    path = tmp_path / 'a.pth'
    save_as_mmengine(path, 1, optimizer=dict(state=Planted(proof)))
    run_by_torch(path, proof)
    run = tiny_run(tmp_path, changes=dict(resume=resume, load_from=str(path)))
    with pytest.raises(ValueError, match='a.pth was not loaded: .*timeit'):
        run.train()
    assert not proof.exists()


def test_a_best_checkpoint(proof, tmp_path):
    run = tiny_run(tmp_path, 1, {2: 1}, save_best='a/acc')
    run.train()
    (path,) = tmp_path.glob('best_*.pth')
    content = torch.load(path, weights_only=False)
    torch.save(dict(content, more=Planted(proof)), path)
    run_by_torch(path, proof)
    with pytest.raises(ValueError, match='best_.* was not loaded: .*timeit'):
        load_best_checkpoint(run)
    assert not proof.exists()


def test_a_config_in_a_checkpoint_is_not_run(proof, tmp_path):
    """mmengine runs `meta.config` when it goes on from a file."""
    path = tmp_path / 'a.pth'
    program = f'x = open({str(proof)!r}, "w")'
    meta = dict(epoch=0, iter=0, config=program)
    save_as_mmengine(path, 0, meta=meta)
    tiny_run(
        tmp_path, 1, changes=dict(resume=True, load_from=str(path))
    ).train()
    assert not proof.exists()
