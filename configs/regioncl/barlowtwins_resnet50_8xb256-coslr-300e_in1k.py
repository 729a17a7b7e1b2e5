# Barlow Twins, the baseline of RegionCL + Barlow Twins.
_base_ = './regioncl-barlow_resnet50_8xb256-coslr-300e_in1k.py'

model = dict(region_branch=None)
