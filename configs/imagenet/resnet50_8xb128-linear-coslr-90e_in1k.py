# Linear classification of MoCo v3 and RegionCL-M3 by MoCo v3's recipe: rate
# 0.4 for 1,024 images a step, cosine (Table 2: RegionCL-M3 75.4 top-1, 92.6
# top-5).
_base_ = './resnet50_8xb128-linear-steplr-100e_in1k.py'

optim_wrapper = dict(optimizer=dict(lr=0.4))
param_scheduler = [
    dict(type='CosineAnnealingLR', T_max=90, by_epoch=True, begin=0, end=90)
]
train_cfg = dict(max_epochs=90)
