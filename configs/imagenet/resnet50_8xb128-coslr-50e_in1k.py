# Fine-tuning end to end for 50 epochs (Tables 11 and 12: RegionCL-M* 76.8).
# The paper cites MAE and EMAN and gives no settings. These are mmpretrain's of
# MAE's 50 epochs, unchanged but for the model: AdamW with layer-wise decay of
# the rate, RandAugment, random erasing, mixup, cutmix, label smoothing.
_base_ = [
    'mmpretrain::mae/benchmarks/vit-large-p16_8xb128-coslr-50e_in1k.py',
    '../_base_/downstream/lasting_run.py',
]

custom_imports = dict(imports=['regioncl_mm'], allow_failed_imports=False)

model = dict(
    backbone=dict(
        _delete_=True, type='ResNet', depth=50, zero_init_residual=False
    ),
    neck=dict(_delete_=True, type='GlobalAveragePooling'),
    head=dict(in_channels=2048),
)
test_evaluator = [
    dict(type='Accuracy', topk=(1, 5)),
    dict(type='ReaLAccuracy', label_file='data/imagenet/meta/real.json'),
]
train_cfg = dict(
    _delete_=True, type='ResumableEpochBasedTrainLoop', max_epochs=50
)
default_hooks = {
    **_base_.lasting_hooks,  # noqa: F821
    'checkpoint': dict(
        type='AtomicCheckpointHook',
        save_best='accuracy/top1',
        max_keep_ckpts=1,
    ),
}
