# RegionCL-D on ResNet-50 (paper, A.6 and A.7); with `region_branch=None` it
# is DenseCL.
_base_ = './regioncl-m_resnet50.py'

model = dict(
    type='RegionCLD',
    loss_lambda=0.5,
    neck=dict(
        _delete_=True,
        type='DenseCLNeck',
        in_channels=2048,
        hid_channels=2048,
        out_channels=128,
        num_grid=None,
    ),
)
