# UPerNet on Cityscapes (Table 7): 79.0 mIoU with RegionCL-M. Trained on eight
# GPUs with the rate that the base has for four.
_base_ = 'mmseg::upernet/upernet_r50_4xb2-80k_cityscapes-512x1024.py'

custom_imports = dict(imports=['regioncl_mm'], allow_failed_imports=False)
default_hooks = dict(checkpoint=dict(type='AtomicCheckpointHook'))

# The base's ResNetV1c has another stem than the checkpoints.
model = dict(pretrained=None, backbone=dict(type='ResNet'))
