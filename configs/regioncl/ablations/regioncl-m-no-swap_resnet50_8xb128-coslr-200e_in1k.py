# The paper's Table 14 (A.4): zeros where the paste view was cut out, 69.2.
_base_ = '../regioncl-m_resnet50_8xb128-coslr-200e_in1k.py'

model = dict(region_branch=dict(swap=False))
