# Linear classification of SimSiam and RegionCL-S by SimSiam's recipe: LARS,
# 4,096 images a step (Table 1: RegionCL-S 71.3 top-1, 90.4 top-5, 80.8 Real).
_base_ = './resnet50_8xb128-linear-steplr-100e_in1k.py'

train_dataloader = dict(batch_size=512)
optim_wrapper = dict(
    optimizer=dict(
        _delete_=True,
        type='ForeachLARS',
        lr=1.6,
        momentum=0.9,
        weight_decay=0.0,
    )
)
param_scheduler = [
    dict(type='CosineAnnealingLR', T_max=90, by_epoch=True, begin=0, end=90)
]
train_cfg = dict(max_epochs=90)
auto_scale_lr = dict(base_batch_size=4096)
