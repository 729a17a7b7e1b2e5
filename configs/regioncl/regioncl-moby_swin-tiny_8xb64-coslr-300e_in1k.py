# RegionCL+MoBY on Swin-T: 77.0 top-1 in the paper's Table 8.
_base_ = [
    '../_base_/models/regioncl-moby_swin-tiny.py',
    '../_base_/datasets/imagenet_bs512_mocov3.py',
    '../_base_/schedules/imagenet_adamw_coslr_300e.py',
    '../_base_/default_runtime.py',
]

train_dataloader = dict(
    batch_size=64,
    dataset=dict(pipeline={{_base_.transformer_train_pipeline}}),
)
