"""The libraries read toy data, with the pipelines of our configs."""

import json

import pytest
from conftest import REPO
from mmengine.config import Config
from mmengine.registry import DATASETS, init_default_scope
from toy import TRAIN, VAL, pose_files

from regioncl_mm.toy_data import garments

LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')
TASKS = {
    'mmdet/mask-rcnn_r50_fpn_8xb2-ms-poly-90k_coco.py': 'coco',
    'mmdet/retinanet_r50_fpn_8xb2-ms-90k_coco.py': 'coco',
    'mmdet/mask-rcnn_r50_fpn_8xb1-ms-24k_cityscapes.py': 'cityscapes',
    'mmseg/upernet_r50_8xb2-40k_cityscapes-512x1024.py': 'cityscapes',
    'mmpose/td-hm_res50_8xb64-210e_coco-256x192.py': 'coco',
    'mmpose/td-hm_res50_8xb64-210e_ap10k-256x256.py': 'ap10k',
}


@pytest.mark.parametrize('name', TASKS)
def test_a_configs_pipelines_load_every_sample(name, toy_root, monkeypatch):
    monkeypatch.chdir(toy_root.parent)  # where the configs' data/ is
    cfg = Config.fromfile(REPO / 'configs' / name)
    init_default_scope(cfg.default_scope)
    sizes = []
    for loader in LOADERS:
        dataset = cfg[loader].dataset
        if name.startswith('mmdet') and name.endswith('coco.py'):
            dataset.metainfo = dict(classes=garments.CLASSES)
        loaded = DATASETS.build(dataset)
        sizes.append(len(loaded))
        for sample in loaded:
            height, width = sample['inputs'].shape[-2:]
            assert min(height, width) >= 160
            if loader == 'train_dataloader' and name.startswith('mmdet'):
                assert len(sample['data_samples'].gt_instances)
    if name.startswith('mmpose'):
        files = [f for f in pose_files(toy_root) if TASKS[name] in f[0].parts]
        annotations = [
            json.loads(path.read_text())['annotations'] for path, _ in files
        ]
        wanted = [*map(len, annotations)]
        assert sizes == (wanted + wanted[1:])[:3]
    else:
        assert sizes == [TRAIN, VAL, VAL]
