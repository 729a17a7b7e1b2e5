# RegionCL-M3 on ViT-S/16, the base method as mmpretrain has it; with
# `region_branch=None` it is MoCo v3.
model = dict(
    type='RegionCLM3',
    base_momentum=0.01,
    backbone=dict(
        type='MoCoV3ViT',
        arch='mocov3-small',
        img_size=224,
        patch_size=16,
        stop_grad_conv1=True,
    ),
    neck=dict(
        type='NonLinearNeck',
        in_channels=384,
        hid_channels=4096,
        out_channels=256,
        num_layers=3,
        with_bias=False,
        with_last_bn=True,
        with_last_bn_affine=False,
        with_last_bias=False,
        with_avg_pool=False,
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
            with_last_bn=True,
            with_last_bn_affine=False,
            with_last_bias=False,
            with_avg_pool=False,
        ),
        loss=dict(type='CrossEntropyLoss', loss_weight=0.4),
        temperature=0.2,
    ),
    # The paper has no ViT: its 96 to 160 pixels, counted in patches.
    region_branch=dict(
        type='RegionBranch', stride=16, min_cells=6, max_cells=10, swap=True
    ),
    # Temperature and loss weight are those of the head above.
    region_head=dict(
        type='RegionContrastHead',
        use_canvas=True,
        use_paste=True,
        use_intra_negative=True,
    ),
)
