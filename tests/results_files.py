"""A results.json as tools/transfer.py writes it, and what tests have of it."""

import json

from regioncl_mm.report.results import to_result

HASH, OTHER = 'ab' * 32, 'cd' * 32
LINEAR = 'resnet50_8xb128-linear-steplr-100e_in1k'
LARS = 'resnet50_8xb512-linear-coslr-90e_in1k'
FINE_TUNE = 'resnet50_8xb128-coslr-50e_in1k'
KNN = 'resnet50_8xb256-knn_in1k'
ONE_PERCENT = 'resnet50_8xb32-linear-steplr-50e_in1k-1percent'
C4 = 'mask-rcnn_r50-c4_8xb2-ms-poly-90k_coco'
FPN = 'mask-rcnn_r50_fpn_8xb2-ms-poly-90k_coco'
POSE = 'td-hm_res50_8xb64-210e_coco-256x192'


def content(name, metrics, sha256=HASH, **changes):
    """What the file of a run of a config has."""
    checkpoint = dict(sha256=sha256, file='a.pth', experiment='regioncl-m_a')
    return dict(
        name=name,
        init='checkpoint',
        method='RegionCL-M',
        checkpoint=checkpoint,
        verified=dict(loaded=318, total=318, complete=True),
        metrics=metrics,
        metrics_before=None,
        seed=0,
        cfg_options={},
        **changes,
    )


def changed(base, **changes):
    """The result of a file whose content differs."""
    return to_result({**base, **changes})


def pretrained(name, metrics, experiment, method='RegionCL-M', **changes):
    """The result of a backbone whose pretraining is known."""
    base = dict(content(name, metrics), method=method)
    base['checkpoint'].update(experiment=experiment)
    return to_result({**base, **changes})


def write(root, contents):
    """Write a results.json into a folder for each of the contents.

    Args:
        root: Gets the folders.
        contents: By the folders' names.
    """
    for name, found in contents.items():
        folder = root / str(name)
        folder.mkdir(parents=True)
        (folder / 'results.json').write_text(json.dumps(found))
