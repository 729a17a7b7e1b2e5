# RegionCL-M3 with MoCo v3's recipe for 100 epochs.
_base_ = './regioncl-m3_resnet50_8xb512-amp-coslr-1000e_in1k.py'

model = dict(base_momentum=0.01)

optim_wrapper = dict(optimizer=dict(lr=9.6, weight_decay=1e-6))
param_scheduler = [
    _base_.param_scheduler[0],
    {**_base_.param_scheduler[1], 'T_max': 90, 'end': 100},
]
train_cfg = dict(max_epochs=100)
