# RegionCL-M3 on ViT-S/16, the base method as mmpretrain has it; with
# `region_branch=None` it is MoCo v3.
_base_ = './regioncl-m3_resnet50.py'

model = dict(
    base_momentum=0.01,
    backbone=dict(
        _delete_=True,
        type='MoCoV3ViT',
        arch='mocov3-small',
        img_size=224,
        patch_size=16,
        stop_grad_conv1=True,
    ),
    neck=dict(in_channels=384, num_layers=3, with_avg_pool=False),
    head=dict(
        predictor=dict(with_last_bn=True),
        loss=dict(loss_weight=0.4),
        temperature=0.2,
    ),
    # The paper has no ViT: its 96 to 160 pixels, counted in patches.
    region_branch=dict(stride=16, min_cells=6, max_cells=10),
)
