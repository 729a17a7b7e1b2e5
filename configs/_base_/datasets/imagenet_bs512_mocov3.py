# ImageNet with BYOL's augmentation as MoCo v3 and MoBY have it: the two views
# differ in blur and solarisation. 512 images a GPU.
_base_ = './imagenet.py'


def view(min_area, blur, solarize):
    return [
        dict(
            type='RandomResizedCrop',
            scale=224,
            crop_ratio_range=(min_area, 1.0),
            backend='pillow',
        ),
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
        dict(type='RandomFlip', prob=0.5),
    ]


def pipeline(min_area):
    views = [
        view(min_area, blur=1.0, solarize=0.0),
        view(min_area, blur=0.1, solarize=0.2),
    ]
    return [
        dict(type='LoadImageOrReport', on_unreadable='stop'),
        dict(type='MultiView', num_views=[1, 1], transforms=views),
        dict(type='PackInputs'),
    ]


# ResNets crop at least a fifth of the image, transformers less.
train_pipeline = pipeline(min_area=0.2)
transformer_train_pipeline = pipeline(min_area=0.08)

train_dataloader = dict(batch_size=512, dataset=dict(pipeline=train_pipeline))
