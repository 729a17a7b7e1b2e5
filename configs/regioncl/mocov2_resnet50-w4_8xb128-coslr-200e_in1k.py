# MoCo v2 on ResNet-50 four times as wide: 74.1 in the paper's Table 12.
_base_ = './regioncl-m_resnet50-w4_8xb128-coslr-200e_in1k.py'

model = dict(region_branch=None)
