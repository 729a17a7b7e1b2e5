# RegionCL-M3 on ResNet-50 (Table 2), the base method as mmpretrain has it;
# with `region_branch=None` it is MoCo v3.
model = dict(
    type='RegionCLM3',
    base_momentum=0.004,  # of 1000 epochs
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
        with_bias=False,
        with_last_bn=True,
        with_last_bn_affine=False,
        with_last_bias=False,
        with_avg_pool=True,
    ),
    head=dict(
        type='MoCoV3Head',
        predictor=dict(
            type='NonLinearNeck',
            in_channels=256,
            hid_channels=4096,
            out_channels=256,
            num_layers=2,
            with_bias=False,
            with_last_bn=False,
            with_last_bn_affine=False,
            with_last_bias=False,
            with_avg_pool=False,
        ),
        loss=dict(type='CrossEntropyLoss', loss_weight=2.0),
        temperature=1.0,
    ),
    region_branch=dict(
        type='RegionBranch', stride=32, min_cells=3, max_cells=5, swap=True
    ),
    # Temperature and loss weight are those of the head above.
    region_head=dict(
        type='RegionContrastHead',
        use_canvas=True,
        use_paste=True,
        use_intra_negative=True,
    ),
)
