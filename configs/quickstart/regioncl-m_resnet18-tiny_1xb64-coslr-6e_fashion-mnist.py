# RegionCL-M in minutes on a CPU. The backbone's stride is 4, so that 28-pixel
# images have the 7x7 grid of ImageNet's 224 and the paper's 3 to 5 cells fit.
_base_ = [
    '../_base_/models/regioncl-m_resnet50.py',
    '../_base_/datasets/fashion-mnist_bs64_mocov2.py',
    '../_base_/schedules/imagenet_sgd_coslr_200e.py',
    '../_base_/default_runtime.py',
]

model = dict(
    queue_len=4096,
    feat_dim=64,
    momentum=0.01,
    backbone=dict(
        _delete_=True,
        type='ResNet_CIFAR',
        depth=18,
        in_channels=1,
        stem_channels=8,
        base_channels=8,
        num_stages=3,
        strides=(2, 2, 1),
        dilations=(1, 1, 1),
        out_indices=(2,),
        zero_init_residual=False,
    ),
    neck=dict(in_channels=32, hid_channels=64, out_channels=64),
    region_branch=dict(stride=4),
)

optim_wrapper = dict(optimizer=dict(lr=0.12))
param_scheduler = [
    dict(
        type='CosineAnnealingLR',
        T_max=6,
        by_epoch=True,
        begin=0,
        end=6,
        convert_to_iter_based=True,
    ),
    # Without a slow start embeddings run together in the first epoch, and
    # some seeds need most of the run to part them again.
    dict(
        type='LinearLR',
        start_factor=0.01,
        by_epoch=True,
        begin=0,
        end=1,
        convert_to_iter_based=True,
    ),
]
train_cfg = dict(max_epochs=6)
auto_scale_lr = dict(base_batch_size=64)

default_hooks = dict(logger=dict(interval=78))
custom_hooks = [
    dict(type='CheckInputsHook'),
    dict(type='RegionDiagnosticsHook'),
    dict(
        type='KNNHook',
        memory_dataloader={{_base_.knn_memory_dataloader}},
        query_dataloader={{_base_.knn_query_dataloader}},
        k=(20, 100),
        interval=2,
        at_start=True,
        partly_visible=dict(stride=4, min_cells=3, max_cells=5),
    ),
    # A CPU's convolutions of few channels are faster so.
    dict(type='ChannelsLastHook'),
]
