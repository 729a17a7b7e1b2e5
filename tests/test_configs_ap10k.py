"""Which part of AP-10K a config reads is in its name."""

import re

import pytest
from conftest import REPO
from mmengine.config import Config

FOLDER = REPO / 'configs' / 'mmpose'
FILES = sorted(FOLDER.rglob('*_ap10k-*.py'))


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.stem)
def test_the_split_is_the_one_of_the_name(path):
    cfg = Config.fromfile(path)
    said = re.search('split([23])', path.name)
    split = said[1] if said else '1'
    test = 'val' if '-val-' in path.name else 'test'
    parts = dict(train='train', val='val', test=test)
    for key, part in parts.items():
        name = f'annotations/ap10k-{part}-split{split}.json'
        assert cfg[f'{key}_dataloader'].dataset.ann_file == name
        if key != 'train':
            metric = cfg[f'{key}_evaluator']
            assert metric.ann_file == f'data/ap10k/{name}'
    base = Config.fromfile(FOLDER / 'td-hm_res50_8xb64-210e_ap10k-256x256.py')
    assert cfg.model == base.model
