# SimCLR, the baseline of RegionCL + SimCLR.
_base_ = './regioncl-simclr_resnet50_16xb256-coslr-200e_in1k.py'

model = dict(region_branch=None)
