# The same run without regions: DenseCL.
_base_ = './regioncl-d_resnet18-tiny_1xb64-coslr-6e_fashion-mnist.py'

model = dict(region_branch=None)
