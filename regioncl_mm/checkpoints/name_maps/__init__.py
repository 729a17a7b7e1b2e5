"""How other libraries call the tensors of mmpretrain's backbones: all of it.

A library is added by its rules and a line of ``NAME_MAPS``; reading, writing
and what is looked for in a file follow from these.
"""

from __future__ import annotations

from ..names import NameMap
from ..tensor_changes import INDEX
from .convnext import OFFICIAL_CONVNEXT, TIMM_CONVNEXT
from .resnet import (
    DETECTRON2,
    HUGGINGFACE_RESNET,
    LIGHTLY,
    LIGHTLY_SMALL,
    SAME,
    STEM,
)
from .swin import (
    DETECTRON2_SWIN,
    HUGGINGFACE_5_SWIN,
    HUGGINGFACE_SWIN,
    OFFICIAL_SWIN,
    SELF,
    TIMM_SWIN,
    TORCHVISION_SWIN,
)
from .vit import (
    HUGGINGFACE_5_VIT,
    HUGGINGFACE_VIT,
    TIMM_VIT,
    TORCHVISION_VIT,
)

RESNET, VIT, SWIN, CONVNEXT = (
    'ResNet',
    'Vision Transformer',
    'Swin Transformer',
    'ConvNeXt',
)
# What tells that names are mmpretrain's own.
OWN_MARKS = {
    RESNET: 'layer1.0.conv1.weight',
    VIT: 'layers.0.ln1.weight',
    SWIN: 'stages.0.blocks.0.attn.w_msa.qkv.weight',
    CONVNEXT: 'stages.0.0.depthwise_conv.weight',
}
ATTENTION = 'attention.attention.query.weight'
# In the order in which marks are looked for: some files have the marks of two,
# and the first is theirs.
NAME_MAPS = (
    NameMap(RESNET, 'torchvision', OWN_MARKS[RESNET], SAME),
    NameMap(RESNET, 'timm', OWN_MARKS[RESNET], SAME),
    NameMap(
        *(RESNET, 'detectron2', 'res2.0.conv1.weight', DETECTRON2),
        made=('num_batches_tracked',),
    ),
    NameMap(
        *(RESNET, 'huggingface', f'{STEM}convolution.weight'),
        HUGGINGFACE_RESNET,
    ),
    NameMap(
        *(RESNET, "lightly's ResNetGenerator", '2.0.conv1.weight'),
        LIGHTLY_SMALL,
    ),
    NameMap(RESNET, 'lightly', '4.0.conv1.weight', LIGHTLY),
    NameMap(VIT, 'timm', 'blocks.0.attn.qkv.weight', TIMM_VIT),
    NameMap(VIT, 'detectron2', 'blocks.0.attn.qkv.weight', TIMM_VIT),
    NameMap(VIT, 'torchvision', 'conv_proj.weight', TORCHVISION_VIT),
    NameMap(
        VIT, 'huggingface', f'encoder.layer.0.{ATTENTION}', HUGGINGFACE_VIT
    ),
    NameMap(
        *(VIT, 'huggingface 5', 'layers.0.attention.q_proj.weight'),
        HUGGINGFACE_5_VIT,
    ),
    NameMap(
        *(SWIN, 'timm', 'layers.3.downsample.norm.weight', TIMM_SWIN),
        made=(INDEX,),
    ),
    NameMap(
        *(SWIN, 'Swin-Transformer', 'layers.0.blocks.0.attn.qkv.weight'),
        OFFICIAL_SWIN,
    ),
    NameMap(
        *(SWIN, 'detectron2', 'layers.0.blocks.0.attn.qkv.weight'),
        DETECTRON2_SWIN,
    ),
    NameMap(
        SWIN, 'torchvision', 'features.1.0.attn.qkv.weight', TORCHVISION_SWIN
    ),
    NameMap(
        *(SWIN, 'huggingface'),
        f'encoder.layers.0.blocks.0.{SELF}query.weight',
        HUGGINGFACE_SWIN,
        made=(INDEX,),
    ),
    NameMap(
        *(SWIN, 'huggingface 5'),
        'encoder.layers.0.blocks.0.attention.q_proj.weight',
        HUGGINGFACE_5_SWIN,
        made=(INDEX,),
    ),
    NameMap(
        CONVNEXT, 'timm', 'stages.0.blocks.0.conv_dw.weight', TIMM_CONVNEXT
    ),
    NameMap(
        CONVNEXT, 'ConvNeXt', 'stages.0.0.dwconv.weight', OFFICIAL_CONVNEXT
    ),
)
