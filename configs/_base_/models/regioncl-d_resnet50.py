# RegionCL-D on ResNet-50 (paper, A.6 and A.7); with `region_branch=None` it
# is DenseCL.
model = dict(
    type='RegionCLD',
    queue_len=65536,
    feat_dim=128,
    momentum=0.001,  # mmengine's sense: the key encoder keeps 0.999
    loss_lambda=0.5,
    backbone=dict(
        type='ResNet',
        depth=50,
        norm_cfg=dict(type='BN'),
        zero_init_residual=False,
    ),
    neck=dict(
        type='DenseCLNeck',
        in_channels=2048,
        hid_channels=2048,
        out_channels=128,
        num_grid=None,
    ),
    head=dict(
        type='ContrastiveHead',
        loss=dict(type='CrossEntropyLoss'),
        temperature=0.2,
    ),
    region_branch=dict(
        type='RegionBranch', stride=32, min_cells=3, max_cells=5, swap=True
    ),
    region_head=dict(
        type='RegionContrastHead',
        temperature=0.2,
        use_canvas=True,
        use_paste=True,
        use_intra_negative=True,
    ),
)
