# The demo that MoCo's authors published for CIFAR-10: SGD, 512 images a step,
# cosine to zero by the step.
_base_ = './imagenet_sgd_coslr_200e.py'

optim_wrapper = dict(optimizer=dict(lr=0.06, weight_decay=5e-4))
param_scheduler = [
    dict(
        type='CosineAnnealingLR',
        T_max=200,
        by_epoch=True,
        begin=0,
        end=200,
        convert_to_iter_based=True,
    )
]
auto_scale_lr = dict(base_batch_size=512)
