"""docs/elsewhere.md: its lines load what was written, each as it stands."""

import ast
import re
from functools import partial

import pytest
import torch
import torchvision
import yaml
from conftest import REPO
from mmpretrain.models import ResNet, SwinTransformer, VisionTransformer

from regioncl_mm.checkpoints import export_backbone, extract_backbone
from regioncl_mm.checkpoints.export import config_for, read_backbone
from regioncl_mm.checkpoints.formats import FORMATS
from regioncl_mm.checkpoints.onnx_file import write_onnx

PAGE = (REPO / 'docs' / 'elsewhere.md').read_text(encoding='utf-8')
BLOCKS = re.findall(
    r'^```(python|yaml)\n# (.*?)\n(.*?)^```$', PAGE, re.M | re.S
)
SNIPPETS = {title.split(';')[0]: code for _, title, code in BLOCKS}
NEEDS = dict(timm='timm', huggingface='transformers', onnx='onnxruntime')

# ViT-B/16 but for its number of layers.
BASE = dict(
    embed_dims=768, num_layers=2, num_heads=12, feedforward_channels=3072
)


def build(kind):
    if kind == 'vit':
        return VisionTransformer(BASE)
    if kind == 'swin':
        return SwinTransformer('tiny', out_indices=(3,))
    return ResNet(50, out_indices=(3,))


@pytest.fixture(scope='module')
def checkpoints(tmp_path_factory):
    """Checkpoints of three networks, made when they are asked for."""
    folder, made = tmp_path_factory.mktemp('elsewhere'), {}

    def make(kind):
        if kind not in made:
            torch.manual_seed(0)
            model = build(kind)
            model.eval()
            tensors = {
                f'backbone.{k}': v for k, v in model.state_dict().items()
            }
            made[kind] = folder / f'{kind}.pth', model
            torch.save(dict(state_dict=tensors), made[kind][0])
        return made[kind]

    return make


def written(checkpoint, library, folder):
    """The file or folder that a snippet loads."""
    if library == 'mmengine':
        return extract_backbone(checkpoint, folder).path
    if library == 'onnx':
        found = read_backbone(checkpoint)
        path = folder / 'backbone.onnx'
        write_onnx(config_for(found, None), found.tensors, path)
        return path
    return export_backbone(checkpoint, folder, library).paths[0]


def test_every_format_has_its_lines():
    assert set(FORMATS) == {title.split()[0] for title in SNIPPETS} - {'onnx'}
    for language, title, code in BLOCKS:
        if language == 'python':
            assert len(ast.parse(code).body) == 3, title


@pytest.mark.parametrize(
    'title', [x for x in SNIPPETS if 'detectron2' not in x]
)
def test_lines_run_and_give_the_same_features(
    title, checkpoints, tmp_path, monkeypatch
):
    library, kind = (*title.split(), 'resnet50')[:2]
    modules = dict(torch=torch, torchvision=torchvision)
    if library in NEEDS:
        module = pytest.importorskip(NEEDS[library])
        modules[NEEDS[library]] = module
    if library == 'onnx':
        pytest.importorskip('onnx')
    if library == 'timm' and kind == 'vit':
        shallow = partial(modules['timm'].create_model, depth=2)
        monkeypatch.setattr(modules['timm'], 'create_model', shallow)
    shallow = partial(
        torchvision.models.VisionTransformer, 224, 16, 2, 12, 768, 3072
    )
    monkeypatch.setattr(torchvision.models, 'vit_b_16', shallow)
    monkeypatch.setenv('HF_HUB_OFFLINE', '1')
    checkpoint, model = checkpoints(kind)
    path = written(checkpoint, library, tmp_path)
    code = re.sub(
        r"'backbone(-[^']*|\.onnx)'", repr(str(path)), SNIPPETS[title]
    )
    images = torch.randn(1, 3, 224, 224)
    with torch.no_grad():
        exec(compile(code, title, 'exec'), modules)
        if library == 'onnx':
            actual = run_session(modules['session'], images)
            expected = model(images)[-1]
        else:
            # In double precision the order of sums does not matter.
            other = modules['model']
            other.double()
            other.eval()
            actual = output_of(other, images.double())
            model.double()
            expected = model(images.double())[-1]
            model.float()
    if expected.dim() == 4 and actual.numel() != expected.numel():
        expected = expected.mean((2, 3))
    actual = actual.reshape(expected.shape)
    worst = (actual - expected).abs().max() / expected.abs().max()
    assert worst <= (1e-4 if library == 'onnx' else 1e-6)


def run_session(session, images):
    (features,) = session.run(None, dict(images=images.numpy()))
    return torch.from_numpy(features)


def output_of(model, images):
    """The features, out of whatever the library puts them in."""
    output = model(images)
    if isinstance(output, tuple):  # mmpretrain's
        return output[-1]
    if isinstance(output, torch.Tensor):
        return output
    last = output.last_hidden_state  # transformers'
    return last[:, 0] if last.dim() == 3 else last


def test_detectron2s_settings_are_its_own():
    (code,) = (x for title, x in SNIPPETS.items() if 'detectron2' in title)
    config = yaml.safe_load(code)
    assert config['MODEL']['RESNETS'] == dict(
        STRIDE_IN_1X1=False, NORM='SyncBN'
    )
