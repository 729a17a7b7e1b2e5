# RetinaNet, 1x (Table 6): 38.4 AP with RegionCL-M.
_base_ = [
    'mmdet::_base_/models/retinanet_r50_fpn.py',
    '../_base_/downstream/coco-detection_8xb2-90k.py',
]

custom_imports = dict(imports=['regioncl_mm', 'regioncl_mm.models.downstream'])

norm_cfg = dict(type='SyncBN', requires_grad=True)
model = dict(
    # Without `init_cfg`: from scratch, or from what a run writes there.
    backbone=dict(
        _delete_=True,
        type='ResNet',
        depth=50,
        norm_cfg=norm_cfg,
        norm_eval=False,
        frozen_stages=-1,  # 0 would freeze the stem
        style='pytorch',
    ),
    neck=dict(
        type='FPNPlainExtraConvs',
        norm_cfg=norm_cfg,
        relu_before_extra_convs=True,
    ),
    # detectron2's; mmdet has an L1 loss
    bbox_head=dict(loss_bbox=dict(type='SmoothL1Loss', beta=0.1)),
)

optim_wrapper = dict(optimizer=dict(lr=0.01))
