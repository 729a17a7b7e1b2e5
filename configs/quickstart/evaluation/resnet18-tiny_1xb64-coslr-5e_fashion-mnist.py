# Fine-tuning end to end, by the recipe of the 50 epochs on ImageNet as far as
# 28 grey pixels allow: AdamW, warm-up, mixup, cutmix, label smoothing.
_base_ = './resnet18-tiny_1xb256-linear-steplr-10e_fashion-mnist.py'

model = dict(
    type='ImageClassifier',
    head=dict(
        loss=dict(
            _delete_=True,
            type='LabelSmoothLoss',
            label_smooth_val=0.1,
            mode='original',
        ),
        init_cfg=dict(type='TruncNormal', std=2e-5),
    ),
    train_cfg=dict(
        augments=[
            dict(type='Mixup', alpha=0.8),
            dict(type='CutMix', alpha=1.0),
        ]
    ),
)

train_dataloader = dict(batch_size=64)
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='AdamW', lr=4e-3, weight_decay=0.05),
    paramwise_cfg=dict(norm_decay_mult=0.0, bias_decay_mult=0.0),
)
param_scheduler = [
    dict(
        type='LinearLR',
        start_factor=1e-4,
        by_epoch=True,
        begin=0,
        end=1,
        convert_to_iter_based=True,
    ),
    dict(
        type='CosineAnnealingLR',
        eta_min=1e-6,
        by_epoch=True,
        begin=1,
        end=5,
        convert_to_iter_based=True,
    ),
]
train_cfg = dict(max_epochs=5)
