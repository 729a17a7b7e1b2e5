# BYOL, the baseline of RegionCL + BYOL.
_base_ = './regioncl-byol_resnet50_16xb256-coslr-200e_in1k.py'

model = dict(region_branch=None)
