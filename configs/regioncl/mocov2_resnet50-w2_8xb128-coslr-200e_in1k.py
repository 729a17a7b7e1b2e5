# MoCo v2 on ResNet-50 twice as wide: 72.0 in the paper's Table 12.
_base_ = './regioncl-m_resnet50-w2_8xb128-coslr-200e_in1k.py'

model = dict(region_branch=None)
