"""tools/extract_backbone.py: what it says, and where it writes."""

import extract_backbone
import numpy as np
import pytest
import torch
from backbones import save_checkpoint
from full_disk import at_most
from tool_calls import call as call_tool

from regioncl_mm.checkpoints.formats import FORMATS

TENSORS = {'conv1.weight': torch.randn(2, 3), 'bn1.bias': torch.randn(2)}


@pytest.fixture
def checkpoint(tmp_path):
    path = tmp_path / 'epoch_1.pth'
    state_dict = {
        prefix + name: tensor + i
        for i, prefix in enumerate(('backbone.', 'encoder_k.module.0.'))
        for name, tensor in TENSORS.items()
    }
    torch.save(dict(state_dict=state_dict, meta=np.float64(1)), path)
    return path


def call(*arguments, **kwargs):
    return call_tool(extract_backbone.main, *arguments, **kwargs)


def test_says_what_it_found_and_wrote(checkpoint, tmp_path):
    out = tmp_path / 'out'
    said = call(checkpoint, '--out-dir', out, '--encoder', 'momentum')
    (path,) = out.glob('*.pth')
    meta = torch.load(path, weights_only=True)['meta']
    assert said.splitlines() == [
        "found the momentum backbone under 'encoder_k.module.0.': 2 tensors, "
        '8 values',
        f'sha256 of the tensors: {meta["sha256"]}',
        f'wrote {path}',
        f'wrote {path.with_suffix(".safetensors")}',
        "to use it: init_cfg=dict(type='Pretrained', "
        f"checkpoint='{path}', prefix='backbone.')",
    ]
    assert f'already there: {path}\n' in call(path)


def test_writes_beside_the_checkpoint_by_default(checkpoint):
    said = call(checkpoint)
    (path,) = checkpoint.parent.glob('backbone-*.pth')
    assert "online backbone under 'backbone.'" in said
    content = torch.load(path, weights_only=True)['state_dict']
    for name, tensor in TENSORS.items():
        assert torch.equal(content[f'backbone.{name}'], tensor)


def test_an_error_is_one_line(tmp_path):
    said = call(tmp_path / 'no.pth', ok=False)
    message = f'there is no file {tmp_path / "no.pth"}'
    assert said.splitlines()[-1] == f'extract_backbone.py: {message}'
    assert 'Traceback' not in said


def test_a_full_disk_is_one_line_and_leaves_nothing(checkpoint, tmp_path):
    out = tmp_path / 'out'
    with at_most(1000):
        said = call(checkpoint, '--out-dir', out, ok=False)
    (line,) = said.splitlines()
    assert line.startswith(f'extract_backbone.py: {out}/backbone-')
    assert 'pth was not written: File too large (' in line
    assert ' bytes needed, ' in line and not list(out.iterdir())


def test_trust_is_asked_for_and_can_be_given(tmp_path):
    path = tmp_path / 'a.pth'
    state_dict = {**TENSORS, 'scale': np.float64(1)}
    torch.save(dict(state_dict=state_dict), path)
    assert 'use `--trust-checkpoint`' in call(path, ok=False)
    assert '2 tensors' in call(path, '--trust-checkpoint')


@pytest.mark.parametrize(
    'library', ['torchvision', 'timm', 'detectron2', 'huggingface', 'lightly']
)
def test_formats_are_written_and_named(library, tmp_path):
    path = save_checkpoint('resnet18', tmp_path / 'a.pth')
    said = call(path, '--format', library, '--out-dir', tmp_path / 'out')
    files = {str(x) for x in (tmp_path / 'out').iterdir()}
    named = {x[len('wrote ') :] for x in said.splitlines() if 'wrote ' in x}
    assert named == files and f'docs/elsewhere.md#{library}' in said
    assert all(f'-{library}' in x for x in files)


def test_what_cannot_be_mapped_is_one_line(tmp_path):
    path = save_checkpoint('convnext', tmp_path / 'a.pth')
    said = call(path, '--format', 'torchvision', ok=False)
    assert said.startswith(f'extract_backbone.py: {path}: stages.0.0.')
    assert (
        'no map of it to torchvision' in said and len(said.splitlines()) == 1
    )


def test_the_formats_are_those_of_the_package():
    assert extract_backbone.FORMATS == FORMATS


def test_a_network_of_onnx(tmp_path):
    pytest.importorskip('onnx')
    path = save_checkpoint('resnet18', tmp_path / 'a.pth')
    said = call(path, '--onnx', tmp_path / 'a.onnx')
    assert f'wrote {tmp_path / "a.onnx"}\n' in said
    assert (tmp_path / 'a.onnx').is_file()


def test_onnx_of_a_network_that_only_its_config_tells(checkpoint, tmp_path):
    said = call(checkpoint, '--onnx', tmp_path / 'a.onnx', ok=False)
    assert "give the pretraining's config, `--config`" in said
    assert not (tmp_path / 'a.onnx').exists()
