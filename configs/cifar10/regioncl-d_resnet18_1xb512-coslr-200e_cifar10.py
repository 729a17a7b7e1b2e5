# RegionCL-D on CIFAR-10: RegionCL-M's run with DenseCL's projectors.
_base_ = './regioncl-m_resnet18_1xb512-coslr-200e_cifar10.py'

model = dict(
    type='RegionCLD',
    loss_lambda=0.5,
    neck=dict(
        _delete_=True,
        type='DenseCLNeck',
        in_channels=512,
        hid_channels=512,
        out_channels=128,
    ),
)

# The dense loss joins after four epochs, when there is something to match.
custom_hooks = [
    *_base_.custom_hooks,
    dict(type='DenseCLHook', start_iters=388),
]
