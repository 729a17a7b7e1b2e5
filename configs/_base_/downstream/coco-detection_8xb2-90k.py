# As coco-instance_8xb2-90k.py, without masks.
_base_ = 'mmdet::common/ms-90k_coco.py'

custom_imports = dict(imports=['regioncl_mm'], allow_failed_imports=False)
default_hooks = dict(
    checkpoint=dict(type='AtomicCheckpointHook'),
    non_finite=dict(type='NonFiniteHook'),
)
custom_hooks = [dict(type='PreciseBatchNormHook', num_iters=200)]

optim_wrapper = dict(paramwise_cfg=dict(norm_decay_mult=0.0))
train_cfg = dict(val_interval=90000)  # at the end alone
default_hooks = dict(
    preemption=dict(type='PreemptionHook'),
    rank_watch=dict(type='RankWatchHook'),
)
