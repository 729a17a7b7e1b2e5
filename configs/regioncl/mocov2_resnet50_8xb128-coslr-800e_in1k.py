# MoCo v2 for 800 epochs: 71.1 top-1 in the paper's Tables 2 and 11.
_base_ = './regioncl-m_resnet50_8xb128-coslr-800e_in1k.py'

model = dict(region_branch=None)
