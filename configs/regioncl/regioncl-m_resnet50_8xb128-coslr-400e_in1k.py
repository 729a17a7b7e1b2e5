# RegionCL-M for 400 epochs: 72.1 top-1 in the paper's Table 11.
_base_ = './regioncl-m_resnet50_8xb128-coslr-200e_in1k.py'

param_scheduler = [
    dict(type='CosineAnnealingLR', T_max=400, by_epoch=True, begin=0, end=400)
]
train_cfg = dict(max_epochs=400)
