# For tools/knn.py (Tables 9 and 10: RegionCL-M 54.7 and 52.7 with 20 and 100
# neighbours): ImageNet's centre crops, 256 at a time.
_base_ = './resnet50_8xb128-linear-steplr-100e_in1k.py'

train_dataloader = dict(batch_size=256)
test_dataloader = dict(batch_size=256)
