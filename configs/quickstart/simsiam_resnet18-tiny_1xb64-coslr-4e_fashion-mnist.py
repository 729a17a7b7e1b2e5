# The same run without regions: SimSiam.
_base_ = './regioncl-s_resnet18-tiny_1xb64-coslr-4e_fashion-mnist.py'

model = dict(region_branch=None)
