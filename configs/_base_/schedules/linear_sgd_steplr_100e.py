# MoCo's linear classification, 1,024 images a step and the rate still 30, as
# the authors ran it. Never scale it.
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='SGD', lr=30.0, momentum=0.9, weight_decay=0.0),
)
param_scheduler = [
    dict(type='MultiStepLR', by_epoch=True, milestones=[60, 80], gamma=0.1)
]
train_cfg = dict(
    type='ResumableEpochBasedTrainLoop', max_epochs=100, val_interval=1
)
val_cfg = dict()
test_cfg = dict()
# What the rate is meant for; nothing is scaled by it.
auto_scale_lr = dict(base_batch_size=1024)
