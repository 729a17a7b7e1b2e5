# The paper's Table 9, C_L = 1 and C_U = 5.
_base_ = '../regioncl-m_resnet50_8xb128-coslr-100e_in1k.py'

model = dict(region_branch=dict(min_cells=1))
