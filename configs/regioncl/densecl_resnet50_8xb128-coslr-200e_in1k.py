# DenseCL, the baseline of RegionCL-D: 63.6 top-1 in the paper's Table 1.
_base_ = './regioncl-d_resnet50_8xb128-coslr-200e_in1k.py'

model = dict(region_branch=None)
