"""tools/report.py puts our results beside the paper's numbers."""

import csv
import io
import json
import sys

import pytest
from test_tools.test_train import REPO, run

sys.path.insert(0, str(REPO / 'tools'))
from _report import collect, markdown, paper, results, table_csv  # noqa: E402
from _report import text as report_text  # noqa: E402

C4 = 'mask-rcnn_r50-c4_8xb2-ms-poly-90k_coco'
FPN = 'mask-rcnn_r50_fpn_8xb2-ms-poly-90k_coco'
C4_2X = 'mask-rcnn_r50-c4_8xb2-ms-poly-180k_coco'
FPN_2X = 'mask-rcnn_r50_fpn_8xb2-ms-poly-180k_coco'
RETINA = 'retinanet_r50_fpn_8xb2-ms-90k_coco'
RETINA_2X = 'retinanet_r50_fpn_8xb2-ms-180k_coco'
CITY = 'mask-rcnn_r50_fpn_8xb1-ms-24k_cityscapes'
SEM_40K = 'upernet_r50_8xb2-40k_cityscapes-512x1024'
SEM_80K = 'upernet_r50_8xb2-80k_cityscapes-512x1024'
POSE = 'td-hm_res50_8xb64-210e_coco-256x192'
AP10K = 'td-hm_res50_8xb64-210e_ap10k-256x256'
TOY = 'retinanet_resnet18-tiny_fpn_1xb4-300i_toy-coco'

SHA = 'a1b2c3d4e5f6' + '0' * 52
OTHER = 'ffeeddccbbaa' + '0' * 52
NAMES = {
    SHA: 'regioncl-m_resnet50_8xb128-coslr-200e_in1k',
    OTHER: 'regioncl-m_resnet50_8xb128-coslr-400e_in1k',
}


def content(name, metrics, sha=SHA, method='RegionCL-M', **changes):
    """As tools/transfer.py writes it; ``sha`` may be random, supervised."""
    init = sha if sha in ('random', 'supervised') else 'checkpoint'
    checkpoint = verified = None
    if init != 'random':
        checkpoint = dict(
            file='epoch_200.pth',
            sha256=sha if init == 'checkpoint' else '5' * 64,
            encoder='online',
            prefix='backbone.',
            experiment=NAMES.get(sha),
        )
        verified = dict(
            loaded=318,
            total=318,
            fresh=[],
            unused=[],
            complete=True,
            sha256=checkpoint['sha256'],
        )
    return dict(
        config=f'configs/somewhere/{name}.py',
        name=name,
        cfg_options={},
        init=init,
        method=method if init == 'checkpoint' else None,
        checkpoint=checkpoint,
        verified=verified,
        metrics=metrics,
        metrics_before=None,
        seed=0,
        world_size=1 if '1xb' in name else 8,
        seconds=123.4,
        versions={},
        git_commit=None,
        finished='2026-11-25T07:00:00+00:00',
        **{},
    ) | changes if sys.version_info >= (3, 9) else None
