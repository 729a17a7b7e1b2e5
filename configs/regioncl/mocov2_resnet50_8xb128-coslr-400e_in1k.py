# MoCo v2 for 400 epochs: 69.6 top-1 in the paper's Table 11.
_base_ = './regioncl-m_resnet50_8xb128-coslr-400e_in1k.py'

model = dict(region_branch=None)
