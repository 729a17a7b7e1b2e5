# ResNet-50 twice as wide (Table 12): 43.8 box AP, 39.3 mask AP with
# RegionCL-M.
_base_ = './mask-rcnn_r50_fpn_8xb2-ms-poly-180k_coco.py'

model = dict(
    backbone=dict(stem_channels=128, base_channels=128),
    neck=dict(in_channels=[512, 1024, 2048, 4096]),
)
