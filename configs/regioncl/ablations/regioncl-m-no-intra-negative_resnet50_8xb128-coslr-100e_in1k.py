# The paper's Table 10, canvas and paste without negatives.
_base_ = '../regioncl-m_resnet50_8xb128-coslr-100e_in1k.py'

model = dict(region_head=dict(use_intra_negative=False))
