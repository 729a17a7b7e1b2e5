# ResNet-50 twice as wide (Table 12: RegionCL-M 75.2).
_base_ = './resnet50_8xb128-linear-steplr-100e_in1k.py'

model = dict(
    backbone=dict(stem_channels=128, base_channels=128),
    head=dict(in_channels=4096),
)
