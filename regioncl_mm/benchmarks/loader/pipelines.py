"""The pipelines that are timed, from a dataset's config."""

from __future__ import annotations

from pathlib import Path

from mmengine.config import Config
from mmpretrain.registry import MODELS, TRANSFORMS
from torch import nn

from ...utils.places import project_root

DATASETS = project_root() / 'configs' / '_base_' / 'datasets'
PEER = "mmpretrain's transforms"
DEFERRED = 'the rest on the device'


def pipelines(dataset: str) -> dict[str, list]:
    """The transforms of a training pipeline in each of three ways, by name.

    Args:
        dataset: Name of a config in ``configs/_base_/datasets``.
    """
    cfg = Config.fromfile(DATASETS / f'{dataset}.py')
    (views,) = (t for t in cfg.train_pipeline if 'num_views' in t)
    views = dict(views, type='MultiView')
    views.pop('on_device', None)
    pack = dict(type='PackInputs', algorithm_keys=('augmentation',))
    cfgs = {
        PEER: ('LoadImageFromFile', views),
        'cheaper transforms': (
            'LoadImageOrReport',
            dict(views, type='FastMultiView'),
        ),
        DEFERRED: (
            'LoadImageOrReport',
            dict(views, type='FastMultiView', on_device=True),
        ),
    }
    return {
        name: [TRANSFORMS.build(t) for t in (dict(type=load), multi, pack)]
        for name, (load, multi) in cfgs.items()
    }


def sample(pipeline: list, path: Path) -> dict:
    """One image through a pipeline."""
    results = dict(img_path=str(path))
    for transform in pipeline:
        results = transform(results)
    return results


def preprocessor(device: str) -> nn.Module:
    """A preprocessor that augments, and leaves levels as they are."""
    cfg = dict(mean=[0.0] * 3, std=[1.0] * 3, to_rgb=True)
    found = MODELS.build(dict(type='AugmentingDataPreprocessor', **cfg))
    return found.to(device)
