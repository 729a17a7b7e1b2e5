# ImageNet with the augmentation of mmpretrain's BYOL and Barlow Twins: the two
# views differ in blur and solarisation. 256 images a GPU.
_base_ = './imagenet.py'


def view(blur, solarize):
    return [
        dict(
            type='RandomResizedCrop',
            scale=224,
            interpolation='bicubic',
            backend='pillow',
        ),
        dict(type='RandomFlip', prob=0.5),
        dict(
            type='RandomApply',
            transforms=[
                dict(
                    type='ColorJitter',
                    brightness=0.4,
                    contrast=0.4,
                    saturation=0.2,
                    hue=0.1,
                )
            ],
            prob=0.8,
        ),
        dict(
            type='RandomGrayscale',
            prob=0.2,
            keep_channels=True,
            channel_weights=(0.114, 0.587, 0.2989),
        ),
        dict(
            type='GaussianBlur',
            magnitude_range=(0.1, 2.0),
            magnitude_std='inf',
            prob=blur,
        ),
        dict(type='Solarize', thr=128, prob=solarize),
    ]


train_pipeline = [
    dict(type='LoadImageOrReport', on_unreadable='stop'),
    dict(
        type='MultiView',
        num_views=[1, 1],
        transforms=[view(1.0, solarize=0.0), view(0.1, solarize=0.2)],
    ),
    dict(type='PackInputs'),
]

train_dataloader = dict(batch_size=256, dataset=dict(pipeline=train_pipeline))
