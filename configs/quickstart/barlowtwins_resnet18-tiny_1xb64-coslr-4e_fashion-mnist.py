# The same run without regions: Barlow Twins.
_base_ = './regioncl-barlow_resnet18-tiny_1xb64-coslr-4e_fashion-mnist.py'

model = dict(region_branch=None)
