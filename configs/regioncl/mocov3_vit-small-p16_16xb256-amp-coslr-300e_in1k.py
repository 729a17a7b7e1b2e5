# MoCo v3 on ViT-S/16.
_base_ = './regioncl-m3_vit-small-p16_16xb256-amp-coslr-300e_in1k.py'

model = dict(region_branch=None)
