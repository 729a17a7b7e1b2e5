# RegionCL + BYOL on ResNet-50, the base method as mmpretrain has it; with
# `region_branch=None` it is BYOL.
model = dict(
    type='RegionCLBYOL',
    base_momentum=0.01,  # mmengine's sense: from 0.99 to 1 by cosine
    backbone=dict(
        type='ResNet',
        depth=50,
        norm_cfg=dict(type='SyncBN'),
        zero_init_residual=False,
    ),
    neck=dict(
        type='NonLinearNeck',
        in_channels=2048,
        hid_channels=4096,
        out_channels=256,
        num_layers=2,
        with_bias=True,
        with_last_bn=False,
        with_avg_pool=True,
    ),
    head=dict(
        type='LatentPredictHead',
        predictor=dict(
            type='NonLinearNeck',
            in_channels=256,
            hid_channels=4096,
            out_channels=256,
            num_layers=2,
            with_bias=True,
            with_last_bn=False,
            with_avg_pool=False,
        ),
        loss=dict(type='CosineSimilarityLoss'),
    ),
    region_branch=dict(
        type='RegionBranch', stride=32, min_cells=3, max_cells=5, swap=True
    ),
    # Its loss is that of the head above.
    region_head=dict(
        type='RegionSimilarityHead', use_canvas=True, use_paste=True
    ),
)
