# The ablations (Tables 9 and 10): 28.0 box AP, 25.6 mask AP. The paper does
# not say when the rate falls; these are the steps of DetCo's 12k iterations.
_base_ = './mask-rcnn_r50_fpn_8xb2-ms-poly-90k_coco.py'

max_iter = 12000
train_cfg = dict(max_iters=max_iter, val_interval=max_iter)

param_scheduler = _base_.param_scheduler  # noqa: F821
param_scheduler[1].update(end=max_iter, milestones=[9000, 11000])
