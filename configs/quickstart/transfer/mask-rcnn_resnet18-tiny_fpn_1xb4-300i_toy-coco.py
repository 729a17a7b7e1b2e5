# Mask R-CNN on scenes of garments, in a minute or two on two CPU cores.
_base_ = '../../mmdet/mask-rcnn_r50_fpn_8xb2-ms-poly-90k_coco.py'

custom_imports = dict(imports=['regioncl_mm', 'mmpretrain.models'])
custom_hooks = [dict(type='PreciseBatchNormHook', num_iters=10)]

norm_cfg = dict(type='BN')  # SyncBN needs GPUs
classes = (
    'T-shirt/top',
    'Trouser',
    'Pullover',
    'Dress',
    'Coat',
    'Sandal',
    'Shirt',
    'Sneaker',
    'Bag',
    'Ankle boot',
)
model = dict(
    # As in pretraining: grey, with Fashion-MNIST's mean and deviation.
    data_preprocessor=dict(mean=[72.94], std=[90.02], bgr_to_rgb=False),
    # The quickstart's, with maps of 1/2, 1/4 and 1/8.
    backbone=dict(
        _delete_=True,
        type='mmpretrain.ResNet_CIFAR',
        depth=18,
        in_channels=1,
        stem_channels=8,
        base_channels=8,
        num_stages=3,
        strides=(2, 2, 2),
        dilations=(1, 1, 1),
        out_indices=(0, 1, 2),
        zero_init_residual=False,
    ),
    neck=dict(
        in_channels=[8, 16, 32],
        out_channels=32,
        start_level=1,
        num_outs=3,
        norm_cfg=norm_cfg,
    ),
    rpn_head=dict(
        in_channels=32,
        feat_channels=32,
        anchor_generator=dict(strides=[4, 8, 16]),  # of 32, 64, 128 pixels
    ),
    roi_head=dict(
        bbox_roi_extractor=dict(out_channels=32, featmap_strides=[4, 8]),
        bbox_head=dict(
            in_channels=32, fc_out_channels=128, num_classes=len(classes)
        ),
        mask_roi_extractor=dict(out_channels=32, featmap_strides=[4, 8]),
        mask_head=dict(
            num_convs=2,
            in_channels=32,
            conv_out_channels=32,
            num_classes=len(classes),
        ),
    ),
    train_cfg=dict(
        rpn=dict(sampler=dict(num=64)),
        rpn_proposal=dict(nms_pre=300, max_per_img=100),
        rcnn=dict(sampler=dict(num=32)),
    ),
    test_cfg=dict(
        rpn=dict(nms_pre=300, max_per_img=100), rcnn=dict(max_per_img=20)
    ),
)

# Pictures are 160 pixels wide and stay so.
train_pipeline = _base_.train_pipeline  # noqa: F821
train_pipeline[0].update(color_type='grayscale')
train_pipeline[2] = dict(type='Resize', scale=(160, 160), keep_ratio=True)
test_pipeline = _base_.test_pipeline  # noqa: F821
test_pipeline[0].update(color_type='grayscale')
test_pipeline[1].update(scale=(160, 160))

data_root = '{{$TOY_DATA_ROOT:data/toy}}'
dataset = dict(data_root=data_root + '/coco', metainfo=dict(classes=classes))
train_dataloader = dict(
    batch_size=4,
    num_workers=0,  # a worker would fight the training for two cores
    persistent_workers=False,
    dataset=dict(pipeline=train_pipeline, **dataset),
)
test_dataloader = dict(
    num_workers=0,
    persistent_workers=False,
    dataset=dict(pipeline=test_pipeline, **dataset),
)
test_evaluator = dict(
    ann_file=data_root + '/coco/annotations/instances_val2017.json'
)
val_dataloader = val_evaluator = val_cfg = None

max_iter = 300
train_cfg = dict(max_iters=max_iter)
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='AdamW', lr=0.002, weight_decay=0.01),
    clip_grad=dict(max_norm=10, norm_type=2),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, begin=0, end=50),
    dict(
        type='CosineAnnealingLR',
        by_epoch=False,
        begin=50,
        end=max_iter,
        T_max=max_iter - 50,
    ),
]
default_hooks = dict(checkpoint=dict(interval=100, max_keep_ckpts=1))
