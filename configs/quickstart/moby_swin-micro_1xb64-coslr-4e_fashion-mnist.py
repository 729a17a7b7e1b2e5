# The same run without regions: MoBY.
_base_ = './regioncl-moby_swin-micro_1xb64-coslr-4e_fashion-mnist.py'

model = dict(region_branch=None)
