# The same run without regions: MoCo v3.
_base_ = './regioncl-m3_resnet18-tiny_1xb64-coslr-4e_fashion-mnist.py'

model = dict(region_branch=None)
