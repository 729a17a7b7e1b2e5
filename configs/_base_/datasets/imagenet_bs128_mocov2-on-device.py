# ImageNet with MoCo v2's augmentation, of which workers load, crop and draw
# and the model's device does jitter, grayscale, blur and flip.
_base_ = './imagenet_bs128_mocov2.py'

data_preprocessor = dict(type='AugmentingDataPreprocessor')
train_pipeline = [
    dict(type='LoadImageOrReport', on_unreadable='stop'),
    dict(
        type='FastMultiView',
        num_views=2,
        transforms=[{{_base_.view_pipeline}}],
        on_device=True,
    ),
    dict(type='PackInputs', algorithm_keys=('augmentation',)),
]

train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
