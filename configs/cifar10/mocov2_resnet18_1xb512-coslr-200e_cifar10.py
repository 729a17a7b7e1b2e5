# The same run without regions: MoCo v2.
_base_ = './regioncl-m_resnet18_1xb512-coslr-200e_cifar10.py'

model = dict(region_branch=None)
