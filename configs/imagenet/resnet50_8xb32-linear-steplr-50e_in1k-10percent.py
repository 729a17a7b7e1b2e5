# Linear classification with 10 % of the labels (Table 3: RegionCL-M 60.4
# top-1, 83.5 top-5). The authors give no schedule; this is EMAN's for 10 %.
# `tools/make_subset.py imagenet data/imagenet` makes the list.
_base_ = './resnet50_8xb128-linear-steplr-100e_in1k.py'

train_dataloader = dict(
    batch_size=32, dataset=dict(ann_file='meta/train_10percent.txt')
)
param_scheduler = [
    dict(type='MultiStepLR', by_epoch=True, milestones=[30, 40], gamma=0.1)
]
train_cfg = dict(max_epochs=50)
auto_scale_lr = dict(base_batch_size=256)
