# For tools/knn.py: the images that the quickstart's own kNN has.
_base_ = './resnet18-tiny_1xb256-linear-steplr-10e_fashion-mnist.py'

train_dataloader = dict(batch_size=500)
