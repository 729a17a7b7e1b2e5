# RegionCL-M on CIFAR-10: ResNet-18 without the large stem, and batch, rate,
# queue, momentum, temperature and split batch norm of the demo that MoCo's
# authors published for these pictures; MoCo v2's projector. The backbone's
# stride is 8: sides of 2 and 3 of 4 cells are half and three quarters of the
# picture's, where the paper's are three to five sevenths.
_base_ = [
    '../_base_/models/regioncl-m_resnet50.py',
    '../_base_/datasets/cifar10_bs512_mocov2.py',
    '../_base_/schedules/cifar10_sgd_coslr_200e.py',
    '../_base_/default_runtime.py',
]

model = dict(
    queue_len=4096,
    feat_dim=128,
    momentum=0.01,
    backbone=dict(
        _delete_=True,
        type='ResNet_CIFAR',
        depth=18,
        norm_cfg=dict(type='SplitBN', num_splits=8),
        zero_init_residual=False,
    ),
    neck=dict(in_channels=512, hid_channels=512),
    head=dict(temperature=0.1),
    region_branch=dict(stride=8, min_cells=2, max_cells=3),
    region_head=dict(temperature=0.1),
)
