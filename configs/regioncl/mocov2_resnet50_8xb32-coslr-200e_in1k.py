# MoCo v2 as its authors train it: 67.5 top-1 in the paper's Table 15.
_base_ = './regioncl-m_resnet50_8xb32-coslr-200e_in1k.py'

model = dict(region_branch=None)
