"""Downstream configs of the quickstart, one of each library."""

from conftest import REPO

CONFIGS = REPO / 'configs' / 'quickstart' / 'transfer'
MASK_RCNN = CONFIGS / 'mask-rcnn_resnet18-tiny_fpn_1xb4-300i_toy-coco.py'
UPERNET = CONFIGS / 'upernet_resnet18-tiny_1xb8-300i_toy-cityscapes.py'
POSE = CONFIGS / 'td-hm_resnet18-tiny_1xb32-20e_toy-coco.py'
