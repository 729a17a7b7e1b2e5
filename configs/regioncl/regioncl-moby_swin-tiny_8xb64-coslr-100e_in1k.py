# RegionCL+MoBY on Swin-T for 100 epochs: 73.9 top-1 in the paper's Table 8.
_base_ = './regioncl-moby_swin-tiny_8xb64-coslr-300e_in1k.py'

param_scheduler = [
    _base_.param_scheduler[0],
    {**_base_.param_scheduler[1], 'T_max': 100, 'end': 100},
]
train_cfg = dict(max_epochs=100)
