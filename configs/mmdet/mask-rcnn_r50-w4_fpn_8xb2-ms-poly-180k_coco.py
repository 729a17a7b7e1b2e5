# ResNet-50 four times as wide (Table 12): 44.5 box AP, 39.7 mask AP with
# RegionCL-M.
_base_ = './mask-rcnn_r50_fpn_8xb2-ms-poly-180k_coco.py'

model = dict(
    backbone=dict(stem_channels=256, base_channels=256),
    neck=dict(in_channels=[1024, 2048, 4096, 8192]),
)
