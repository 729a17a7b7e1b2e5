# RegionCL-M for 800 epochs: 73.1 top-1 in the paper's Tables 2 and 11.
_base_ = './regioncl-m_resnet50_8xb128-coslr-200e_in1k.py'

param_scheduler = [
    dict(type='CosineAnnealingLR', T_max=800, by_epoch=True, begin=0, end=800)
]
train_cfg = dict(max_epochs=800)
