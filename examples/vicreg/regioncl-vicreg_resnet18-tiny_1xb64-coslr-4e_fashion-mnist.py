# RegionCL + VICReg in minutes on a CPU: images, backbone, rectangles, kNN are
# the quickstart's.
_base_ = '../../configs/quickstart/regioncl-barlow_resnet18-tiny_1xb64-coslr-4e_fashion-mnist.py'  # noqa: E501

custom_imports = dict(imports=['regioncl_mm', 'regioncl_vicreg'])

model = dict(
    type='RegionCLVICReg', head=dict(_delete_=True, type='VICRegHead')
)

optim_wrapper = dict(optimizer=dict(lr=0.01))
