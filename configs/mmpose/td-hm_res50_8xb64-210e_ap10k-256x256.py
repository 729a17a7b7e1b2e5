# SimpleBaseline on AP-10K (Table 13): 70.6 AP with RegionCL-M.
_base_ = [
    'mmpose::animal_2d_keypoint/topdown_heatmap/ap10k/'
    'td-hm_res50_8xb64-210e_ap10k-256x256.py',
    '../_base_/downstream/lasting_run.py',
]

custom_imports = dict(imports=['regioncl_mm'], allow_failed_imports=False)
default_hooks = _base_.lasting_hooks  # noqa: F821

# Without `init_cfg`: from scratch, or from what a run writes there.
model = dict(backbone=dict(_delete_=True, type='ResNet', depth=50))

# The paper's (A.3). It says that it is mmpose's, which is five times higher.
optim_wrapper = dict(optimizer=dict(lr=1e-4))

train_cfg = dict(
    _delete_=True,  # the base has `by_epoch` beside
    type='ResumableEpochBasedTrainLoop',
    max_epochs=210,
    val_interval=10,
)
