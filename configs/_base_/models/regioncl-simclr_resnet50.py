# RegionCL + SimCLR on ResNet-50, the base method as mmpretrain has it; with
# `region_branch=None` it is SimCLR.
model = dict(
    type='RegionCLSimCLR',
    backbone=dict(
        type='ResNet',
        depth=50,
        norm_cfg=dict(type='SyncBN'),
        zero_init_residual=True,
    ),
    neck=dict(
        type='NonLinearNeck',
        in_channels=2048,
        hid_channels=2048,
        out_channels=128,
        num_layers=2,
        with_avg_pool=True,
    ),
    head=dict(
        type='ContrastiveHead',
        loss=dict(type='CrossEntropyLoss'),
        temperature=0.1,
    ),
    region_branch=dict(
        type='RegionBranch', stride=32, min_cells=3, max_cells=5, swap=True
    ),
    # Its temperature is that of the head above.
    region_head=dict(
        type='RegionContrastHead',
        use_canvas=True,
        use_paste=True,
        use_intra_negative=True,
    ),
)
