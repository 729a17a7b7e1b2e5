# RegionCL-M*, both views query and key once: 73.9 in the paper's Table 2.
_base_ = './regioncl-m_resnet50_8xb128-coslr-800e_in1k.py'

model = dict(symmetric=True)
