# RetinaNet, 2x (Table 6): 40.1 AP with RegionCL-M.
_base_ = './retinanet_r50_fpn_8xb2-ms-90k_coco.py'

max_iter = 180000
train_cfg = dict(max_iters=max_iter, val_interval=max_iter)

param_scheduler = _base_.param_scheduler  # noqa: F821
param_scheduler[1].update(end=max_iter, milestones=[120000, 160000])
