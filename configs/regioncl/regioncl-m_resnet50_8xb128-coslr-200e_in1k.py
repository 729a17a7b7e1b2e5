# RegionCL-M, the paper's main run (A.7): 69.4 top-1 in its Table 1.
_base_ = [
    '../_base_/models/regioncl-m_resnet50.py',
    '../_base_/datasets/imagenet_bs128_mocov2.py',
    '../_base_/schedules/imagenet_sgd_coslr_200e.py',
    '../_base_/default_runtime.py',
]
