# RegionCL-M3 on ViT-S/16, with MoCo v3's recipe for it.
_base_ = [
    '../_base_/models/regioncl-m3_vit-small-p16.py',
    '../_base_/datasets/imagenet_bs512_mocov3.py',
    '../_base_/default_runtime.py',
]

train_dataloader = dict(
    batch_size=256,
    dataset=dict(pipeline={{_base_.transformer_train_pipeline}}),
)

optim_wrapper = dict(
    type='AmpOptimWrapper',
    loss_scale='dynamic',
    optimizer=dict(type='AdamW', lr=2.4e-3, weight_decay=0.1),
)
param_scheduler = [
    dict(
        type='LinearLR',
        start_factor=1e-4,
        by_epoch=True,
        begin=0,
        end=40,
        convert_to_iter_based=True,
    ),
    dict(
        type='CosineAnnealingLR',
        T_max=260,
        by_epoch=True,
        begin=40,
        end=300,
        convert_to_iter_based=True,
    ),
]
train_cfg = dict(type='ResumableEpochBasedTrainLoop', max_epochs=300)
auto_scale_lr = dict(base_batch_size=4096, enable=False)
