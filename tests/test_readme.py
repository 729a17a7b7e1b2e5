"""The first page's code runs as it stands, with mmpretrain's own trainer."""

import importlib.util
import re
import textwrap
from pathlib import Path

import mmpretrain
import numpy as np
import pytest
import torch
from conftest import REPO
from PIL import Image
from tool_calls import call

CODE = re.findall(
    r'^```python\n(.*?)^```$',
    (REPO / 'README.md').read_text(encoding='utf-8'),
    re.M | re.S,
)
(CONFIG,) = (code for code in CODE if code.startswith('_base_'))
(PICTURES,) = (code for code in CODE if '/my/pictures' in code)
(PARTS,) = (code for code in CODE if 'sample_region(' in code)
# In a config that has the first page's as its base: a second of work.
SMALL = textwrap.dedent("""
    _base_ = './my_config.py'
    model = dict(
        queue_len=16,
        feat_dim=8,
        backbone=dict(depth=18, stem_channels=8, base_channels=8),
        neck=dict(in_channels=64, hid_channels=8, out_channels=8),
    )
    train_dataloader = dict(batch_size=4, num_workers=WORKERS)
    train_cfg = dict(max_epochs=1)
""")


def stock_trainer():
    """``main`` of mmpretrain's tools/train.py, which `mim train` calls."""
    path = Path(mmpretrain.__file__).parent / '.mim/tools/train.py'
    spec = importlib.util.spec_from_file_location('stock_trainer', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main


@pytest.mark.parametrize('workers', [0, 1])
def test_mmpretrains_trainer_runs_the_config(workers, tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    (tmp_path / 'pictures').mkdir()
    for i in range(8):
        picture = rng.integers(0, 256, (256, 256, 3), dtype=np.uint8)
        Image.fromarray(picture).save(tmp_path / f'pictures/{i}.png')
    pictures = PICTURES.replace('/my/pictures', 'pictures')
    (tmp_path / 'my_config.py').write_text(CONFIG + pictures)
    small = SMALL.replace('WORKERS', str(workers))
    (tmp_path / 'small.py').write_text(small)
    monkeypatch.setattr('sys.argv', ['train.py', 'small.py'])
    call(lambda arguments: stock_trainer()(), cwd=tmp_path)
    (path,) = tmp_path.glob('work_dirs/small/epoch_1.pth')
    state_dict = torch.load(path, weights_only=False)['state_dict']
    assert 'encoder_k.module.0.conv1.weight' in state_dict


def test_the_parts_run_by_themselves():
    names = {}
    exec(compile(PARTS, 'README.md', 'exec'), names)
    assert names['composites'].shape == (4, 3, 224, 224)
    assert names['canvas'].shape == names['paste'].shape == (4, 2048, 1, 1)


def test_mim_finds_the_configs_that_the_documents_give_it():
    """It looks for a file of this name in the package, and takes no two."""
    pages = [REPO / 'README.md', *(REPO / 'docs').glob('*.md')]
    named = [
        name
        for page in pages
        for name in re.findall(
            r'^mim \w+ regioncl_mm (\S+\.py)', page.read_text(), re.M
        )
    ]
    assert named
    for name in named:
        assert len(list((REPO / 'configs').rglob(name))) == 1, name
