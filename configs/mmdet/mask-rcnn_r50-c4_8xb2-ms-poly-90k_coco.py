# Mask R-CNN C4, 1x (Table 4): 39.8 box AP, 34.8 mask AP with RegionCL-M.
_base_ = [
    'mmdet::_base_/models/mask-rcnn_r50-caffe-c4.py',
    '../_base_/downstream/coco-instance_8xb2-90k.py',
]

norm_cfg = dict(type='SyncBN', requires_grad=True)
model = dict(
    # RGB and torchvision's strides: the base is for Caffe's weights.
    data_preprocessor=dict(
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
    ),
    # Without `init_cfg`, here and below: from scratch, or from what a run
    # writes there. The shared head is the fourth stage and needs its own.
    backbone=dict(
        _delete_=True,
        type='ResNet',
        depth=50,
        num_stages=3,
        strides=(1, 2, 2),
        dilations=(1, 1, 1),
        out_indices=(2,),
        norm_cfg=norm_cfg,
        norm_eval=False,
        frozen_stages=-1,  # 0 would freeze the stem
        style='pytorch',
    ),
    roi_head=dict(
        shared_head=dict(
            type='ResLayerExtraNorm',  # MoCo's: a norm after the last stage
            norm_cfg=norm_cfg,
            norm_eval=False,
            style='pytorch',
        ),
    ),
    train_cfg=dict(rpn=dict(allowed_border=-1)),
)

# In training C4 has a longer side of at most 1200, in testing 1333.
train_pipeline = _base_.train_pipeline  # noqa: F821
train_pipeline[2].update(
    scales=[(1200, short) for short in range(640, 801, 32)]
)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
