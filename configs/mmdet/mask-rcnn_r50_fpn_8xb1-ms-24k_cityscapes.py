# Mask R-CNN on Cityscapes (Table 7): 34.9 AP, 62.5 AP50 with RegionCL-M; the
# paper's column says AP75, the authors' log AP50.
_base_ = [
    'mmdet::cityscapes/mask-rcnn_r50_fpn_1x_cityscapes.py',
    '../_base_/downstream/lasting_run.py',
]

custom_imports = dict(imports=['regioncl_mm'], allow_failed_imports=False)
custom_hooks = [dict(type='PreciseBatchNormHook', num_iters=200)]
load_from = None  # the base starts from a detector trained on COCO

norm_cfg = dict(type='SyncBN', requires_grad=True)
model = dict(
    # Without `init_cfg`: from scratch, or from what a run writes there.
    backbone=dict(
        _delete_=True,
        type='ResNet',
        depth=50,
        norm_cfg=norm_cfg,
        norm_eval=False,
        frozen_stages=-1,  # 0 would freeze the stem
        style='pytorch',
    ),
    neck=dict(norm_cfg=norm_cfg),
    roi_head=dict(
        bbox_head=dict(
            loss_bbox=dict(_delete_=True, type='L1Loss', loss_weight=1.0)
        )
    ),
)

# Masks stay bitmaps: Cityscapes' annotations are run lengths, and of those
# mmdet's polygon loading ignores every one.
train_pipeline = _base_.train_pipeline  # noqa: F821
train_pipeline[2] = dict(
    type='RandomChoiceResize',
    scales=[(2048, short) for short in range(800, 1025, 32)],
    keep_ratio=True,
)
train_dataset = _base_.train_dataloader.dataset.dataset  # noqa: F821
train_dataset.update(pipeline=train_pipeline)
train_dataloader = dict(
    sampler=dict(type='InfiniteSampler'),
    dataset=dict(_delete_=True, **train_dataset),  # an epoch is not repeated
)

max_iter = 24000
train_cfg = dict(
    _delete_=True,
    type='ResumableIterBasedTrainLoop',
    max_iters=max_iter,
    val_interval=max_iter,
)
param_scheduler = [
    dict(
        type='LinearLR', start_factor=0.001, by_epoch=False, begin=0, end=1000
    ),
    dict(
        type='MultiStepLR',
        begin=0,
        end=max_iter,
        by_epoch=False,
        milestones=[18000],
        gamma=0.1,
    ),
]
optim_wrapper = dict(paramwise_cfg=dict(norm_decay_mult=0.0))
auto_scale_lr = dict(base_batch_size=8)

default_hooks = {
    **_base_.lasting_hooks,  # noqa: F821
    'checkpoint': dict(
        type='AtomicCheckpointHook', by_epoch=False, interval=6000
    ),
}
log_processor = dict(by_epoch=False)
