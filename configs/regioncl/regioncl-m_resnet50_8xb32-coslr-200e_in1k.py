# RegionCL-M with a batch of 256: 70.0 top-1 in the paper's Table 15.
_base_ = './regioncl-m_resnet50_8xb128-coslr-200e_in1k.py'

optim_wrapper = dict(optimizer=dict(lr=0.03))
train_dataloader = dict(batch_size=32)
auto_scale_lr = dict(base_batch_size=256)
