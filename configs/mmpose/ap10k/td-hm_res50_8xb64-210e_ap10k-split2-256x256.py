# On AP-10K's split 2: the same images, drawn anew; the base is of split 1.
_base_ = '../td-hm_res50_8xb64-210e_ap10k-256x256.py'

files = 'annotations/ap10k-{}-split2.json'
train_dataloader = dict(dataset=dict(ann_file=files.format('train')))
val_dataloader = dict(dataset=dict(ann_file=files.format('val')))
test_dataloader = dict(dataset=dict(ann_file=files.format('test')))
root = _base_.data_root  # noqa: F821
val_evaluator = dict(ann_file=root + files.format('val'))
test_evaluator = dict(ann_file=root + files.format('test'))
