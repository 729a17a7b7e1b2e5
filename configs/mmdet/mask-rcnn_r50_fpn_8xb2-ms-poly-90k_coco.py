# Mask R-CNN FPN, 1x (Table 4): 40.1 box AP, 36.3 mask AP with RegionCL-M.
# The box and mask heads have no norm layers, unlike mmdet's 4conv1fc ones.
_base_ = [
    'mmdet::_base_/models/mask-rcnn_r50_fpn.py',
    '../_base_/downstream/coco-instance_8xb2-90k.py',
]

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
    neck=dict(norm_cfg=norm_cfg),
)
