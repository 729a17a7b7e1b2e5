# MoCo v2, the first row of the paper's Tables 9 and 10.
_base_ = './regioncl-m_resnet50_8xb128-coslr-100e_in1k.py'

model = dict(region_branch=None)
