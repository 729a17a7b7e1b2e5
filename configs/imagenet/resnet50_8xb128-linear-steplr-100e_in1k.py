# Linear classification of MoCo v2, DenseCL and RegionCL on these
# (Table 1: RegionCL-M 69.4 top-1, 89.6 top-5, 78.7 Real).
_base_ = [
    '../_base_/models/resnet50_linear.py',
    '../_base_/datasets/imagenet_classification.py',
    '../_base_/schedules/linear_sgd_steplr_100e.py',
    '../_base_/default_runtime.py',
]

# The best epoch counts, as in the authors' log.
default_hooks = dict(
    checkpoint=dict(save_best='accuracy/top1', max_keep_ckpts=1)
)
