# The same run without regions: BYOL.
_base_ = './regioncl-byol_resnet18-tiny_1xb64-coslr-4e_fashion-mnist.py'

model = dict(region_branch=None)
