# The same run without regions: MoCo v2.
_base_ = './regioncl-m_resnet18-tiny_1xb64-coslr-6e_fashion-mnist.py'

model = dict(region_branch=None)
