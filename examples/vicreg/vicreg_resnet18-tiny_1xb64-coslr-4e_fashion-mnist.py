# The same run without regions: VICReg.
_base_ = './regioncl-vicreg_resnet18-tiny_1xb64-coslr-4e_fashion-mnist.py'

model = dict(region_branch=None)
