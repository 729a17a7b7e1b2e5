# Mask R-CNN C4, 2x (Table 5): 41.5 box AP, 35.9 mask AP with RegionCL-M.
_base_ = './mask-rcnn_r50-c4_8xb2-ms-poly-90k_coco.py'

max_iter = 180000
train_cfg = dict(max_iters=max_iter, val_interval=max_iter)

param_scheduler = _base_.param_scheduler  # noqa: F821
param_scheduler[1].update(end=max_iter, milestones=[120000, 160000])
