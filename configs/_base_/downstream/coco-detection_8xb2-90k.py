# As coco-instance_8xb2-90k.py, without masks.
_base_ = ['mmdet::common/ms-90k_coco.py', './lasting_run.py']

custom_imports = dict(imports=['regioncl_mm'], allow_failed_imports=False)
default_hooks = _base_.lasting_hooks  # noqa: F821
custom_hooks = [dict(type='PreciseBatchNormHook', num_iters=200)]

optim_wrapper = dict(paramwise_cfg=dict(norm_decay_mult=0.0))
train_cfg = dict(
    type='ResumableIterBasedTrainLoop',
    val_interval=90000,  # at the end alone
)
