# RegionCL + MoBY in minutes on a CPU, with one stage of a Swin transformer,
# whose stride is 4. Every step encodes both views as queries, hence fewer
# epochs than RegionCL-M.
_base_ = './regioncl-m_resnet18-tiny_1xb64-coslr-6e_fashion-mnist.py'

norm_cfg = dict(type='BN1d')
model = dict(
    _delete_=True,
    type='RegionCLMoBY',
    queue_len=4096,
    feat_dim=64,
    base_momentum=0.01,
    backbone=dict(
        type='SwinTransformer',
        arch=dict(embed_dims=32, depths=[3], num_heads=[2]),
        img_size=28,
        patch_size=4,
        in_channels=1,
        out_indices=(0,),
        drop_path_rate=0.1,
        init_cfg=dict(type='TruncNormal', layer='Linear', std=0.02, bias=0.0),
    ),
    target_backbone=dict(drop_path_rate=0.0),
    neck=dict(
        type='NonLinearNeck',
        in_channels=32,
        hid_channels=128,
        out_channels=64,
        with_bias=True,
        with_last_bn=False,
        with_last_bias=True,
        norm_cfg=norm_cfg,
    ),
    head=dict(
        type='MoBYHead',
        predictor=dict(
            type='NonLinearNeck',
            in_channels=64,
            hid_channels=128,
            out_channels=64,
            with_bias=True,
            with_last_bn=False,
            with_last_bias=True,
            with_avg_pool=False,
            norm_cfg=norm_cfg,
        ),
        loss=dict(type='CrossEntropyLoss'),
        temperature=0.2,
    ),
    region_branch=_base_.model.region_branch,
)

optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='AdamW', lr=2e-3, weight_decay=0.05),
    clip_grad=dict(max_norm=5.0),
    paramwise_cfg=dict(
        norm_decay_mult=0.0, bias_decay_mult=0.0, flat_decay_mult=0.0
    ),
)
param_scheduler = [
    {**_base_.param_scheduler[0], 'T_max': 4, 'end': 4},
    _base_.param_scheduler[1],
]
train_cfg = dict(max_epochs=4)
