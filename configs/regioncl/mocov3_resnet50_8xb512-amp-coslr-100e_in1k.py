# MoCo v3 for 100 epochs: 68.9 top-1 in the paper's Table 1.
_base_ = './regioncl-m3_resnet50_8xb512-amp-coslr-100e_in1k.py'

model = dict(region_branch=None)
