# RegionCL-M as the paper's ablations train it (section 4.5).
_base_ = './regioncl-m_resnet50_8xb128-coslr-200e_in1k.py'

param_scheduler = [
    dict(type='CosineAnnealingLR', T_max=100, by_epoch=True, begin=0, end=100)
]
train_cfg = dict(max_epochs=100)
