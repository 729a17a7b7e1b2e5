# Linear classification with 1 % of the labels (Table 3: RegionCL-M 46.1 top-1,
# 72.9 top-5).
_base_ = './resnet50_8xb32-linear-steplr-50e_in1k-10percent.py'

train_dataloader = dict(dataset=dict(ann_file='meta/train_1percent.txt'))
