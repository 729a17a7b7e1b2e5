# Linear classification with 10 % of the labels, 6,000 images. `tools/
# make_subset.py fashion-mnist data/fashion-mnist` makes the list.
_base_ = './resnet18-tiny_1xb256-linear-steplr-10e_fashion-mnist.py'

train_dataloader = dict(
    batch_size=32,
    dataset=dict(
        _delete_=True,
        type='LabelledSubset',
        list_file=_base_.data_root + '/meta/train_10percent.txt',
        dataset=dict(
            type='FashionMNIST',
            data_root=_base_.data_root,
            download=False,
            pipeline=_base_.train_pipeline,
        ),
    ),
)
auto_scale_lr = dict(base_batch_size=32)
