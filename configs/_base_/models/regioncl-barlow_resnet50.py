# RegionCL + Barlow Twins on ResNet-50, the base method as mmpretrain has it;
# with `region_branch=None` it is Barlow Twins.
model = dict(
    type='RegionCLBarlow',
    backbone=dict(
        type='ResNet',
        depth=50,
        norm_cfg=dict(type='SyncBN'),
        zero_init_residual=True,
    ),
    neck=dict(
        type='NonLinearNeck',
        in_channels=2048,
        hid_channels=8192,
        out_channels=8192,
        num_layers=3,
        with_last_bn=False,
        with_last_bn_affine=False,
        with_avg_pool=True,
        init_cfg=dict(
            type='Kaiming', distribution='uniform', layer=['Linear']
        ),
    ),
    head=dict(
        type='LatentCrossCorrelationHead',
        in_channels=8192,
        loss=dict(type='CrossCorrelationLoss'),
    ),
    region_branch=dict(
        type='RegionBranch', stride=32, min_cells=3, max_cells=5, swap=True
    ),
    # Its loss is that of the head above.
    region_head=dict(
        type='RegionSimilarityHead', use_canvas=True, use_paste=True
    ),
)
