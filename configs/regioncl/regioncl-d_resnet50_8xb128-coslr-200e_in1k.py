# RegionCL-D, DenseCL with regions (A.7): 68.5 top-1 in the paper's Table 1.
_base_ = [
    '../_base_/models/regioncl-d_resnet50.py',
    '../_base_/datasets/imagenet_bs128_mocov2.py',
    '../_base_/schedules/imagenet_sgd_coslr_200e.py',
    '../_base_/default_runtime.py',
]

custom_hooks = [
    *_base_.custom_hooks,
    # DenseCL's warm-up: no dense loss at first.
    dict(type='DenseCLHook', start_iters=1000),
]
