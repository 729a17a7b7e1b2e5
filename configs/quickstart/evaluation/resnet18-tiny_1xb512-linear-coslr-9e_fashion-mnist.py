# The same by SimSiam's recipe: LARS, a larger batch, cosine. The rate makes up
# for 180 steps in place of 28,000.
_base_ = './resnet18-tiny_1xb256-linear-steplr-10e_fashion-mnist.py'

train_dataloader = dict(batch_size=512)
optim_wrapper = dict(
    optimizer=dict(
        _delete_=True,
        type='ForeachLARS',
        lr=64.0,
        momentum=0.9,
        weight_decay=0.0,
    )
)
param_scheduler = [
    dict(type='CosineAnnealingLR', T_max=9, by_epoch=True, begin=0, end=9)
]
train_cfg = dict(max_epochs=9)
auto_scale_lr = dict(base_batch_size=512)
