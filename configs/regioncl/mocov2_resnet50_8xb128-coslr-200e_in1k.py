# The baseline of RegionCL-M: the same run without regions.
_base_ = './regioncl-m_resnet50_8xb128-coslr-200e_in1k.py'

model = dict(region_branch=None)
