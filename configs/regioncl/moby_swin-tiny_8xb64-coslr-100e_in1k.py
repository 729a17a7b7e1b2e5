# MoBY for 100 epochs: 70.9 top-1 in the paper's Table 8.
_base_ = './regioncl-moby_swin-tiny_8xb64-coslr-100e_in1k.py'

model = dict(region_branch=None)
