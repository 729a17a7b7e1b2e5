# RegionCL-M on ResNet-50 four times as wide: 76.2 in the paper's Table 12.
_base_ = './regioncl-m_resnet50_8xb128-coslr-200e_in1k.py'

model = dict(
    backbone=dict(stem_channels=256, base_channels=256),
    neck=dict(in_channels=8192),
)
