# MoCo v3, the baseline of RegionCL-M3: 74.6 top-1 in the paper's Table 2.
_base_ = './regioncl-m3_resnet50_8xb512-amp-coslr-1000e_in1k.py'

model = dict(region_branch=None)
