"""Pictures that cannot be read are named, as in pretraining."""

from __future__ import annotations

from mmengine.config import Config

from ..utils.walk import walk

# What the libraries' pipelines load pictures with, all of them mmcv's.
LOADING = ('LoadImageFromFile', 'LoadImage')


def name_broken_images(cfg: Config) -> None:
    """Have pipelines load by :class:`~regioncl_mm.datasets.LoadImageOrReport`.

    It gives the same pixels, and raises at what the libraries take for a
    picture with grey in the place of what is lost.

    Args:
        cfg: Changed in place if it is of a downstream library.
    """
    if cfg.get('default_scope') not in ('mmdet', 'mmseg', 'mmpose'):
        return
    for key in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        for _, node in walk(cfg.get(key) or {}):
            if node['type'] in LOADING:
                node['type'] = 'mmpretrain.LoadImageOrReport'
