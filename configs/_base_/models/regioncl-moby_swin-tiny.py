# RegionCL on MoBY and Swin-T (Table 8), the base method as in its public
# code; with `region_branch=None` it is MoBY.
model = dict(
    type='RegionCLMoBY',
    queue_len=4096,
    feat_dim=256,
    base_momentum=0.01,  # mmengine's sense: from 0.99 to 1 by cosine
    backbone=dict(
        type='SwinTransformer',
        arch='tiny',
        img_size=224,
        drop_path_rate=0.2,
        init_cfg=[
            dict(type='TruncNormal', layer='Linear', std=0.02, bias=0.0),
            dict(type='Constant', layer='LayerNorm', val=1.0, bias=0.0),
        ],
    ),
    # The momentum encoder drops no path.
    target_backbone=dict(drop_path_rate=0.0),
    neck=dict(
        type='NonLinearNeck',
        in_channels=768,
        hid_channels=4096,
        out_channels=256,
        num_layers=2,
        with_bias=True,
        with_last_bn=False,
        with_last_bias=True,
        with_avg_pool=True,
    ),
    head=dict(
        type='MoBYHead',
        predictor=dict(
            type='NonLinearNeck',
            in_channels=256,
            hid_channels=4096,
            out_channels=256,
            num_layers=2,
            with_bias=True,
            with_last_bn=False,
            with_last_bias=True,
            with_avg_pool=False,
        ),
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
