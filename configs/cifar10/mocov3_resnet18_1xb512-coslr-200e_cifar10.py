# The same run without regions: MoCo v3.
_base_ = './regioncl-m3_resnet18_1xb512-coslr-200e_cifar10.py'

model = dict(region_branch=None)
