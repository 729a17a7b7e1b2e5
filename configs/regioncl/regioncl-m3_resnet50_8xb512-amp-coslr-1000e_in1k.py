# RegionCL-M3, MoCo v3 with regions: 75.4 top-1 in the paper's Table 2.
_base_ = [
    '../_base_/models/regioncl-m3_resnet50.py',
    '../_base_/datasets/imagenet_bs512_mocov3.py',
    '../_base_/schedules/imagenet_lars_coslr_1000e.py',
    '../_base_/default_runtime.py',
]
