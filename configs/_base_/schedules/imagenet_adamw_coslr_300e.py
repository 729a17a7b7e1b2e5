# MoBY's recipe: AdamW, 512 images a step.
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(
        type='AdamW', lr=1e-3, weight_decay=0.05, eps=1e-8, betas=(0.9, 0.999)
    ),
    # Tables of relative positions are decayed, as in MoBY's public code.
    paramwise_cfg=dict(
        norm_decay_mult=0.0, bias_decay_mult=0.0, flat_decay_mult=0.0
    ),
    clip_grad=dict(max_norm=5.0),
)
param_scheduler = [
    dict(
        type='LinearLR',
        start_factor=5e-4,  # from 5e-7
        by_epoch=True,
        begin=0,
        end=5,
        convert_to_iter_based=True,
    ),
    # It spans the warm-up, as MoBY's does.
    dict(
        type='CosineAnnealingLR',
        T_max=300,
        eta_min=5e-6,
        by_epoch=True,
        begin=0,
        end=300,
        convert_to_iter_based=True,
    ),
]
train_cfg = dict(type='ResumableEpochBasedTrainLoop', max_epochs=300)
auto_scale_lr = dict(base_batch_size=512, enable=False)
