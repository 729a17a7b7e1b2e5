# RegionCL-D in minutes on a CPU: RegionCL-M's run with DenseCL's projectors.
_base_ = './regioncl-m_resnet18-tiny_1xb64-coslr-6e_fashion-mnist.py'

model = dict(
    type='RegionCLD',
    loss_lambda=0.5,
    queue_len=1024,  # each of 49 cells an image meets the whole queue
    neck=dict(
        _delete_=True,
        type='DenseCLNeck',
        in_channels=32,
        hid_channels=64,
        out_channels=64,
    ),
)

# The dense loss joins after one epoch, when there is something to match.
custom_hooks = [
    *_base_.custom_hooks,
    dict(type='DenseCLHook', start_iters=156),
]
