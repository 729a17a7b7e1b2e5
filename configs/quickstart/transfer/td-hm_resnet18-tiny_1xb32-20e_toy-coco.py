# SimpleBaseline on drawn people, in a minute on two CPU cores.
_base_ = '../../mmpose/td-hm_res50_8xb64-210e_coco-256x192.py'

custom_imports = dict(imports=['regioncl_mm', 'mmpretrain.models'])

codec = dict(input_size=(96, 128), heatmap_size=(24, 32))
model = dict(
    # As in pretraining: grey, with Fashion-MNIST's mean and deviation.
    data_preprocessor=dict(mean=[72.94], std=[90.02], bgr_to_rgb=False),
    # The quickstart's, with a last map of 1/8.
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
        out_indices=(2,),
        zero_init_residual=False,
    ),
    head=dict(
        in_channels=32,
        deconv_out_channels=(32,),
        deconv_kernel_sizes=(4,),
        decoder=codec,
    ),
)

train_pipeline = _base_.train_pipeline  # noqa: F821
train_pipeline[0].update(color_type='grayscale')
train_pipeline[5].update(input_size=(96, 128))
train_pipeline[6].encoder.update(codec)
val_pipeline = _base_.val_pipeline  # noqa: F821
val_pipeline[0].update(color_type='grayscale')
val_pipeline[2].update(input_size=(96, 128))

data_root = '{{$TOY_DATA_ROOT:data/toy}}/coco'
train_dataloader = dict(
    batch_size=32,
    num_workers=0,  # a worker would fight the training for two cores
    persistent_workers=False,
    dataset=dict(data_root=data_root, pipeline=train_pipeline),
)
test_dataloader = dict(
    num_workers=0,
    persistent_workers=False,
    # annotated boxes: there are no detected ones
    dataset=dict(data_root=data_root, pipeline=val_pipeline, bbox_file=None),
)
test_evaluator = dict(
    ann_file=data_root + '/annotations/person_keypoints_val2017.json'
)
val_dataloader = val_evaluator = val_cfg = None

train_cfg = dict(max_epochs=20)
optim_wrapper = dict(optimizer=dict(lr=5e-3))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, begin=0, end=20),
    dict(
        type='CosineAnnealingLR',
        T_max=20,
        by_epoch=True,
        begin=0,
        end=20,
        convert_to_iter_based=True,
    ),
]
default_hooks = dict(
    checkpoint=dict(interval=10, max_keep_ckpts=1, save_best=None)
)
