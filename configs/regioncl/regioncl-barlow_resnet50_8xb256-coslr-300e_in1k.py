# RegionCL + Barlow Twins with mmpretrain's recipe; not in the paper.
_base_ = [
    '../_base_/models/regioncl-barlow_resnet50.py',
    '../_base_/datasets/imagenet_bs256_byol.py',
    '../_base_/schedules/imagenet_lars_coslr_300e.py',
    '../_base_/default_runtime.py',
]
