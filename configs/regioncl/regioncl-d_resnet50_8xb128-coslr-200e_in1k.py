# RegionCL-D, DenseCL with regions (A.7): 68.5 top-1 in the paper's Table 1.
_base_ = [
    '../_base_/models/regioncl-d_resnet50.py',
    '../_base_/datasets/imagenet_bs128_mocov2.py',
    '../_base_/schedules/imagenet_sgd_coslr_200e.py',
    '../_base_/default_runtime.py',
]

custom_hooks = [
    dict(type='CheckInputsHook'),
    dict(type='RegionDiagnosticsHook'),
    dict(
        type='KNNHook',
        memory_dataloader={{_base_.knn_memory_dataloader}},
        query_dataloader={{_base_.knn_query_dataloader}},
        k=(20, 100),
        interval=10,
    ),
    # DenseCL's warm-up: no dense loss at first.
    dict(type='DenseCLHook', start_iters=1000),
]
