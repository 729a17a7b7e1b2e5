# Linear classification on the quickstart's Swin Transformer by MoBY's recipe.
_base_ = './resnet18-tiny_1xb256-linear-steplr-10e_fashion-mnist.py'

model = dict(
    backbone=dict(
        _delete_=True,
        type='SwinTransformer',
        arch=dict(embed_dims=32, depths=[3], num_heads=[2]),
        img_size=28,
        patch_size=4,
        in_channels=1,
        out_indices=(0,),
    ),
    head=dict(
        loss=dict(
            _delete_=True,
            type='LabelSmoothLoss',
            label_smooth_val=0.1,
            mode='original',
        ),
        init_cfg=dict(type='TruncNormal', std=0.02),
    ),
)

train_dataloader = dict(batch_size=64)
optim_wrapper = dict(optimizer=dict(lr=0.1), clip_grad=dict(max_norm=5.0))
param_scheduler = [
    dict(
        type='LinearLR',
        start_factor=5e-7,
        by_epoch=True,
        begin=0,
        end=1,
        convert_to_iter_based=True,
    ),
    dict(
        type='CosineAnnealingLR',
        eta_min=5e-6,
        by_epoch=True,
        begin=1,
        end=5,
        convert_to_iter_based=True,
    ),
]
train_cfg = dict(max_epochs=5)
auto_scale_lr = dict(base_batch_size=64)
