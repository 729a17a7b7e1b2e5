# UPerNet on Cityscapes (Table 7): 78.1 mIoU with RegionCL-M. Trained on eight
# GPUs with the rate that the base has for four.
_base_ = [
    'mmseg::upernet/upernet_r50_4xb2-40k_cityscapes-512x1024.py',
    '../_base_/downstream/lasting_run.py',
]

custom_imports = dict(imports=['regioncl_mm'], allow_failed_imports=False)
default_hooks = _base_.lasting_hooks  # noqa: F821

# The base's ResNetV1c has another stem than the checkpoints.
model = dict(pretrained=None, backbone=dict(type='ResNet'))

train_cfg = dict(type='ResumableIterBasedTrainLoop')
