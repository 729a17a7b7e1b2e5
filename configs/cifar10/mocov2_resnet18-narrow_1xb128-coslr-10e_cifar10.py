# The same run without regions: MoCo v2.
_base_ = './regioncl-m_resnet18-narrow_1xb128-coslr-10e_cifar10.py'

model = dict(region_branch=None)
