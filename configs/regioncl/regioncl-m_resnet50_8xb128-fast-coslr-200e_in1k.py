# The main run with settings that make a step faster and leave the method as
# it is: bfloat16, channels last, compiled backbones, on a CPU an update in one
# pass, jitter and blur on the GPU.
_base_ = [
    '../_base_/models/regioncl-m_resnet50.py',
    '../_base_/datasets/imagenet_bs128_mocov2-on-device.py',
    '../_base_/schedules/imagenet_sgd_coslr_200e.py',
    '../_base_/default_runtime.py',
]

optim_wrapper = dict(
    type='BFloat16OptimWrapper', optimizer=dict(type='FusedSGD')
)
custom_hooks = [
    *_base_.custom_hooks,
    dict(type='ChannelsLastHook'),
    dict(type='CompileBackboneHook'),
]
