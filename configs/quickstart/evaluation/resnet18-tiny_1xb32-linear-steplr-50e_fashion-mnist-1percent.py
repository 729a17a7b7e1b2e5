# Linear classification with 1 % of the labels, 600 images.
_base_ = './resnet18-tiny_1xb32-linear-steplr-10e_fashion-mnist-10percent.py'

train_dataloader = dict(
    dataset=dict(list_file=_base_.data_root + '/meta/train_1percent.txt')
)
param_scheduler = [
    dict(type='MultiStepLR', by_epoch=True, milestones=[30, 40], gamma=0.1)
]
train_cfg = dict(max_epochs=50, val_interval=10)
