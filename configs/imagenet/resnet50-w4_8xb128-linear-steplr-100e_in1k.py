# ResNet-50 four times as wide (Table 12: RegionCL-M 76.2).
_base_ = './resnet50_8xb128-linear-steplr-100e_in1k.py'

model = dict(
    backbone=dict(stem_channels=256, base_channels=256),
    head=dict(in_channels=8192),
)
