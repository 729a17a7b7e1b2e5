# The paper's Table 10, paste without canvas and negatives.
_base_ = '../regioncl-m_resnet50_8xb128-coslr-100e_in1k.py'

model = dict(region_head=dict(use_canvas=False, use_intra_negative=False))
