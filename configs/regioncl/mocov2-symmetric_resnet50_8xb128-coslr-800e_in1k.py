# MoCo v2*: 72.3 top-1 in the paper's Table 2.
_base_ = './regioncl-m-symmetric_resnet50_8xb128-coslr-800e_in1k.py'

model = dict(region_branch=None)
