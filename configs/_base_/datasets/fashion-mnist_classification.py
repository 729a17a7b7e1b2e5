# Fashion-MNIST with its labels, for the quickstart's evaluations.
dataset_type = 'FashionMNIST'
data_root = '{{$DATA_ROOT:data/fashion-mnist}}'
data_preprocessor = dict(num_classes=10, mean=[72.94], std=[90.02])

train_pipeline = [
    dict(type='RandomResizedCrop', scale=28, crop_ratio_range=(0.5, 1.0)),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PackInputs'),
]
test_pipeline = [dict(type='PackInputs')]

train_dataloader = dict(
    batch_size=256,
    num_workers=0,  # a worker would fight the training for two cores
    persistent_workers=False,  # else mmpretrain's trainer wants some
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        download=False,
        indices=10000,
        pipeline=train_pipeline,
    ),
)
# `test_mode` is what makes mmpretrain 1.2.0 read the test images.
val_dataloader = dict(
    batch_size=500,
    num_workers=0,
    persistent_workers=False,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        split='test',
        test_mode=True,
        download=False,
        indices=5000,
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader

val_evaluator = dict(type='Accuracy', topk=(1, 5))
test_evaluator = [
    val_evaluator,
    # Made up by tools/make_toy_data.py, as nobody has reassessed the labels.
    dict(
        type='ReaLAccuracy',
        label_file='{{$TOY_DATA_ROOT:data/toy}}/fashion-mnist/real.json',
    ),
]
