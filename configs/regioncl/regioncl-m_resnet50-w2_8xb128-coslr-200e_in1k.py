# RegionCL-M on ResNet-50 twice as wide: 75.2 in the paper's Table 12.
_base_ = './regioncl-m_resnet50_8xb128-coslr-200e_in1k.py'

model = dict(
    backbone=dict(stem_channels=128, base_channels=128),
    neck=dict(in_channels=4096),
)
