# The same run without regions: DenseCL.
_base_ = './regioncl-d_resnet18_1xb512-coslr-200e_cifar10.py'

model = dict(region_branch=None)
