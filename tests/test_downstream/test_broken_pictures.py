"""Pictures with a hole, which the libraries' loaders read as others."""

import cv2
import numpy as np
import pytest
from mmengine.registry import DATASETS
from own_data import (
    detector,
    pose_estimator,
    segmentor,
    write_coco,
    write_masks,
)

from regioncl_mm.downstream import name_broken_images
from regioncl_mm.images import UnreadableImageError


def first(cfg):
    """The first sample to train on."""
    with DATASETS.switch_scope_and_registry(cfg.default_scope) as registry:
        return registry.build(cfg.train_dataloader.dataset)[0]


@pytest.mark.parametrize('config', [detector, pose_estimator, segmentor])
def test_they_are_named(config, tmp_path):
    if config is segmentor:
        write_masks(tmp_path, [(0, 1)] * 4)
    else:
        write_coco(tmp_path)
    picture = tmp_path / 'train' / '0.png'  # a JPEG, whatever its name says
    noise = np.random.RandomState(0).randint(0, 255, (30, 40, 3), np.uint8)
    picture.write_bytes(cv2.imencode('.jpg', noise)[1].tobytes())
    plain, named = config(tmp_path), config(tmp_path)
    name_broken_images(named)
    assert np.array_equal(first(plain)['img'], first(named)['img'])
    content = bytearray(picture.read_bytes())
    half = len(content) // 2
    content[half : half + 200] = b'\xff\x41' * 100
    picture.write_bytes(content)
    assert first(plain)['img'].shape == (30, 40, 3)
    with pytest.raises(UnreadableImageError, match=f'image {picture}: '):
        first(named)
