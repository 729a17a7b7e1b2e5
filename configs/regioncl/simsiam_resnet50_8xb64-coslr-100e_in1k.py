# SimSiam, the baseline of RegionCL-S: 68.1 top-1 in the paper's Table 1.
_base_ = './regioncl-s_resnet50_8xb64-coslr-100e_in1k.py'

model = dict(region_branch=None)
