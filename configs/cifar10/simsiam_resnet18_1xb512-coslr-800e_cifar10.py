# The same run without regions: SimSiam.
_base_ = './regioncl-s_resnet18_1xb512-coslr-800e_cifar10.py'

model = dict(region_branch=None)
